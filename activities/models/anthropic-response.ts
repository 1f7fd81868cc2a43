/** A finished message of the Messages API, as what the loop knows. */
import type { Message, Usage as AnthropicUsage } from '@anthropic-ai/sdk/resources/messages';
import type { JsonObject, JsonValue } from '../../agent/json';
import type { ToolCallMessage } from '../../agent/messages';
import type { FinishReason, ModelResponse, Usage } from '../../agent/model';
import { usageOf } from '../../agent/usage';
import { fromErrorBody } from './anthropic-error';
import { anthropicFamily } from './anthropic-families';
import { anthropicProvider, contentOf, toProviderData } from './anthropic-replay';
import { incompleteError } from './model-error';
import { isObject } from './request-json';
import type { ToolNames } from './tool-names';

/** What is known of an answer before it comes. */
export interface AnswerContext {
  readonly names: ToolNames;
  /** The model that was asked. */
  readonly model: string;
  readonly promptDigest?: string;
  /** Where it is aborted, events that end early are an interruption and no failure. */
  readonly signal?: AbortSignal | undefined;
}

/** What of a message is looked at: of a proxy's, the rest may be missing. */
export type AnswerMessage = Pick<Message, 'content' | 'stop_reason'> & {
  readonly model?: string;
  readonly usage?: Partial<AnthropicUsage> | null;
};

/**
 * A whole message, streamed or not.
 *
 * @throws ModelError when it is an error or not finished.
 */
export function fromAnthropicMessage(
  message: AnswerMessage | Message,
  context: AnswerContext,
): ModelResponse {
  if ('error' in message) throw fromErrorBody(message);
  const { stop_reason: stopReason, content, model, usage } = message;
  if (!stopReason) throw incompleteError(anthropicProvider, 'The message has no `stop_reason`.');
  const blocks = content as unknown as readonly JsonObject[];
  const toolCalls = toToolCalls(blocks, context.names);
  const finishReason = toFinishReason(stopReason, toolCalls);
  const family = anthropicFamily(context.model);
  const providerData = toProviderData(blocks, toolCalls, finishReason, family);
  return {
    role: 'assistant',
    content: contentOf(blocks),
    toolCalls,
    finishReason,
    usage: toUsage(usage),
    model: model || context.model,
    ...(providerData && { providerData }),
    ...(context.promptDigest !== undefined && { promptDigest: context.promptDigest }),
  };
}

/** What came before we stopped it. Calls count when they were finished; reasoning without its end is of no use. */
export function fromInterruptedMessage(
  folded: {
    readonly content: string;
    readonly finished: readonly JsonObject[];
    readonly model: string | undefined;
    readonly usage: Partial<AnthropicUsage> | null | undefined;
  },
  { names, model, promptDigest }: AnswerContext,
): ModelResponse {
  return {
    role: 'assistant',
    content: folded.content,
    toolCalls: toToolCalls(folded.finished, names),
    finishReason: 'interrupted',
    usage: toUsage(folded.usage),
    model: folded.model || model,
    ...(promptDigest !== undefined && { promptDigest }),
  };
}

function toToolCalls(blocks: readonly JsonObject[], names: ToolNames): ToolCallMessage[] {
  return blocks
    .filter((block) => block['type'] === 'tool_use')
    .map(({ id, name, input }) => ({
      id: typeof id === 'string' ? id : '',
      name: names.fromProvider(typeof name === 'string' ? name : ''),
      ...toArguments(input),
    }));
}

/** A streamed input is its JSON, a whole message's the object. */
function toArguments(
  input: JsonValue | undefined,
): Pick<ToolCallMessage, 'arguments' | 'malformedArguments'> {
  if (isObject(input)) return { arguments: input };
  if (input === undefined || input === null || input === '') return { arguments: {} };
  if (typeof input !== 'string') {
    return { arguments: {}, malformedArguments: JSON.stringify(input) };
  }
  try {
    const parsed: unknown = JSON.parse(input);
    if (isObject(parsed)) return { arguments: parsed };
  } catch {
    // The model reads its own words in the tool's answer.
  }
  return { arguments: {}, malformedArguments: input };
}

function toFinishReason(stopReason: string, toolCalls: readonly ToolCallMessage[]): FinishReason {
  switch (stopReason) {
    case 'end_turn':
    case 'tool_use':
      return toolCalls.length > 0 ? 'tool_calls' : 'stop';
    case 'stop_sequence':
      return 'stop';
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'refusal':
      return 'refusal';
    case 'pause_turn':
      return 'pause';
    default:
      return 'other';
  }
}

/** `input_tokens` are the ones that no cache had to do with. */
export function toUsage(usage: Partial<AnthropicUsage> | null | undefined): Usage {
  const cached = usage?.cache_read_input_tokens ?? 0;
  const written = usage?.cache_creation_input_tokens ?? 0;
  return usageOf({
    inputTokens: (usage?.input_tokens ?? 0) + cached + written,
    outputTokens: usage?.output_tokens,
    cachedInputTokens: cached,
    cacheWriteTokens: written,
    cacheWriteHourTokens: usage?.cache_creation?.ephemeral_1h_input_tokens,
    reasoningTokens: usage?.output_tokens_details?.thinking_tokens,
    webSearches: usage?.server_tool_use?.web_search_requests,
  });
}
