/** The function calls of Gemini: whole, or, on Vertex, with arguments that come in fragments. */
import { isRecord, record, records, text, type Json } from './raw-json';
import type { RawToolCall } from './raw-types';

interface Call {
  readonly id: string;
  readonly name: string;
  arguments: Record<string, unknown>;
  /** More fragments are announced. */
  isOpen: boolean;
  /** The path of a string that goes on in the next fragment. */
  openPath: string | undefined;
  isAnswered: boolean;
}

/** Without the calls that Google's servers ran themselves: their results stand in the same answer. */
export function clientCallsOf(parts: readonly Json[]): readonly RawToolCall[] {
  const calls: Call[] = [];
  for (const part of parts) {
    if (isRecord(part['functionCall'])) take(calls, part['functionCall']);
    if (isRecord(part['functionResponse'])) answer(calls, part['functionResponse']);
  }
  return calls
    .filter(({ isAnswered }) => !isAnswered)
    .map(({ name, arguments: given }) => ({ name, arguments: given }));
}

function take(calls: Call[], given: Json): void {
  const name = text(given['name']);
  const last = calls.at(-1);
  // A call without a name continues the open one; an empty one closes it.
  const continued = name === '' && last?.isOpen === true ? last : undefined;
  const call = continued ?? {
    id: text(given['id']),
    name,
    arguments: {},
    isOpen: true,
    openPath: undefined,
    isAnswered: false,
  };
  if (!continued) calls.push(call);
  call.arguments = { ...call.arguments, ...record(given['args']) };
  for (const fragment of records(given['partialArgs'])) apply(call, fragment);
  call.isOpen = given['willContinue'] === true;
}

function answer(calls: readonly Call[], response: Json): void {
  const id = text(response['id']);
  const call = calls.find(
    (it) => !it.isAnswered && (id && it.id ? it.id === id : it.name === response['name']),
  );
  if (call) call.isAnswered = true;
}

function apply(call: Call, fragment: Json): void {
  const path = text(fragment['jsonPath']);
  const value = valueOf(fragment);
  if (value === undefined) return;
  const keys = keysOf(path);
  const before = call.openPath === path ? getAt(call.arguments, keys) : undefined;
  const isGrowing = typeof before === 'string' && typeof value === 'string';
  setAt(call.arguments, keys, isGrowing ? before + value : value);
  call.openPath = fragment['willContinue'] === true ? path : undefined;
}

function valueOf(fragment: Json): unknown {
  if ('nullValue' in fragment) return null;
  return fragment['stringValue'] ?? fragment['numberValue'] ?? fragment['boolValue'];
}

/** `$.list[0]['a key'].name` → `['list', 0, 'a key', 'name']`. */
function keysOf(path: string): readonly (string | number)[] {
  const pattern = /\.([^.[\]]+)|\[(\d+)\]|\[(?:'([^']*)'|"([^"]*)")\]/g;
  return [...path.matchAll(pattern)].map(([, name, index, single, double]) =>
    index === undefined ? (name ?? single ?? double ?? '') : Number(index),
  );
}

type Container = Record<string | number, unknown>;

function getAt(root: object, keys: readonly (string | number)[]): unknown {
  return keys.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value ? (value as Container)[key] : undefined),
    root,
  );
}

function setAt(root: object, keys: readonly (string | number)[], value: unknown): void {
  let place = root as Container;
  keys.forEach((key, at) => {
    if (at === keys.length - 1) {
      place[key] = value;
      return;
    }
    place[key] ??= typeof keys[at + 1] === 'number' ? [] : {};
    place = place[key] as Container;
  });
}
