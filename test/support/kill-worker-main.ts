/** A worker of the teller as a process of its own, to be killed. */
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { createWorker } from '../../workers/create-worker';
import { readEnvironment } from '../../workers/environment';
import { LedgerModel, tellers } from '../fixtures/agents/teller/teller';

async function main(): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const url = process.env.KILL_LEDGER_URL!;
  const connection = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS! });
  const worker = await createWorker({
    agents: tellers(url),
    models: { ledger: new LedgerModel(url) },
    environment: readEnvironment(),
    connection,
    workerOptions: {
      workflowBundle: { codePath: process.env.HOLDFAST_TEST_BUNDLE! },
      ...(process.env.KILL_EAGER_ACTIVITIES !== undefined && {
        maxEagerActivityReservationsPerWorkflowTask: Number(process.env.KILL_EAGER_ACTIVITIES),
      }),
    },
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
