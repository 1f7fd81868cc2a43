/** Think: one model call. One attempt makes one request; Temporal retries. */
import { Context } from '@temporalio/activity';
import { agentAtStep } from '../agent/agent';
import type { ModelBase, ModelResponse } from '../agent/model';
import { HeartbeatDeltas } from '../wire/heartbeat-deltas';
import { billedCall } from './billed-call';
import type { GetResponseInput } from './contract';
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
}

export function createGetResponse({
  transcripts,
  modelForName,
  prices = createPrices(),
}: GetResponseDependencies) {
  return async function getResponse({
    pointer,
    turn,
    step,
  }: GetResponseInput): Promise<ModelResponse> {
    const context = Context.current();
    const conversation = conversationOf(context);
    const source = { turn, step, attempt: context.info.attempt };
    let deltas: HeartbeatDeltas | undefined;
    const details = () => deltas?.snapshot() ?? {};
    return billedCall({ prices, details }, async (bill, heartbeat) => {
      deltas = new HeartbeatDeltas(source, () => heartbeat.soon());
      // In this order: whoever is asked for the messages says the agent with them.
      const inputs = await transcripts.messages(conversation, pointer);
      const pinned = await transcripts.agent(conversation, pointer);
      const agent = agentAtStep(pinned.agent, step);
      const signal = context.cancellationSignal;
      const options = { signal, conversationId: context.info.workflowExecution?.workflowId };
      const model = modelForName(agent.model);
      const callee = { name: agent.model, identity: model.identity };
      for await (const event of model.streamResponse(agent, inputs, options)) {
        const usage = event.isFinal ? event.accumulated.usage : event.usage;
        if (usage) bill.count(usage, callee);
        if (!event.isFinal) deltas.write(event.content, event.promptDigest);
        else if (event.accumulated.finishReason !== 'interrupted') {
          const response = withVerdict(agent, bill.settle(event.accumulated, callee));
          return storable(response, `The answer of \`${agent.model}\``);
        }
      }
      throw new Error('The model ended its stream without an answer.');
    });
  };
}
