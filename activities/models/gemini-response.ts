/** A finished answer of generateContent, as what the loop knows. */
import type {
  Candidate,
  GenerateContentResponse,
  GenerateContentResponseUsageMetadata,
  ModalityTokenCount,
  Part,
} from '@google/genai';
import type { ToolCallMessage } from '../../agent/messages';
import type { FinishReason, ModelResponse, Usage } from '../../agent/model';
import { usageOf } from '../../agent/usage';
import { geminiFamily } from './gemini-families';
import { joinParts } from './gemini-parts';
import { callParts, geminiProvider, toProviderData, visibleText } from './gemini-replay';
import { incompleteError } from './model-error';
import { isObject } from './request-json';
import type { ToolNames } from './tool-names';

/** What is read of a response. Of a streamed one each chunk looks like it. */
export type GeminiResponse = Pick<
  GenerateContentResponse,
  'candidates' | 'promptFeedback' | 'modelVersion'
> & { usageMetadata?: GeminiUsage };

type GeminiUsage = Pick<
  GenerateContentResponseUsageMetadata,
  | 'cacheTokensDetails'
  | 'candidatesTokensDetails'
  | 'promptTokenCount'
  | 'promptTokensDetails'
  | 'toolUsePromptTokenCount'
  | 'candidatesTokenCount'
  | 'thoughtsTokenCount'
  | 'cachedContentTokenCount'
>;

/** What is known of an answer before it comes. */
export interface AnswerContext {
  readonly names: ToolNames;
  /** The model that was asked. */
  readonly model: string;
  readonly promptDigest?: string;
  /** Where it is aborted, chunks that end early are an interruption and no failure. */
  readonly signal?: AbortSignal | undefined;
}

/** The one answer that counts, where several were asked for. */
export function firstCandidate({ candidates }: GeminiResponse): Candidate | undefined {
  return candidates?.find(({ index = 0 }) => index === 0);
}

/** Why the answer ended, as Gemini says it; `undefined` while it has not. */
export function endReason(response: GeminiResponse): string | undefined {
  const { finishReason } = firstCandidate(response) ?? {};
  const { blockReason } = response.promptFeedback ?? {};
  if (isSaid(blockReason)) return 'SAFETY';
  return isSaid(finishReason) ? finishReason : undefined;
}

function isSaid(reason: string | undefined): boolean {
  return Boolean(reason) && !reason?.endsWith('_UNSPECIFIED');
}

/** @throws ModelError when the answer is not finished, or is malformed: the model may do better. */
export function fromGeminiResponse(
  response: GeminiResponse,
  context: AnswerContext,
): ModelResponse {
  const reason = endReason(response);
  if (reason === undefined) {
    throw incompleteError(geminiProvider, 'The response ended without saying why.');
  }
  if (malformedReasons.has(reason)) {
    const { finishMessage } = firstCandidate(response) ?? {};
    throw incompleteError(geminiProvider, `${reason}${finishMessage ? `: ${finishMessage}` : '.'}`);
  }
  const answer = toAnswer(response, context);
  return { ...answer, finishReason: toFinishReason(reason, answer.toolCalls) };
}

/** What came before we stopped it. Calls count when they were finished. */
export function fromInterruptedResponse(
  response: GeminiResponse,
  context: AnswerContext,
): ModelResponse {
  return toAnswer(response, context);
}

function toAnswer(
  response: GeminiResponse,
  { names, model, promptDigest }: AnswerContext,
): ModelResponse {
  const isFinished = endReason(response) === 'STOP';
  const parts = joinParts(firstCandidate(response)?.content?.parts ?? []).filter(
    ({ functionCall }) => isFinished || !functionCall?.willContinue,
  );
  const { continuationToken } = firstCandidate(response) ?? {};
  const providerData = toProviderData(parts, geminiFamily(model), continuationToken);
  return {
    role: 'assistant',
    content: parts.map(visibleText).join(''),
    toolCalls: callParts(parts).map((part) => toToolCall(part, names)),
    finishReason: 'interrupted',
    usage: toUsage(response.usageMetadata),
    model: response.modelVersion || model,
    ...(providerData && { providerData }),
    ...(promptDigest !== undefined && { promptDigest }),
  };
}

/** Its `id` is Gemini's own, or empty: most models give none. */
function toToolCall({ functionCall }: Part, names: ToolNames): ToolCallMessage {
  const { id = '', name = '', args } = functionCall ?? {};
  const given: unknown = args ?? {};
  return {
    id,
    name: names.fromProvider(name),
    ...(isObject(given)
      ? { arguments: given }
      : { arguments: {}, malformedArguments: JSON.stringify(given) }),
  };
}

const malformedReasons: ReadonlySet<string> = new Set([
  'MALFORMED_FUNCTION_CALL',
  'UNEXPECTED_TOOL_CALL',
  'MALFORMED_RESPONSE',
]);

function toFinishReason(reason: string, toolCalls: readonly ToolCallMessage[]): FinishReason {
  switch (reason) {
    case 'STOP':
      return toolCalls.length > 0 ? 'tool_calls' : 'stop';
    case 'MAX_TOKENS':
      return 'length';
    case 'CONTINUATION':
      return 'pause';
    case 'SAFETY':
    case 'PROHIBITED_CONTENT':
    case 'BLOCKLIST':
    case 'SPII':
    case 'RECITATION':
      return 'content_filter';
    default:
      return reason.startsWith('IMAGE_') ? 'content_filter' : 'other';
  }
}

export function toUsage(usage: GeminiUsage = {}): Usage {
  const {
    promptTokenCount: prompt = 0,
    toolUsePromptTokenCount: toolUse = 0,
    candidatesTokenCount: candidates = 0,
    thoughtsTokenCount: thoughts = 0,
  } = usage;
  return usageOf({
    inputTokens: prompt + toolUse,
    outputTokens: candidates + thoughts,
    cachedInputTokens: usage.cachedContentTokenCount,
    inputAudioTokens: audioOf(usage.promptTokensDetails),
    cachedInputAudioTokens: audioOf(usage.cacheTokensDetails),
    reasoningTokens: thoughts,
    outputAudioTokens: audioOf(usage.candidatesTokensDetails),
  });
}

function audioOf(details: readonly ModalityTokenCount[] | undefined): number | undefined {
  return details?.find(({ modality }) => modality === 'AUDIO')?.tokenCount;
}
