/** The Messages API's rules for headers and for the parameters beside `messages` and `tools`. */
import type { Refusal } from './strict-errors';
import { anthropicRefusal, ifFound } from './strict-errors';
import type { AnthropicView } from './strict-anthropic-view';
import { isObject, listOf, objectOf, textOf, unknownKey } from './strict-json';
import { bearerToken, headerOf, isKeyValidByDefault } from './strict-request';

const alwaysKnown = [
  'model',
  'messages',
  'max_tokens',
  'cache_control',
  'container',
  'diagnostics',
  'inference_geo',
  'metadata',
  'output_config',
  'service_tier',
  'speed',
  'stop_sequences',
  'stream',
  'system',
  'thinking',
  'tool_choice',
  'tools',
  'user_profile_id',
  'workspace_id',
];
const samplingParameters = ['temperature', 'top_p', 'top_k'];
const betaParameters = ['mcp_servers', 'context_management', 'output_format', 'thread', 'betas'];

type Finding = Refusal | undefined;

export function needsApiKey({ headers }: AnthropicView): Finding {
  const [token, key] = [bearerToken(headers), headerOf(headers, 'x-api-key')];
  if (token !== undefined || key !== undefined) return undefined;
  const message = 'x-api-key header is required';
  return anthropicRefusal(message, { status: 401, type: 'authentication_error' });
}

export function apiKeyIsValid({ headers, options }: AnthropicView): Finding {
  const { isKeyValid = isKeyValidByDefault } = options;
  const key = headerOf(headers, 'x-api-key');
  if (isKeyValid(key ?? bearerToken(headers) ?? '')) return undefined;
  const message = key === undefined ? 'Invalid bearer token' : 'invalid x-api-key';
  return anthropicRefusal(message, { status: 401, type: 'authentication_error' });
}

export function versionIsKnown({ version }: AnthropicView): Finding {
  if (version === '') return anthropicRefusal('anthropic-version: header is required');
  if (version === '2023-06-01' || version === '2026-10-21') return undefined;
  return anthropicRefusal(`anthropic-version: "${version}" is not a valid version`);
}

/** Version 2026-10-21 has no sampling parameters, not even at their defaults. */
export function parametersAreKnown({ body, version, isBeta }: AnthropicView): Finding {
  const known = new Set([
    ...alwaysKnown,
    ...(version === '2023-06-01' ? samplingParameters : []),
    ...(isBeta ? betaParameters : []),
  ]);
  const key = unknownKey(body, known);
  return key === undefined ? undefined : anthropicRefusal(`${key}: Extra inputs are not permitted`);
}

export function requiredParametersAreGiven({ body }: AnthropicView): Finding {
  const missing = ['model', 'max_tokens', 'messages'].find((name) => body[name] === undefined);
  if (missing !== undefined) return anthropicRefusal(`${missing}: Field required`);
  if (typeof body['model'] !== 'string')
    return anthropicRefusal('model: Input should be a valid string');
  if (!Array.isArray(body['messages'])) {
    return anthropicRefusal('messages: Input should be a valid list');
  }
  const { stream } = body;
  return stream === undefined || typeof stream === 'boolean'
    ? undefined
    : anthropicRefusal('stream: Input should be a valid boolean');
}

export function modelExists({ model, traits }: AnthropicView): Finding {
  if (traits) return undefined;
  return anthropicRefusal(`model: ${model}`, { status: 404, type: 'not_found_error' });
}

export function outputLimitIsPossible({ body, model, traits }: AnthropicView): Finding {
  const limit = body['max_tokens'];
  if (typeof limit !== 'number' || !Number.isInteger(limit)) {
    return anthropicRefusal('max_tokens: Input should be a valid integer');
  }
  if (limit < 1) {
    return anthropicRefusal('max_tokens: Input should be greater than or equal to 1');
  }
  const maximum = traits?.maximumOutputTokens ?? Infinity;
  if (limit <= maximum) return undefined;
  return anthropicRefusal(
    `max_tokens: ${limit} > ${maximum}, which is the maximum allowed number of output tokens for ${model}`,
  );
}

export function samplingIsInRange({ body }: AnthropicView): Finding {
  const beyond = ['temperature', 'top_p'].find((name) => {
    const value = body[name];
    return value !== undefined && (typeof value !== 'number' || value < 0 || value > 1);
  });
  return ifFound(beyond, () => anthropicRefusal(`${beyond}: range: 0..1`));
}

export function samplingFitsTheModel({ body, traits, thinkingType }: AnthropicView): Finding {
  const { temperature, top_p: topP, top_k: topK } = body;
  const isNewest = (traits?.version ?? 0) >= 4.7;
  if (isNewest && temperature !== undefined && temperature !== 1) {
    return anthropicRefusal('`temperature` is deprecated for this model.');
  }
  if (traits?.hasOneSamplingParameter && temperature !== undefined && topP !== undefined) {
    return anthropicRefusal(
      '`temperature` and `top_p` cannot both be specified for this model. Please use only one.',
    );
  }
  if (thinkingType !== 'enabled' && thinkingType !== 'adaptive') return undefined;
  if (temperature !== undefined && temperature !== 1) {
    return anthropicRefusal(
      '`temperature` may only be set to 1 when thinking is enabled. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#important-considerations-when-using-extended-thinking',
    );
  }
  if (topK === undefined) return undefined;
  return anthropicRefusal(
    '`top_k` must be unset when thinking is enabled. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#important-considerations-when-using-extended-thinking',
  );
}

const knownEfforts = ['low', 'medium', 'high', 'xhigh', 'max'];

export function effortFitsTheModel({ body, traits }: AnthropicView): Finding {
  const effort = objectOf(body['output_config'])['effort'];
  if (effort === undefined || effort === null) return undefined;
  if (!knownEfforts.includes(textOf(effort))) {
    return anthropicRefusal(
      "output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'",
    );
  }
  const supported = traits?.efforts ?? [];
  if (supported.includes(textOf(effort))) return undefined;
  return anthropicRefusal(
    supported.length === 0
      ? 'This model does not support the effort parameter.'
      : `This model does not support effort level '${textOf(effort)}'. Supported levels: ${supported.join(', ')}.`,
  );
}

export function stopSequencesSaySomething({ body }: AnthropicView): Finding {
  const isBlank = listOf(body['stop_sequences']).some((sequence) => textOf(sequence).trim() === '');
  return isBlank
    ? anthropicRefusal('stop_sequences: each stop sequence must contain non-whitespace')
    : undefined;
}

export function metadataIsKnown({ body }: AnthropicView): Finding {
  const { metadata } = body;
  if (metadata === undefined || metadata === null) return undefined;
  if (!isObject(metadata)) return anthropicRefusal('metadata: Input should be a valid dictionary');
  const key = unknownKey(metadata, new Set(['user_id']));
  if (key !== undefined) return anthropicRefusal(`metadata.${key}: Extra inputs are not permitted`);
  return textOf(metadata['user_id']).length > 256
    ? anthropicRefusal('metadata.user_id: String should have at most 256 characters')
    : undefined;
}

export function toolChoiceIsPossible({ body, tools }: AnthropicView): Finding {
  const choice = body['tool_choice'];
  if (choice === undefined || choice === null) return undefined;
  const { type, name } = objectOf(choice);
  if (!['auto', 'any', 'tool', 'none'].includes(textOf(type))) {
    return anthropicRefusal(
      `tool_choice: Input tag '${textOf(type)}' found using 'type' does not match any of the expected tags: 'auto', 'any', 'tool', 'none'`,
    );
  }
  if (type === 'none' && objectOf(choice)['disable_parallel_tool_use'] !== undefined) {
    return anthropicRefusal(
      'tool_choice.none.disable_parallel_tool_use: Extra inputs are not permitted',
    );
  }
  if (tools.length === 0) {
    return anthropicRefusal('tool_choice: tool_choice may only be specified while providing tools');
  }
  if (type !== 'tool') return undefined;
  if (typeof name !== 'string') return anthropicRefusal('tool_choice.tool.name: Field required');
  return tools.some((tool) => tool['name'] === name)
    ? undefined
    : anthropicRefusal(`Tool '${name}' not found in provided tools`);
}
