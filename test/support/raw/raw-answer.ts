/** What the readers of all formats share. */
import type { FinishReason } from '../../../agent/model';
import { list, tryParse } from './raw-json';
import { readEvents } from './raw-sse';
import type { RawAnswer, RawResponse, RawToolCall, RawUsage } from './raw-types';

export interface Found {
  readonly textParts: readonly string[];
  readonly refusal: string;
  readonly toolCalls: readonly RawToolCall[];
  readonly finishReason: FinishReason;
  readonly rawFinishReason: string;
  readonly usage: RawUsage | undefined;
  readonly hasReasoning: boolean;
  readonly opaque: readonly string[];
  readonly model: string;
}

export function toAnswer(found: Found): RawAnswer {
  const textParts = found.textParts.filter((part) => part !== '');
  return {
    outcome: 'response',
    text: textParts.join(''),
    textParts,
    ...(found.refusal && { refusal: found.refusal }),
    toolCalls: found.toolCalls,
    finishReason: found.finishReason,
    rawFinishReason: found.rawFinishReason,
    usage: found.usage,
    reasoning: { present: found.hasReasoning, opaque: found.opaque.filter((it) => it !== '') },
    ...(found.model && { model: found.model }),
  };
}

export interface Pieces {
  readonly isStream: boolean;
  /** The events of a stream, or the one body. */
  readonly events: readonly unknown[];
  /** Why the bytes cannot be read to their end. */
  readonly fault?: string;
}

/** `response` as JSON: its wire bytes are read, so that kept event lists and recorded streams take one way. */
export function piecesOf(response: RawResponse): Pieces {
  const body = response.wireBody.toString('utf8');
  if (response.isStream) {
    const { events, malformed } = readEvents(body);
    const fault =
      malformed === undefined
        ? undefined
        : `event ${events.length} is no JSON: ${malformed.slice(0, 80)}`;
    return { isStream: true, events, ...(fault && { fault }) };
  }
  const parsed = tryParse(body);
  if (!parsed) return { isStream: false, events: [], fault: 'the body is no JSON' };
  // Gemini streams an array where server-sent events are not asked for.
  if (Array.isArray(parsed.json)) return { isStream: true, events: list(parsed.json) };
  return { isStream: false, events: [parsed.json] };
}
