/** What the guards look at raw values with. None throws on what is JSON. */
import { cut } from '../agent/json';

export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

export function ok<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function bad(reason: string): Parsed<never> {
  return { ok: false, reason };
}

/** A guard that takes anything, and throws on nothing. */
export function guard<T>(parse: (value: unknown) => Parsed<T>): (value: unknown) => Parsed<T> {
  return (value) =>
    attempt(() => undecodable(value) ?? parse(value), bad('It cannot be read as JSON.'));
}

/** What the payload converter could not read says so itself. */
function undecodable(value: unknown): Parsed<never> | undefined {
  const reason = asFields(value)?.undecodable;
  if (typeof reason !== 'string' || Object.keys(value as object).length > 1) return undefined;
  return bad(`The payload cannot be decoded: ${cut(reason, 200)}`);
}

export type Fields = Readonly<Record<string, unknown>>;

export function asFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : undefined;
}

export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

export function isOptionalString(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

/** Even reading a value may throw: no JSON does that, but a guard must not depend on it. */
export function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

export function show(value: unknown): string {
  const written = JSON.stringify(value) ?? String(value);
  return written.length <= 60 ? written : `${written.slice(0, 60).toWellFormed()}…`;
}
