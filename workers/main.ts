/** Production entry: read, create, run, shut down. Temporal's runtime turns SIGINT and SIGTERM into a shutdown. */
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { createWorker } from './create-worker';
import { readEnvironment } from './environment';
import { loadConfig } from './load-config';
import { type MemoryPlan, planInWords, planMemory } from './memory-plan';
import { temporalLocation } from '../wire/connection';

/** What a worker says of itself once it is about to poll. */
export interface WorkerReport {
  readonly pid: number;
  readonly agents: readonly string[];
  /** The config file; absent for the built-in demo agent. */
  readonly file?: string;
  readonly taskQueue: string;
  readonly address: string;
  /** How much it keeps in memory, and who decided. */
  readonly memory: MemoryPlan;
  /** The same in words. */
  readonly text: string;
}

/** @returns when the worker has shut down. @throws what keeps it from starting, or stopped it. */
export async function runWorker(
  folder: string,
  onReady: (report: WorkerReport) => void,
): Promise<void> {
  const environment = readEnvironment();
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const config = await loadConfig(folder);
  const worker = await createWorker({ ...config, environment });
  const facts = {
    pid: process.pid,
    agents: config.agents.map(({ name }) => name),
    ...(config.file !== undefined && { file: config.file }),
    taskQueue: worker.options.taskQueue,
    address: temporalLocation().address,
    memory: planMemory(environment),
  };
  onReady({ ...facts, text: inWords(facts) });
  await worker.run();
}

function inWords(facts: Omit<WorkerReport, 'text'>): string {
  return [
    `worker ${facts.pid}`,
    `agents: ${facts.agents.join(', ')} (${facts.file ?? 'no holdfast.config.ts found: the built-in demo agent'})`,
    `task queue ${facts.taskQueue} on ${facts.address}`,
    planInWords(facts.memory),
  ].join(' · ');
}
