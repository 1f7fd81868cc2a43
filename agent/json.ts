/** JSON, as it crosses every boundary of Holdfast. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}
/** A JSON Schema document (draft 2020-12 unless it says otherwise). */
export type JsonSchema = JsonObject;

const encoder = new TextEncoder();

/** The number of UTF-8 bytes of `value` written as JSON. */
export function jsonBytes(value: unknown): number {
  return encoder.encode(JSON.stringify(value) ?? '').length;
}

/** At most `limit` characters of `text`, on one line, with an ellipsis where it was cut. */
export function cut(text: string, limit: number): string {
  // Only the beginning is looked at: texts may be megabytes.
  const beginning = text.slice(0, 2 * limit);
  const line = beginning.replace(/\s+/g, ' ').trim();
  const isWhole = beginning.length === text.length && line.length <= limit;
  return isWhole ? line : `${line.slice(0, limit - 1).toWellFormed()}…`;
}

/** A beginning of `text` that takes at most `limitBytes` as JSON, well-formed, with an ellipsis where it was cut. */
export function cutToBytes(text: string, limitBytes: number): string {
  // No character takes more than six bytes of JSON, and the quotes are two.
  if (6 * text.length + 2 <= limitBytes) return text.toWellFormed();
  let shown = text.toWellFormed();
  for (let bytes = jsonBytes(shown); bytes > limitBytes; bytes = jsonBytes(shown)) {
    const length = Math.floor((shown.length * limitBytes) / bytes) - 1;
    shown = `${shown.slice(0, Math.max(0, length)).toWellFormed()}…`;
  }
  return shown;
}

/**
 * Levels of whatever is stored: messages, definitions, answers, results. Nobody writes as many, and `JSON.stringify`
 * follows only some thousands: how many depends on the stack, so that a replay might judge differently.
 */
export const nestingLimit = 64;

/** Stops at the limit, so that what holds itself is too deep and not endless. */
export function isTooDeep(value: unknown, levels: number = nestingLimit): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isTooDeep(inner, levels - 1));
}
