/** One turn of each subject, and what their histories come to beside each other. */
import { randomUUID } from 'node:crypto';
import type { AgentClient } from '../client/agent-client';
import type { Subject } from './environment';
import { type HistoryFigures, historyFigures, uniqueBytes } from './history-figures';
import { type TurnHandle, startTurn } from './turns';
import { createBenchWorker } from './workers';

export interface HistoryComparison {
  readonly steps: number;
  readonly holdfast: HistoryFigures;
  readonly bare: HistoryFigures;
  /** UTF-8 JSON of the unique messages and the agent definition. */
  readonly uniqueBytes: number;
  /** Per step, over `uniqueBytes`. */
  readonly overheadBytes: number;
  readonly eventsPerStep: number;
  readonly ratioToBare: number;
}

export interface HistoryOptions {
  readonly client: AgentClient;
  readonly address: string;
  readonly bundles: Readonly<Record<Subject, string>>;
  readonly steps: number;
}

/** The targets; the carry is not counted. */
export const historyTargets = {
  overheadBytes: 2_000,
  ratioToBare: 1.15,
  eventsPerStep: 12,
  largestActivityInputBytes: 2_048,
} as const;

export async function compareHistories(options: HistoryOptions): Promise<HistoryComparison> {
  const { client, steps } = options;
  const holdfast = await onWorker(options, 'holdfast', async (handle) => ({
    figures: await historyFigures(client, handle),
    unique: await uniqueBytes(client, handle.workflowId),
  }));
  const bare = await onWorker(options, 'bare', (handle) => historyFigures(client, handle));
  return {
    steps,
    holdfast: holdfast.figures,
    bare,
    uniqueBytes: holdfast.unique,
    overheadBytes: (holdfast.figures.bytes - holdfast.unique) / steps,
    eventsPerStep: (holdfast.figures.events - eventsOfNoStep(holdfast.figures)) / steps,
    ratioToBare: holdfast.figures.bytes / bare.bytes,
  };
}

/** A run's start, its first task, the agent's resolution and its end are no step's. */
function eventsOfNoStep({ runs }: HistoryFigures): number {
  const eventsOfResolution = 6;
  const eventsOfOneRun = 4;
  return eventsOfResolution + eventsOfOneRun * runs;
}

async function onWorker<Result>(
  { client, address, bundles, steps }: HistoryOptions,
  subject: Subject,
  measure: (handle: TurnHandle) => Promise<Result>,
): Promise<Result> {
  const taskQueue = `bench-${subject}-${randomUUID().slice(0, 8)}`;
  const bundle = bundles[subject];
  const { worker } = await createBenchWorker(subject, { address, taskQueue, bundle, steps: [steps] });
  return worker.runUntil(async () => {
    const handle = await startTurn(client, subject, { steps, taskQueue });
    await handle.result();
    return measure(handle);
  });
}
