/** What went wrong, and whether to try again: the error bodies of all providers. */
import type { ModelErrorKind } from '../../../agent/errors';
import { isRecord, list, record, records, text, tryParse, type Json } from './raw-json';
import { isErrorStatus } from './raw-status';
import type { RawFailure, RawResponse } from './raw-types';

/** The failure that `response` states with its status, or, with a status of success, with its body alone. */
export function failureOfResponse(response: RawResponse): RawFailure | undefined {
  const { status, headers } = response;
  const body = response.body.toString('utf8');
  if (status < 400) return undefined;
  // A refused streaming call may be framed as an event.
  const parsed = tryParse(body.replace(/^(?:event:.*\n)?data:\s*/, ''))?.json;
  const whole = record(list(parsed)[0] ?? parsed);
  return failureOf(isRecord(whole['error']) ? whole['error'] : { message: body }, {
    status,
    headers,
  });
}

/** The failure that an `error` object describes. Without a status it came inside of an answer. */
export function failureOf(
  error: Json,
  at: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): RawFailure {
  const status = at.status ?? (isErrorStatus(error['code']) ? error['code'] : undefined);
  const facts: Facts = {
    ...(status !== undefined && { status }),
    names: [error['code'], error['type'], error['status'], record(error['details'])['error_code']]
      .concat(records(error['details']).map(({ reason }) => reason))
      .map(text),
    message: text(error['message']),
    isDaily: JSON.stringify(error['details'] ?? '').includes('PerDay'),
  };
  const kind = kindOf(facts);
  const asked = at.headers?.['x-should-retry'];
  // A number in `code` is the status again.
  const code = text(error['code']) || text(error['status']) || text(error['type']);
  const wait = waitOf(at.headers ?? {}, records(error['details']));
  return {
    outcome: 'error',
    kind,
    ...(status !== undefined && { status }),
    ...(code && { code }),
    message: facts.message,
    retryable: asked === 'true' || (asked !== 'false' && retryableKinds.has(kind)),
    ...(wait !== undefined && { retryAfterMs: wait }),
  };
}

interface Facts {
  readonly status?: number;
  /** Whatever codes, types and reasons it gives. */
  readonly names: readonly string[];
  readonly message: string;
  readonly isDaily: boolean;
}

function kindOf({ status, names, message, isDaily }: Facts): ModelErrorKind {
  const isNamed = (...candidates: readonly string[]) =>
    candidates.some((candidate) => names.includes(candidate));
  if (isNamed('invalid_api_key', 'authentication_error', 'API_KEY_INVALID')) {
    return 'authentication';
  }
  if (isNamed('insufficient_quota', 'billing_error', ...spendLimits) || status === 402) {
    return 'quota';
  }
  if (isNamed('rate_limit_exceeded', 'rate_limit_error', 'RESOURCE_EXHAUSTED') || status === 429) {
    return isDaily ? 'quota' : 'rate_limit';
  }
  if (isNamed('context_length_exceeded', 'request_too_large') || status === 413) {
    return 'context_length';
  }
  // The address may name a model that is not there, whatever the status.
  if (isNamed('model_not_found', 'not_found_error', 'NOT_FOUND') || status === 404) {
    return 'not_found';
  }
  if (status === 401 || isNamed('UNAUTHENTICATED')) return 'authentication';
  if (status === 403 || isNamed('permission_error', 'PERMISSION_DENIED')) return 'permission';
  if (isNamed('overloaded_error', 'UNAVAILABLE') || status === 529 || status === 503) {
    return 'overloaded';
  }
  if (isNamed('timeout_error', 'DEADLINE_EXCEEDED') || status === 408 || status === 504) {
    return 'timeout';
  }
  if (isNamed('api_error', 'server_error', 'INTERNAL') || status === 409 || (status ?? 0) >= 500) {
    return 'server';
  }
  if (tooLong.test(message)) return 'context_length';
  if (status === undefined && !isNamed(...requestFaults)) return 'server';
  return 'bad_request';
}

const spendLimits = ['contract_spend_limit_reached', 'enforced_spend_limit_reached'];

const requestFaults = ['invalid_request_error', 'invalid_prompt', 'INVALID_ARGUMENT'];

const tooLong =
  /prompt is too long|input token count .* exceeds the maximum|maximum context length|exceeds the context window/i;

const retryableKinds: ReadonlySet<ModelErrorKind> = new Set([
  'rate_limit',
  'overloaded',
  'server',
  'timeout',
]);

function waitOf(
  headers: Readonly<Record<string, string>>,
  details: readonly Json[],
): number | undefined {
  const delay = details.map(({ retryDelay }) => text(retryDelay)).find((it) => it !== '');
  const candidates = [
    Number(headers['retry-after-ms'] ?? NaN),
    1000 * Number(headers['retry-after'] ?? NaN),
    Date.parse(headers['retry-after'] ?? '') - Date.parse(headers['date'] ?? ''),
    1000 * Number(/^([\d.]+)s$/.exec(delay ?? '')?.[1] ?? NaN),
  ];
  const wait = candidates.find((it) => !Number.isNaN(it));
  return wait === undefined ? undefined : Math.max(0, Math.round(wait));
}
