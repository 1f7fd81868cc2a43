/** Turns of several lengths: history, events, wall time, CPU time and requests to the provider, for each step; or where a contender dies. */
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { ContenderName } from '../contenders/contract';
import { historyFigures } from '../history-figures';
import type { Section } from '../results';
import { type Arena, type Placed, inTurn, placeWorker, startTurn } from './arena';
import { toReason } from './collected';
import { wayOfDeath } from './death';
import { type Outcome, type Sample, sectionsOf } from './turn-sections';
import { overheadBytes } from './unique-bytes';

export interface TurnsOptions {
  /** Rounds by the number of steps of their turn. */
  readonly rounds: ReadonlyMap<number, number>;
}

const warmUpSteps = 10;
/** Nobody alive is that slow. */
const timeoutOf = (steps: number): number => 15_000 + steps * 500;

export async function measureTurns(
  arena: Arena,
  { rounds }: TurnsOptions,
): Promise<readonly Section[]> {
  const workers = new Map<ContenderName, Placed>();
  const outcomes = new Map<number, Map<ContenderName, Outcome>>();
  const overheads = new Map<number, number>();
  const dead = new Map<ContenderName, string>();
  try {
    await allRounds();
  } finally {
    for (const { worker } of workers.values()) await worker.stop();
  }
  return sectionsOf(arena.names, outcomes, overheads);

  async function allRounds(): Promise<void> {
    for (const name of arena.names) await place(name);
    await oneRound(warmUpSteps, -1);
    const bytesOfOne = await bytesOfOneStep();
    for (const [steps, count] of rounds) {
      outcomes.set(steps, new Map(arena.names.map((name) => [name, { samples: [] }])));
      for (let round = 0; round < count; round++) {
        arena.progress(`turns of ${steps} steps, round ${round + 1} of ${count}`);
        await oneRound(steps, round);
      }
      const bytes = outcomes.get(steps)?.get('holdfast')?.samples[0]?.bytes;
      if (bytes !== undefined && bytesOfOne !== undefined) {
        const turn = { steps, bytes: bytes * steps, bytesOfOne };
        overheads.set(steps, await overheadBytes(arena, turn));
      }
    }
  }

  async function place(name: ContenderName): Promise<void> {
    try {
      workers.set(name, await placeWorker(arena, name));
    } catch (error) {
      dead.set(name, toReason(error));
      arena.progress(`${name}: ${toReason(error)}`);
    }
  }

  async function bytesOfOneStep(): Promise<number | undefined> {
    const holdfast = workers.get('holdfast');
    const sample = holdfast && (await oneTurn(arena, 'holdfast', holdfast, 1));
    return typeof sample === 'object' ? sample.bytes : undefined;
  }

  async function oneRound(steps: number, round: number): Promise<void> {
    for (const name of inTurn(arena.names, round)) {
      const outcome = outcomes.get(steps)?.get(name);
      const death = dead.get(name);
      if (death !== undefined) {
        if (outcome) outcome.death = death;
        continue;
      }
      const result = await oneTurn(arena, name, workers.get(name)!, steps).catch(
        (error: unknown) => `failed: ${toReason(error)}`,
      );
      if (typeof result === 'string') {
        dead.set(name, result);
        if (outcome) outcome.death = result;
        arena.progress(`${name}: ${result}`);
      } else if (round >= 0) outcome?.samples.push(result);
    }
  }
}

async function oneTurn(
  arena: Arena,
  name: ContenderName,
  { worker, taskQueue }: Placed,
  steps: number,
): Promise<Sample | string> {
  const callsBefore = await arena.provider.callsOf(name);
  const before = await worker.figures();
  const startedAt = performance.now();
  const timeoutMs = timeoutOf(steps);
  const handle = await startTurn(arena, name, { steps, taskQueue, timeoutMs });
  try {
    await handle.result();
  } catch (error) {
    const calls = (await arena.provider.callsOf(name)) - callsBefore;
    const why = await wayOfDeath(arena.client, handle.workflowId, error);
    return `died at step ${calls}: ${why}`;
  }
  const wallMs = performance.now() - startedAt;
  const after = await worker.figures();
  const calls = (await arena.provider.callsOf(name)) - callsBefore;
  const { bytes, carryBytes, events } = await historyOf(arena, name, handle);
  return {
    bytes: bytes / steps,
    carryBytes: carryBytes / steps,
    events: events / steps,
    wallMs: wallMs / steps,
    cpuMs: (after.cpuMicroseconds - before.cpuMicroseconds) / 1_000 / steps,
    calls: calls / steps,
  };
}

/** The peers stay in one run, and their histories are too large to be fetched without need. */
async function historyOf(
  { client }: Arena,
  name: ContenderName,
  handle: WorkflowHandleWithFirstExecutionRunId,
): Promise<{ bytes: number; carryBytes: number; events: number }> {
  if (name === 'holdfast') return historyFigures({ temporal: client }, handle);
  const { historySize = 0, historyLength } = await handle.describe();
  return { bytes: historySize, carryBytes: 0, events: historyLength };
}
