/** Holdfast, as a worker of it is made: the plugin, OpenAI's model, one agent. */
import * as temporal from '@temporalio/worker';
import { z } from 'zod';
import { OpenAIModel } from '../../activities/models/openai-model';
import { defineTool } from '../../activities/tools/define-tool';
import type { ExecutableAgent } from '../../agent/agent';
import { defineAgent } from '../../agent/define-agent';
import type { AgentClient as Client } from '../../client/agent-client';
import { readEnvironment } from '../../workers/environment';
import { holdfastPlugin } from '../../workers/plugin';
import type { Contender, Reader, World } from './contract';

export const agentName = 'clerk';

export const contender: Contender = {
  temporal,
  workflowsPath: require.resolve('../../workflows'),
  workerParts: (world) => ({
    plugins: [
      holdfastPlugin({
        agents: [clerk(world)],
        models: { [world.model]: new OpenAIModel(world) },
        environment: readEnvironment({}),
      }),
    ],
  }),
  openReader,
};

export function clerk({
  model,
  instructions,
  entryText,
}: Pick<World, 'model' | 'instructions' | 'entryText'>): ExecutableAgent {
  const readEntry = defineTool({
    name: 'read_entry',
    description: 'Reads one entry of the register.',
    input: z.object({ entry: z.number().describe('The number of the entry.') }),
    annotations: { readOnlyHint: true },
    execute: ({ entry }) => entryText(entry),
  });
  const limits = { maxSteps: 100_000 };
  return defineAgent({ name: agentName, model, instructions, tools: [readEntry], limits });
}

async function openReader(address: string): Promise<Reader> {
  // Here and not above, by everyone: a worker needs no client of its own.
  const { AgentClient } = await import('../../client/agent-client.js');
  const clients = new Map<string, Client>();
  return {
    isStreaming: true,
    async firstPiece({ taskQueue, turn: { question }, firstWord }) {
      const known = clients.get(taskQueue);
      const client =
        known ?? (await AgentClient.connect({ address, namespace: 'default', taskQueue }));
      clients.set(taskQueue, client);
      for await (const event of client.stream(agentName, { message: question })) {
        if (event.type === 'partial' && event.content.includes(firstWord)) return;
        if (event.type === 'complete') throw new Error('The answer was whole before a piece came.');
      }
    },
  };
}
