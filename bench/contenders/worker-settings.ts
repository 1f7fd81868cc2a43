/** The worker options that all contenders get. They are what Holdfast sets for itself. */
import { hostname } from 'node:os';
import type { WorkerOptions } from '@temporalio/worker';

export function workerSettings(): Omit<WorkerOptions, 'taskQueue'> {
  return {
    namespace: 'default',
    // Short, as Holdfast's own: it stands in six events of every step.
    identity: `${process.pid}@${hostname().slice(0, 12)}`,
    stickyQueueScheduleToStartTimeout: '2 seconds',
    maxCachedWorkflows: 5_000,
    maxHeartbeatThrottleInterval: '100 milliseconds',
    maxEagerActivityReservationsPerWorkflowTask: 32,
    shutdownGraceTime: '200 milliseconds',
    shutdownForceTime: '10 seconds',
  };
}
