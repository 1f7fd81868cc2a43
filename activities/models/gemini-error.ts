/** Gemini's errors as `ModelError`s, whether they come as a status or in the stream. */
import { ApiError } from '@google/genai';
import type { JsonObject, JsonValue } from '../../agent/json';
import type { ModelErrorKind } from '../../agent/errors';
import { ModelError } from '../../agent/errors';
import { geminiProvider } from './gemini-replay';
import {
  connectionError,
  incompleteError,
  kindOfStatus,
  modelErrorIn,
  providerError,
  toDelayMs,
} from './model-error';
import { isObject } from './request-json';

/** The head of the answer. The SDK's errors do not carry it. */
export type AnswerHead = Pick<Response, 'ok' | 'status' | 'headers'>;

/** Whatever a call threw; what is no error of the provider's or of the connection is returned as it is. */
export function fromGeminiError(error: unknown, head?: AnswerHead): unknown {
  const known = modelErrorIn(error);
  if (known) return known;
  const message = error instanceof Error ? error.message : '';
  if (error instanceof ApiError) return fromApiError(message, error.status, head?.headers);
  // A refusal whose body the SDK could not read: what it says then is about the body.
  if (head && !head.ok) return fromApiError('', head.status, head.headers);
  if (
    /^(Incomplete JSON segment|exception parsing stream chunk|Response body is empty)/.test(message)
  ) {
    return incompleteError(geminiProvider, 'The stream was cut in the middle of an event.');
  }
  return connectionError(geminiProvider, error) ?? error;
}

function fromApiError(text: string, answered: number, headers: Headers | undefined): ModelError {
  const body = toErrorBody(text);
  const status = typeof body['code'] === 'number' ? body['code'] : answered;
  const code = textOf(body['status']) || undefined;
  const message = textOf(body['message']) || text;
  const kind = kindOf(status, code, message, body);
  const failure = { provider: geminiProvider, message, status, code, headers };
  return withAskedDelay(providerError(kind, failure), body);
}

/** The innermost error: in a stream a text stands before it, and texts come wrapped in an error of their own. */
function toErrorBody(text: string): JsonObject {
  const parsed = parse(text.replace(/^got status: [^{]*/, ''));
  const [body] = Array.isArray(parsed) ? (parsed as readonly JsonValue[]) : [parsed];
  const error = isObject(body) && isObject(body['error']) ? body['error'] : undefined;
  if (!error) return {};
  return { ...error, ...toErrorBody(textOf(error['message'])) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function kindOf(
  status: number,
  code: string | undefined,
  message: string,
  body: JsonObject,
): ModelErrorKind {
  if (
    status === 413 ||
    /input token count.* exceeds the maximum|maximum number of tokens allowed/i.test(message)
  ) {
    return 'context_length';
  }
  const reasons = detailsOf(body, 'ErrorInfo').map((detail) => detail['reason']);
  if (reasons.includes('API_KEY_INVALID') || /^API key (not valid|expired)/i.test(message)) {
    return 'authentication';
  }
  const kind = (code && kindOfCode[code]) || kindOfStatus(status);
  return kind === 'rate_limit' && isSpent(message, body) ? 'quota' : kind;
}

const kindOfCode: Readonly<Record<string, ModelErrorKind | undefined>> = {
  UNAUTHENTICATED: 'authentication',
  PERMISSION_DENIED: 'permission',
  NOT_FOUND: 'not_found',
  INVALID_ARGUMENT: 'bad_request',
  FAILED_PRECONDITION: 'bad_request',
  OUT_OF_RANGE: 'bad_request',
  RESOURCE_EXHAUSTED: 'rate_limit',
  UNAVAILABLE: 'overloaded',
  DEADLINE_EXCEEDED: 'timeout',
  INTERNAL: 'server',
  ABORTED: 'server',
  CANCELLED: 'server',
  UNIMPLEMENTED: 'bad_request',
};

/** A quota that no wait of ours outlasts: the day's, or one that was never granted. */
function isSpent(message: string, body: JsonObject): boolean {
  const violations = detailsOf(body, 'QuotaFailure').flatMap(({ violations: list }) =>
    Array.isArray(list) ? (list as readonly JsonValue[]).filter(isObject) : [],
  );
  return (
    /credits are depleted|spending cap/i.test(message) ||
    violations.some(
      ({ quotaId, quotaValue }) => textOf(quotaId).includes('PerDay') || quotaValue === '0',
    )
  );
}

function detailsOf(body: JsonObject, type: string): readonly JsonObject[] {
  const details = Array.isArray(body['details']) ? (body['details'] as readonly JsonValue[]) : [];
  return details.filter(isObject).filter((detail) => textOf(detail['@type']).endsWith(`.${type}`));
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** Gemini asks for a delay in its error: "34.4s". */
function withAskedDelay(error: ModelError, body: JsonObject): ModelError {
  const { fields } = error;
  if (!fields.retryable || fields.retryAfterMs !== undefined) return error;
  const [asked] = detailsOf(body, 'RetryInfo').map(({ retryDelay }) => retryDelay);
  const delay = toDelayMs(1000 * Number.parseFloat(textOf(asked)));
  return delay === undefined ? error : new ModelError({ ...fields, retryAfterMs: delay });
}
