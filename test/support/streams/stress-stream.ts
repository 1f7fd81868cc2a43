/** One recorded stream, cut into other pieces, and cut off wherever it can be. */
import { isDeepStrictEqual } from 'node:util';
import type { RawExchange } from '../raw/raw-types';
import { endOf } from './stream-end';
import type { Ending, Fold, Folded } from './stream-folder';
import { folderOf } from './stream-folder';
import type { StressCounts } from './stress-counts';

export interface Stress extends StressCounts {
  /** What must not be, a line each. */
  readonly violations: readonly string[];
}

/** Whether it is the stream of a model that began well. What its SDK cannot read is none. */
export function isRecordedStream({ kind, wire, response, sdkDecodes }: RawExchange): boolean {
  const { isStream, status } = response;
  return kind === 'generation' && !!wire && isStream && status < 400 && sdkDecodes !== false;
}

const randomCuts = 200;
const randomLateCuts = 20;

/** A stream that says an error is only rechunked. */
export async function stressStream(exchange: RawExchange): Promise<Stress> {
  const { wire, id } = exchange;
  const body = exchange.response.wireBody;
  if (!wire) throw new Error(`${id} is no call of a model.`);
  const fold = folderOf(exchange, wire);
  const whole = await fold([body]);
  const random = randomFrom(id);
  const violations: string[] = [];

  const chunkings = [fixed(body, 1), fixed(body, 7), varied(body, random)];
  const names = ['of one byte', 'of seven bytes', 'of random size'];
  let equal = 0;
  for (const [index, pieces] of chunkings.entries()) {
    if (isDeepStrictEqual(await fold(pieces), whole)) equal += 1;
    else violations.push(`${id}: in pieces ${names[index]} it is another answer`);
  }
  const end = 'response' in whole ? endOf(body, wire) : undefined;
  const early = await cutEarly({ body, fold, end, random });
  const late = await cutLate({ body, fold, end, random, whole });
  violations.push(...[...early.wrong, ...late.wrong].map((what) => `${id}: ${what}`));
  if ('response' in whole && !end) violations.push(`${id}: an answer without an end`);
  return {
    streams: 1,
    rechunked: chunkings.length,
    equal,
    cuts: early.count,
    refused: early.count - early.wrong.length,
    lateCuts: late.count,
    lateSame: late.count - late.wrong.length,
    violations,
  };
}

interface Cutting {
  readonly body: Buffer;
  readonly fold: Fold;
  readonly end: ReturnType<typeof endOf>;
  readonly random: () => number;
}

interface Cuts {
  readonly count: number;
  readonly wrong: readonly string[];
}

/** Nothing before the end of an answer is one. */
async function cutEarly({ body, fold, end, random }: Cutting): Promise<Cuts> {
  const wrong: string[] = [];
  if (!end) return { count: 0, wrong };
  const boundaries = [0, ...end.boundaries.filter((at) => at < end.bytes)];
  const positions = Array.from({ length: randomCuts }, () => Math.floor(random() * end.bytes));
  const cuts: readonly (readonly [at: number, ending: Ending])[] = [
    ...boundaries.flatMap((at) => [[at, 'ends'] as const, [at, 'breaks'] as const]),
    ...positions.map((at) => [at, 'ends'] as const),
  ];
  for (const [at, ending] of cuts) {
    const folded = await fold([body.subarray(0, at)], ending);
    if (isRefused(folded)) continue;
    wrong.push(`${ending} after ${at} of ${end.bytes} bytes: ${described(folded)}`);
  }
  return { count: cuts.length, wrong };
}

function isRefused(folded: Folded): boolean {
  return 'refusal' in folded && folded.isRetried;
}

/** Behind the end only the bill may be lost. */
async function cutLate({ body, fold, end, random, whole }: Cutting & { readonly whole: Folded }) {
  const wrong: string[] = [];
  if (!end) return { count: 0, wrong };
  const positions = [
    ...end.boundaries.filter((at) => at >= end.bytes),
    ...Array.from(
      { length: randomLateCuts },
      () => end.bytes + Math.floor(random() * (body.length - end.bytes + 1)),
    ),
  ];
  for (const at of positions) {
    const folded = await fold([body.subarray(0, at)]);
    if (isRefused(folded) || isDeepStrictEqual(uncounted(folded), uncounted(whole))) continue;
    wrong.push(`cut after ${at} of ${body.length} bytes: ${described(folded)}`);
  }
  return { count: positions.length, wrong };
}

function uncounted(folded: Folded): unknown {
  if (!('response' in folded)) return folded;
  const { usage: _usage, costUsd: _cost, ...rest } = folded.response;
  return rest;
}

function described(folded: Folded): string {
  if ('thrown' in folded) return folded.thrown;
  return 'response' in folded
    ? `taken for an answer: ${folded.response.finishReason}`
    : JSON.stringify(folded.refusal);
}

function* fixed(body: Buffer, size: number): Generator<Uint8Array> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}

function* varied(body: Buffer, random: () => number): Generator<Uint8Array> {
  for (let at = 0; at < body.length;) {
    const size = 1 + Math.floor(random() * 300);
    yield body.subarray(at, at + size);
    at += size;
  }
}

/** The same numbers for the same text, from 0 to 1 (mulberry32). */
function randomFrom(seed: string): () => number {
  let state = 0;
  for (const character of seed) state = (Math.imul(state, 31) + character.codePointAt(0)!) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
