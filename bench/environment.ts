/** What every measurement runs on: a Temporal server of its own in memory, and the two workflow bundles. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { type DevServerOptions, freePort, startDevServer } from '../workers/dev-server';
import { buildWorkflowBundle } from '../workers/workflow-code';

export interface BenchEnvironment {
  readonly address: string;
  readonly serverVersion: string;
  readonly folder: string;
  /** Files of the bundles: the agent workflow, and the bare loop. */
  readonly bundles: Readonly<Record<Subject, string>>;
}

/** Who is measured. */
export type Subject = 'holdfast' | 'bare';
export const subjects: readonly Subject[] = ['holdfast', 'bare'];

/** Starts the server, makes the bundles, and takes both away afterwards. */
export async function withBenchEnvironment(
  measure: (environment: BenchEnvironment) => Promise<void>,
  { extraArguments = [] }: Pick<DevServerOptions, 'extraArguments'> = {},
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-bench-'));
  const server = await startDevServer({
    folder,
    environment: { ...process.env, TEMPORAL_ADDRESS: undefined, HOLDFAST_PORT: undefined },
    report: (line) => process.stderr.write(`${line}\n`),
    ports: { server: await freePort(), ui: await freePort() },
    inMemory: true,
    extraArguments,
  });
  try {
    const bundles = {
      holdfast: await writeBundle(folder, 'holdfast'),
      bare: await writeBundle(folder, 'bare'),
    };
    const { address, version } = server;
    await measure({ address, serverVersion: version, folder, bundles });
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeBundle(folder: string, subject: Subject): Promise<string> {
  const file = path.join(folder, `${subject}-bundle.js`);
  if (subject === 'holdfast') await buildWorkflowBundle(file, { logger: quiet });
  else await writeFile(file, await bareBundle());
  return file;
}

export async function bareBundle(): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: require.resolve('./bare-workflow'),
    logger: quiet,
  });
  return code;
}

const nothing = () => undefined;
const quiet = {
  log: nothing,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: (message: string) => process.stderr.write(`${message}\n`),
};
