/** Rules for tools and schemas, in both of OpenAI's APIs: only the paths of the parameters differ. */
import type { JsonObject } from '../../../agent/json';
import type { Refusal } from './strict-errors';
import { ifFound, openAIFault, openAIRefusal } from './strict-errors';
import type { Json } from './strict-json';
import { findIn, firstDuplicate, isObject, listOf, objectOf, textOf } from './strict-json';
import { visitSchemas } from './strict-schema';

type Finding = Refusal | undefined;

/** A function as either API nests it, and where it stands. */
export interface PlacedFunction {
  readonly definition: JsonObject;
  /** `tools[0]` or `tools[0].function`. */
  readonly path: string;
}

const namePattern = '^[a-zA-Z0-9_-]+$';

/** Up to 128 characters have been seen to pass; 64 is what the documentation promises. */
const maximumNameLength = 64;

export function functionNameFault(name: Json, param: string): Finding {
  if (typeof name !== 'string') return openAIFault.missing(param);
  if (name === '') return openAIFault.empty(param);
  if (!new RegExp(namePattern).test(name)) return openAIFault.noMatch(param, namePattern);
  return name.length > maximumNameLength
    ? openAIFault.tooLong(param, maximumNameLength, name.length)
    : undefined;
}

export function functionNamesFault(functions: readonly PlacedFunction[]): Finding {
  return findIn(functions, ({ definition, path }) =>
    functionNameFault(definition['name'], `${path}.name`),
  );
}

/** Not recorded; but a model cannot tell two tools of one name apart. */
export function duplicateFunctionFault(functions: readonly PlacedFunction[]): Finding {
  const names = functions.map(({ definition }) => textOf(definition['name']));
  return ifFound(firstDuplicate(names), (name) =>
    openAIRefusal(`Duplicate tool name: '${name}'. Tool names must be unique.`, {
      code: 'invalid_value',
      param: 'tools',
    }),
  );
}

export function toolCountFault(tools: readonly JsonObject[]): Finding {
  return tools.length > 128 ? openAIFault.tooMany('tools', 128, tools.length) : undefined;
}

function schemaFault(name: string, what: string, param: string): Refusal {
  return openAIRefusal(`Invalid schema for function '${name}': ${what}`, {
    code: 'invalid_function_parameters',
    param,
  });
}

/** Python's tuple of where in the schema: `('properties', 'city')`. */
function contextOf(path: readonly string[]): string {
  const quoted = path.map((step) => `'${step}'`);
  return `In context=(${quoted.join(', ')}${quoted.length === 1 ? ',' : ''})`;
}

/** `null` stands for no parameters; anything else has to be an object's schema, strict or not. */
export function functionSchemasFault(functions: readonly PlacedFunction[]): Finding {
  return findIn(functions, ({ definition, path }) => {
    const { parameters } = definition;
    if (parameters === undefined || parameters === null) return undefined;
    const [name, param] = [textOf(definition['name']), `${path}.parameters`];
    if (!isObject(parameters)) return openAIFault.wrongType(param, 'an object', 'a string');
    const { type } = parameters;
    if (type !== 'object') {
      const got = type === undefined ? '"None"' : JSON.stringify(type);
      return schemaFault(
        name,
        `schema must be a JSON Schema of 'type: "object"', got 'type: ${got}'.`,
        param,
      );
    }
    const fault = visitSchemas(parameters, commonFault);
    return ifFound(fault, (what) => schemaFault(name, what, param));
  });
}

function commonFault(schema: JsonObject, path: readonly string[]): string | undefined {
  if (schema['type'] === 'array' && schema['items'] === undefined && !schema['prefixItems']) {
    return `${contextOf(path)}, array schema missing items.`;
  }
  return path.length === 0 && !isObject(schema['properties'])
    ? `${contextOf(path)}, object schema missing properties.`
    : undefined;
}

const unsupportedInStrict = [
  'allOf',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
  'dependentRequired',
  'dependentSchemas',
  'patternProperties',
  'propertyNames',
  'minProperties',
  'maxProperties',
  'uniqueItems',
  'contains',
  'minContains',
  'maxContains',
  'prefixItems',
  'unevaluatedItems',
  'unevaluatedProperties',
  'contentEncoding',
  'contentMediaType',
];

/** Why a schema is beyond strict mode's subset, in OpenAI's words. */
export function strictSchemaFault(root: JsonObject): string | undefined {
  return root['anyOf'] === undefined
    ? visitSchemas(root, strictFault)
    : `schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level.`;
}

function strictFault(schema: JsonObject, path: readonly string[]): string | undefined {
  const context = contextOf(path);
  const keyword = unsupportedInStrict.find((name) => schema[name] !== undefined);
  if (keyword) return `${context}, '${keyword}' is not permitted.`;
  if ([schema['type']].flat().includes('object')) {
    if (schema['additionalProperties'] !== false) {
      return `${context}, 'additionalProperties' is required to be supplied and to be false.`;
    }
    const required = listOf(schema['required']);
    const missing = Object.keys(objectOf(schema['properties'])).find(
      (name) => !required.includes(name),
    );
    return ifMissing(context, missing);
  }
  const isTyped = ['type', '$ref', 'anyOf', 'enum', 'const'].some((name) => schema[name]);
  return isTyped || path.length === 0 ? undefined : `${context}, schema must have a 'type' key.`;
}

function ifMissing(context: string, name: string | undefined): string | undefined {
  return (
    name &&
    `${context}, 'required' is required to be supplied and to be an array including every key in properties. Missing '${name}'.`
  );
}

export function strictFunctionsFault(functions: readonly PlacedFunction[]): Finding {
  return findIn(functions, ({ definition, path }) => {
    if (definition['strict'] !== true || !isObject(definition['parameters'])) return undefined;
    const fault = strictSchemaFault(definition['parameters']);
    const name = textOf(definition['name']);
    return ifFound(fault, (what) => schemaFault(name, what, `${path}.parameters`));
  });
}

/** Structured output: `text.format` in Responses, `response_format.json_schema` in Chat Completions. */
export function jsonSchemaFormatFault(format: JsonObject, path: string): Finding {
  const nameFault = functionNameFault(format['name'], `${path}.name`);
  if (nameFault) return nameFault;
  if (!isObject(format['schema'])) return openAIFault.missing(`${path}.schema`);
  if (format['strict'] !== true) return undefined;
  const fault = strictSchemaFault(format['schema']);
  return ifFound(fault, (what) =>
    openAIRefusal(`Invalid schema for response_format '${textOf(format['name'])}': ${what}`, {
      code: 'invalid_json_schema',
      param: `${path}.schema`,
    }),
  );
}
