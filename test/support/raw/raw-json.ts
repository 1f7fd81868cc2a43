/** JSON of unknown shape, read without trusting it. */
export type Json = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An empty record in place of anything else. */
export function record(value: unknown): Json {
  return isRecord(value) ? value : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

export function records(value: unknown): readonly Json[] {
  return list(value).filter(isRecord);
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

/** `undefined` where `value` is no JSON. */
export function tryParse(value: string): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(value) as unknown };
  } catch {
    return undefined;
  }
}

/** Arguments as a JSON text. Some providers write nothing at all for a call without any. */
export function parseArguments(value: string): Json | { readonly malformed: string } {
  if (value.trim() === '') return {};
  const parsed = tryParse(value)?.json;
  return isRecord(parsed) ? parsed : { malformed: value };
}
