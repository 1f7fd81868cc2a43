/** Real processes for the end-to-end tests: started here, killed here, by pid. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { testAddress } from './temporal';

export const repository = `${__dirname}/../..`;

export interface TestProcess {
  readonly pid: number;
  /** Everything that it wrote to standard output so far. */
  output(): string;
  errors(): string;
  /** Waits until standard output matches. */
  waitFor(pattern: RegExp, timeoutMs?: number): Promise<RegExpMatchArray>;
  write(text: string): void;
  endInput(): void;
  kill(signal: NodeJS.Signals): void;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

export interface SpawnOptions {
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Runs a TypeScript file of the repository with Node. */
export function spawnScript(
  file: string,
  parameters: readonly string[] = [],
  { folder = repository, environment = {} }: SpawnOptions = {},
): TestProcess {
  const tsx = require.resolve('tsx');
  return watch(
    spawn(process.execPath, ['--import', `file://${tsx}`, `${repository}/${file}`, ...parameters], {
      cwd: folder,
      // In CI colours come without a terminal too.
      env: { ...process.env, FORCE_COLOR: undefined, NO_COLOR: '1', ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    }),
  );
}

/** A worker as a process of its own, with the `holdfast.config.ts` of `folder`; resolves when it polls. */
export async function spawnWorker(options: {
  readonly folder: string;
  readonly taskQueue: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}): Promise<TestProcess> {
  const worker = spawnScript('test/support/worker-main.ts', [], {
    folder: options.folder,
    environment: {
      TEMPORAL_ADDRESS: testAddress(),
      HOLDFAST_TASK_QUEUE: options.taskQueue,
      HOLDFAST_HEARTBEAT_TIMEOUT_MS: '1000',
      HOLDFAST_FIRST_RETRY_DELAY_MS: '100',
      HOLDFAST_STICKY_TIMEOUT_MS: '1000',
      HOLDFAST_SHUTDOWN_GRACE_MS: '500',
      ...options.environment,
    },
  });
  await worker.waitFor(/ready/, 30_000);
  return worker;
}

function watch(child: ChildProcess): TestProcess {
  let output = '';
  let errors = '';
  const listeners = new Set<() => void>();
  const tell = () => listeners.forEach((listener) => listener());
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    tell();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = once(child, 'exit').then(([code, signal]) => {
    setImmediate(tell);
    return (code ?? signal) as number | NodeJS.Signals;
  });
  return {
    pid: child.pid!,
    output: () => output,
    errors: () => errors,
    ended,
    write: (text) => child.stdin?.write(text),
    endInput: () => child.stdin?.end(),
    kill: (signal) => child.kill(signal),
    waitFor(pattern, timeoutMs = 20_000) {
      return new Promise((resolve, reject) => {
        const fail = (why: string) => {
          done();
          reject(new Error(`${why} while waiting for ${pattern}. Output:\n${output}\n${errors}`));
        };
        const timer = setTimeout(() => fail(`${timeoutMs} ms passed`), timeoutMs);
        const look = () => {
          const match = pattern.exec(output);
          if (match) {
            done();
            resolve(match);
          } else if (child.exitCode !== null || child.signalCode !== null) {
            fail('The process ended');
          }
        };
        const done = () => {
          clearTimeout(timer);
          listeners.delete(look);
        };
        listeners.add(look);
        look();
      });
    },
  };
}
