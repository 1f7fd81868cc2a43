/** Production entry: read, create, run, shut down. Temporal's runtime turns SIGINT and SIGTERM into a shutdown. */
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { createWorker } from './create-worker';
import { readEnvironment } from './environment';
import { loadConfig } from './load-config';
import { temporalLocation } from '../wire/connection';

/** @returns when the worker has shut down. @throws what keeps it from starting, or stopped it. */
export async function runWorker(folder: string, report: (line: string) => void): Promise<void> {
  const environment = readEnvironment();
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const config = await loadConfig(folder);
  const { address } = temporalLocation();
  const worker = await createWorker({ ...config, environment });
  const agents = config.agents.map(({ name }) => name).join(', ');
  const source = config.file ?? 'no holdfast.config.ts found, the built-in demo agent';
  report(
    `worker ${process.pid} · agents: ${agents} (${source}) · task queue ${worker.options.taskQueue} · ${address}` +
      ` · keeps ${worker.options.maxCachedWorkflows} conversations, ${environment.HOLDFAST_TRANSCRIPT_CACHE_MB} MiB of transcripts`,
  );
  await worker.run();
}
