/** The parts of a streamed answer, put together: texts are cut anywhere, and so may be a call's arguments. */
import type { FunctionCall, Part, PartialArg } from '@google/genai';

/** Texts that follow each other as one, unless they are signed: a signature belongs to its own part. */
export function joinParts(parts: readonly Part[]): Part[] {
  const joined: Part[] = [];
  let open: OpenCall | undefined;
  for (const part of parts) {
    const last = joined.at(-1);
    if (part.functionCall) {
      const { functionCall } = part;
      if (functionCall.name) joined.push((open = new OpenCall(part)).part);
      // Without a name it is the next fragment of the open call.
      else if (open) open.add(part);
      if (!functionCall.willContinue) open = undefined;
    } else if (!isPlain(part)) {
      joined.push(part);
    } else if (part.text) {
      if (last && isPlain(last) && last.thought === part.thought) {
        joined[joined.length - 1] = { ...last, text: `${last.text}${part.text}` };
      } else {
        joined.push(part);
      }
    }
  }
  return joined;
}

/** Whether `part` is text, and says nothing besides. */
function isPlain(part: Part): boolean {
  return (
    typeof part.text === 'string' &&
    Object.keys(part).every((key) => key === 'text' || key === 'thought')
  );
}

/** A call whose arguments may come in fragments. While more are announced, `willContinue` stands in it. */
class OpenCall {
  readonly part: Part;
  private readonly call: FunctionCall;
  private readonly args: Container;
  /** The path of a string that goes on in the next fragment. */
  private openPath: string | undefined;

  constructor(part: Part) {
    const { partialArgs: _fragments, ...call } = part.functionCall ?? {};
    this.args = { ...call.args };
    this.call = call.args === undefined ? { ...call } : { ...call, args: this.args };
    this.part = { ...part, functionCall: this.call };
    this.addFragments(part.functionCall);
  }

  add({ functionCall, ...more }: Part): void {
    for (const [key, value] of Object.entries(more)) {
      if (!Object.hasOwn(this.part, key)) Object.assign(this.part, { [key]: value });
    }
    if (functionCall?.args) Object.assign(this.args, functionCall.args);
    if (functionCall?.id && !this.call.id) this.call.id = functionCall.id;
    if (functionCall?.args) this.call.args = this.args;
    if (!functionCall?.willContinue) delete this.call.willContinue;
    this.addFragments(functionCall);
  }

  private addFragments(call: FunctionCall | undefined): void {
    for (const fragment of call?.partialArgs ?? []) {
      this.call.args = this.args;
      const { jsonPath = '', willContinue } = fragment;
      const keys = keysOf(jsonPath);
      const value = valueOf(fragment);
      if (value !== undefined && keys) {
        setAt(this.args, keys, value, jsonPath === this.openPath);
      }
      this.openPath = willContinue ? jsonPath : undefined;
    }
  }
}

type Key = string | number;
type Value = string | number | boolean | null;
type Container = Record<Key, unknown>;

function valueOf(fragment: PartialArg): Value | undefined {
  if (fragment.nullValue !== undefined) return null;
  return fragment.stringValue ?? fragment.numberValue ?? fragment.boolValue;
}

/** `$.list[0]['a key'].name` → `['list', 0, 'a key', 'name']`; `undefined` for a path that leads nowhere. */
function keysOf(path: string): readonly Key[] | undefined {
  const pattern = /\.([^.[\]]+)|\[(\d+)\]|\[(?:'([^']*)'|"([^"]*)")\]/g;
  const keys = [...path.matchAll(pattern)].map(([, name, index, single, double]) =>
    index === undefined ? (name ?? single ?? double ?? '') : Number(index),
  );
  const isSafe = keys.length <= deepestPath && !keys.includes('__proto__');
  return isSafe && keys.length > 0 ? keys : undefined;
}

const deepestPath = 64;

function setAt(root: Container, keys: readonly Key[], value: Value, isMore: boolean): void {
  let place = root;
  for (const [depth, key] of keys.entries()) {
    // A list grows by one: what is said to stand far behind its end would make holes.
    const at = Array.isArray(place) ? Math.min(Number(key), place.length) : key;
    if (Number.isNaN(at)) return;
    const present = Object.hasOwn(place, at) ? place[at] : undefined;
    const next = keys[depth + 1];
    if (next === undefined) {
      const isGrowing = isMore && typeof present === 'string' && typeof value === 'string';
      place[at] = isGrowing ? present + value : value;
    } else {
      const inner = isContainer(present) ? present : typeof next === 'number' ? [] : {};
      place[at] = inner;
      place = inner as Container;
    }
  }
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}
