/** Schemas, an agent's `output` and a tool's, as OpenAI's APIs and those that speak like them take it. */
import { toStrictJsonSchema } from 'openai/lib/transform';
import type { JsonObject, JsonSchema, JsonValue } from '../../agent/json';
import { allSchemas, mapSchemas, withoutKeywords } from './output-schema';
import { toObjectSchema } from './request-json';

/** What `text.format` (Responses) and `response_format.json_schema` (Chat Completions) have in common. */
export interface OpenAIOutputFormat {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly strict: boolean;
}

/**
 * `strict` where the schema allows it as it stands: fields that may be left out, open objects and some keywords do not.
 * `takesPatterns`: whether regular expressions are taken at all.
 */
export function toOpenAIOutputFormat(
  output: JsonSchema,
  { takesPatterns }: { readonly takesPatterns: boolean },
): OpenAIOutputFormat {
  const { title } = output;
  const name = typeof title === 'string' && legalName.test(title) ? title : 'answer';
  const schema = mapSchemas(output, (inner) =>
    withoutKeywords(withoutDoublePattern(inner), (keyword, value) => {
      if (keyword === 'format') return isKnownFormat(value);
      return keyword !== 'pattern' || (takesPatterns && !isRefusedPattern(value));
    }),
  );
  const strict = toStrict(schema);
  return { name, schema: strict ?? schema, strict: strict !== undefined };
}

/**
 * A tool's parameters as OpenAI takes them. Newer models refuse a tool whose patterns look around or refer back, as
 * zod's own for an email address does; the format says the same there, and the tool checks its arguments itself.
 */
export function toOpenAIParameters(parameters: JsonSchema): JsonSchema {
  return mapSchemas(toObjectSchema(parameters), (schema) =>
    withoutKeywords(
      isRefusedPattern(schema['pattern']) ? withoutDoublePattern(schema) : schema,
      (keyword, value) => keyword !== 'pattern' || !isRefusedPattern(value),
    ),
  );
}

const legalName = /^[a-zA-Z0-9_-]{1,64}$/;

const knownFormats: ReadonlySet<string> = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uuid',
]);

function isKnownFormat(format: JsonValue | undefined): boolean {
  return typeof format === 'string' && knownFormats.has(format);
}

/** One that looks around, or refers back. */
function isRefusedPattern(pattern: JsonValue | undefined): boolean {
  return typeof pattern === 'string' && /\(\?<?[=!]|\\[1-9]|\\k</.test(pattern);
}

/** zod writes every format a second time, as a pattern that the API may choke on. */
function withoutDoublePattern(schema: JsonSchema): JsonSchema {
  const { pattern: _pattern, ...rest } = schema;
  return isKnownFormat(schema['format']) ? rest : schema;
}

/** Undefined where strict mode would change what the schema means, or refuse it. */
function toStrict(schema: JsonSchema): JsonSchema | undefined {
  try {
    // The SDK's own type for a schema; as data it is JSON like any other.
    const strict = toStrictJsonSchema(schema as JsonObject as never) as unknown as JsonSchema;
    return allSchemas(strict).every(isTyped) ? strict : undefined;
  } catch {
    return undefined;
  }
}

function isTyped(schema: Readonly<Record<string, JsonValue | undefined>>): boolean {
  return ['type', '$ref', 'anyOf', 'enum', 'const'].some((key) => schema[key] !== undefined);
}
