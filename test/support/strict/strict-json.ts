/** Reads a request body of unknown shape. A rule looks at one thing, so what is missing reads as empty. */
import type { JsonObject, JsonValue } from '../../../agent/json';

export type Json = JsonValue | undefined;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectOf(value: Json): JsonObject {
  return isObject(value) ? value : {};
}

export function listOf(value: Json): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

/** The elements of a list, those that are no objects read as empty ones, so that indices stay true. */
export function objectsOf(value: Json): readonly JsonObject[] {
  return listOf(value).map(objectOf);
}

export function textOf(value: Json): string {
  return typeof value === 'string' ? value : '';
}

/** What `look` says of the first element of which it says anything. */
export function findIn<Element, Finding>(
  elements: readonly Element[],
  look: (element: Element, index: number) => Finding | undefined,
): Finding | undefined {
  for (const [index, element] of elements.entries()) {
    const finding = look(element, index);
    if (finding !== undefined) return finding;
  }
  return undefined;
}

/** The first key of `value` that is not among `known`. */
export function unknownKey(value: JsonObject, known: ReadonlySet<string>): string | undefined {
  return Object.keys(value).find((key) => !known.has(key));
}

export function firstDuplicate(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index);
}

/** Where a string (or a key) of `value` holds half a surrogate pair: it cannot be written as UTF-8. */
export function loneSurrogatePath(value: Json, path = ''): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : path;
  if (Array.isArray(value)) {
    return findIn(value as readonly JsonValue[], (element, index) =>
      loneSurrogatePath(element, `${path}[${index}]`),
    );
  }
  return findIn(Object.entries(objectOf(value)), ([key, inner]) => {
    const innerPath = path === '' ? key : `${path}.${key}`;
    return key.isWellFormed() ? loneSurrogatePath(inner, innerPath) : innerPath;
  });
}

/** A name in the style of Google's messages: `functionCall` → `function_call`. */
export function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `low, medium, and high`, each in quotation marks, as OpenAI lists values. */
export function quotedList(values: readonly string[]): string {
  const quoted = values.map((value) => `'${value}'`);
  const last = quoted.at(-1) ?? '';
  if (quoted.length <= 2) return quoted.join(' and ');
  return `${quoted.slice(0, -1).join(', ')}, and ${last}`;
}
