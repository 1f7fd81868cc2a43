/** Where two JSON values differ. */
import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../raw/raw-json';

export interface JsonDifference {
  /** `input.0.content` */
  readonly path: string;
  /** Absent where only the other side has something. */
  readonly recorded?: unknown;
  readonly ours?: unknown;
}

/** As deep as the two have the same shape. Lists of different lengths differ as a whole. */
export function jsonDifferences(recorded: unknown, ours: unknown, path = ''): JsonDifference[] {
  if (isDeepStrictEqual(recorded, ours)) return [];
  const at = (key: string | number) => (path === '' ? String(key) : `${path}.${key}`);
  if (Array.isArray(recorded) && Array.isArray(ours) && recorded.length === ours.length) {
    return recorded.flatMap((item, index) => jsonDifferences(item, ours[index], at(index)));
  }
  if (isRecord(recorded) && isRecord(ours)) {
    const keys = new Set([...Object.keys(recorded), ...Object.keys(ours)]);
    return [...keys].flatMap((key) => jsonDifferences(recorded[key], ours[key], at(key)));
  }
  return [{ path, recorded, ours }];
}
