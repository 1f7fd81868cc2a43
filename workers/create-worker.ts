/** A worker that runs agents: a few lines over the plugin. */
import { hostname } from 'node:os';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { temporalLocation } from '../wire/connection';
import { readEnvironment } from './environment';
import { planMemory } from './memory-plan';
import { type HoldfastOptions, holdfastPlugin } from './plugin';
import { workflowBundleAt } from './workflow-code';

export interface CreateWorkerOptions extends HoldfastOptions {
  /** @default `TEMPORAL_ADDRESS` or the profile's, else localhost:7233 */
  readonly connection?: NativeConnection;
  /** @default `TEMPORAL_NAMESPACE` or the profile's, else default */
  readonly namespace?: string;
  /** @default `HOLDFAST_TASK_QUEUE`, else holdfast */
  readonly taskQueue?: string;
  /** Over everything that is set here. See Temporal's `WorkerOptions`. */
  readonly workerOptions?: Partial<WorkerOptions>;
}

/** Past the grace time a call that does not obey its cancellation is left behind, so that the process ends. */
const forceAfterGraceMs = 2_000;

/** @throws TypeError when the environment or the agents are not usable; Error when no server answers. */
export async function createWorker(options: CreateWorkerOptions): Promise<Worker> {
  const environment = options.environment ?? readEnvironment();
  const location = temporalLocation();
  const connection =
    options.connection ?? (await NativeConnection.connect(location.connectionOptions));
  const graceMs = environment.HOLDFAST_SHUTDOWN_GRACE_MS;
  const bundle = environment.HOLDFAST_WORKFLOW_BUNDLE;
  return Worker.create({
    connection,
    namespace: options.namespace ?? location.namespace,
    taskQueue: options.taskQueue ?? environment.HOLDFAST_TASK_QUEUE,
    identity: shortIdentity(),
    stickyQueueScheduleToStartTimeout: environment.HOLDFAST_STICKY_TIMEOUT_MS,
    maxCachedWorkflows: planMemory(environment).maxCachedWorkflows,
    shutdownGraceTime: graceMs,
    shutdownForceTime: graceMs + forceAfterGraceMs,
    ...(bundle !== undefined && { workflowBundle: await workflowBundleAt(bundle) }),
    ...options.workerOptions,
    plugins: [
      ...(options.workerOptions?.plugins ?? []),
      holdfastPlugin({ ...options, environment }),
    ],
  });
}

/** The identity stands in six events of every step: the process and the beginning of the host's name. */
export function shortIdentity(): string {
  return `${process.pid}@${hostname().slice(0, 12)}`;
}
