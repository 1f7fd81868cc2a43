/** Gemini generateContent: one response, or chunks of it to be put together. */
import type { FinishReason } from '../../../agent/model';
import { piecesOf, toAnswer } from './raw-answer';
import { failureOf, failureOfResponse } from './raw-errors';
import { clientCallsOf } from './raw-gemini-calls';
import { isRecord, number, record, records, text, type Json } from './raw-json';
import type { RawReading, RawResponse, RawUsage } from './raw-types';

export function readGemini(response: RawResponse): RawReading {
  const failure = failureOfResponse(response);
  if (failure) return failure;
  const { isStream, events, fault } = piecesOf(response);
  if (fault !== undefined) return { outcome: 'incomplete', why: fault };
  const chunks = events.map(record);
  const error = chunks.map((chunk) => chunk['error']).find(isRecord);
  if (error) return failureOf(error);
  // Only the first of several candidates is an answer; a missing index is 0.
  const candidates = chunks.flatMap((chunk) =>
    records(chunk['candidates']).filter((candidate) => number(candidate['index']) === 0),
  );
  const blocked = lastText(chunks.map((chunk) => record(chunk['promptFeedback'])['blockReason']));
  // The last chunk must say it: an early `STOP` ends the part before a tool that Google runs, and the answer goes on.
  const said = text(candidates.at(-1)?.['finishReason']);
  const finish = said || blocked;
  if (finish === '') {
    return { outcome: 'incomplete', why: `no finishReason at the end of ${chunks.length} chunks` };
  }
  const parts = candidates.flatMap((it) => records(record(it['content'])['parts']));
  const toolCalls = clientCallsOf(parts);
  const base = said === '' ? 'content_filter' : (finishReasons[finish] ?? 'other');
  const signatures = parts.map((part) => text(part['thoughtSignature']));
  return toAnswer({
    textParts: isStream ? runsOfText(parts) : parts.map(visibleText),
    refusal: '',
    toolCalls,
    finishReason: base === 'stop' && toolCalls.length > 0 ? 'tool_calls' : base,
    rawFinishReason: finish,
    usage: usageOf(chunks.map((chunk) => record(chunk['usageMetadata']))),
    hasReasoning: parts.some(isThought) || signatures.some((it) => it !== ''),
    opaque: signatures,
    model: lastText(chunks.map((chunk) => chunk['modelVersion'])),
  });
}

function lastText(values: readonly unknown[]): string {
  return values.map(text).findLast((it) => it !== '') ?? '';
}

function isThought(part: Json): boolean {
  return part['thought'] === true;
}

function visibleText(part: Json): string {
  return isThought(part) ? '' : text(part['text']);
}

/** The chunks of a stream cut a text anywhere: what is not parted by something else is one. */
function runsOfText(parts: readonly Json[]): readonly string[] {
  return parts.reduce<readonly string[]>((runs, part) => {
    const piece = visibleText(part);
    const isBorder = typeof part['text'] !== 'string' || isThought(part);
    return isBorder ? [...runs, ''] : [...runs.slice(0, -1), (runs.at(-1) ?? '') + piece];
  }, []);
}

/** Tool calls do not change `STOP`; `stop` is narrowed by what there is. */
const finishReasons: Readonly<Record<string, FinishReason>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  CONTINUATION: 'pause',
  SAFETY: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  BLOCKLIST: 'content_filter',
  SPII: 'content_filter',
  RECITATION: 'content_filter',
  MODEL_ARMOR: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  IMAGE_RECITATION: 'content_filter',
  MALFORMED_FUNCTION_CALL: 'error',
  MALFORMED_RESPONSE: 'error',
  UNEXPECTED_TOOL_CALL: 'error',
  OTHER: 'error',
};

/**
 * The last chunk that counts the prompt stands for all; earlier ones may name the kind of traffic alone. Fields are
 * not collected over chunks: where Google's tools ran in between, the counts start anew and would not add up.
 */
function usageOf(chunks: readonly Json[]): RawUsage | undefined {
  const usage = chunks.findLast((chunk) => typeof chunk['promptTokenCount'] === 'number');
  if (!usage) return undefined;
  const thoughts = number(usage['thoughtsTokenCount']);
  return {
    inputTokens: number(usage['promptTokenCount']) + number(usage['toolUsePromptTokenCount']),
    outputTokens: number(usage['candidatesTokenCount']) + thoughts,
    cachedInputTokens: number(usage['cachedContentTokenCount']),
    cacheWriteTokens: 0,
    reasoningTokens: thoughts,
  };
}
