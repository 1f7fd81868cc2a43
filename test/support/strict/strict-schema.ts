/** Walks a JSON Schema: only where a schema can stand, so that a property named `type` is a property. */
import type { JsonObject } from '../../../agent/json';
import { findIn, isObject, listOf, objectOf } from './strict-json';

const singleKeywords = ['items', 'additionalProperties', 'not', 'if', 'then', 'else', 'contains'];
const listKeywords = ['anyOf', 'oneOf', 'allOf', 'any_of', 'prefixItems'];
const mapKeywords = ['properties', '$defs', 'definitions', 'patternProperties'];

/** What `look` says of `root` or of the first schema within it, depth first. `path` as in `('properties', 'city')`. */
export function visitSchemas<Finding>(
  root: JsonObject,
  look: (schema: JsonObject, path: readonly string[]) => Finding | undefined,
  path: readonly string[] = [],
): Finding | undefined {
  const finding = look(root, path);
  if (finding !== undefined && finding !== false) return finding;
  return findIn(innerSchemas(root), ([innerPath, schema]) =>
    visitSchemas(schema, look, [...path, ...innerPath]),
  );
}

function innerSchemas(schema: JsonObject): readonly (readonly [readonly string[], JsonObject])[] {
  const singles = singleKeywords.map((keyword) => [[keyword], schema[keyword]] as const);
  const lists = listKeywords.flatMap((keyword) =>
    listOf(schema[keyword]).map((inner, index) => [[keyword, String(index)], inner] as const),
  );
  const maps = mapKeywords.flatMap((keyword) =>
    Object.entries(objectOf(schema[keyword])).map(
      ([name, inner]) => [[keyword, name], inner] as const,
    ),
  );
  return [...singles, ...lists, ...maps].flatMap(([path, inner]) =>
    isObject(inner) ? [[path, inner] as const] : [],
  );
}
