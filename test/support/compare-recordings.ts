/** What an adapter made of an exchange against the independent reading of its bytes. */
import { isDeepStrictEqual } from 'node:util';
import type { ModelResponse } from '../../agent/model';
import type { Decoded } from './decode-recordings';
import type { RawAnswer, RawReading, RawUsage } from './raw/raw-types';

/** @returns what differs, a line each; none where both say the same. */
export function differences(decoded: Decoded, reading: RawReading): readonly string[] {
  if ('thrown' in decoded) return [`not a ModelError: ${String(decoded.thrown)}`];
  if (reading.outcome === 'response') {
    return 'response' in decoded
      ? ofAnswers(decoded.response, reading)
      : [`an error instead of an answer: ${decoded.failure.message}`];
  }
  if ('response' in decoded) return [`an answer instead of ${reading.outcome}`];
  const { kind, retryable, retryAfterMs } = decoded.failure.fields;
  if (reading.outcome === 'incomplete') {
    return kind === 'incomplete' || kind === 'network' ? [] : [`${kind} instead of incomplete`];
  }
  return [
    ...(kind === reading.kind ? [] : [`error kind: ${kind}, not ${reading.kind}`]),
    ...(retryable === reading.retryable ? [] : [`retryable: ${retryable}`]),
    ...(retryAfterMs === reading.retryAfterMs
      ? []
      : [`delay: ${retryAfterMs}, not ${reading.retryAfterMs}`]),
  ];
}

function ofAnswers(ours: ModelResponse, raw: RawAnswer): readonly string[] {
  const calls = ours.toolCalls.map(
    ({ name, arguments: parsed, malformedArguments: malformed }) => ({
      name,
      arguments: malformed === undefined ? parsed : { malformed },
    }),
  );
  const text = raw.text + (raw.refusal ?? '');
  return [
    ...(withoutSpace(ours.content) === withoutSpace(text)
      ? []
      : [`text: ${short(ours.content)}, not ${short(text)}`]),
    ...(isDeepStrictEqual(calls, plain(raw.toolCalls))
      ? []
      : [`tool calls: ${short(calls)}, not ${short(raw.toolCalls)}`]),
    ...(ours.finishReason === raw.finishReason
      ? []
      : [`finish reason: ${ours.finishReason}, not ${raw.finishReason} (${raw.rawFinishReason})`]),
    ...(isDeepStrictEqual(usageOf(ours), raw.usage ?? noUsage)
      ? []
      : [`usage: ${short(usageOf(ours))}, not ${short(raw.usage)}`]),
  ];
}

const noUsage: RawUsage = {
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
};

/** What the reading counts too: it passes over sounds, searches, and how long a cache is kept. */
function usageOf({ usage }: ModelResponse): RawUsage {
  return {
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    cachedInputTokens: usage.cachedInputTokens ?? 0,
    cacheWriteTokens: usage.cacheWriteTokens ?? 0,
    reasoningTokens: usage.reasoningTokens ?? 0,
  };
}

/** Several texts of one answer are joined with line breaks by us, without by the reading. */
function withoutSpace(text: string): string {
  return text.replace(/\s+/g, '');
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}

function short(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 120);
}
