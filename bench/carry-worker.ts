/** The worker of bench/carry.ts, in a process of its own: tells its memory whenever it is asked. */
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { textResponse } from '../activities/models/scripted-model';
import type { ReActAgent } from '../agent/agent';
import { defineAgent } from '../agent/define-agent';
import type { Message, StreamEvent } from '../agent/model';
import { ModelBase, complete } from '../agent/model';
import { isSummaryRequest } from '../agent/summary';
import { createWorker } from '../workers/create-worker';
import { readEnvironment } from '../workers/environment';
import { type CarryWorkerOptions, hoarderName } from './carry-contract';

class Hoarder extends ModelBase {
  async *streamResponse(
    _agent: ReActAgent,
    messages: readonly Message[],
  ): AsyncGenerator<StreamEvent> {
    const last = messages.at(-1);
    yield complete(textResponse(last && isSummaryRequest(last) ? 'Much was said.' : 'Noted.'));
  }
}

async function main(): Promise<void> {
  const { address, bundle, taskQueue } = JSON.parse(process.argv[2] ?? '') as CarryWorkerOptions;
  // Payloads of half a MiB are what is measured here, and no news.
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  const connection = await NativeConnection.connect({ address });
  const worker = await createWorker({
    agents: [defineAgent({ name: hoarderName, model: hoarderName, instructions: 'Keep it all.' })],
    models: { [hoarderName]: new Hoarder() },
    environment: readEnvironment({}),
    connection,
    namespace: 'default',
    taskQueue,
    workerOptions: { workflowBundle: { codePath: bundle } },
  });
  await worker.runUntil(
    () =>
      new Promise<void>((resolve) => {
        process.once('disconnect', resolve);
        process.on('message', () => process.send?.(process.memoryUsage.rss()));
        process.send?.('ready');
      }),
  );
  await connection.close();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
