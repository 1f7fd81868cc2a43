/** What every adapter's errors have in common: from an HTTP status or a broken connection to a `ModelError`. */
import type { ModelErrorKind } from '../../agent/errors';
import { ModelError, isModelError } from '../../agent/errors';
import { toSentence } from './model-words';

/** A provider's refusal, as its SDK reports it. */
export interface ProviderFailure {
  readonly provider: string;
  readonly message: string;
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly requestId?: string | undefined;
  readonly headers?: Headers | undefined;
}

const retryableKinds: ReadonlySet<ModelErrorKind> = new Set([
  'rate_limit',
  'overloaded',
  'server',
  'timeout',
  'network',
  'incomplete',
]);

/** The provider's own word on a retry (`x-should-retry`) goes before what `kind` says; but spent money stays spent. */
export function providerError(kind: ModelErrorKind, failure: ProviderFailure): ModelError {
  const { provider, status, code, requestId, headers } = failure;
  const message = toSentence(failure.message);
  const shouldRetry = headers?.get('x-should-retry');
  return new ModelError({
    provider,
    kind,
    message: `${provider}${status === undefined ? '' : ` answered ${status}`}: ${message}`,
    retryable:
      kind !== 'quota' && (shouldRetry ? shouldRetry === 'true' : retryableKinds.has(kind)),
    status,
    code,
    requestId,
    retryAfterMs: retryAfterMs(headers),
  });
}

export function kindOfStatus(status: number): ModelErrorKind {
  switch (status) {
    case 401:
      return 'authentication';
    case 402:
      return 'quota';
    case 403:
      return 'permission';
    case 404:
      return 'not_found';
    case 408:
    case 504:
      return 'timeout';
    case 409:
    case 425:
    case 499:
      return 'server';
    case 413:
      return 'context_length';
    case 429:
      return 'rate_limit';
    case 501:
      return 'bad_request';
    case 503:
    case 529:
      return 'overloaded';
    default:
      return status >= 500 ? 'server' : 'bad_request';
  }
}

/** The stream ended before its last event: what arrived proves nothing. */
export function incompleteError(provider: string, message: string): ModelError {
  return providerError('incomplete', { provider, message });
}

/** A connection that broke below the SDK, or `undefined` when `error` is none: then it is a fault of ours. */
export function connectionError(provider: string, error: unknown): ModelError | undefined {
  const { name, message } = toErrorFields(error);
  if (name === 'SyntaxError') {
    return incompleteError(provider, 'The stream was cut in the middle of an event.');
  }
  // Gemini's SDK wraps it in words of its own.
  if (/fetch failed/.test(String(message))) return unconnectedError(provider, error);
  const code = causeCode(error);
  if (code === undefined && message !== 'terminated') return undefined;
  const fault = code ? `The connection broke (${code}).` : 'The connection broke.';
  return providerError('network', { provider, message: fault, code });
}

/** No answer came, not even its head. */
export function unconnectedError(provider: string, error: unknown): ModelError {
  const code = causeCode(error);
  const message = code ? `There is no connection (${code}).` : 'There is no connection.';
  return providerError('network', { provider, message, code });
}

/** The code of what broke the connection (`ECONNREFUSED`, `UND_ERR_SOCKET` …), however deep it is buried. */
export function causeCode(error: unknown): string | undefined {
  return causesOf(error)
    .map(({ code }) => code)
    .find((code) => typeof code === 'string' && /^[A-Z][A-Z\d_]+$/.test(code)) as
    string | undefined;
}

/** `error`, or the one that an SDK has wrapped, if it is a `ModelError` already. */
export function modelErrorIn(error: unknown): ModelError | undefined {
  return causesOf(error).find(isModelError);
}

function causesOf(error: unknown): readonly ErrorFields[] {
  const causes: ErrorFields[] = [];
  for (let at = error; at && causes.length < 8; at = toErrorFields(at).cause) {
    causes.push(toErrorFields(at));
  }
  return causes;
}

interface ErrorFields {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
}

/** By its fields: `fetch` throws errors that are no `instanceof` our `Error` where realms are mixed. */
function toErrorFields(error: unknown): ErrorFields {
  return typeof error === 'object' && error !== null ? error : {};
}

function retryAfterMs(headers: Headers | undefined): number | undefined {
  const milliseconds = toDelayMs(Number.parseFloat(headers?.get('retry-after-ms') ?? ''));
  if (milliseconds !== undefined) return milliseconds;
  const value = headers?.get('retry-after');
  if (!value) return undefined;
  const seconds = Number(value);
  return toDelayMs(Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1000);
}

/** Nobody is kept waiting longer. */
const longestDelayMs = 86_400_000;

/** A delay that somebody asks for as one that a timer takes; `undefined` for what is none. */
export function toDelayMs(asked: number): number | undefined {
  return Number.isFinite(asked)
    ? Math.min(longestDelayMs, Math.max(0, Math.ceil(asked)))
    : undefined;
}
