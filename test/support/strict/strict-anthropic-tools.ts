/** The Messages API's rules for `tools` and for the schema of structured output. */
import type { JsonObject } from '../../../agent/json';
import type { AnthropicView } from './strict-anthropic-view';
import { isCustomTool } from './strict-anthropic-view';
import type { Refusal } from './strict-errors';
import { anthropicRefusal, ifFound } from './strict-errors';
import { findIn, firstDuplicate, isObject, objectOf, textOf, unknownKey } from './strict-json';
import { visitSchemas } from './strict-schema';

type Finding = Refusal | undefined;

const customToolFields = new Set([
  'type',
  'name',
  'description',
  'input_schema',
  'cache_control',
  'strict',
  'allowed_callers',
  'defer_loading',
  'eager_input_streaming',
  'input_examples',
]);

function findInCustomTools(
  { tools }: AnthropicView,
  look: (tool: JsonObject, path: string) => Finding,
): Finding {
  return findIn(tools, (tool, index) =>
    isCustomTool(tool) ? look(tool, `tools.${index}.custom`) : undefined,
  );
}

export function toolFieldsAreKnown(view: AnthropicView): Finding {
  return findInCustomTools(view, (tool, path) => {
    const key = unknownKey(tool, customToolFields);
    return ifFound(key, () => anthropicRefusal(`${path}.${key}: Extra inputs are not permitted`));
  });
}

export function toolNamesMatchThePattern(view: AnthropicView): Finding {
  return findInCustomTools(view, (tool, path) => {
    const { name } = tool;
    if (typeof name !== 'string') return anthropicRefusal(`${path}.name: Field required`);
    if (name === '')
      return anthropicRefusal(`${path}.name: String should have at least 1 character`);
    return /^[a-zA-Z0-9_-]{1,128}$/.test(name)
      ? undefined
      : anthropicRefusal(`${path}.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
  });
}

/** Also against tools that Anthropic runs: they are named `web_search` and so on. */
export function toolNamesAreUnique({ tools }: AnthropicView): Finding {
  const duplicate = firstDuplicate(tools.map((tool) => textOf(tool['name'])).filter(Boolean));
  return duplicate === undefined
    ? undefined
    : anthropicRefusal('tools: Tool names must be unique.');
}

export function toolSchemasAreObjects(view: AnthropicView): Finding {
  return findInCustomTools(view, (tool, path) => {
    const schema = tool['input_schema'];
    if (schema === undefined) return anthropicRefusal(`${path}.input_schema: Field required`);
    if (!isObject(schema)) {
      return anthropicRefusal(`${path}.input_schema: Input should be a valid dictionary`);
    }
    if (schema['type'] === undefined) {
      return anthropicRefusal(`${path}.input_schema.type: Field required`);
    }
    return schema['type'] === 'object'
      ? undefined
      : anthropicRefusal(`${path}.input_schema.type: Input should be 'object'`);
  });
}

export function toolSchemasHaveNoRootUnion(view: AnthropicView): Finding {
  return findInCustomTools(view, (tool, path) => {
    const schema = objectOf(tool['input_schema']);
    return ['oneOf', 'allOf', 'anyOf'].some((keyword) => schema[keyword] !== undefined)
      ? anthropicRefusal(
          `${path}.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level`,
        )
      : undefined;
  });
}

export function propertyNamesMatchThePattern(view: AnthropicView): Finding {
  return findInCustomTools(view, (tool, path) => {
    const names = Object.keys(objectOf(objectOf(tool['input_schema'])['properties']));
    return names.every((name) => /^[a-zA-Z0-9_.-]{1,64}$/.test(name))
      ? undefined
      : anthropicRefusal(
          `${path}.input_schema.properties: Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'`,
        );
  });
}

const typeNames = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'];

/** What drafts before 2020-12 wrote otherwise. */
function isInvalidDraft(schema: JsonObject): boolean {
  const { type, items, required, exclusiveMinimum, exclusiveMaximum } = schema;
  const types = type === undefined ? [] : [type].flat();
  return (
    Array.isArray(items) ||
    (required !== undefined && !Array.isArray(required)) ||
    typeof exclusiveMinimum === 'boolean' ||
    typeof exclusiveMaximum === 'boolean' ||
    !types.every((name) => typeNames.includes(name as string))
  );
}

export function toolSchemasAreDraft2020(view: AnthropicView): Finding {
  return findInCustomTools(view, (tool, path) => {
    const isBad = visitSchemas(objectOf(tool['input_schema']), (schema) => isInvalidDraft(schema));
    return isBad
      ? anthropicRefusal(
          `${path}.input_schema: JSON schema is invalid. It must match JSON Schema draft 2020-12 (https://json-schema.org/draft/2020-12). Learn more about tool use at https://docs.claude.com/en/docs/tool-use.`,
        )
      : undefined;
  });
}

const unsupportedByType: Readonly<Record<string, readonly string[]>> = {
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  string: ['minLength', 'maxLength'],
  array: ['maxItems', 'uniqueItems', 'contains', 'prefixItems'],
  object: ['minProperties', 'maxProperties', 'patternProperties', 'propertyNames'],
};
const strictFormats = [
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
];

/** Why a schema is beyond the subset to which Anthropic constrains the output. */
function strictFault(schema: JsonObject): string | undefined {
  const { type, format, minItems } = schema;
  const name = textOf(type);
  if (name === 'object' && schema['additionalProperties'] !== false) {
    return "For 'object' type, 'additionalProperties' must be explicitly set to false";
  }
  const unsupported = (unsupportedByType[name] ?? []).filter((key) => schema[key] !== undefined);
  if (unsupported.length > 0) {
    return `For '${name}' type, properties ${unsupported.join(', ')} are not supported`;
  }
  if (name === 'array' && typeof minItems === 'number' && minItems > 1) {
    return "For 'array' type, 'minItems' values other than 0 or 1 are not supported";
  }
  return name === 'string' && format !== undefined && !strictFormats.includes(textOf(format))
    ? `For 'string' type, format '${textOf(format)}' is not supported`
    : undefined;
}

export function strictToolsFitTheSubset(view: AnthropicView): Finding {
  return findInCustomTools(view, (tool, path) => {
    if (tool['strict'] !== true) return undefined;
    const fault = visitSchemas(objectOf(tool['input_schema']), strictFault);
    return ifFound(fault, () => anthropicRefusal(`${path}: ${fault}`));
  });
}

export function outputFormatFitsTheSubset({ body }: AnthropicView): Finding {
  const config = objectOf(body['output_config'])['format'];
  const [format, path] =
    config === undefined
      ? [body['output_format'], 'output_format']
      : [config, 'output_config.format'];
  if (!isObject(format)) return undefined;
  if (format['type'] !== 'json_schema') {
    return anthropicRefusal(`${path}.type: Input should be 'json_schema'`);
  }
  if (!isObject(format['schema'])) return anthropicRefusal(`${path}.schema: Field required`);
  const fault = visitSchemas(format['schema'], strictFault);
  return ifFound(fault, () => anthropicRefusal(`${path}.schema: ${fault}`));
}
