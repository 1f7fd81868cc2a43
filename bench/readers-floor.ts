/** The lower bound of a first token: from an update to the start of its activity, in a workflow that does nothing else. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectTemporal } from '../client/connect';
import { now } from './paced-text';
import { spawnBenchWorker } from './worker-process';

export interface FloorOptions {
  readonly address: string;
  /** File of the bare loop's bundle. */
  readonly bundle: string;
  readonly rounds: number;
  /** Between two updates, in milliseconds. */
  readonly pauseMs: number;
}

/** @returns milliseconds, one of each round. */
export async function measureFloor({
  address,
  bundle,
  rounds,
  pauseMs,
}: FloorOptions): Promise<readonly number[]> {
  const taskQueue = `floor-${randomUUID().slice(0, 8)}`;
  const worker = await spawnBenchWorker('bare', { address, taskQueue, bundle, steps: [] });
  const { client } = await connectTemporal({ address, namespace: 'default', taskQueue });
  try {
    const handle = await client.workflow.start('bareTurns', {
      taskQueue,
      workflowId: taskQueue,
      args: [],
    });
    const sentAt: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      sentAt.push(now());
      await handle.executeUpdate('say', { args: ['Go on.'] });
      await sleep(pauseMs);
    }
    const begunAt = await handle.query<readonly number[]>('begun');
    await handle.signal('end');
    await handle.result();
    // The first one waits for the workflow to be there.
    return begunAt.map((at, round) => at - sentAt[round]!).slice(1);
  } finally {
    await client.connection.close();
    await worker.stop();
  }
}
