/**
 * What a recorded exchange with a model provider is, and what its answer says. A second opinion on the adapters:
 * nothing here knows a vendor's SDK or an adapter.
 */
import type { ModelErrorKind } from '../../../agent/errors';
import type { FinishReason } from '../../../agent/model';

export type RawProvider =
  | 'openai-responses'
  | 'openai-chat'
  | 'openai-compatible'
  | 'anthropic'
  | 'google'
  | 'google-vertex';

/** The format of the bytes. A provider named `openai-compatible` speaks either of OpenAI's. */
export type RawWire = 'openai-responses' | 'openai-chat' | 'anthropic' | 'gemini';

export interface RawRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON; the text where it is none. */
  readonly body: unknown;
}

export interface RawResponse {
  readonly status: number;
  /** False where only a body was kept: the status is then inferred from it. */
  readonly statusRecorded: boolean;
  /** Lower case names. Without encoding and length, because `body` is decoded. */
  readonly headers: Readonly<Record<string, string>>;
  /** As it was kept, decompressed. */
  readonly body: Buffer;
  /** As a provider sends it: `body`, but a list of events gets the framing of server-sent events. */
  readonly wireBody: Buffer;
  /** Server-sent events or a list of events. */
  readonly isStream: boolean;
}

export interface RawExchange {
  /** `<path>#<index>`. */
  readonly id: string;
  readonly path: string;
  /** The first folder of the path: the project that recorded it. */
  readonly source: string;
  readonly provider: RawProvider;
  /** Absent where the exchange is with something else, such as a download. */
  readonly wire?: RawWire;
  readonly request?: RawRequest;
  readonly response: RawResponse;
  readonly kind: 'generation' | 'other';
  /** Set when `kind` is `other`. */
  readonly otherReason?: string;
  /** What the index says about the whole file. */
  readonly sdkDecodes?: boolean;
}

export interface UnreadFile {
  readonly path: string;
  readonly reason: string;
}

/** What a container (a VCR cassette, a HAR …) says about one exchange; all else is derived from it. */
export interface ContainedExchange {
  readonly request?: RawRequest;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The body is JSON, one event a line, without framing. */
  readonly isEventList?: boolean;
}

export interface RawToolCall {
  readonly name: string;
  /** The JSON object; `malformed` keeps what is none. */
  readonly arguments: Readonly<Record<string, unknown>> | { readonly malformed: string };
}

/** Inclusive totals, absent details are 0. */
export interface RawUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
  readonly reasoningTokens: number;
}

export interface RawAnswer {
  readonly outcome: 'response';
  /** `textParts` in a row, without separators. No thinking, no refusal. */
  readonly text: string;
  readonly textParts: readonly string[];
  /** What OpenAI sends in place of text when the model declines. */
  readonly refusal?: string;
  /** Calls that the client has to run: none of those that ran at the provider's. */
  readonly toolCalls: readonly RawToolCall[];
  readonly finishReason: FinishReason;
  readonly rawFinishReason: string;
  readonly usage: RawUsage | undefined;
  readonly reasoning: {
    /** Whether there was an item, block or part of it; hidden reasoning shows in `usage` alone. */
    readonly present: boolean;
    /** Signatures, encrypted contents, redacted data, in order. */
    readonly opaque: readonly string[];
  };
  readonly model?: string;
}

export interface RawFailure {
  readonly outcome: 'error';
  readonly kind: ModelErrorKind;
  readonly status?: number;
  readonly code?: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
}

/** No terminal event, or bytes that cannot be read. */
export interface RawFragment {
  readonly outcome: 'incomplete';
  readonly why: string;
}

export type RawReading = RawAnswer | RawFailure | RawFragment;
