/** A conversation as the workflow drives it, without Temporal: what is said, thought and done, step by step. */
import { textResponse, toolCallResponse } from '../../activities/models/scripted-model';
import type { PinnedAgent } from '../../activities/contract';
import { text, toolResponse } from '../../agent/messages';
import type { ModelResponse } from '../../agent/model';
import { complete } from '../../agent/model';
import type {
  CarriedConversation,
  ConversationMode,
  SendMessageInput,
} from '../../workflows/contract';
import { Conversation } from '../../workflows/conversation';

export const pinnedAgent: PinnedAgent = {
  agent: { name: 'gambler', model: 'scripted', instructions: 'Roll.', tools: [] },
  hash: 'a'.repeat(64),
  execution: {
    modelTimeoutMs: 600_000,
    heartbeatTimeoutMs: 10_000,
    maxAttempts: 5,
    firstRetryDelayMs: 1_000,
  },
};

export function said(
  messageId: string,
  content: string = `This is ${messageId}.`,
): SendMessageInput {
  return { messageId, message: { role: 'user', content } };
}

/** A clock: what two conversations have in common is not the moment. */
const stopped = () => 0;

export interface TestConversationOptions {
  readonly mode?: ConversationMode;
  readonly carried?: CarriedConversation;
  /** @default a clock that stands still */
  readonly now?: (() => number) | undefined;
}

/** A conversation whose agent is resolved. */
export function openConversation(options: TestConversationOptions = {}): Conversation {
  const conversation = new Conversation(
    options.mode ?? 'conversation',
    options.carried,
    options.now ?? stopped,
  );
  conversation.pinned = pinnedAgent;
  return conversation;
}

/** The running turn's final step. */
export function answers(conversation: Conversation, response: ModelResponse | string): void {
  const answer = typeof response === 'string' ? textResponse(response) : response;
  think(conversation, answer);
  conversation.observe({ type: 'step_finished', step: conversation.step, isFinal: true });
}

/** A step of the running turn that asks for tools, and their results. */
export function callsTools(
  conversation: Conversation,
  names: readonly string[],
  overrides: Partial<ModelResponse> = {},
): void {
  const response = asksForTools(conversation, names, overrides);
  for (const call of response.toolCalls) {
    const result = toolResponse(call, { content: [text(`${call.name} did it.`)] });
    conversation.memory.append(result);
    conversation.observe({ type: 'tool_result', result });
  }
  conversation.observe({ type: 'step_finished', step: conversation.step, isFinal: false });
}

/** The first half of a step: the calls are open. */
export function asksForTools(
  conversation: Conversation,
  names: readonly string[],
  overrides: Partial<ModelResponse> = {},
): ModelResponse {
  const { step, runningTurn } = conversation;
  const calls = names.map((name, index) => ({
    name,
    id: `t${runningTurn?.turn}s${step}c${index}`,
  }));
  const response = toolCallResponse(calls, overrides);
  think(conversation, response);
  return response;
}

function think(conversation: Conversation, response: ModelResponse): void {
  conversation.memory.append(response);
  conversation.observe(complete(response));
}

/** As Temporal carries it: through JSON. */
export function carryOver(conversation: Conversation): CarriedConversation {
  conversation.pinned ??= pinnedAgent;
  return JSON.parse(JSON.stringify(conversation.carry('run-1'))) as CarriedConversation;
}

/** The same conversation in its next run. */
export function continued(conversation: Conversation, now = stopped): Conversation {
  return new Conversation(conversation.mode, carryOver(conversation), now);
}
