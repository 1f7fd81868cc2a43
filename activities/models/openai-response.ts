/** A finished response of the Responses API, as what the loop knows. */
import type {
  Response,
  ResponseFunctionToolCall,
  ResponseOutputItem,
} from 'openai/resources/responses/responses';
import type { ToolCallMessage } from '../../agent/messages';
import type { FinishReason, ModelResponse, Usage } from '../../agent/model';
import { noUsage } from '../../agent/model';
import { usageOf } from '../../agent/usage';
import { incompleteError } from './model-error';
import { fromFailedResponse } from './openai-error';
import { openAIFamily } from './openai-families';
import { messageSeparator, messageText, openAIProvider, toProviderData } from './openai-replay';
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

/** @throws ModelError when the response failed or is not finished. */
export function fromOpenAIResponse(response: Response, context: AnswerContext): ModelResponse {
  const { status, error, output, model } = response;
  if (status === 'failed') throw fromFailedResponse(error);
  if (status !== 'completed' && status !== 'incomplete') {
    throw incompleteError(
      openAIProvider,
      `The response is not completed: its status is ${status}.`,
    );
  }
  const toolCalls = toToolCalls(output, context.names);
  const providerData =
    status === 'completed' && toProviderData(output, toolCalls, openAIFamily(context.model));
  return {
    role: 'assistant',
    content: contentOf(output),
    toolCalls,
    finishReason: toFinishReason(response, toolCalls),
    usage: toUsage(response),
    model: model || context.model,
    ...(providerData && { providerData }),
    ...(context.promptDigest !== undefined && { promptDigest: context.promptDigest }),
  };
}

/** What came before we stopped it. Calls count when they were finished; reasoning without its end is of no use. */
export function fromInterruptedResponse(
  folded: { content: string; output: readonly ResponseOutputItem[]; model: string },
  { names, promptDigest }: AnswerContext,
): ModelResponse {
  return {
    role: 'assistant',
    content: folded.content,
    toolCalls: toToolCalls(folded.output, names),
    finishReason: 'interrupted',
    usage: noUsage,
    model: folded.model,
    ...(promptDigest !== undefined && { promptDigest }),
  };
}

function contentOf(output: readonly ResponseOutputItem[]): string {
  return output.map(messageText).filter(Boolean).join(messageSeparator);
}

function toToolCalls(output: readonly ResponseOutputItem[], names: ToolNames): ToolCallMessage[] {
  return output
    .filter((item) => item.type === 'function_call')
    .map((item) => ({
      id: item.call_id || (item.id ?? ''),
      name: names.fromProvider(item.name),
      ...parseArguments(item),
    }));
}

function parseArguments({
  arguments: raw,
}: ResponseFunctionToolCall): Pick<ToolCallMessage, 'arguments' | 'malformedArguments'> {
  if (!raw) return { arguments: {} };
  try {
    const parsed: unknown = JSON.parse(raw);
    if (isObject(parsed)) return { arguments: parsed };
  } catch {
    // The model reads its own words in the tool's answer.
  }
  return { arguments: {}, malformedArguments: raw };
}

function toFinishReason(
  { status, incomplete_details: details, output }: Response,
  toolCalls: readonly ToolCallMessage[],
): FinishReason {
  if (status === 'incomplete') {
    if (details?.reason === 'content_filter') return 'content_filter';
    return details?.reason === 'max_output_tokens' || toolCalls.length > 0 ? 'length' : 'other';
  }
  if (toolCalls.length > 0) return 'tool_calls';
  const isRefused = output.some(
    (item) => item.type === 'message' && item.content.some(({ type }) => type === 'refusal'),
  );
  return isRefused ? 'refusal' : 'stop';
}

/** Searches are not in the usage: each is an item of its own. */
export function toUsage({ usage, output }: Pick<Response, 'usage' | 'output'>): Usage {
  const { cached_tokens: cached, cache_write_tokens: written } = usage?.input_tokens_details ?? {};
  const searches = output.filter(
    (item) => item.type === 'web_search_call' && item.action?.type === 'search',
  );
  return usageOf({
    inputTokens: usage?.input_tokens,
    outputTokens: usage?.output_tokens,
    cachedInputTokens: cached,
    cacheWriteTokens: written,
    reasoningTokens: usage?.output_tokens_details?.reasoning_tokens,
    webSearches: searches.length,
  });
}
