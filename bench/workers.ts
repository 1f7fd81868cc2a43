/** The worker of either subject: the same settings, and nothing that the other has not. */
import type { Transcripts } from '../activities/transcripts';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { shortIdentity } from '../workers/create-worker';
import { readEnvironment } from '../workers/environment';
import { holdfastPlugin } from '../workers/plugin';
import type { BareActivities } from './bare-workflow';
import type { Subject } from './environment';
import { now } from './paced-text';
import { type LongTalk, ReaderModel, createReader, readerName } from './long-script';
import { InstantModel, clerk, responseOf, toolResultOf } from './workload';

export interface BenchWorkerOptions {
  readonly address: string;
  readonly taskQueue: string;
  /** File of the workflow bundle. */
  readonly bundle: string;
  /** Lengths of the turns that agents are made for. */
  readonly steps: readonly number[];
  /** An agent for it too. */
  readonly longTalk?: LongTalk;
}

export interface BenchWorker {
  /** Runs the worker as long as `work` takes, then lets go of the server. */
  readonly runUntil: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** The transcript lookups so far; absent for the bare loop. */
  readonly transcripts?: Transcripts;
}

const bareActivities: BareActivities = {
  think: async ({ step, steps }) => responseOf(step, steps),
  act: async ({ step }) => toolResultOf(step),
  begin: async () => now(),
};

export async function createBenchWorker(
  subject: Subject,
  { address, taskQueue, bundle, steps, longTalk }: BenchWorkerOptions,
): Promise<BenchWorker> {
  const connection = await NativeConnection.connect({ address });
  const common: WorkerOptions = {
    connection,
    namespace: 'default',
    taskQueue,
    workflowBundle: { codePath: bundle },
    identity: shortIdentity(),
    stickyQueueScheduleToStartTimeout: '2 seconds',
    maxCachedWorkflows: 2_000,
    maxHeartbeatThrottleInterval: '100 milliseconds',
    maxEagerActivityReservationsPerWorkflowTask: 32,
    shutdownGraceTime: '200 milliseconds',
    shutdownForceTime: '10 seconds',
  };
  const runner = (worker: Worker): BenchWorker['runUntil'] =>
    async function runUntil(work) {
      try {
        return await worker.runUntil(work);
      } finally {
        await connection.close();
      }
    };
  if (subject === 'bare') {
    return { runUntil: runner(await Worker.create({ ...common, activities: bareActivities })) };
  }
  const plugin = holdfastPlugin({
    agents: [...steps.map(clerk), ...(longTalk ? [createReader(longTalk)] : [])],
    models: {
      instant: new InstantModel(),
      ...(longTalk && { [readerName]: new ReaderModel(longTalk) }),
    },
    environment: readEnvironment({}),
  });
  const worker = await Worker.create({ ...common, plugins: [plugin] });
  return { runUntil: runner(worker), transcripts: plugin.transcripts };
}
