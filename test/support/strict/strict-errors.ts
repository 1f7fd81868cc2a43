/** What the real APIs say when they refuse: the three shapes of an error body. */
import type { JsonObject, JsonValue } from '../../../agent/json';
import { requestId } from './strict-ids';

export interface Refusal {
  readonly status: number;
  readonly body: JsonValue;
  /** The name of the rule that refused. */
  readonly rule?: string;
}

/** One thing that an API insists on. Its function's name is the rule's name. */
export type Rule<Request> = (request: Request) => Refusal | undefined;

/** `refuse` of a finding, if there is one. */
export function ifFound<Finding>(
  finding: Finding | undefined,
  refuse: (finding: Finding) => Refusal,
): Refusal | undefined {
  return finding === undefined ? undefined : refuse(finding);
}

/** The refusal by the first of `rules` that has one. */
export function firstRefusal<Request>(
  rules: readonly Rule<Request>[],
  request: Request,
): Refusal | undefined {
  for (const rule of rules) {
    const refusal = rule(request);
    if (refusal) return { ...refusal, rule: rule.name };
  }
  return undefined;
}

export interface OpenAIErrorParts {
  /** @default 400 */
  readonly status?: number;
  readonly code?: string | null;
  readonly param?: string | null;
  /** @default 'invalid_request_error' */
  readonly type?: string;
}

export function openAIRefusal(
  message: string,
  {
    status = 400,
    code = null,
    param = null,
    type = 'invalid_request_error',
  }: OpenAIErrorParts = {},
): Refusal {
  return { status, body: { error: { message, type, param, code } } };
}

export interface AnthropicErrorParts {
  /** @default 400 */
  readonly status?: number;
  /** @default 'invalid_request_error' */
  readonly type?: string;
  /** Goes into `error.details`. */
  readonly errorCode?: string;
}

export function anthropicRefusal(
  message: string,
  { status = 400, type = 'invalid_request_error', errorCode }: AnthropicErrorParts = {},
): Refusal {
  const details = errorCode === undefined ? {} : { details: { error_code: errorCode } };
  const error = { type, message, ...details };
  return { status, body: { type: 'error', error, request_id: requestId() } };
}

export interface GeminiErrorParts {
  /** The HTTP status, which the body repeats. @default 400 */
  readonly code?: number;
  /** @default 'INVALID_ARGUMENT' */
  readonly status?: string;
  readonly details?: readonly JsonObject[];
}

export function geminiRefusal(
  message: string,
  { code = 400, status = 'INVALID_ARGUMENT', details }: GeminiErrorParts = {},
): Refusal {
  const error = { code, message, status, ...(details && { details }) };
  return { status: code, body: { error } };
}

/** The constraint violations that OpenAI words alike for every parameter. */
export const openAIFault = {
  missing: (param: string) =>
    openAIRefusal(`Missing required parameter: '${param}'.`, {
      code: 'missing_required_parameter',
      param,
    }),
  unknown: (param: string) =>
    openAIRefusal(`Unknown parameter: '${param}'.`, { code: 'unknown_parameter', param }),
  wrongType: (param: string, expected: string, got: string) =>
    openAIRefusal(`Invalid type for '${param}': expected ${expected}, but got ${got} instead.`, {
      code: 'invalid_type',
      param,
    }),
  tooLong: (param: string, maximum: number, length: number) =>
    openAIRefusal(
      `Invalid '${param}': string too long. Expected a string with maximum length ${maximum}, but got a string with length ${length} instead.`,
      { code: 'string_above_max_length', param },
    ),
  empty: (param: string) =>
    openAIRefusal(
      `Invalid '${param}': empty string. Expected a string with minimum length 1, but got an empty string instead.`,
      { code: 'empty_string', param },
    ),
  tooMany: (param: string, maximum: number, length: number) =>
    openAIRefusal(
      `Invalid '${param}': array too long. Expected an array with maximum length ${maximum}, but got an array with length ${length} instead.`,
      { code: 'array_above_max_length', param },
    ),
  noMatch: (param: string, pattern: string) =>
    openAIRefusal(
      `Invalid '${param}': string does not match pattern. Expected a string that matches the pattern '${pattern}'.`,
      { code: 'invalid_value', param },
    ),
  badValue: (param: string, value: string, supported: string) =>
    openAIRefusal(`Invalid value: '${value}'. Supported values are: ${supported}.`, {
      code: 'invalid_value',
      param,
    }),
  unsupportedParameter: (param: string) =>
    openAIRefusal(`Unsupported parameter: '${param}' is not supported with this model.`, {
      code: 'unsupported_parameter',
      param,
    }),
} as const;

/** How OpenAI names the type of a JSON value in its messages. */
export function openAITypeName(value: JsonValue | undefined): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  switch (typeof value) {
    case 'string':
      return 'a string';
    case 'number':
      return Number.isInteger(value) ? 'an integer' : 'a decimal';
    case 'boolean':
      return 'a boolean';
    default:
      return 'an object';
  }
}
