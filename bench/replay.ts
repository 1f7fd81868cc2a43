/** Milliseconds of replay per event: the slope over several histories, so that a replay worker's start falls out. */
import { randomUUID } from 'node:crypto';
import { type ReplayWorkerOptions, Worker } from '@temporalio/worker';
import type { AgentClient } from '../client/agent-client';
import { readEnvironment } from '../workers/environment';
import { holdfastPlugin } from '../workers/plugin';
import { type BenchEnvironment, type Subject, subjects } from './environment';
import { type Spread, spread } from './tables';
import { startTurn } from './turns';
import { createBenchWorker } from './workers';
import { InstantModel, clerk } from './workload';

export type ReplayComparison = Readonly<Record<Subject, Spread>>;

const copies = 8;

export async function compareReplay(
  client: AgentClient,
  environment: BenchEnvironment,
  { steps, rounds }: { readonly steps: number; readonly rounds: number },
): Promise<ReplayComparison> {
  const histories = { holdfast: await record('holdfast'), bare: await record('bare') };
  const perEvent: Record<Subject, number[]> = { holdfast: [], bare: [] };
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) {
      const one = await replayMs(subject, 1);
      const many = await replayMs(subject, 1 + copies);
      const events = histories[subject].events?.length ?? 0;
      perEvent[subject].push((many - one) / copies / events);
    }
  }
  return { holdfast: spread(perEvent.holdfast), bare: spread(perEvent.bare) };

  async function record(subject: Subject) {
    const taskQueue = `replay-${subject}-${randomUUID().slice(0, 8)}`;
    const { address, bundles } = environment;
    const options = { address, taskQueue, bundle: bundles[subject], steps: [steps] };
    const worker = await createBenchWorker(subject, options);
    return worker.runUntil(async () => {
      const handle = await startTurn(client, subject, { steps, taskQueue });
      await handle.result();
      return handle.fetchHistory();
    });
  }

  async function replayMs(subject: Subject, count: number): Promise<number> {
    const list = Array.from({ length: count }, (_, index) => ({
      workflowId: `replay-${index}`,
      history: histories[subject],
    }));
    const startedAt = performance.now();
    const replayed = Worker.runReplayHistories(optionsOf(subject), list);
    for await (const { error } of replayed) if (error) throw error;
    return performance.now() - startedAt;
  }

  function optionsOf(subject: Subject): ReplayWorkerOptions {
    const workflowBundle = { codePath: environment.bundles[subject] };
    if (subject === 'bare') return { workflowBundle };
    const plugin = holdfastPlugin({
      agents: [clerk(steps)],
      models: { instant: new InstantModel() },
      environment: readEnvironment({}),
    });
    return { workflowBundle, plugins: [plugin] };
  }
}
