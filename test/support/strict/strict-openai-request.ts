/** Rules for headers and simple parameters; those that name no API hold in both of OpenAI's. */
import type { Refusal } from './strict-errors';
import { ifFound, openAIFault, openAIRefusal, openAITypeName } from './strict-errors';
import { findIn, isObject, loneSurrogatePath, objectOf, textOf, unknownKey } from './strict-json';
import type { OpenAIView } from './strict-openai-view';
import { isSamplingFixed } from './strict-openai-view';
import { bearerToken, isKeyValidByDefault } from './strict-request';

type Finding = Refusal | undefined;

export function needsApiKey({ headers }: OpenAIView): Finding {
  if (bearerToken(headers) !== undefined) return undefined;
  return openAIRefusal(
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the API from your browser and are prompted for a username and password. You can obtain an API key from https://platform.openai.com/account/api-keys.",
    { status: 401 },
  );
}

export function apiKeyIsValid({ headers, options }: OpenAIView): Finding {
  const { isKeyValid = isKeyValidByDefault } = options;
  const key = bearerToken(headers) ?? '';
  if (isKeyValid(key)) return undefined;
  const shown = `${key.slice(0, 8)}*****${key.slice(-4)}`;
  return openAIRefusal(
    `Incorrect API key provided: ${shown}. You can find your API key at https://platform.openai.com/account/api-keys.`,
    { status: 401, code: 'invalid_api_key' },
  );
}

export function textIsUnicode({ body }: OpenAIView): Finding {
  return ifFound(loneSurrogatePath(body), (path) =>
    openAIRefusal(
      `We could not parse the JSON body of your request. The value of '${path}' is not valid Unicode: it holds a lone surrogate.`,
    ),
  );
}

const responsesParameters = new Set(
  'access_programs background context_management conversation image include input instructions max_output_tokens max_tool_calls metadata model moderation parallel_tool_calls previous_response_id prompt prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options temperature text tool_choice tools top_logprobs top_p truncation user'.split(
    ' ',
  ),
);

/** Where Responses has what Chat Completions calls otherwise. */
const movedParameters: Readonly<Record<string, string>> = {
  messages: 'input',
  max_tokens: 'max_output_tokens',
  max_completion_tokens: 'max_output_tokens',
  response_format: 'text.format',
  reasoning_effort: 'reasoning.effort',
  verbosity: 'text.verbosity',
  functions: 'tools',
  function_call: 'tool_choice',
};

export function parametersHaveTheNamesOfThisApi({ body, options }: OpenAIView): Finding {
  if (options.isCompatible) return undefined;
  const moved = Object.keys(body).find((name) => movedParameters[name] !== undefined);
  return ifFound(moved, (name) =>
    openAIRefusal(
      `Unsupported parameter: '${name}'. In the Responses API, this parameter has moved to '${movedParameters[name]}'. Try again with the new parameter. See the API documentation for more information: https://platform.openai.com/docs/api-reference/responses/create.`,
      { code: 'unsupported_parameter', param: name },
    ),
  );
}

const nestedParameters: Readonly<Record<string, ReadonlySet<string>>> = {
  reasoning: new Set(['context', 'effort', 'generate_summary', 'mode', 'summary']),
  text: new Set(['format', 'verbosity']),
  stream_options: new Set(['include_obfuscation']),
};

/** `stop`, `seed` and `n` among them: Responses has none of these. */
export function parametersAreKnown({ body, options }: OpenAIView): Finding {
  if (options.isCompatible) return undefined;
  const key = unknownKey(body, responsesParameters);
  if (key !== undefined) return openAIFault.unknown(key);
  return findIn(Object.entries(nestedParameters), ([name, known]) =>
    ifFound(unknownKey(objectOf(body[name]), known), (inner) =>
      openAIFault.unknown(`${name}.${inner}`),
    ),
  );
}

/** Responses answers 400 where Chat Completions answers 404 (recorded). */
export function modelExists({ body, model, traits, options }: OpenAIView): Finding {
  if (body['model'] === undefined) return openAIFault.missing('model');
  if (traits || (options.isCompatible && model !== '')) return undefined;
  return openAIRefusal(`The requested model '${model}' does not exist.`, {
    code: 'model_not_found',
    param: 'model',
  });
}

const parameterTypes: Readonly<Record<string, 'boolean' | 'integer' | 'decimal' | 'string'>> = {
  stream: 'boolean',
  store: 'boolean',
  background: 'boolean',
  parallel_tool_calls: 'boolean',
  max_output_tokens: 'integer',
  max_completion_tokens: 'integer',
  max_tokens: 'integer',
  max_tool_calls: 'integer',
  temperature: 'decimal',
  top_p: 'decimal',
  instructions: 'string',
  prompt_cache_key: 'string',
  safety_identifier: 'string',
};
const typeArticles = {
  boolean: 'a boolean',
  integer: 'an integer',
  decimal: 'a decimal',
  string: 'a string',
} as const;

export function parametersHaveTheirTypes({ body }: OpenAIView): Finding {
  return findIn(Object.entries(parameterTypes), ([name, type]) => {
    const value = body[name];
    if (value === undefined || value === null) return undefined;
    const isRight =
      type === 'integer'
        ? Number.isInteger(value)
        : typeof value === (type === 'decimal' ? 'number' : type);
    return isRight
      ? undefined
      : openAIFault.wrongType(name, typeArticles[type], openAITypeName(value));
  });
}

const ranges = [
  ['temperature', 'decimal', 0, 2],
  ['top_p', 'decimal', 0, 1],
  ['max_output_tokens', 'integer', 16, Infinity],
  ['max_completion_tokens', 'integer', 1, Infinity],
  ['max_tokens', 'integer', 1, Infinity],
] as const;

export function numbersAreInRange({ body }: OpenAIView): Finding {
  return findIn(ranges, ([param, kind, minimum, maximum]) => {
    const value = body[param];
    if (typeof value !== 'number' || (value >= minimum && value <= maximum)) return undefined;
    const isLow = value < minimum;
    return openAIRefusal(
      `Invalid '${param}': ${kind} ${isLow ? 'below minimum' : 'above maximum'} value. Expected a value ${isLow ? `>= ${minimum}` : `<= ${maximum}`}, but got ${value} instead.`,
      { code: `${kind}_${isLow ? 'below_min' : 'above_max'}_value`, param },
    );
  });
}

/** Recorded: for this one the code is `null`. */
export function reasoningModelsTakeNoSampling(view: OpenAIView): Finding {
  if (!isSamplingFixed(view)) return undefined;
  const sampled = ['temperature', 'top_p'].find((name) => typeof view.body[name] === 'number');
  return ifFound(sampled, (param) =>
    openAIRefusal(`Unsupported parameter: '${param}' is not supported with this model.`, { param }),
  );
}

export function metadataIsSmall({ body }: OpenAIView): Finding {
  const { metadata } = body;
  if (metadata === undefined || metadata === null) return undefined;
  if (!isObject(metadata)) {
    return openAIFault.wrongType('metadata', 'an object', openAITypeName(metadata));
  }
  const entries = Object.entries(metadata);
  if (entries.length > 16) {
    return openAIRefusal(
      `Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object with ${entries.length} properties instead.`,
      { code: 'object_above_max_properties', param: 'metadata' },
    );
  }
  return findIn(entries, ([key, value]) => {
    if (typeof value !== 'string') {
      return openAIFault.wrongType(`metadata.${key}`, 'a string', openAITypeName(value));
    }
    if (key.length > 64) return openAIFault.tooLong('metadata', 64, key.length);
    return value.length > 512
      ? openAIFault.tooLong(`metadata.${key}`, 512, value.length)
      : undefined;
  });
}

export function cacheKeyIsShort({ body }: OpenAIView): Finding {
  const { length } = textOf(body['prompt_cache_key']);
  return length > 64 ? openAIFault.tooLong('prompt_cache_key', 64, length) : undefined;
}

export function streamOptionsNeedAStream({ body }: OpenAIView): Finding {
  const isGiven = body['stream_options'] !== undefined && body['stream_options'] !== null;
  return isGiven && body['stream'] !== true
    ? openAIRefusal("The 'stream_options' parameter is only allowed when 'stream' is enabled.", {
        param: 'stream_options',
      })
    : undefined;
}
