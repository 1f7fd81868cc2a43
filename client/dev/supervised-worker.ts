/** A worker as a process of its own that is started again when it dies. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

export interface SupervisedWorkerOptions {
  /** The script to run, and how: `process.execArgv` of a process that runs it already. */
  readonly command: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Everything that the worker says goes here. */
  readonly logFile: string;
  /** A worker has been started in the place of one that died. */
  readonly onReplaced: (lostPid: number, pid: number) => void;
  /** It died too often to be started again; `lastLine` is its last word. */
  readonly onGivenUp: (lastLine: string) => void;
}

/** Deaths before it was ready, in a row, after which starting it again is pointless. */
const failedStartsLimit = 3;
const stopTimeoutMs = 10_000;

export class SupervisedWorker {
  private child: ChildProcess | undefined;
  private isStopping = false;
  private failedStarts = 0;
  private lastLine = '';

  constructor(private readonly options: SupervisedWorkerOptions) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Resolves with the pid once the worker is about to poll. @throws Error with its last word when it cannot start. */
  async start(): Promise<number> {
    const child = this.spawn();
    const isReady = await this.waitUntilReady(child);
    if (!isReady)
      throw new Error(`The worker did not start: ${this.lastLine || 'it said nothing'}`);
    void this.watch(child);
    return child.pid!;
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    const { child } = this;
    if (!child || hasEnded(child)) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
    await ended;
    clearTimeout(timer);
  }

  private spawn(): ChildProcess {
    mkdirSync(path.dirname(this.options.logFile), { recursive: true });
    const [command, ...parameters] = this.options.command;
    const child = spawn(command!, parameters, {
      cwd: this.options.folder,
      env: this.options.environment,
      // Its own process group, so that Ctrl-C ends the chat first; the channel tells it when its parent is gone.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const log = createWriteStream(this.options.logFile, { flags: 'a' });
    child.stderr!.on('data', (chunk: Buffer) => {
      log.write(chunk);
      const line = chunk.toString().trim().split('\n').at(-1) ?? this.lastLine;
      // It introduces itself; so does whoever quotes it.
      this.lastLine = line.replace(/^holdfast: /, '');
    });
    child.stdout!.on('data', (chunk: Buffer) => log.write(chunk));
    child.once('close', () => log.end());
    this.child = child;
    return child;
  }

  /** The worker's first line of output says that it is ready. */
  private async waitUntilReady(child: ChildProcess): Promise<boolean> {
    const lines = createInterface({ input: child.stdout! });
    const isReady = await Promise.race([
      once(lines, 'line').then(() => true),
      once(child, 'exit').then(() => false),
    ]);
    this.failedStarts = isReady ? 0 : this.failedStarts + 1;
    return isReady;
  }

  private async watch(child: ChildProcess): Promise<void> {
    if (!hasEnded(child)) await once(child, 'exit');
    const lostPid = child.pid!;
    while (!this.isStopping) {
      const next = this.spawn();
      if (await this.waitUntilReady(next)) {
        this.options.onReplaced(lostPid, next.pid!);
        return this.watch(next);
      }
      if (this.failedStarts >= failedStartsLimit) {
        this.options.onGivenUp(this.lastLine);
        return;
      }
    }
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
