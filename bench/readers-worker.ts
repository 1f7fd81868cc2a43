/** A worker of Holdfast as a process of its own that counts what it sends to the server; spawned by readers-site.ts. */
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { OpenAIModel } from '../activities/models/openai-model';
import { defineAgent } from '../agent/define-agent';
import { createWorker } from '../workers/create-worker';
import { readEnvironment } from '../workers/environment';

export interface ReadersWorkerOptions {
  readonly taskQueue: string;
  readonly bundle: string;
  /** Of the paced provider, with `/v1`. */
  readonly baseURL: string;
  /** Where its counters can be read. */
  readonly metricsAddress: string;
  readonly environment: Readonly<Record<string, string>>;
}

async function main(): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? '') as ReadersWorkerOptions;
  Runtime.install({
    logger: new DefaultLogger('WARN'),
    shutdownSignals: [],
    telemetryOptions: { metrics: { prometheus: { bindAddress: options.metricsAddress } } },
  });
  const model = new OpenAIModel({ model: 'paced', apiKey: 'sk-of-nobody', ...options });
  const instructions = 'You answer at length.';
  const worker = await createWorker({
    agents: [defineAgent({ name: 'clerk', model: 'paced', instructions, tools: [] })],
    models: { paced: model },
    taskQueue: options.taskQueue,
    environment: readEnvironment({ HOLDFAST_SHUTDOWN_GRACE_MS: '200', ...options.environment }),
    workerOptions: { workflowBundle: { codePath: options.bundle } },
  });
  await worker.runUntil(
    () =>
      new Promise<void>((resolve) => {
        process.once('disconnect', resolve);
        process.send?.('ready');
      }),
  );
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
