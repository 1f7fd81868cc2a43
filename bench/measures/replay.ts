/** What one event of a history costs when it is replayed. */
import { runOnce } from '../contender-process';
import type { ContenderName } from '../contenders/contract';
import type { Section } from '../results';
import { type Arena, bundleOf, inTurn, placeWorker, startTurn, worldFor } from './arena';
import { Collected } from './collected';
import { wayOfDeath } from './death';

export interface ReplayOptions {
  readonly rounds: number;
  readonly steps: number;
}

/** Replayed beyond the first one, which pays for the worker's start. */
const copies = 4;
const timeoutMs = 120_000;

export async function measureReplay(
  arena: Arena,
  { rounds, steps }: ReplayOptions,
): Promise<Section> {
  const recorded = new Map<ContenderName, string>();
  const times = new Collected<number>(arena.names, arena.progress);
  for (const name of arena.names) {
    const { worker, taskQueue } = await placeWorker(arena, name);
    const handle = await startTurn(arena, name, { steps, taskQueue, timeoutMs });
    await handle.result().then(
      () => recorded.set(name, handle.workflowId),
      async (error: unknown) =>
        times.fail(name, await wayOfDeath(arena.client, handle.workflowId, error)),
    );
    await worker.stop();
  }
  for (let round = 0; round < rounds; round++) {
    arena.progress(`replay, round ${round + 1} of ${rounds}`);
    for (const name of inTurn([...recorded.keys()], round)) {
      await times.collect(name, () => replayOnce(name));
    }
  }
  return {
    title: replayTitle,
    method: `A history of ${steps} steps, replayed 1 and ${1 + copies} times in one worker; the difference, divided by the events.`,
    rows: [{ name: replayName, digits: 3, cells: times.cells((perEventMs) => perEventMs) }],
  };

  async function replayOnce(name: ContenderName): Promise<readonly number[]> {
    const { perEventMs } = await runOnce(
      name,
      {
        role: 'replay',
        address: arena.address,
        bundle: bundleOf(arena, name),
        world: worldFor(arena, name),
        workflowId: recorded.get(name)!,
        rounds: 1,
        copies,
      },
      'replayed',
    );
    return perEventMs;
  }
}

export const replayTitle = 'Replay';
export const replayName = 'per event, ms';
