/** A whole chat completion, as what the loop knows. */
import type { ToolCallMessage } from '../../agent/messages';
import type { FinishReason, ModelResponse, Usage } from '../../agent/model';
import { parseUsd, usageOf } from '../../agent/usage';
import { incompleteError, providerError } from './model-error';
import type { ChatEndpoint } from './openai-chat-endpoints';
import { chatEndpoints } from './openai-chat-endpoints';
import { fromErrorBody } from './openai-chat-error';
import type { ReasoningFields } from './openai-chat-reasoning';
import { toKeptReasoning } from './openai-chat-reasoning';
import { messageSeparator } from './openai-replay';
import { isObject } from './request-json';
import type { ToolNames } from './tool-names';

/** What is known of an answer before it comes. */
export interface ChatAnswerContext {
  readonly names: ToolNames;
  readonly endpoint: ChatEndpoint;
  /** The model that was asked. */
  readonly model: string;
  readonly promptDigest?: string;
  /** Where it is aborted, events that end early are an interruption and no failure. */
  readonly signal?: AbortSignal | undefined;
}

// As the imitations have them, and not as the SDK's types do: anything may be missing or null.
export interface ChatCompletionLike {
  readonly model?: string | null | undefined;
  readonly choices?: readonly ChatChoiceLike[] | null | undefined;
  readonly usage?: ChatUsageLike | null | undefined;
  readonly error?: unknown;
}
export interface ChatChoiceLike {
  readonly index?: number | null;
  readonly finish_reason?: string | null | undefined;
  readonly message?: ChatMessageLike | null;
  readonly error?: unknown;
}
export interface ChatMessageLike extends ReasoningFields {
  readonly content?: ChatContentLike;
  readonly refusal?: string | null;
  readonly tool_calls?: readonly ChatCallLike[] | null;
}
/** Some send parts, of which some are reasoning. */
export type ChatContentLike =
  string | readonly { readonly type?: string; readonly text?: string }[] | null | undefined;
export interface ChatCallLike {
  readonly index?: number | null;
  readonly id?: string | null;
  readonly function?: {
    readonly name?: string | null;
    readonly arguments?: unknown;
  } | null;
}
export interface ChatUsageLike {
  readonly prompt_tokens?: number | null;
  readonly completion_tokens?: number | null;
  readonly total_tokens?: number | null;
  readonly prompt_tokens_details?: {
    readonly cached_tokens?: number | null;
    readonly cache_write_tokens?: number | null;
    readonly audio_tokens?: number | null;
  } | null;
  readonly completion_tokens_details?: {
    readonly reasoning_tokens?: number | null;
    readonly audio_tokens?: number | null;
  } | null;
  /** As DeepSeek says it. */
  readonly prompt_cache_hit_tokens?: number | null;
  /** As OpenRouter says it, in US dollars. With a key of one's own the vendor's bill comes on top. */
  readonly cost?: number | null;
  readonly is_byok?: boolean | null;
  readonly cost_details?: { readonly upstream_inference_cost?: number | null } | null;
}

/** @throws ModelError when the completion is an error or is not finished. */
export function fromChatCompletion(
  completion: ChatCompletionLike,
  context: ChatAnswerContext,
): ModelResponse {
  const { endpoint, names, promptDigest } = context;
  const choice = completion.choices?.find(({ index }) => !index);
  const error = completion.error ?? choice?.error;
  if (error) throw fromErrorBody(error, endpoint.name);
  const finish = choice?.finish_reason;
  if (!finish) throw incompleteError(endpoint.name, 'The completion has no `finish_reason`.');
  if (finish === 'insufficient_system_resource') {
    throw providerError('overloaded', { provider: endpoint.name, message: `It ended: ${finish}.` });
  }
  const message = choice.message ?? {};
  const toolCalls = toToolCalls(message.tool_calls ?? [], names);
  const finishReason = toFinishReason(finish, toolCalls.length > 0, Boolean(message.refusal));
  const providerData =
    finishReason !== 'length' && toKeptReasoning(message, { endpoint, model: context.model });
  return {
    role: 'assistant',
    content: [textOf(message.content), message.refusal].filter(Boolean).join(messageSeparator),
    toolCalls,
    finishReason,
    usage: toUsage(completion.usage),
    ...toCharge(completion.usage, endpoint),
    model: completion.model || context.model,
    ...(providerData && { providerData }),
    ...(promptDigest !== undefined && { promptDigest }),
  };
}

/** What came before we stopped it. Which calls were finished, nothing tells before the end. */
export function fromInterruptedChat(
  { content, completion }: { readonly content: string; readonly completion: ChatCompletionLike },
  { endpoint, model, promptDigest }: ChatAnswerContext,
): ModelResponse {
  return {
    role: 'assistant',
    content,
    toolCalls: [],
    finishReason: 'interrupted',
    usage: toUsage(completion.usage),
    ...toCharge(completion.usage, endpoint),
    model: completion.model || model,
    ...(promptDigest !== undefined && { promptDigest }),
  };
}

/** What is shown of a content. */
export function textOf(content: ChatContentLike): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => part.text ?? '').join('');
}

/** Arguments as text: some servers send the object itself. */
export function argumentsOf(call: ChatCallLike): string {
  const given = call.function?.arguments;
  if (typeof given === 'string') return given;
  return given === undefined || given === null ? '' : JSON.stringify(given);
}

function toToolCalls(calls: readonly ChatCallLike[], names: ToolNames): ToolCallMessage[] {
  return calls.map((call) => ({
    id: call.id ?? '',
    name: names.fromProvider(call.function?.name ?? ''),
    ...parseArguments(argumentsOf(call)),
  }));
}

function parseArguments(raw: string): Pick<ToolCallMessage, 'arguments' | 'malformedArguments'> {
  if (!raw.trim()) return { arguments: {} };
  try {
    const parsed: unknown = JSON.parse(raw);
    if (isObject(parsed)) return { arguments: parsed };
  } catch {
    // The model reads its own words in the tool's answer.
  }
  return { arguments: {}, malformedArguments: raw };
}

/** Some finish with `stop` although they call tools; OpenAI does so for a forced choice. */
function toFinishReason(finish: string, hasCalls: boolean, isRefused: boolean): FinishReason {
  switch (finish) {
    case 'stop':
    case 'eos':
      if (isRefused) return 'refusal';
      return hasCalls ? 'tool_calls' : 'stop';
    case 'tool_calls':
    case 'function_call':
      return hasCalls ? 'tool_calls' : 'other';
    case 'length':
    case 'model_length':
      return 'length';
    case 'content_filter':
    case 'error':
      return finish;
    default:
      return 'other';
  }
}

export function toUsage(usage: ChatUsageLike | null | undefined): Usage {
  const input = usage?.prompt_tokens_details;
  const output = usage?.completion_tokens_details;
  const reasoning = output?.reasoning_tokens ?? 0;
  const inputTokens = usage?.prompt_tokens ?? 0;
  const said = usage?.completion_tokens ?? 0;
  // xAI counts reasoning beside the completion; only the total tells.
  const isBeside = reasoning > 0 && usage?.total_tokens === inputTokens + said + reasoning;
  return usageOf({
    inputTokens,
    outputTokens: isBeside ? said + reasoning : said,
    cachedInputTokens: input?.cached_tokens ?? usage?.prompt_cache_hit_tokens,
    cacheWriteTokens: input?.cache_write_tokens,
    inputAudioTokens: input?.audio_tokens,
    reasoningTokens: reasoning,
    outputAudioTokens: output?.audio_tokens,
  });
}

/** Elsewhere a field of this name may be in another currency, or in none. */
function toCharge(
  usage: ChatUsageLike | null | undefined,
  { name }: ChatEndpoint,
): Pick<ModelResponse, 'costUsd'> {
  const charged = name === chatEndpoints.openrouter.name ? parseUsd(usage?.cost) : null;
  if (charged === null) return {};
  const upstream = usage?.is_byok ? parseUsd(usage.cost_details?.upstream_inference_cost) : 0;
  return { costUsd: upstream === null ? null : charged + upstream };
}
