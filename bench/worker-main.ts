/** A worker of one subject as a process of its own; spawned and asked by worker-process.ts. */
import { Runtime, DefaultLogger } from '@temporalio/worker';
import type { Subject } from './environment';
import { collectGarbage } from './contenders/heap';
import { type BenchWorkerOptions, createBenchWorker } from './workers';

export interface WorkerFigures {
  /** Of all its threads since it started, in microseconds. */
  readonly cpuMicroseconds: number;
  readonly residentBytes: number;
  readonly transcripts?: { readonly hits: number; readonly misses: number };
}

export type WorkerRequest = 'figures' | 'collectGarbage' | 'stop';

async function main(): Promise<void> {
  const [subject, options] = process.argv.slice(2) as [Subject, string];
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  const worker = await createBenchWorker(subject, JSON.parse(options) as BenchWorkerOptions);
  const figures = (): WorkerFigures => {
    const { user, system } = process.cpuUsage();
    return {
      cpuMicroseconds: user + system,
      residentBytes: process.memoryUsage.rss(),
      ...(worker.transcripts && { transcripts: worker.transcripts.counts }),
    };
  };
  await worker.runUntil(
    () =>
      new Promise<void>((resolve) => {
        process.once('disconnect', resolve);
        process.on('message', (request: WorkerRequest) => {
          if (request === 'stop') resolve();
          else void answer(request).then((reply) => process.send?.(reply));
        });
        process.send?.('ready');
      }),
  );
  if (process.connected) process.disconnect();

  async function answer(request: Exclude<WorkerRequest, 'stop'>): Promise<WorkerFigures> {
    if (request === 'collectGarbage') await collectGarbage();
    return figures();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
