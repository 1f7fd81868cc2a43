/** From the start of a worker's process to its first answer, with a bundle made beforehand. */
import { randomUUID } from 'node:crypto';
import type { AgentClient } from '../client/agent-client';
import { type BenchEnvironment, type Subject, subjects } from './environment';
import { type Spread, spread } from './tables';
import { startTurn } from './turns';
import { spawnBenchWorker } from './worker-process';

/** In milliseconds. */
export type StartUpComparison = Readonly<Record<Subject, Spread>>;

export async function compareStartUp(
  client: AgentClient,
  { address, bundles }: BenchEnvironment,
  { rounds }: { readonly rounds: number },
): Promise<StartUpComparison> {
  const times: Record<Subject, number[]> = { holdfast: [], bare: [] };
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) times[subject].push(await measure(subject));
  }
  return { holdfast: spread(times.holdfast), bare: spread(times.bare) };

  async function measure(subject: Subject): Promise<number> {
    const taskQueue = `start-${subject}-${randomUUID().slice(0, 8)}`;
    const startedAt = performance.now();
    const bundle = bundles[subject];
    const worker = await spawnBenchWorker(subject, { address, taskQueue, bundle, steps: [1] });
    const handle = await startTurn(client, subject, { steps: 1, taskQueue });
    await handle.result();
    const elapsedMs = performance.now() - startedAt;
    await worker.stop();
    return elapsedMs;
  }
}
