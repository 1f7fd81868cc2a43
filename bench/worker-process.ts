/** A worker in a process of its own, so that its CPU time and its memory are nobody else's. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Subject } from './environment';
import type { WorkerFigures, WorkerRequest } from './worker-main';
import type { BenchWorkerOptions } from './workers';

export interface WorkerProcess {
  readonly pid: number;
  /** From the start of the process until it polls. */
  readonly startedAfterMs: number;
  figures(): Promise<WorkerFigures>;
  /** After collecting the garbage of all its threads. */
  figuresOfHeld(): Promise<WorkerFigures>;
  stop(): Promise<void>;
}

export async function spawnBenchWorker(
  subject: Subject,
  options: BenchWorkerOptions,
): Promise<WorkerProcess> {
  const startedAt = performance.now();
  const child = fork(path.join(__dirname, 'worker-main.ts'), [subject, JSON.stringify(options)], {
    execArgv: ['--import', `file://${require.resolve('tsx')}`, ...profiling()],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const reply = async (): Promise<unknown> => {
    const failure = ended.then(() => {
      throw new Error(`The ${subject} worker ${child.pid} ended.`);
    });
    const [message] = (await Promise.race([once(child, 'message'), failure])) as [unknown];
    return message;
  };
  const ask = async (request: WorkerRequest): Promise<WorkerFigures> => {
    const answer = reply();
    child.send(request);
    return (await answer) as WorkerFigures;
  };
  await reply();
  return {
    pid: child.pid!,
    startedAfterMs: performance.now() - startedAt,
    figures: () => ask('figures'),
    figuresOfHeld: () => ask('collectGarbage'),
    async stop() {
      child.send('stop');
      await ended;
    },
  };
}

/** `BENCH_WORKER_FLAGS="--cpu-prof --cpu-prof-dir=/tmp/profiles"` goes to Node of every worker. */
function profiling(): string[] {
  return (process.env.BENCH_WORKER_FLAGS ?? '').split(' ').filter(Boolean);
}
