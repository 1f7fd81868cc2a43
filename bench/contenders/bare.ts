/**
 * The lower bound: a loop of two activities a step. Inputs carry ids, results carry the payload, and the prompt is made of
 * what the process has kept: a crash would lose it. The model is Holdfast's, so that both make the same requests.
 */
import { Client, Connection } from '@temporalio/client';
import * as temporal from '@temporalio/worker';
import { OpenAIModel } from '../../activities/models/openai-model';
import { text, toolResponse, userMessage } from '../../agent/messages';
import type { Message } from '../../agent/model';
import type { BareActivities } from './bare-workflows';
import type { Contender, Reader, World } from './contract';
import { clerk } from './holdfast';

export const contender: Contender = {
  temporal,
  workflowsPath: require.resolve('./bare-workflows'),
  workerParts: (world) => ({ activities: { ...bareActivities(world) } }),
  openReader,
};

function bareActivities(world: World): BareActivities {
  const model = new OpenAIModel(world);
  const agent = clerk(world);
  const transcripts = new Map<string, Message[]>();
  return {
    async think({ id, question }) {
      const messages = transcripts.get(id) ?? [userMessage(question)];
      transcripts.set(id, messages);
      const response = await model.getResponse(agent, messages);
      messages.push(response);
      return response;
    },
    async act({ id, call }) {
      const content = [text(world.entryText(Number(call.arguments['entry'])))];
      const result = toolResponse(call, { content });
      transcripts.get(id)?.push(result);
      return result;
    },
  };
}

/** It streams nothing: the first that a client sees of an answer is all of it. */
async function openReader(address: string): Promise<Reader> {
  const client = new Client({ connection: await Connection.connect({ address }) });
  return {
    isStreaming: false,
    async firstPiece({ taskQueue, workflowId, turn }) {
      await client.workflow.execute('streamed', { taskQueue, workflowId, args: [turn] });
    },
  };
}
