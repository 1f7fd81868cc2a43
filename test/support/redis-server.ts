/** A Redis of a test's own: on loopback, on a free port, without a file, ended by its process id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Ends it at once, with all that it holds. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
  /** It lives and answers nobody. */
  freeze(): void;
  thaw(): void;
}

export interface TestRedisOptions {
  readonly password?: string;
  /** @default a free one */
  readonly port?: number;
  /** @default true */
  readonly isStarted?: boolean;
}

/** @param file the program `redis-server` */
export async function startRedis(
  file: string,
  { password, port: wantedPort, isStarted = true }: TestRedisOptions = {},
): Promise<TestRedis> {
  const port = wantedPort ?? (await freePort());
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const settings = [
      '--port',
      `${port}`,
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
    ];
    const secret = password === undefined ? [] : ['--requirepass', password];
    child = spawn(file, [...settings, ...secret], { stdio: ['ignore', 'pipe', 'inherit'] });
    await untilReady(child);
  };
  if (isStarted) await start();
  return {
    port,
    url: `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`,
    async kill() {
      const running = child;
      child = undefined;
      if (!running || running.exitCode !== null || running.signalCode !== null) return;
      running.kill('SIGKILL');
      await once(running, 'exit');
    },
    restart: start,
    freeze: () => child?.kill('SIGSTOP'),
    thaw: () => child?.kill('SIGCONT'),
  };
}

async function untilReady(child: ChildProcess): Promise<void> {
  let output = '';
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`redis-server ended:\n${output}`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (/ready to accept connections/i.test(output)) resolve();
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address === 'object' && address) return address.port;
  throw new Error('There is no free port.');
}
