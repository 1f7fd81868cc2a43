/** Once a run: a real Temporal server in memory, found or fetched, and the workflow bundle. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type DevServer, freePort, startDevServer } from '../../workers/dev-server';
import { buildWorkflowBundle } from '../../workers/workflow-code';

export interface TestRun {
  readonly server: DevServer;
  readonly folder: string;
}

declare global {
  var holdfastTestRun: TestRun | undefined;
}

// eslint-disable-next-line import/no-default-export -- jest wants one
export default async function globalSetup(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-test-'));
  const server = await startDevServer({
    folder,
    // The suite's server is its own: what the shell points at is left alone.
    environment: { ...process.env, TEMPORAL_ADDRESS: undefined, HOLDFAST_PORT: undefined },
    report: (line) => process.stderr.write(`${line}\n`),
    ports: { server: await freePort(), ui: await freePort() },
    inMemory: true,
  });
  const bundle = path.join(folder, 'workflow-bundle.js');
  await buildWorkflowBundle(bundle, { logger: quietLogger });
  process.env.HOLDFAST_TEST_ADDRESS = server.address;
  process.env.HOLDFAST_TEST_UI = server.uiAddress;
  process.env.HOLDFAST_TEST_BUNDLE = bundle;
  globalThis.holdfastTestRun = { server, folder };
}

const silent = () => undefined;
const quietLogger = {
  log: silent,
  trace: silent,
  debug: silent,
  info: silent,
  warn: silent,
  error: (message: string) => process.stderr.write(`${message}\n`),
};
