/** What every adapter's errors have in common: from an HTTP status or a broken connection to a `ModelError`. */
import type { ModelErrorKind } from '../../agent/errors';
import { ModelError, isModelError } from '../../agent/errors';

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

/** The provider's own word on a retry (`x-should-retry`) goes before what `kind` says. */
export function providerError(kind: ModelErrorKind, failure: ProviderFailure): ModelError {
  const { provider, status, code, requestId, headers } = failure;
  const message = withoutKeys(failure.message);
  const shouldRetry = headers?.get('x-should-retry');
  return new ModelError({
    provider,
    kind,
    message: `${provider}${status === undefined ? '' : ` answered ${status}`}: ${message}`,
    retryable: shouldRetry ? shouldRetry === 'true' : retryableKinds.has(kind),
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
      return 'server';
    case 429:
      return 'rate_limit';
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
  const code = causeCode(error);
  if (code === undefined && message !== 'terminated' && message !== 'fetch failed')
    return undefined;
  const fault = code ? `The connection broke (${code}).` : 'The connection broke.';
  return providerError('network', { provider, message: fault, code });
}

/** The code of what broke the connection (`ECONNREFUSED`, `UND_ERR_SOCKET` …), however deep it is buried. */
export function causeCode(error: unknown): string | undefined {
  let at = error;
  for (let depth = 0; depth < 8; depth++) {
    const { code, cause } = toErrorFields(at);
    if (typeof code === 'string' && /^(E[A-Z]+|UND_ERR_\w+)$/.test(code)) return code;
    at = cause;
  }
  return undefined;
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
  const milliseconds = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (milliseconds >= 0) return Math.ceil(milliseconds);
  const value = headers?.get('retry-after');
  if (!value) return undefined;
  const seconds = Number(value);
  const delay = Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1000;
  return Number.isNaN(delay) ? undefined : Math.max(0, Math.ceil(delay));
}

/** Whatever words a provider repeats our key in, it goes no further. */
export function withoutSecret(error: unknown, secret: string | undefined): unknown {
  if (!secret || !(error instanceof Error) || !error.message.includes(secret)) return error;
  const message = error.message.replaceAll(secret, '[key]');
  return isModelError(error) ? new ModelError({ ...error.fields, message }) : new Error(message);
}

/** Providers quote the key that they refuse, in part. */
function withoutKeys(message: string): string {
  return message
    .replace(/(API key provided: )\S+?(?=[.,]?(\s|$))/gi, '$1[key]')
    .replace(/\b(sk|rk|pk)-[\w*-]{6,}/g, '[key]');
}
