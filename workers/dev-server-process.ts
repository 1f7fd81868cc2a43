import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { probeLocalServer } from './dev-server-probe';
import { type Environment, lastLine } from './run-command';

const READY_WITHIN_MS = 20_000;
const POLL_EVERY_MS = 50;
const STOP_WITHIN_MS = 5_000;

/** The server ended before it was ready, or was not ready in time; `lastLogLine` is the reason it gave. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError';

  constructor(
    what: string,
    readonly lastLogLine: string,
  ) {
    super(`The Temporal server ${what}: ${lastLogLine}`);
  }
}

export interface ServerProcess {
  readonly pid: number;
  /** Resolves, with the last line of its log, when the process has ended, for whatever reason. */
  readonly ended: Promise<string>;
  /** SIGTERM, and SIGKILL after 5 s. */
  stop(): Promise<void>;
}

/** Starts the server's process; it is not ready yet. */
export async function spawnServer(options: {
  readonly cliPath: string;
  readonly serverArguments: readonly string[];
  readonly logFile: string;
  readonly environment: Environment;
}): Promise<ServerProcess> {
  const { cliPath, serverArguments, logFile, environment } = options;
  const log = await open(logFile, 'w');
  try {
    const child = spawn(cliPath, serverArguments, {
      // A process group of its own: the terminal's Ctrl-C goes to the supervisor alone, which ends workers first.
      detached: true,
      env: { ...environment },
      stdio: ['ignore', log.fd, log.fd],
      windowsHide: true,
    });
    await once(child, 'spawn');
    // Nobody is kept from ending by a server that runs on.
    child.unref();
    const { pid } = child;
    if (pid === undefined) throw new Error(`${cliPath} has no process id.`);
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
    }).then(() => readLastLogLine(logFile));
    return { pid, ended, stop: () => stopProcess(child) };
  } finally {
    await log.close();
  }
}

/** Waits until the server answers and its namespace can be used. */
export async function waitUntilReady(options: {
  readonly server: ServerProcess;
  readonly address: string;
  readonly namespace: string;
  readonly logFile: string;
  readonly signal: AbortSignal | undefined;
}): Promise<{ version: string }> {
  const { server, address, namespace, logFile, signal } = options;
  const deadline = Date.now() + READY_WITHIN_MS;
  let logAtEnd: string | undefined;
  void server.ended.then((line) => (logAtEnd = line));
  while (Date.now() < deadline) {
    signal?.throwIfAborted();
    if (logAtEnd !== undefined) throw new ServerStartError('ended at once', logAtEnd);
    try {
      return await probeLocalServer({ address, namespace, timeoutMs: 1_000 });
    } catch {
      await sleep(POLL_EVERY_MS);
    }
  }
  const line = await readLastLogLine(logFile);
  throw new ServerStartError(`was not ready after ${READY_WITHIN_MS / 1000} s`, line);
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  child.ref();
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const patience = new AbortController();
  const timer = sleep(STOP_WITHIN_MS, undefined, { signal: patience.signal }).catch(
    () => undefined,
  );
  await Promise.race([ended, timer]);
  patience.abort();
  if (!hasEnded(child)) {
    child.kill('SIGKILL');
    await ended;
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function readLastLogLine(logFile: string): Promise<string> {
  const log = await readFile(logFile, 'utf8').catch(() => '');
  // Go tells a panic first, and then where it came from.
  const [panic] = /^(?:panic|fatal error): .*/m.exec(log) ?? [];
  return lastLine(panic ?? log) ?? `${logFile} says nothing.`;
}
