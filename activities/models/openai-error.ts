/** OpenAI's errors as `ModelError`s, whether they come as a status, in the stream, or as a failed response. */
import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import type { ResponseError } from 'openai/resources/responses/responses';
import type { ModelErrorKind } from '../../agent/errors';
import { ModelError } from '../../agent/errors';
import {
  connectionError,
  kindOfStatus,
  modelErrorIn,
  providerError,
  toDelayMs,
  unconnectedError,
} from './model-error';
import { openAIProvider } from './openai-replay';

/** Whatever a call threw; what is no error of the provider's or of the connection is returned as it is. */
export function fromOpenAIError(error: unknown): unknown {
  const known = modelErrorIn(error);
  if (known) return known;
  if (error instanceof APIConnectionTimeoutError) {
    return providerError('timeout', { provider: openAIProvider, message: error.message });
  }
  if (error instanceof APIConnectionError) return unconnectedError(openAIProvider, error);
  if (!(error instanceof APIError)) return connectionError(openAIProvider, error) ?? error;
  const { status, code, type, headers, requestID } = error;
  const message = withoutStatus(error.message, status);
  return withAskedDelay(
    providerError(kindOf(status, code ?? type, message), {
      provider: openAIProvider,
      message,
      status,
      code: code ?? type,
      requestId: requestID ?? undefined,
      headers,
    }),
  );
}

/** A response of status `failed`. */
export function fromFailedResponse(error: ResponseError | null): ModelError {
  const { code, message = 'The response failed.' } = error ?? {};
  const failure = { provider: openAIProvider, message, code };
  return withAskedDelay(providerError(kindOf(undefined, code, message), failure));
}

function kindOf(
  status: number | undefined,
  code: string | undefined,
  message: string,
): ModelErrorKind {
  if (isTooLong(code, message)) return 'context_length';
  const known = code === undefined ? undefined : kindOfCode[code];
  if (known) return known;
  if (status !== undefined) return kindOfStatus(status);
  // In a stream there is no status: codes that name the input are about the request.
  return code !== undefined && /invalid|image|policy|unsupported/.test(code)
    ? 'bad_request'
    : 'server';
}

const kindOfCode: Readonly<Record<string, ModelErrorKind | undefined>> = {
  invalid_api_key: 'authentication',
  model_not_found: 'not_found',
  rate_limit_exceeded: 'rate_limit',
  insufficient_quota: 'quota',
  billing_hard_limit_reached: 'quota',
  credit_balance_exhausted: 'quota',
  organization_spend_limit_exceeded: 'quota',
  organization_usage_limit_exceeded: 'quota',
  project_spend_limit_exceeded: 'quota',
  server_error: 'server',
  server_is_overloaded: 'overloaded',
  vector_store_timeout: 'timeout',
};

/** Also a request that is larger than a minute's tokens: waiting does not help, compaction does. */
function isTooLong(code: string | undefined, message: string): boolean {
  return (
    code === 'context_length_exceeded' ||
    /maximum context length|exceeds the context window|^Request too large for/i.test(message)
  );
}

function withoutStatus(message: string, status: number | undefined): string {
  return status !== undefined && message.startsWith(`${status} `)
    ? message.slice(`${status} `.length)
    : message;
}

/** In a stream the delay stands in the text alone: "Please try again in 1.2s". */
function withAskedDelay(error: ModelError): ModelError {
  const { fields } = error;
  if (fields.kind !== 'rate_limit' || fields.retryAfterMs !== undefined) return error;
  const asked = /try again in (?:(\d+)m(?!s))?(?:([\d.]+)(ms|s))?/i.exec(fields.message);
  if (!asked) return error;
  const [, minutes = '0', amount = '0', unit] = asked;
  const milliseconds = Number(minutes) * 60_000 + Number(amount) * (unit === 'ms' ? 1 : 1000);
  return milliseconds > 0
    ? new ModelError({ ...fields, retryAfterMs: toDelayMs(milliseconds) })
    : error;
}
