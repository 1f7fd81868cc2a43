/** The HTTP status that an answer of which only the body was kept most likely had. */
import type { RawProvider } from './raw-types';
import { isRecord, record, text, tryParse } from './raw-json';

export function inferStatus(body: string, provider: RawProvider): number {
  const json = tryParse(body)?.json;
  if (!isRecord(json) || !isRecord(json['error']) || 'output' in json) return 200;
  const error = record(json['error']);
  if (isErrorStatus(error['code'])) return error['code'];
  const known = statuses[text(error['code'])] ?? statuses[text(error['type'])];
  // The Responses API answers 400 for a model that Chat Completions does not find with 404.
  if (known === 404 && provider === 'openai-responses') return 400;
  return known ?? 400;
}

export function isErrorStatus(code: unknown): code is number {
  return typeof code === 'number' && code >= 400 && code < 600;
}

const statuses: Readonly<Record<string, number>> = {
  insufficient_quota: 429,
  rate_limit_exceeded: 429,
  rate_limit_error: 429,
  invalid_api_key: 401,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  model_not_found: 404,
  not_found_error: 404,
  request_too_large: 413,
  api_error: 500,
  server_error: 500,
  overloaded_error: 529,
};
