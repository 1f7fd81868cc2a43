/** Anthropic's errors as `ModelError`s, whether they come as a status, in the stream, or as a body. */
import { APIConnectionError, APIConnectionTimeoutError, APIError } from '@anthropic-ai/sdk';
import type { ModelErrorKind } from '../../agent/errors';
import type { ModelError } from '../../agent/errors';
import { anthropicProvider } from './anthropic-replay';
import type { ProviderFailure } from './model-error';
import {
  connectionError,
  kindOfStatus,
  modelErrorIn,
  providerError,
  unconnectedError,
} from './model-error';

/** Whatever a call threw; what is no error of the provider's or of the connection is returned as it is. */
export function fromAnthropicError(error: unknown): unknown {
  const known = modelErrorIn(error);
  if (known) return known;
  if (error instanceof APIConnectionTimeoutError) {
    return providerError('timeout', { provider: anthropicProvider, message: error.message });
  }
  if (error instanceof APIConnectionError) return unconnectedError(anthropicProvider, error);
  if (!(error instanceof APIError)) return connectionError(anthropicProvider, error) ?? error;
  const { status, headers, type, errorCode, apiMessage, requestID } = error;
  return toModelError(type ?? undefined, {
    message: apiMessage ?? withoutStatus(error.message, status),
    status,
    code: errorCode ?? undefined,
    requestId: requestID ?? requestIdOf(error.error),
    headers,
  });
}

/** A body that is an error although its status says otherwise. */
export function fromErrorBody(body: unknown): ModelError {
  const { error } = toErrorBody(body);
  return toModelError(error?.type, {
    message: error?.message ?? 'The answer is an error.',
    code: error?.details?.error_code,
    requestId: requestIdOf(body),
  });
}

interface ErrorBody {
  readonly request_id?: string;
  readonly error?: {
    readonly type?: string;
    readonly message?: string;
    readonly details?: { readonly error_code?: string } | null;
  } | null;
}

function toErrorBody(body: unknown): ErrorBody {
  return typeof body === 'object' && body !== null ? body : {};
}

function requestIdOf(body: unknown): string | undefined {
  const { request_id: id } = toErrorBody(body);
  return typeof id === 'string' ? id : undefined;
}

function toModelError(
  type: string | undefined,
  failure: Omit<ProviderFailure, 'provider'>,
): ModelError {
  const { status, message } = failure;
  const code = failure.code ?? type;
  const kind = kindOf(status, type, failure.code, message);
  return providerError(kind, { ...failure, provider: anthropicProvider, code });
}

function kindOf(
  status: number | undefined,
  type: string | undefined,
  code: string | undefined,
  message: string,
): ModelErrorKind {
  if (isTooLong(status, type, message)) return 'context_length';
  if (isQuota(status, code, message)) return 'quota';
  const known = type === undefined ? undefined : kindOfType[type];
  if (known) return known;
  if (status !== undefined) return kindOfStatus(status);
  // In a stream there is no status.
  return type === 'invalid_request_error' ? 'bad_request' : 'server';
}

const kindOfType: Readonly<Record<string, ModelErrorKind | undefined>> = {
  authentication_error: 'authentication',
  billing_error: 'quota',
  permission_error: 'permission',
  not_found_error: 'not_found',
  rate_limit_error: 'rate_limit',
  timeout_error: 'timeout',
  overloaded_error: 'overloaded',
};

/** Also a request that is larger than the API takes: waiting does not help, compaction does. */
function isTooLong(status: number | undefined, type: string | undefined, message: string): boolean {
  return (
    status === 413 ||
    type === 'request_too_large' ||
    /prompt is too long|exceed(s|ed)? (the )?context (limit|window)/i.test(message)
  );
}

function isQuota(status: number | undefined, code: string | undefined, message: string): boolean {
  return (
    status === 402 ||
    (code !== undefined && quotaCodes.has(code)) ||
    /credit balance is too low/i.test(message)
  );
}

/** `ramp_limit_exceeded` is none of them: it caps how fast usage grows and passes. */
const quotaCodes: ReadonlySet<string> = new Set([
  'contract_spend_limit_reached',
  'enforced_spend_limit_reached',
  'linked_organization_spend_limit_reached',
  'linked_organization_billing_unavailable',
  'organization_on_hold',
]);

function withoutStatus(message: string, status: number | undefined): string {
  return status !== undefined && message.startsWith(`${status} `)
    ? message.slice(`${status} `.length)
    : message;
}
