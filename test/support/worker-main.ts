/** A worker as a process of its own: `holdfast.config` of the working folder, on the suite's bundle. */
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { createWorker } from '../../workers/create-worker';
import { readEnvironment } from '../../workers/environment';
import { loadConfig } from '../../workers/load-config';

async function main(): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const config = await loadConfig(process.cwd());
  const connection = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS! });
  const worker = await createWorker({
    ...config,
    environment: readEnvironment(),
    connection,
    workerOptions: { workflowBundle: { codePath: process.env.HOLDFAST_TEST_BUNDLE! } },
  });
  const run = worker.run();
  process.stdout.write('ready\n');
  await run;
  await connection.close();
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
