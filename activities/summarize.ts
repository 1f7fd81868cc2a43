/** Compact: one model call that writes a summary of the conversation's first messages. Temporal retries. */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { cutToBytes } from '../agent/json';
import type { Message, ModelBase, ModelResponse } from '../agent/model';
import { summaryLimitBytes, summaryRequest, toSummarising } from '../agent/summary';
import { billedCall } from './billed-call';
import type { PinnedAgent, SummarizeInput } from './contract';
import { FailureType } from './contract';
import { conversationOf } from './conversation-of';
import { shortened } from './excerpts';
import type { GetResponseDependencies } from './get-response';
import { createPrices } from './own-prices';

export function createSummarize({
  transcripts,
  modelForName,
  prices = createPrices(),
}: GetResponseDependencies) {
  return async function summarize({
    pointer,
    limitTokens,
  }: SummarizeInput): Promise<ModelResponse> {
    const context = Context.current();
    const conversation = conversationOf(context);
    const called = { tools: hasCalledTools(context.info.heartbeatDetails) };
    const details = () => (called.tools ? { hasCalledTools: true } : {});
    return billedCall({ prices, details, hasToTell: () => called.tools }, async (bill) => {
      // In this order: whoever is asked for the messages says the agent with them.
      const messages = await transcripts.messages(conversation, pointer);
      const pinned = await transcripts.agent(conversation, pointer);
      const model = modelForName(pinned.agent.model);
      const callee = { name: pinned.agent.model, identity: model.identity };
      const events = askForSummary(model, pinned, {
        messages: limitTokens === undefined ? messages : shortened(messages, limitTokens),
        mayCallTools: !called.tools,
        signal: context.cancellationSignal,
        conversationId: context.info.workflowExecution?.workflowId,
      });
      for await (const event of events) {
        const usage = event.isFinal ? event.accumulated.usage : event.usage;
        if (usage) bill.count(usage, callee);
        if (!event.isFinal) continue;
        called.tools ||= event.accumulated.toolCalls.length > 0;
        return toSummary(bill.settle(event.accumulated, callee), pinned);
      }
      throw new Error('The model ended its stream without an answer.');
    });
  };
}

interface SummaryCall {
  readonly messages: readonly Message[];
  readonly mayCallTools: boolean;
  readonly signal: AbortSignal;
  readonly conversationId: string | undefined;
}

/**
 * The prompt begins as the conversation's last one did, so that a provider's cache still holds it. The tool choice is
 * part of that: it is taken from a model only once it has called a tool instead of writing.
 */
function askForSummary(
  model: ModelBase,
  { agent, contextWindow }: PinnedAgent,
  { messages, mayCallTools, signal, conversationId }: SummaryCall,
) {
  const window = agent.limits?.contextWindow ?? contextWindow;
  return model.streamResponse(
    toSummarising(agent, mayCallTools),
    [...messages, summaryRequest(window)],
    { signal, conversationId },
  );
}

/** What the attempt before this one left in its last heartbeat. */
function hasCalledTools(details: unknown): boolean {
  return typeof details === 'object' && details !== null && 'hasCalledTools' in details;
}

/** @throws ApplicationFailure `NoSummary`, to be retried, for an answer that is none. */
function toSummary(response: ModelResponse, { agent, contextWindow }: PinnedAgent): ModelResponse {
  const { providerData: _bound, toolCalls, content, finishReason, ...rest } = response;
  const isWritten = finishReason === 'stop' || finishReason === 'length';
  if (!isWritten || toolCalls.length > 0 || content.trim() === '') {
    const what = toolCalls.length > 0 ? 'called a tool' : `ended with \`${finishReason}\``;
    throw ApplicationFailure.retryable(
      `\`${agent.model}\` was asked for a summary of the conversation and ${what} instead.`,
      FailureType.noSummary,
    );
  }
  const limitBytes = summaryLimitBytes(agent.limits?.contextWindow ?? contextWindow);
  return { ...rest, finishReason, toolCalls: [], content: cutToBytes(content, limitBytes) };
}
