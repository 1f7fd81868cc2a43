/** What a worker holds of idle conversations, and how many of them a heap of 600 MB would hold. */
import type { ContenderName } from '../contenders/contract';
import type { Figures } from '../contenders/process-contract';
import { answered } from '../memory';
import type { Section } from '../results';
import { Collected } from './collected';
import { type Arena, type Placed, inTurn, placeWorker, startTurn } from './arena';

export interface MemoryOptions {
  readonly rounds: number;
  /** The slope between two numbers of conversations: what the process takes by itself falls out. */
  readonly conversations: (name: ContenderName) => {
    readonly first: number;
    readonly last: number;
  };
}

interface Slope {
  /** RSS for 1,000 conversations, in MB. */
  readonly residentMB: number;
  /** In use in V8's heaps for 1,000 conversations, in MB. */
  readonly heapMB: number;
  readonly fitting: number;
}

const heapLimitMB = 600;
/** How many are started at once. */
const batch = 20;

export async function measureMemory(
  arena: Arena,
  { rounds, conversations }: MemoryOptions,
): Promise<Section> {
  const slopes = new Collected<Slope>(arena.names, arena.progress);
  for (let round = 0; round < rounds; round++) {
    for (const name of inTurn(arena.names, round)) {
      const { first, last } = conversations(name);
      arena.progress(
        `memory of ${last} idle conversations of ${name}, round ${round + 1} of ${rounds}`,
      );
      await slopes.collect(name, () => slopeOf(arena, name, first, last));
    }
  }
  const counts = arena.names.map((name) => {
    const { first, last } = conversations(name);
    return `${name} ${first} and ${last}`;
  });
  return {
    title: memoryTitle,
    method: `One question and its answer each, then nothing. The difference between two numbers of conversations in one worker (${counts.join(', ')}), after collecting the garbage of all threads. How many fit is extrapolated from the heap's slope.`,
    rows: [
      { name: residentName, digits: 0, cells: slopes.cells(({ residentMB }) => residentMB) },
      { name: heapName, digits: 0, cells: slopes.cells(({ heapMB }) => heapMB) },
      { name: fittingName, digits: 0, cells: slopes.cells(({ fitting }) => fitting) },
    ],
  };
}

export const memoryTitle = 'Memory of idle conversations';
export const residentName = 'RSS per 1,000, MB';
export const heapName = 'V8 heap per 1,000, MB';
export const fittingName = `fit in a heap of ${heapLimitMB} MB`;

async function slopeOf(
  arena: Arena,
  name: ContenderName,
  first: number,
  last: number,
): Promise<Slope> {
  const placed = await placeWorker(arena, name);
  const ids = await startIdle(arena, name, placed, first);
  const before = await placed.worker.figuresOfHeld();
  ids.push(...(await startIdle(arena, name, placed, last - first)));
  const after = await placed.worker.figuresOfHeld();
  await placed.worker.stop();
  for (const id of ids) await arena.client.workflow.getHandle(id).terminate();
  const each = (figure: (figures: Figures) => number): number =>
    (figure(after) - figure(before)) / (last - first) / 1e6;
  const heapMB = each(({ heapBytes = NaN }) => heapBytes);
  const baseMB = (before.heapBytes ?? NaN) / 1e6 - heapMB * first;
  return {
    residentMB: each(({ residentBytes }) => residentBytes) * 1_000,
    heapMB: heapMB * 1_000,
    fitting: (heapLimitMB - baseMB) / heapMB,
  };
}

async function startIdle(
  arena: Arena,
  name: ContenderName,
  { taskQueue }: Placed,
  count: number,
): Promise<string[]> {
  const ids: string[] = [];
  const options = { steps: 1, taskQueue, kind: 'idle', timeoutMs: hourMs } as const;
  for (let started = 0; started < count; started += batch) {
    const turns = Array.from({ length: Math.min(batch, count - started) }, () =>
      startTurn(arena, name, options),
    );
    const handles = await Promise.all(turns);
    const temporal = { temporal: arena.client };
    await Promise.all(handles.map(({ workflowId }) => answered(temporal, workflowId)));
    ids.push(...handles.map(({ workflowId }) => workflowId));
  }
  return ids;
}

const hourMs = 3_600_000;
