/** What is done to every request's JSON before it is sent. */
import type { JsonObject, JsonSchema, JsonValue } from '../../agent/json';
import type { ContentBlock } from '../../agent/messages';

/** `options` on top of `body`: objects are merged, lists appended to, `null` leaves out, anything else replaces. */
export function withOptions(body: JsonObject, options: JsonObject = {}): JsonObject {
  const merged: Record<string, JsonValue | undefined> = { ...body };
  for (const [key, value] of Object.entries(options)) {
    const present = merged[key];
    if (value === null) delete merged[key];
    else if (isList(present) && isList(value)) merged[key] = [...present, ...value];
    else if (isObject(present) && isObject(value)) merged[key] = withOptions(present, value);
    else merged[key] = value;
  }
  return merged;
}

/** The part that `block` became, with what the block says to `provider` alone. */
export function withBlockOptions<Part extends object>(
  part: Part,
  { providerOptions }: ContentBlock,
  provider: string,
): Part {
  const options = providerOptions?.[provider];
  return options ? (withOptions(part as unknown as JsonObject, options) as unknown as Part) : part;
}

/** `value` with every lone surrogate of its strings replaced: providers refuse such JSON. */
export function wellFormed<Value extends JsonValue>(value: Value): Value {
  return toWellFormed(value) as Value;
}

function toWellFormed(value: JsonValue | undefined): JsonValue | undefined {
  if (typeof value === 'string') return value.toWellFormed();
  if (isList(value)) return value.map((item) => toWellFormed(item) ?? null);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, toWellFormed(item)] as const),
  );
}

/**
 * A tool's schema as providers take it: an object at the root. Alternatives there (`anyOf` and the like) are
 * refused, so their properties are offered side by side; the tool checks its arguments itself.
 */
export function toObjectSchema(schema: JsonSchema): JsonSchema {
  const { anyOf, oneOf, allOf, ...root } = schema;
  const alternatives = [anyOf, oneOf].flatMap((branches) => (isList(branches) ? branches : []));
  const parts = isList(allOf) ? allOf : [];
  if (alternatives.length + parts.length === 0 && root['type'] === 'object' && root['properties']) {
    return schema;
  }
  const branches = [...parts, ...alternatives].filter(isObject).map(toObjectSchema);
  const properties = Object.assign(
    {},
    ...branches.map(propertiesOf),
    propertiesOf(root),
  ) as JsonObject;
  return { ...root, type: 'object', properties };
}

function propertiesOf(schema: JsonSchema): JsonObject {
  return isObject(schema['properties']) ? schema['properties'] : {};
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is readonly JsonValue[] {
  return Array.isArray(value);
}
