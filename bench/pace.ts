/** Wall time of a step and the worker's CPU time for it, Holdfast and the bare loop in turn on one server. */
import { randomUUID } from 'node:crypto';
import type { AgentClient } from '../client/agent-client';
import { type BenchEnvironment, type Subject, subjects } from './environment';
import { type Spread, spread } from './tables';
import { startTurn } from './turns';
import { type WorkerProcess, spawnBenchWorker } from './worker-process';

export interface Pace {
  readonly wallMs: Spread;
  readonly cpuMs: Spread;
}

export interface PaceComparison {
  readonly paces: Readonly<Record<Subject, Pace>>;
  /** Holdfast ÷ bare, round by round. */
  readonly wallRatio: Spread;
  readonly cpuRatio: Spread;
  readonly transcripts: { readonly hits: number; readonly misses: number };
}

interface Sample {
  readonly wallMs: number;
  readonly cpuMs: number;
}

const warmUpTurns = 3;

export async function comparePace(
  client: AgentClient,
  environment: BenchEnvironment,
  { steps, rounds }: { readonly steps: number; readonly rounds: number },
): Promise<PaceComparison> {
  const workers = { holdfast: await spawn('holdfast'), bare: await spawn('bare') };
  const samples: Record<Subject, Sample[]> = { holdfast: [], bare: [] };
  for (let round = -warmUpTurns; round < rounds; round++) {
    for (const subject of subjects) {
      const sample = await measureTurn(subject);
      if (round >= 0) samples[subject].push(sample);
    }
  }
  const { transcripts } = await workers.holdfast.process.figures();
  for (const subject of subjects) await workers[subject].process.stop();
  return {
    paces: { holdfast: paceOf(samples.holdfast), bare: paceOf(samples.bare) },
    wallRatio: spread(ratios(({ wallMs }) => wallMs)),
    cpuRatio: spread(ratios(({ cpuMs }) => cpuMs)),
    transcripts: transcripts ?? { hits: 0, misses: 0 },
  };

  async function spawn(subject: Subject): Promise<{ process: WorkerProcess; taskQueue: string }> {
    const taskQueue = `pace-${subject}-${randomUUID().slice(0, 8)}`;
    const bundle = environment.bundles[subject];
    const options = { address: environment.address, taskQueue, bundle, steps: [steps] };
    return { process: await spawnBenchWorker(subject, options), taskQueue };
  }

  async function measureTurn(subject: Subject): Promise<Sample> {
    const { process, taskQueue } = workers[subject];
    const before = await process.figures();
    const startedAt = performance.now();
    const handle = await startTurn(client, subject, { steps, taskQueue });
    await handle.result();
    const wallMs = performance.now() - startedAt;
    const after = await process.figures();
    const cpuMs = (after.cpuMicroseconds - before.cpuMicroseconds) / 1_000;
    return { wallMs: wallMs / steps, cpuMs: cpuMs / steps };
  }

  function ratios(figure: (sample: Sample) => number): number[] {
    return samples.holdfast.map((sample, round) => figure(sample) / figure(samples.bare[round]!));
  }
}

function paceOf(samples: readonly Sample[]): Pace {
  return {
    wallMs: spread(samples.map(({ wallMs }) => wallMs)),
    cpuMs: spread(samples.map(({ cpuMs }) => cpuMs)),
  };
}
