/** The process of one contender: `process-main.js <file of the contender> <assignment>`. Plain JavaScript, as a deployed worker is. */
import { writeFile } from 'node:fs/promises';
import type { BundlerPlugin } from '@temporalio/worker';
import { entryText, instructions } from '../text';
import type { Contender, World } from './contract';
import { collectGarbage } from './heap';
import type { Assignment, Report, WorkerRequest, WorldOptions } from './process-contract';
import { firstPieces } from './read-pieces';
import { replayTimes } from './replay-times';
import { workerSettings } from './worker-settings';

async function main(): Promise<void> {
  const [file, json] = process.argv.slice(2);
  if (file === undefined || json === undefined) throw new Error('A contender and its assignment.');
  const assignment = JSON.parse(json) as Assignment;
  const { contender } = (await import(file)) as { contender: Contender };
  switch (assignment.role) {
    case 'bundle':
      return tell(await writeBundle(contender, assignment.file));
    case 'worker':
      return work(contender, assignment);
    case 'replay': {
      quietRuntime(contender);
      const parts = contender.workerParts(worldOf(assignment.world));
      return tell(await replayTimes(contender, { ...assignment, parts }));
    }
    case 'reader':
      return tell(await firstPieces(contender, assignment));
  }
}

async function writeBundle(contender: Contender, file: string): Promise<Report> {
  const { plugins = [] } = contender.workerParts(
    worldOf({ providerURL: 'http://nobody', model: 'm' }),
  );
  const { code } = await contender.temporal.bundleWorkflowCode({
    workflowsPath: contender.workflowsPath,
    plugins: plugins.filter(isForBundler),
    logger: new contender.temporal.DefaultLogger('ERROR'),
  });
  await writeFile(file, code);
  const [withoutMap = ''] = code.split('//# sourceMappingURL=');
  return {
    type: 'bundled',
    codeBytes: Buffer.byteLength(withoutMap),
    bytes: Buffer.byteLength(code),
  };
}

function isForBundler(plugin: object): plugin is BundlerPlugin {
  return 'configureBundler' in plugin;
}

async function work(
  contender: Contender,
  { address, taskQueue, bundle, world }: Extract<Assignment, { role: 'worker' }>,
): Promise<void> {
  const { NativeConnection, Worker } = contender.temporal;
  quietRuntime(contender);
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    ...workerSettings(),
    ...contender.workerParts(worldOf(world)),
    connection,
    taskQueue,
    workflowBundle: { codePath: bundle },
  });
  await worker.runUntil(
    () =>
      new Promise<void>((resolve) => {
        process.once('disconnect', resolve);
        process.on('message', (request: WorkerRequest) => {
          if (request === 'stop') resolve();
          else void figures(request).then(tell);
        });
        void tell({ type: 'ready' });
      }),
  );
  await connection.close();
}

async function figures(request: Exclude<WorkerRequest, 'stop'>): Promise<Report> {
  const heapBytes = request === 'collectGarbage' ? await collectGarbage() : undefined;
  const { user, system } = process.cpuUsage();
  const residentBytes = process.memoryUsage.rss();
  return {
    type: 'figures',
    figures: {
      cpuMicroseconds: user + system,
      residentBytes,
      ...(heapBytes !== undefined && { heapBytes }),
    },
  };
}

function worldOf({ providerURL, model }: WorldOptions): World {
  const apiKey = 'sk-of-nobody';
  return { baseURL: `${providerURL}/v1`, apiKey, model, instructions, entryText };
}

function quietRuntime({ temporal: { DefaultLogger, Runtime } }: Contender): void {
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
}

/** Returns when the report is on its way: the process may end then. */
function tell(report: Report): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(report, undefined, {}, (error) => (error ? reject(error) : resolve()));
  });
}

// Open connections would keep it alive.
main().then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
