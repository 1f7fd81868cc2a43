/** What goes wrong on purpose: errors in the provider's own words, waits, cuts, and things that are no answer. */
import type { JsonObject, JsonValue } from '../../../agent/json';
import type { StrictProvider } from './strict-answer';
import type { ErrorKind } from './strict-error-bodies';
import { errorOf } from './strict-error-bodies';
import { hexId } from './strict-ids';
import { isObject, listOf, objectOf, textOf } from './strict-json';

/** When the provider says to come back, in the form in which it says so. */
export interface RetryHint {
  /** `retry-after: 7`; with Gemini's errors also Google's `RetryInfo`. */
  readonly seconds?: number;
  /** `retry-after-ms: 250` */
  readonly milliseconds?: number;
  /** `retry-after: Wed, 21 Oct 2026 07:28:00 GMT` */
  readonly date?: Date;
  /** `x-should-retry: true` @default what Anthropic sends with such an error; nothing for the others */
  readonly shouldRetry?: boolean;
}

export interface StrictFault {
  /** Answers with the provider's error of this kind instead of a message. */
  readonly error?: ErrorKind;
  readonly retry?: RetryHint;
  /** With `body`: any answer. With `error`: another status than the provider's. */
  readonly status?: number;
  /** A string goes out as it is, anything else as JSON. */
  readonly body?: JsonValue;
  readonly headers?: Readonly<Record<string, string>>;
  /** A page where an API should be: of a proxy that is down, or of a login. With `status` 502 or 200. */
  readonly isHtml?: boolean;
  /** HTTP 200, the right content type, and nothing. */
  readonly isEmpty?: boolean;
  /** Waits before the status line, in milliseconds. */
  readonly delayHeadersMs?: number;
  /** Waits between two events, in milliseconds. */
  readonly eventDelayMs?: number;
  /** Says nothing more after so many events, and keeps the connection: 0 is after the headers. */
  readonly stallAfterEvents?: number;
  /** Destroys the connection after so many bytes of the body. */
  readonly cutAfterBytes?: number;
  /** Ends the body after so many bytes, as if that were all. */
  readonly endAfterBytes?: number;
  /** An error event in the stream, with HTTP 200, and the end. */
  readonly errorInStream?: ErrorKind;
  /** Before it, so many events of the answer. @default half of them */
  readonly errorAfterEvents?: number;
}

/** What is sent instead of a message. */
export interface FaultResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const html =
  '<!DOCTYPE html>\n<html><head><title>Bad gateway</title></head><body><h1>Error 502</h1><p>Try again in a few minutes.</p></body></html>\n';

/** The whole response of a fault that replaces the answer, or `undefined` for one that only disturbs it. */
export function faultResponse(
  fault: StrictFault,
  provider: StrictProvider,
): FaultResponse | undefined {
  const { error, retry = {}, status, body, headers = {}, isHtml } = fault;
  if (isHtml) {
    const type = { 'content-type': 'text/html; charset=UTF-8' };
    return { status: status ?? 502, headers: { ...type, ...headers }, body: html };
  }
  const known = error && errorOf(provider, error);
  if (!known && status === undefined && body === undefined) return undefined;
  const value = body ?? withRetryInfo(known?.body ?? {}, provider, retry);
  const requestId = textOf(objectOf(value)['request_id']);
  return {
    status: status ?? known?.status ?? 200,
    headers: {
      'content-type': 'application/json',
      ...(requestId && { 'request-id': requestId }),
      ...retryHeaders(fault, provider),
      ...headers,
    },
    body: typeof value === 'string' ? value : JSON.stringify(value, null, 2),
  };
}

/** Anthropic says with (recorded) every error whether to try again. Of spent money nothing is known. */
function shouldRetryByDefault(provider: StrictProvider, kind: ErrorKind): boolean | undefined {
  if (provider !== 'anthropic' || kind === 'quota') return undefined;
  return [
    'rate_limit',
    'overloaded',
    'server_error',
    'bad_gateway',
    'timeout',
    'conflict',
  ].includes(kind);
}

function retryHeaders(
  { error, retry = {} }: StrictFault,
  provider: StrictProvider,
): Readonly<Record<string, string>> {
  const { seconds, milliseconds, date } = retry;
  const after = date?.toUTCString() ?? seconds?.toString();
  const shouldRetry = retry.shouldRetry ?? (error && shouldRetryByDefault(provider, error));
  return {
    // Google says it in the body alone.
    ...(after !== undefined && (provider !== 'gemini' || date) && { 'retry-after': after }),
    ...(milliseconds !== undefined && { 'retry-after-ms': String(milliseconds) }),
    ...(shouldRetry !== undefined && { 'x-should-retry': String(shouldRetry) }),
  };
}

function withRetryInfo(
  body: JsonValue,
  provider: StrictProvider,
  { seconds }: RetryHint,
): JsonValue {
  const error = isObject(body) ? body['error'] : undefined;
  if (provider !== 'gemini' || seconds === undefined || !isObject(error)) return body;
  const info = {
    '@type': 'type.googleapis.com/google.rpc.RetryInfo',
    retryDelay: `${seconds}s`,
  };
  return { error: { ...error, details: [...listOf(error['details']), info] } };
}

/** How a stream that has begun says that it failed. */
export function errorEvents(provider: StrictProvider, kind: ErrorKind): readonly string[] {
  const { body } = errorOf(provider, kind);
  const error = objectOf(objectOf(body)['error']);
  switch (provider) {
    case 'anthropic': {
      const data = JSON.stringify({ ...objectOf(body), request_id: undefined });
      return [`event: error\ndata: ${data}\n\n`];
    }
    case 'openai-chat':
      return [`data: ${JSON.stringify({ error })}\n\n`];
    case 'gemini':
      return [`data: ${JSON.stringify({ error })}\r\n\r\n`];
    case 'openai-responses':
      return openAIErrorEvents(error);
  }
}

/** Recorded: the error is nested although its type says that it is flat, and a failed response follows. */
function openAIErrorEvents(error: JsonObject): readonly string[] {
  const { code, message } = error;
  const response = { id: hexId('resp_'), object: 'response', status: 'failed', output: [] };
  const events = [
    { type: 'error', sequence_number: 2, error },
    {
      type: 'response.failed',
      sequence_number: 3,
      response: { ...response, error: { code, message }, incomplete_details: null, usage: null },
    },
  ];
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}
