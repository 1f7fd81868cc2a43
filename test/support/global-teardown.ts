import { rm } from 'node:fs/promises';
import './global-setup';

export default async function globalTeardown(): Promise<void> {
  const run = globalThis.holdfastTestRun;
  await run?.server.stop();
  if (run) await rm(run.folder, { recursive: true, force: true });
}
