/** Think: one model call. One attempt makes one request; Temporal retries. */
import { Context } from '@temporalio/activity';
import { agentAtStep } from '../agent/agent';
import type { ModelBase, ModelResponse } from '../agent/model';
import { HeartbeatDeltas } from '../wire/heartbeat-deltas';
import type { GetResponseInput } from './contract';
import { conversationOf } from './conversation-of';
import { storable, toCancellationFailure, toModelFailure } from './failures';
import { startHeartbeat } from './heartbeat';
import type { Transcripts } from './transcripts';

export interface GetResponseDependencies {
  readonly transcripts: Transcripts;
  /** @throws ModelError for a name that no provider knows, or a provider without its key. */
  readonly modelForName: (name: string) => ModelBase;
}

export function createGetResponse({ transcripts, modelForName }: GetResponseDependencies) {
  return async function getResponse({
    pointer,
    turn,
    step,
  }: GetResponseInput): Promise<ModelResponse> {
    const context = Context.current();
    const conversation = conversationOf(context);
    const source = { turn, step, attempt: context.info.attempt };
    const deltas = new HeartbeatDeltas(source, () => heartbeat.soon());
    const heartbeat = startHeartbeat({
      beat: (details) => context.heartbeat(details),
      details: () => deltas.snapshot(),
    });
    try {
      // In this order: whoever is asked for the messages says the agent with them.
      const inputs = await transcripts.messages(conversation, pointer);
      const pinned = await transcripts.agent(conversation, pointer);
      const agent = agentAtStep(pinned.agent, step);
      const signal = context.cancellationSignal;
      const options = { signal, conversationId: context.info.workflowExecution?.workflowId };
      for await (const event of modelForName(agent.model).streamResponse(agent, inputs, options)) {
        if (!event.isFinal) deltas.write(event.content, event.promptDigest);
        else if (event.accumulated.finishReason !== 'interrupted') {
          return storable(event.accumulated, `The answer of \`${agent.model}\``);
        }
      }
      throw new Error('The model ended its stream without an answer.');
    } catch (error) {
      throw context.cancellationSignal.aborted
        ? toCancellationFailure(context.cancellationDetails)
        : toModelFailure(error);
    } finally {
      heartbeat.stop();
    }
  };
}
