/** The suite's Temporal server: clients and in-process workers on it. */
import { randomUUID } from 'node:crypto';
import {
  DefaultLogger,
  NativeConnection,
  Runtime,
  type Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import { AgentClient } from '../../client/agent-client';
import { createWorker } from '../../workers/create-worker';
import { readEnvironment } from '../../workers/environment';
import type { HoldfastOptions } from '../../workers/plugin';

export function testAddress(): string {
  return required('HOLDFAST_TEST_ADDRESS');
}

/** Of the server's Web UI. */
export function testUi(): string {
  return required('HOLDFAST_TEST_UI');
}

/** The workflow bundle that the suite made once. */
export function testBundle(): { codePath: string } {
  return { codePath: required('HOLDFAST_TEST_BUNDLE') };
}

export function newTaskQueue(): string {
  return `test-${randomUUID()}`;
}

/** Short enough that a lost worker is felt at once. */
export const quickExecution = { heartbeatTimeoutMs: 1_000, firstRetryDelayMs: 100 };

export async function testClient(taskQueue: string): Promise<AgentClient> {
  return AgentClient.connect({ address: testAddress(), namespace: 'default', taskQueue });
}

/** A worker in this process. Closed by `shutdown()` and awaiting `run()`. */
export async function testWorker(
  options: HoldfastOptions & { taskQueue: string; workerOptions?: Partial<WorkerOptions> },
): Promise<{ worker: Worker; stop: () => Promise<void> }> {
  quietRuntime();
  const connection = await NativeConnection.connect({ address: testAddress() });
  const worker = await createWorker({
    environment: readEnvironment({ HOLDFAST_SHUTDOWN_GRACE_MS: '200' }),
    execution: quickExecution,
    ...options,
    connection,
    namespace: 'default',
    workerOptions: { workflowBundle: testBundle(), ...options.workerOptions },
  });
  const run = worker.run();
  return {
    worker,
    async stop() {
      worker.shutdown();
      await run;
      await connection.close();
    },
  };
}

/** Expected failures are no news in a test's output. */
export function quietRuntime(): void {
  try {
    Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  } catch {
    // It is installed already.
  }
}

function required(name: string): string {
  const value = process.env[name];
  if (!value)
    throw new Error(`${name} is not set: run this through jest, whose global setup sets it.`);
  return value;
}
