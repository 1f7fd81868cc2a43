/** What must be there exactly once, counted. */
import type { Usage } from '../../agent/model';
import { addSpending, nothingSpent } from '../../agent/usage';
import type { Timeline, TimelineStep, TimelineTurn } from './types';

export interface TimelineCounts {
  /** Messages of users, those that still wait included. */
  readonly userMessages: number;
  readonly turns: number;
  /** Turns that ended with an answer. */
  readonly answers: number;
  /** Turns that ended without one; the user was told why. */
  readonly failedTurns: number;
  /** Turns that somebody stopped. */
  readonly interruptedTurns: number;
  /** Messages that entered a running turn, and so are answered with it. */
  readonly steeredMessages: number;
  readonly steps: number;
  readonly toolCalls: number;
  /** Tool calls that have their result, the honest ones about failures included. */
  readonly toolResults: number;
  /** Attempts that were lost with their worker, as far as history tells. One worker may take several along. */
  readonly lostAttempts: number;
  /** Attempts beyond the first, of model calls and tools. */
  readonly retries: number;
  /** Steps whose answer says which prompt it is the answer to. */
  readonly promptDigests: number;
  /** Steps whose model has answered. */
  readonly answeredSteps: number;
  readonly usage: Usage;
  /** In US dollars; `null` when the price of a part of it is not known. */
  readonly costUsd: number | null;
  /** The sum of all turns. */
  readonly atWorkMs: number;
}

export function countsOf({ turns, waiting }: Timeline): TimelineCounts {
  const steps = turns.flatMap((turn) => turn.steps);
  const calls = steps.flatMap(({ act }) => act);
  const works = [...steps.map(({ think }) => think), ...calls];
  return {
    userMessages: sum(turns, ({ userMessages }) => userMessages.length) + waiting.length,
    turns: turns.length,
    answers: count(turns, ({ status }) => status === 'answered'),
    failedTurns: count(turns, ({ status }) => status === 'failed'),
    interruptedTurns: count(turns, ({ status }) => status === 'interrupted'),
    steeredMessages: sum(turns, ({ userMessages }) => Math.max(0, userMessages.length - 1)),
    steps: steps.length,
    toolCalls: calls.length,
    toolResults: sum(turns, resultsOf),
    lostAttempts: sum(works, ({ lostWorkers }) => lostWorkers.length),
    retries: sum(works, ({ attempts }) => Math.max(0, attempts - 1)),
    promptDigests: count(steps, ({ think }) => think.promptDigest !== undefined),
    answeredSteps: count(steps, isAnswered),
    ...turns.reduce(addSpending, nothingSpent),
    atWorkMs: sum(turns, ({ durationMs }) => durationMs),
  };
}

/** The model is told of a tool that was interrupted as well. */
function resultsOf({ status: outcome, steps }: TimelineTurn): number {
  const calls = steps.flatMap(({ act }) => act);
  const isOpen = outcome === 'interrupted' ? ['running'] : ['running', 'cancelled'];
  return count(calls, ({ status }) => !isOpen.includes(status));
}

function isAnswered({ think }: TimelineStep): boolean {
  return think.status === 'done';
}

function count<Item>(items: readonly Item[], matches: (item: Item) => boolean): number {
  return items.filter(matches).length;
}

function sum<Item>(items: readonly Item[], amount: (item: Item) => number): number {
  return items.reduce((total, item) => total + amount(item), 0);
}
