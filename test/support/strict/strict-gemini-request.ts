/** Gemini's rules for the key, for fields, and for `generationConfig`. */
import type { Refusal } from './strict-errors';
import { geminiRefusal, ifFound } from './strict-errors';
import type { GeminiView } from './strict-gemini-view';
import { listOf, loneSurrogatePath, textOf } from './strict-json';
import { bearerToken, headerOf, isKeyValidByDefault } from './strict-request';

type Finding = Refusal | undefined;

function keyOf({ headers, options }: GeminiView): string | undefined {
  const inUrl = /[?&]key=([^&]+)/.exec(options.path ?? '')?.[1];
  return headerOf(headers, 'x-goog-api-key') ?? bearerToken(headers) ?? inUrl;
}

export function needsApiKey(view: GeminiView): Finding {
  return keyOf(view) === undefined
    ? geminiRefusal(
        "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
        { code: 403, status: 'PERMISSION_DENIED' },
      )
    : undefined;
}

/** Recorded: a wrong key is a bad request here. */
export function apiKeyIsValid(view: GeminiView): Finding {
  const { isKeyValid = isKeyValidByDefault } = view.options;
  if (isKeyValid(keyOf(view) ?? '')) return undefined;
  const message = 'API key not valid. Please pass a valid API key.';
  return geminiRefusal(message, {
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'API_KEY_INVALID',
        domain: 'googleapis.com',
        metadata: { service: 'generativelanguage.googleapis.com' },
      },
      { '@type': 'type.googleapis.com/google.rpc.LocalizedMessage', locale: 'en-US', message },
    ],
  });
}

export function textIsUnicode({ body }: GeminiView): Finding {
  return ifFound(loneSurrogatePath(body), (path) =>
    geminiRefusal(`Invalid JSON payload received. Invalid UTF-8: unpaired surrogate.\n${path}\n^`),
  );
}

export function fieldsAreKnown({ unknownField }: GeminiView): Finding {
  return ifFound(unknownField, ({ name, path }) => {
    const where = path === '' ? '' : ` at '${path}'`;
    const description = `Invalid JSON payload received. Unknown name "${name}"${where}: Cannot find field.`;
    const violation = { ...(path && { field: path }), description };
    const type = 'type.googleapis.com/google.rpc.BadRequest';
    return geminiRefusal(description, {
      details: [{ '@type': type, fieldViolations: [violation] }],
    });
  });
}

/** Recorded. */
export function modelExists({ model, traits, apiVersion }: GeminiView): Finding {
  return traits
    ? undefined
    : geminiRefusal(
        `models/${model} is not found for API version ${apiVersion}, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.`,
        { code: 404, status: 'NOT_FOUND' },
      );
}

const ranges = [
  ['temperature', 0, 2],
  ['topP', 0, 1],
  ['maxOutputTokens', 1, Infinity],
  ['candidateCount', 1, 8],
] as const;

export function numbersAreInRange({ generationConfig }: GeminiView): Finding {
  const beyond = ranges.find(([name, minimum, maximum]) => {
    const value = generationConfig[name];
    const isNumber = typeof value === 'number' && value >= minimum && value <= maximum;
    return value !== undefined && value !== null && !isNumber;
  });
  return ifFound(beyond, ([name, minimum, maximum]) => {
    const field = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const range =
      maximum === Infinity
        ? 'must be positive'
        : `must be in the range [${minimum.toFixed(1)}, ${maximum.toFixed(1)}]`;
    return geminiRefusal(
      `* GenerateContentRequest.generation_config.${field}: ${field} ${range}.\n`,
    );
  });
}

export function stopSequencesAreFewEnough({ generationConfig }: GeminiView): Finding {
  const sequences = listOf(generationConfig['stopSequences']);
  if (sequences.some((sequence) => textOf(sequence) === '')) {
    return geminiRefusal(
      '* GenerateContentRequest.generation_config.stop_sequences: stop sequences must not be empty.\n',
    );
  }
  return sequences.length > 5
    ? geminiRefusal(
        '* GenerateContentRequest.generation_config.stop_sequences: at most 5 stop sequences may be given.\n',
      )
    : undefined;
}

export function thinkingIsSetOnce({ thinkingConfig }: GeminiView): Finding {
  const isBoth =
    thinkingConfig['thinkingBudget'] !== undefined && thinkingConfig['thinkingLevel'] !== undefined;
  return isBoth
    ? geminiRefusal('You can only set only one of thinking budget and thinking level.')
    : undefined;
}

/** Before Gemini 3 thinking has a budget, since then a level. */
export function thinkingLevelFitsTheModel({ thinkingConfig, traits }: GeminiView): Finding {
  const level = thinkingConfig['thinkingLevel'];
  if (level === undefined || level === null || !traits) return undefined;
  if (traits.levels.length === 0) {
    return geminiRefusal('Thinking level is not supported for this model.');
  }
  const name = textOf(level).toUpperCase();
  return traits.levels.includes(name)
    ? undefined
    : geminiRefusal(
        `Thinking level ${name} is not supported for this model. Please retry with other thinking level.`,
      );
}

/** Gemini 3 still takes a budget (recorded). No later one has been seen with it. */
export function thinkingBudgetFitsTheModel({ thinkingConfig, traits }: GeminiView): Finding {
  const budget = thinkingConfig['thinkingBudget'];
  if (typeof budget !== 'number' || !traits) return undefined;
  if (!traits.budget) return geminiRefusal('Thinking is not supported for this model.');
  if (traits.version >= 4) {
    return geminiRefusal('Thinking budget is not supported for this model. Use thinking level.');
  }
  const { minimum, maximum, canDisable } = traits.budget;
  if (budget === -1 || (budget >= minimum && budget <= maximum)) return undefined;
  if (budget !== 0) {
    return geminiRefusal(
      `The thinking budget ${budget} is invalid. Please choose a value between ${minimum} and ${maximum}.`,
    );
  }
  return canDisable
    ? undefined
    : geminiRefusal('Budget 0 is invalid. This model only works in thinking mode.');
}

export function schemaNeedsJsonOutput({ generationConfig }: GeminiView): Finding {
  const schema = ['responseSchema', 'responseJsonSchema'].find((name) => generationConfig[name]);
  if (schema === undefined || generationConfig['responseMimeType'] === 'application/json') {
    return undefined;
  }
  return geminiRefusal(
    '* GenerateContentRequest.generation_config.response_schema: only allowed when mime_type is application/json.\n',
  );
}

export function outputSchemaIsGivenOnce({ generationConfig }: GeminiView): Finding {
  return generationConfig['responseSchema'] && generationConfig['responseJsonSchema']
    ? geminiRefusal(
        '* GenerateContentRequest.generation_config: only one of response_schema and response_json_schema may be set.\n',
      )
    : undefined;
}

export function cachedContentStandsAlone({ body }: GeminiView): Finding {
  const repeated = ['systemInstruction', 'tools', 'toolConfig'].some((name) => body[name]);
  return body['cachedContent'] && repeated
    ? geminiRefusal(
        'CachedContent can not be used with GenerateContent request setting system_instruction, tools or tool_config.\n\nProposed fix: move those values to CachedContent from GenerateContent request.',
      )
    : undefined;
}
