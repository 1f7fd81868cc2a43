/** From the start of a worker's process to the first answer of one step, with a bundle made beforehand. */
import type { Section } from '../results';
import { Collected } from './collected';
import { type Arena, inTurn, placeWorker, startTurn } from './arena';

const timeoutMs = 60_000;

export async function measureColdStart(
  arena: Arena,
  { rounds }: { readonly rounds: number },
): Promise<Section> {
  const times = new Collected<number>(arena.names, arena.progress);
  for (let round = 0; round < rounds; round++) {
    arena.progress(`cold start, round ${round + 1} of ${rounds}`);
    for (const name of inTurn(arena.names, round)) {
      await times.collect(name, async () => {
        const startedAt = performance.now();
        const { worker, taskQueue } = await placeWorker(arena, name);
        const handle = await startTurn(arena, name, { steps: 1, taskQueue, timeoutMs });
        await handle.result();
        const elapsedMs = performance.now() - startedAt;
        await worker.stop();
        return elapsedMs;
      });
    }
  }
  return {
    title: coldStartTitle,
    method:
      'From spawning the worker process to the first completed step. Plain JavaScript and a bundle made beforehand, for all.',
    rows: [{ name: coldStartName, digits: 0, cells: times.cells((elapsedMs) => elapsedMs) }],
  };
}

export const coldStartTitle = 'Cold start';
export const coldStartName = 'process to first step, ms';
