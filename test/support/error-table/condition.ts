/** One line of the error table: what happens to a model call, at each provider in its own words, and what comes of it. */
import type { ServerResponse } from 'node:http';
import type { ModelErrorKind } from '../../../agent/errors';
import type { FinishReason } from '../../../agent/model';
import type { StrictProvider } from '../strict/strict-answer';
import type { ScriptedAnswer } from '../strict/strict-server';

export const providers: readonly StrictProvider[] = [
  'openai-responses',
  'openai-chat',
  'anthropic',
  'gemini',
];

/** What a model is called, where its key is read from, and how it calls itself in errors. */
export const setups = {
  'openai-responses': { model: 'gpt-5-mini', name: 'openai', keyVariable: 'OPENAI_API_KEY' },
  'openai-chat': { model: 'gpt-4o', name: 'openai-chat', keyVariable: 'OPENAI_API_KEY' },
  anthropic: { model: 'claude-haiku-4-5', name: 'anthropic', keyVariable: 'ANTHROPIC_API_KEY' },
  gemini: { model: 'gemini-3-flash-preview', name: 'gemini', keyVariable: 'GEMINI_API_KEY' },
} as const;

/** Never to be seen anywhere. */
export const secretKey = 'sk-table-0123456789abcdefABCDEF';

/** What the server does: an answer of the strict server, or whatever a function writes. */
export type Play = ScriptedAnswer | ((response: ServerResponse) => void);

/** Where no server of ours is reached. */
export type Place = 'nobody listens' | 'no such host' | 'no TLS' | 'no key';

export interface Failure {
  readonly kind: ModelErrorKind | 'TooDeep' | 'AnswerTooLarge';
  readonly isRetried: boolean;
  /** The delay that is asked for, in milliseconds, or the two between which it lies. */
  readonly afterMs?: number | readonly [least: number, most: number];
  /** What the text that the user reads contains: the provider's own words, the fact. */
  readonly says: string;
}

export interface Answer {
  readonly finishReason: FinishReason;
  readonly content: string;
  /** Names of the calls that the answer holds; those of a cut answer are not run. @default [] */
  readonly calls?: readonly string[];
}

export type Outcome = Failure | Answer;

/** By provider; a provider that does not know the condition has none. */
export type By<Value> = Partial<Readonly<Record<StrictProvider, Value>>>;

export interface Condition {
  readonly name: string;
  readonly play: By<Play>;
  readonly outcome: By<Outcome>;
  readonly place?: Place;
  /** Of the adapter. @default its own */
  readonly timeouts?: { readonly firstEventTimeoutMs?: number; readonly idleTimeoutMs?: number };
  /** @default 1, or 0 where no server is reached */
  readonly requests?: number;
}

/** `value` at every provider, `but` where it differs. */
export function everywhere<Value>(value: Value, but: By<Value> = {}): By<Value> {
  return { ...Object.fromEntries(providers.map((provider) => [provider, value])), ...but };
}

/** Tried again by Temporal. */
export function retried(
  kind: Failure['kind'],
  says: string,
  afterMs?: Failure['afterMs'],
): Failure {
  return { kind, isRetried: true, says, ...(afterMs !== undefined && { afterMs }) };
}

/** The first attempt was the last. */
export function final(kind: Failure['kind'], says: string, afterMs?: Failure['afterMs']): Failure {
  return { kind, isRetried: false, says, ...(afterMs !== undefined && { afterMs }) };
}

/** A refusal whose body has nothing but a message, in the shape of each provider. */
export function refusedWith(
  status: number,
  message: string,
  more: Pick<ScriptedAnswer, 'headers' | 'retry'> = {},
): By<Play> {
  const openAI = { error: { message, type: 'invalid_request_error', param: null, code: null } };
  const anthropic = {
    type: 'error',
    error: { type: anthropicTypes[status] ?? 'api_error', message },
  };
  const google = { error: { code: status, message, status: googleStatuses[status] ?? 'UNKNOWN' } };
  return {
    'openai-responses': { status, body: openAI, ...more },
    'openai-chat': { status, body: openAI, ...more },
    anthropic: { status, body: { ...anthropic, request_id: 'req_1' }, ...more },
    gemini: { status, body: google, ...more },
  };
}

/** As Anthropic's types have them; a status that it does not name comes from what stands before it. */
const anthropicTypes: Readonly<Record<number, string | undefined>> = {
  400: 'invalid_request_error',
  404: 'not_found_error',
  405: 'invalid_request_error',
  415: 'invalid_request_error',
  422: 'invalid_request_error',
  424: 'invalid_request_error',
  425: 'invalid_request_error',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** Google's canonical names. */
const googleStatuses: Readonly<Record<number, string | undefined>> = {
  400: 'INVALID_ARGUMENT',
  404: 'NOT_FOUND',
  405: 'UNIMPLEMENTED',
  415: 'INVALID_ARGUMENT',
  422: 'INVALID_ARGUMENT',
  424: 'FAILED_PRECONDITION',
  425: 'UNAVAILABLE',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** What a function sends for the server: a status, headers and a body as they are. */
export function sends(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body);
  };
}

/** A stream of these events, framed as the provider frames them, and its clean end. */
export function streams(provider: StrictProvider, events: readonly object[]): Play {
  return sends(200, events.map((event) => framed(provider, event)).join(''), {
    'content-type': 'text/event-stream; charset=utf-8',
  });
}

export function framed(provider: StrictProvider, event: object): string {
  const data = JSON.stringify(event);
  switch (provider) {
    case 'openai-responses':
    case 'anthropic':
      return `event: ${(event as { readonly type: string }).type}\ndata: ${data}\n\n`;
    case 'openai-chat':
      return `data: ${data}\n\n`;
    case 'gemini':
      return `data: ${data}\r\n\r\n`;
  }
}
