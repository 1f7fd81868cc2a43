/** One turn of each subject, and what their histories come to beside each other. */
import { randomUUID } from 'node:crypto';
import type { AgentClient } from '../client/agent-client';
import type { Subject } from './environment';
import { type HistoryFigures, historyFigures } from './history-figures';
import { startTurn, uniqueBytes } from './turns';
import { createBenchWorker } from './workers';

export interface HistoryComparison {
  readonly steps: number;
  readonly holdfast: HistoryFigures;
  readonly bare: HistoryFigures;
  /** UTF-8 JSON of the unique messages and the agent definition. */
  readonly uniqueBytes: number;
  /** History over `uniqueBytes`, for each step with its tool call: what a turn of one step needs is taken off. */
  readonly overheadBytes: number;
  /** As `overheadBytes`. */
  readonly eventsPerStep: number;
  readonly ratioToBare: number;
}

export interface HistoryOptions {
  readonly client: AgentClient;
  readonly address: string;
  readonly bundles: Readonly<Record<Subject, string>>;
}

/** The targets; the carry is not counted. */
export const historyTargets = {
  overheadBytes: 2_000,
  ratioToBare: 1.15,
  eventsPerStep: 12,
  largestActivityInputBytes: 2_048,
} as const;

/** Turns of `lengths` steps, each of 2 at least. */
export async function compareHistories(
  options: HistoryOptions,
  lengths: readonly number[],
): Promise<readonly HistoryComparison[]> {
  const one = await figuresOf(options, 'holdfast', 1);
  const fixedBytes = one.bytes - (await uniqueBytes(1));
  const comparisons: HistoryComparison[] = [];
  for (const steps of lengths) {
    const holdfast = await figuresOf(options, 'holdfast', steps);
    const bare = await figuresOf(options, 'bare', steps);
    const unique = await uniqueBytes(steps);
    comparisons.push({
      steps,
      holdfast,
      bare,
      uniqueBytes: unique,
      overheadBytes: (holdfast.bytes - unique - fixedBytes) / (steps - 1),
      eventsPerStep: (holdfast.events - one.events - continuingEvents(holdfast)) / (steps - 1),
      ratioToBare: holdfast.bytes / bare.bytes,
    });
  }
  return comparisons;
}

/** The old run's last event; the new one's first, and its first workflow task. */
function continuingEvents({ runs }: HistoryFigures): number {
  return 5 * (runs - 1);
}

async function figuresOf(
  { client, address, bundles }: HistoryOptions,
  subject: Subject,
  steps: number,
): Promise<HistoryFigures> {
  const taskQueue = `bench-${subject}-${randomUUID().slice(0, 8)}`;
  const bundle = bundles[subject];
  const worker = await createBenchWorker(subject, { address, taskQueue, bundle, steps: [steps] });
  return worker.runUntil(async () => {
    const handle = await startTurn(client, subject, { steps, taskQueue });
    await handle.result();
    return historyFigures(client, handle);
  });
}
