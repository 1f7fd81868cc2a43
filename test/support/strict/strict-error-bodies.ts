/** How each provider says each kind of trouble. What is not recorded follows the SDKs' types and the documentation. */
import type { JsonObject } from '../../../agent/json';
import type { StrictProvider } from './strict-answer';
import type { Refusal } from './strict-errors';
import { anthropicRefusal, geminiRefusal, openAIRefusal } from './strict-errors';

export type ErrorKind =
  | 'authentication'
  | 'permission'
  | 'not_found'
  /** Too fast: wait and try again. */
  | 'rate_limit'
  /** Nothing left to spend: OpenAI `insufficient_quota`, Anthropic `enforced_spend_limit_reached`, Gemini `PerDay`. */
  | 'quota'
  /** Anthropic 402; elsewhere as `quota`. */
  | 'billing'
  /** Anthropic 529, elsewhere 503. */
  | 'overloaded'
  | 'server_error'
  | 'bad_gateway'
  | 'timeout'
  | 'conflict'
  | 'too_large'
  | 'unprocessable'
  | 'context_length';

const openAIServerMessage =
  'The server had an error while processing your request. Sorry about that! You can retry your request, or contact us through our help center at help.openai.com if the error persists.';

const openAIErrors: Readonly<Record<ErrorKind, () => Refusal>> = {
  authentication: () =>
    openAIRefusal(
      'Incorrect API key provided: invalid-*****2345. You can find your API key at https://platform.openai.com/account/api-keys.',
      { status: 401, code: 'invalid_api_key' },
    ),
  permission: () =>
    openAIRefusal('Country, region, or territory not supported', {
      status: 403,
      code: 'unsupported_country_region_territory',
      type: 'request_forbidden',
    }),
  not_found: () =>
    openAIRefusal('The model `gone` does not exist or you do not have access to it.', {
      status: 404,
      code: 'model_not_found',
    }),
  rate_limit: () =>
    openAIRefusal(
      'Rate limit reached for gpt-5 in organization org-strict on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000. Please try again in 2s. Visit https://platform.openai.com/account/rate-limits to learn more.',
      { status: 429, code: 'rate_limit_exceeded', type: 'tokens' },
    ),
  quota: () =>
    openAIRefusal(
      'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.',
      { status: 429, code: 'insufficient_quota', type: 'insufficient_quota' },
    ),
  billing: () => openAIErrors.quota(),
  overloaded: () =>
    openAIRefusal('The engine is currently overloaded, please try again later', {
      status: 503,
      type: 'server_error',
      code: 'server_is_overloaded',
    }),
  server_error: () =>
    openAIRefusal(openAIServerMessage, { status: 500, type: 'server_error', code: 'server_error' }),
  bad_gateway: () => openAIRefusal('Bad gateway.', { status: 502, type: 'cf_bad_gateway' }),
  timeout: () => openAIRefusal('Request timed out.', { status: 408, type: 'timeout' }),
  conflict: () => openAIRefusal('The request conflicts with another one.', { status: 409 }),
  too_large: () => openAIRefusal('Request body is too large.', { status: 413 }),
  unprocessable: () => openAIRefusal('The request could not be processed.', { status: 422 }),
  context_length: () =>
    openAIRefusal(
      'Your input exceeds the context window of this model. Please adjust your input and try again.',
      { code: 'context_length_exceeded', param: 'input' },
    ),
};

const anthropicErrors: Readonly<Record<ErrorKind, () => Refusal>> = {
  authentication: () =>
    anthropicRefusal('invalid x-api-key', { status: 401, type: 'authentication_error' }),
  permission: () =>
    anthropicRefusal('Your API key does not have permission to use the specified resource.', {
      status: 403,
      type: 'permission_error',
    }),
  not_found: () => anthropicRefusal('model: gone', { status: 404, type: 'not_found_error' }),
  rate_limit: () =>
    anthropicRefusal(
      "This request would exceed your organization's rate limit of 30,000 input tokens per minute. For details, refer to: https://docs.claude.com/en/api/rate-limits.",
      { status: 429, type: 'rate_limit_error' },
    ),
  quota: () =>
    anthropicRefusal('You have reached your specified API usage limits.', {
      status: 429,
      type: 'rate_limit_error',
      errorCode: 'enforced_spend_limit_reached',
    }),
  billing: () =>
    anthropicRefusal(
      'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
      { status: 402, type: 'billing_error' },
    ),
  overloaded: () => anthropicRefusal('Overloaded', { status: 529, type: 'overloaded_error' }),
  server_error: () => anthropicRefusal('Internal server error', { status: 500, type: 'api_error' }),
  bad_gateway: () => anthropicRefusal('Bad gateway', { status: 502, type: 'api_error' }),
  timeout: () => anthropicRefusal('Request timed out', { status: 408, type: 'timeout_error' }),
  conflict: () => anthropicRefusal('Conflict', { status: 409, type: 'conflict_error' }),
  too_large: () =>
    anthropicRefusal('Request exceeds the maximum size', {
      status: 413,
      type: 'request_too_large',
    }),
  unprocessable: () => anthropicRefusal('Unprocessable request', { status: 422 }),
  context_length: () => anthropicRefusal('prompt is too long: 208310 tokens > 200000 maximum'),
};

function quotaDetails(quotaId: string): readonly JsonObject[] {
  const type = 'type.googleapis.com/google.rpc.QuotaFailure';
  return [{ '@type': type, violations: [{ quotaId }] }];
}

const geminiQuotaMessage =
  'You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.';

const geminiErrors: Readonly<Record<ErrorKind, () => Refusal>> = {
  authentication: () =>
    geminiRefusal('API key not valid. Please pass a valid API key.', {
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'API_KEY_INVALID',
          domain: 'googleapis.com',
          metadata: { service: 'generativelanguage.googleapis.com' },
        },
      ],
    }),
  permission: () =>
    geminiRefusal('The caller does not have permission', {
      code: 403,
      status: 'PERMISSION_DENIED',
    }),
  not_found: () =>
    geminiRefusal(
      'models/gone is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.',
      { code: 404, status: 'NOT_FOUND' },
    ),
  rate_limit: () =>
    geminiRefusal(geminiQuotaMessage, {
      code: 429,
      status: 'RESOURCE_EXHAUSTED',
      details: quotaDetails('GenerateRequestsPerMinutePerProjectPerModel-FreeTier'),
    }),
  quota: () =>
    geminiRefusal(geminiQuotaMessage, {
      code: 429,
      status: 'RESOURCE_EXHAUSTED',
      details: quotaDetails('GenerateRequestsPerDayPerProjectPerModel-FreeTier'),
    }),
  billing: () => geminiErrors.quota(),
  overloaded: () =>
    geminiRefusal('The model is overloaded. Please try again later.', {
      code: 503,
      status: 'UNAVAILABLE',
    }),
  server_error: () =>
    geminiRefusal(
      'An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting',
      { code: 500, status: 'INTERNAL' },
    ),
  bad_gateway: () => geminiRefusal('Bad gateway', { code: 502, status: 'UNAVAILABLE' }),
  timeout: () =>
    geminiRefusal('Deadline expired before operation could complete.', {
      code: 408,
      status: 'DEADLINE_EXCEEDED',
    }),
  conflict: () => geminiRefusal('The operation was aborted.', { code: 409, status: 'ABORTED' }),
  too_large: () =>
    geminiRefusal('Request payload size exceeds the limit: 20971520 bytes.', { code: 413 }),
  unprocessable: () => geminiRefusal('Request could not be processed.', { code: 422 }),
  context_length: () =>
    geminiRefusal(
      'The input token count (1200001) exceeds the maximum number of tokens allowed (1048576).',
    ),
};

const errorsByProvider = {
  'openai-responses': openAIErrors,
  'openai-chat': openAIErrors,
  anthropic: anthropicErrors,
  gemini: geminiErrors,
} as const;

export function errorOf(provider: StrictProvider, kind: ErrorKind): Refusal {
  return errorsByProvider[provider][kind]();
}
