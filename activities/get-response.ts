/** Think: one model call. One attempt makes one request; Temporal retries. */
import { Context } from '@temporalio/activity';
import { agentAtStep } from '../agent/agent';
import type { ModelBase, ModelResponse } from '../agent/model';
import { answerLimitBytes, structuredAnswerLimitBytes } from '../agent/size-limits';
import { callName } from '../wire/call-name';
import type { DeltaChannel, DeltaWriter } from '../wire/delta-channel';
import { HeartbeatDeltas } from '../wire/heartbeat-deltas';
import { billedCall } from './billed-call';
import type { GetResponseInput } from './contract';
import { FailureType } from './contract';
import { conversationOf } from './conversation-of';
import { storable } from './failures';
import { withVerdict } from './models/output-check';
import { createPrices } from './own-prices';
import type { Prices } from './prices';
import type { Transcripts } from './transcripts';

export interface GetResponseDependencies {
  readonly transcripts: Transcripts;
  /** @throws ModelError for a name that no provider knows, or a provider without its key. */
  readonly modelForName: (name: string) => ModelBase;
  /** @default createPrices() */
  readonly prices?: Prices | undefined;
  /** Where pieces of an answer go while it is generated. @default new HeartbeatDeltas() */
  readonly deltas?: DeltaChannel | undefined;
}

export function createGetResponse({
  transcripts,
  modelForName,
  prices = createPrices(),
  deltas = new HeartbeatDeltas(),
}: GetResponseDependencies) {
  return async function getResponse({
    pointer,
    turn,
    step,
  }: GetResponseInput): Promise<ModelResponse> {
    const context = Context.current();
    const conversation = conversationOf(context);
    const { attempt, activityId, namespace, workflowExecution } = context.info;
    const { workflowId: id, runId = '' } = workflowExecution ?? {};
    const call = callName({ runId, activityId });
    let writer: DeltaWriter | undefined;
    const details = (): object => writer?.details ?? {};
    const answer = billedCall({ prices, details }, async (bill, heartbeat) => {
      writer = deltas.open({
        conversation: { namespace, id: id ?? '' },
        source: { turn, step, attempt, call },
        onDetails: () => heartbeat.now(),
      });
      // In this order: whoever is asked for the messages says the agent with them.
      const inputs = await transcripts.messages(conversation, pointer);
      const pinned = await transcripts.agent(conversation, pointer);
      const agent = agentAtStep(pinned.agent, step, inputs);
      const signal = context.cancellationSignal;
      const options = { signal, conversationId: id };
      const model = modelForName(agent.model);
      const callee = { name: agent.model, identity: model.identity };
      for await (const event of model.streamResponse(agent, inputs, options)) {
        const usage = event.isFinal ? event.accumulated.usage : event.usage;
        if (usage) bill.count(usage, callee);
        if (!event.isFinal) {
          const { content, thinking, promptDigest } = event;
          writer.write({ text: content, thinking, promptDigest });
        } else if (event.accumulated.finishReason !== 'interrupted' || isCancelled(context)) {
          const response = withVerdict(agent, bill.settle(sendable(event.accumulated), callee));
          return storable(response, {
            what: `The answer of \`${agent.model}\``,
            limitBytes:
              response.outputProblem === null ? structuredAnswerLimitBytes : answerLimitBytes,
            type: FailureType.answerTooLarge,
            cure: 'Ask for less at a time.',
          });
        }
      }
      throw new Error('The model ended its stream without an answer.');
    });
    return answer.finally(() => writer?.end());
  };
}

/** By the workflow: an attempt that is stopped for another reason is tried again. */
function isCancelled({ cancellationDetails }: Context): boolean {
  return cancellationDetails?.cancelRequested === true;
}

/** What was interrupted is replayed as text: calls without an end and reasoning without a signature are of no use. */
function sendable(response: ModelResponse): ModelResponse {
  if (response.finishReason !== 'interrupted') return response;
  const { providerData: _unfinished, ...rest } = response;
  return { ...rest, toolCalls: [] };
}
