/**
 * An agent's `output` on its way to a provider. What the provider's own means cannot say is left out there and said in
 * words; the answer is checked against all of it either way (output-check.ts).
 */
import type { ReActAgent } from '../../agent/agent';
import type { JsonObject, JsonSchema, JsonValue } from '../../agent/json';
import { isObject } from './request-json';

/** An agent that is told in its instructions what to answer, for providers that cannot be told otherwise. */
export function toldOfOutput(agent: ReActAgent): ReActAgent {
  if (!agent.output) return agent;
  const told = `Your final answer must be one JSON object that fits this JSON Schema, and nothing else, without a code fence: ${JSON.stringify(agent.output)}`;
  const instructions = agent.instructions ? `${agent.instructions}\n\n${told}` : told;
  return { ...agent, instructions };
}

/** `schema` with every schema in it changed, the innermost first. Only where a schema can stand. */
export function mapSchemas(
  schema: JsonSchema,
  change: (schema: JsonSchema) => JsonSchema,
): JsonSchema {
  const mapped = Object.entries(schema).map(([keyword, value]) => [
    keyword,
    mapInner(keyword, value, (inner) => mapSchemas(inner, change)),
  ]);
  return change(Object.fromEntries(mapped) as JsonSchema);
}

/** Every schema in `schema`, itself included. */
export function allSchemas(schema: JsonSchema): readonly JsonSchema[] {
  const found: JsonSchema[] = [];
  mapSchemas(schema, (inner) => {
    found.push(inner);
    return inner;
  });
  return found;
}

function mapInner(
  keyword: string,
  value: JsonValue | undefined,
  map: (schema: JsonSchema) => JsonSchema,
): JsonValue | undefined {
  const mapOne = (inner: JsonValue): JsonValue => (isObject(inner) ? map(inner) : inner);
  if (mapKeywords.has(keyword) && isObject(value)) {
    const entries = Object.entries(value).map(([name, inner]) => [name, mapOne(inner ?? null)]);
    return Object.fromEntries(entries) as JsonObject;
  }
  if (!schemaKeywords.has(keyword) || value === undefined) return value;
  return Array.isArray(value) ? (value as readonly JsonValue[]).map(mapOne) : mapOne(value);
}

const mapKeywords: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'dependentSchemas',
]);

const schemaKeywords: ReadonlySet<string> = new Set([
  'items',
  'prefixItems',
  'additionalProperties',
  'unevaluatedProperties',
  'unevaluatedItems',
  'propertyNames',
  'contains',
  'anyOf',
  'oneOf',
  'allOf',
  'not',
  'if',
  'then',
  'else',
]);

/** `schema` without the keywords that `isTaken` refuses: they are said in its description. */
export function withoutKeywords(
  schema: JsonSchema,
  isTaken: (keyword: string, value: JsonValue | undefined) => boolean,
): JsonSchema {
  const entries = Object.entries(schema);
  const taken = entries.filter(([keyword, value]) => isTaken(keyword, value));
  const left = entries.filter(([keyword, value]) => !isTaken(keyword, value));
  if (left.length === 0) return schema;
  const rules = JSON.stringify(Object.fromEntries(left));
  const { description } = schema;
  const said = typeof description === 'string' ? `${description} ` : '';
  return { ...(Object.fromEntries(taken) as JsonSchema), description: `${said}Rules: ${rules}` };
}

/** Whether an object may have fields that the schema does not name: providers close every object. */
export function isOpen({ additionalProperties: more }: JsonSchema): boolean {
  return more === true || isObject(more);
}

/** Whether a schema holds itself. */
export function isRecursive({ $defs, ...root }: JsonSchema): boolean {
  const schemas = new Map<string, JsonSchema>([['#', root]]);
  for (const [name, schema] of Object.entries(isObject($defs) ? $defs : {})) {
    if (isObject(schema)) schemas.set(`#/$defs/${name}`, schema);
  }
  const referencesOf = (name: string): string[] =>
    allSchemas(schemas.get(name) ?? {}).flatMap(({ $ref }) =>
      typeof $ref === 'string' ? [$ref] : [],
    );
  return [...schemas.keys()].some((name) => {
    const reached = new Set<string>(referencesOf(name));
    // A set grows while it is gone through.
    for (const other of reached) for (const next of referencesOf(other)) reached.add(next);
    return reached.has(name);
  });
}
