/** What a worker holds of an idle conversation, beside an idle bare workflow. */
import { randomUUID } from 'node:crypto';
import type { AgentClient } from '../client/agent-client';
import { type BenchEnvironment, type Subject, subjects } from './environment';
import { type Spread, spread } from './tables';
import { startTurn } from './turns';
import { type WorkerProcess, spawnBenchWorker } from './worker-process';

/** The slope between two numbers of conversations: what the process takes by itself falls out. */
const firstConversations = 200;
const lastConversations = 700;
/** How many are started at once. */
const batch = 20;

export interface MemoryComparison {
  /** MB for 1,000 idle conversations. */
  readonly perThousand: Readonly<Record<Subject, Spread>>;
  readonly ratio: number;
}

export async function compareMemory(
  client: AgentClient,
  environment: BenchEnvironment,
  { rounds }: { readonly rounds: number },
): Promise<MemoryComparison> {
  const slopes: Record<Subject, number[]> = { holdfast: [], bare: [] };
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) slopes[subject].push(await slopeOf(subject));
  }
  const perThousand = { holdfast: spread(slopes.holdfast), bare: spread(slopes.bare) };
  return { perThousand, ratio: perThousand.holdfast.median / perThousand.bare.median };

  async function slopeOf(subject: Subject): Promise<number> {
    const taskQueue = `memory-${subject}-${randomUUID().slice(0, 8)}`;
    const bundle = environment.bundles[subject];
    const { address } = environment;
    const worker = await spawnBenchWorker(subject, { address, taskQueue, bundle, steps: [1] });
    const ids = await startIdle(subject, taskQueue, worker, firstConversations);
    const before = await worker.figuresOfHeld();
    ids.push(...(await startIdle(subject, taskQueue, worker, lastConversations - ids.length)));
    const after = await worker.figuresOfHeld();
    await worker.stop();
    for (const id of ids) await client.temporal.workflow.getHandle(id).terminate();
    const grownBytes = after.residentBytes - before.residentBytes;
    return (grownBytes / (lastConversations - firstConversations) / 1e6) * 1_000;
  }

  async function startIdle(
    subject: Subject,
    taskQueue: string,
    worker: WorkerProcess,
    count: number,
  ): Promise<string[]> {
    const ids: string[] = [];
    for (let started = 0; started < count; started += batch) {
      const turns = Array.from({ length: Math.min(batch, count - started) }, () =>
        startTurn(client, subject, { steps: 1, taskQueue, mode: 'conversation' }),
      );
      const handles = await Promise.all(turns);
      await Promise.all(handles.map(({ workflowId }) => answered(client, workflowId)));
      ids.push(...handles.map(({ workflowId }) => workflowId));
    }
    await worker.figures();
    return ids;
  }
}

/** Idle: nothing is pending any more. No query, for a query would be work of one subject alone. */
export async function answered(
  { temporal }: Pick<AgentClient, 'temporal'>,
  workflowId: string,
): Promise<void> {
  const handle = temporal.workflow.getHandle(workflowId);
  for (;;) {
    const { raw, historyLength } = await handle.describe();
    const isBusy = (raw.pendingActivities?.length ?? 0) > 0 || raw.pendingWorkflowTask;
    if (historyLength > eventsBeforeAnswer && !isBusy) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Started, and the first workflow task. */
const eventsBeforeAnswer = 4;
