/** Who is measured, in what, and how often. */
import { type ContenderName, contenders } from './contenders/contract';
import type { FirstPieceOptions } from './measures/first-piece';
import type { MemoryOptions } from './measures/memory';
import type { ReplayOptions } from './measures/replay';

export const measures = [
  'turns',
  'replay',
  'memory',
  'bundle',
  'cold-start',
  'first-piece',
] as const;
export type Measure = (typeof measures)[number];

export interface Plan {
  readonly names: readonly ContenderName[];
  readonly measures: readonly Measure[];
  /** Rounds by the number of steps of their turn. */
  readonly turns: ReadonlyMap<number, number>;
  readonly replay: ReplayOptions;
  readonly memory: MemoryOptions;
  readonly coldStart: { readonly rounds: number };
  readonly firstPiece: FirstPieceOptions;
  readonly isQuick: boolean;
  /** Nothing was left out: the results are fit to be kept. */
  readonly isWhole: boolean;
}

export interface PlanOptions {
  readonly quick: boolean;
  /** Names of contenders and measurements, with commas between them. Of a kind that is not named all are taken. */
  readonly only: string;
  /** Lengths of turns, with commas between them. */
  readonly steps: string;
}

/** @throws TypeError for a name or a number that is none. */
export function planOf({ quick: isQuick, only, steps }: PlanOptions): Plan {
  const words = listOf(only);
  const unknown = words.find((word) => !isContender(word) && !isMeasure(word));
  if (unknown !== undefined) {
    throw new TypeError(
      `\`--only ${unknown}\` is neither a contender (${contenders.join(', ')}) nor a measurement (${measures.join(', ')}).`,
    );
  }
  return {
    names: someOf(contenders, words),
    measures: someOf(measures, words),
    turns: steps === '' ? usualTurns(isQuick) : new Map(listOf(steps).map(toTurn)),
    replay: { steps: 50, rounds: isQuick ? 1 : 5 },
    memory: {
      rounds: isQuick ? 1 : 3,
      conversations: (name) => conversationsOf(name, isQuick ? 1 : 3),
    },
    coldStart: { rounds: isQuick ? 2 : 7 },
    firstPiece: isQuick ? { rounds: 1, asksPerRound: 3 } : { rounds: 3, asksPerRound: 4 },
    isQuick,
    isWhole: words.length === 0 && steps === '' && !isQuick,
  };
}

function usualTurns(isQuick: boolean): ReadonlyMap<number, number> {
  return new Map(
    isQuick
      ? [
          [10, 3],
          [50, 2],
          [100, 1],
          [500, 1],
        ]
      : [
          [10, 9],
          [50, 9],
          [100, 5],
          [500, 3],
          [1_000, 2],
        ],
  );
}

/** A peer's conversation takes 2 to 9 MB and up to half a second of CPU time: fewer of them do. */
function conversationsOf(
  name: ContenderName,
  factor: number,
): { readonly first: number; readonly last: number } {
  const isOurs = name === 'holdfast' || name === 'bare';
  return isOurs
    ? { first: 75 * factor, last: 225 * factor }
    : { first: 10 * factor, last: 40 * factor };
}

function listOf(list: string): readonly string[] {
  return list.split(',').filter(Boolean);
}

function toTurn(word: string): [steps: number, rounds: number] {
  const steps = Number(word);
  if (!Number.isInteger(steps) || steps < 2) {
    throw new TypeError(`\`--steps ${word}\` is no whole number from 2 on.`);
  }
  return [steps, 3];
}

function isContender(word: string): boolean {
  return contenders.some((name) => name === word);
}

function isMeasure(word: string): boolean {
  return measures.some((name) => name === word);
}

function someOf<Name extends string>(
  all: readonly Name[],
  words: readonly string[],
): readonly Name[] {
  const named = all.filter((name) => words.includes(name));
  return named.length > 0 ? named : all;
}
