/** Folders in which `npm start` can be run as it stands in package.json, each with a server and a worker of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../workers/dev-server';
import { isProcessAlive } from '../../workers/dev-server-state';

const repository = path.resolve(__dirname, '../..');

export interface StartFolder {
  readonly path: string;
  /** For `npm start` and everything else that is run there. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of the server that `npm start` runs for this folder. */
  readonly serverPid: () => Promise<number>;
  /** Of every worker that has been ready since, oldest first. */
  readonly workerPids: () => Promise<readonly number[]>;
  /** Ends what has been left running, and removes the folder. */
  readonly remove: () => Promise<void>;
}

/** A folder with the repository's package.json, its sources and its packages, and no config unless one is given. */
export async function makeStartFolder(
  options: {
    readonly config?: string;
    readonly environment?: StartFolder['environment'];
    /** More folders of the repository than `npm start` needs. */
    readonly sources?: readonly string[];
  } = {},
): Promise<StartFolder> {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-start-'));
  await cp(path.join(repository, 'package.json'), path.join(folder, 'package.json'));
  for (const name of ['client', 'node_modules', ...(options.sources ?? [])]) {
    await symlink(path.join(repository, name), path.join(folder, name));
  }
  if (options.config !== undefined) {
    await writeFile(path.join(folder, 'holdfast.config.ts'), options.config);
  }
  return startFolderAt(folder, { ...options, remove: true });
}

/** An existing folder: its `.holdfast` is left alone. */
export async function startFolderAt(
  folder: string,
  options: { readonly environment?: StartFolder['environment']; readonly remove?: boolean } = {},
): Promise<StartFolder> {
  const read = (name: string) =>
    readFile(path.join(folder, '.holdfast', name), 'utf8').catch(() => '');
  const found = new Set<number>();
  const serverPid = async () => {
    const { pid } = JSON.parse(await read('server.json')) as { readonly pid: number };
    found.add(pid);
    return pid;
  };
  const workerPids = async () => {
    const lines = (await read('worker.log')).matchAll(/^worker (\d+) · /gm);
    return [...lines].map(([, pid]) => Number(pid));
  };
  return {
    path: folder,
    environment: {
      TEMPORAL_ADDRESS: undefined,
      TEMPORAL_NAMESPACE: undefined,
      HOLDFAST_TASK_QUEUE: undefined,
      HOLDFAST_PORT: String(await freePort()),
      // Made once for all: it would take each of these workers seconds.
      HOLDFAST_WORKFLOW_BUNDLE: process.env.HOLDFAST_TEST_BUNDLE,
      ...options.environment,
    },
    serverPid,
    workerPids,
    async remove() {
      await serverPid().catch(() => undefined);
      const isOurs = options.remove === true;
      const left = [...(isOurs ? await workerPids() : []), ...found].filter(isProcessAlive);
      for (const pid of left) process.kill(pid, 'SIGKILL');
      for (const pid of left) await endOf(pid);
      if (isOurs) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** What `npm start` runs, so that the process id of the program itself is known. */
export async function startCommand(): Promise<readonly [command: string, ...string[]]> {
  const file = await readFile(path.join(repository, 'package.json'), 'utf8');
  const { scripts } = JSON.parse(file) as { readonly scripts: Readonly<Record<string, string>> };
  const [command, ...parameters] = (scripts['start'] ?? '').split(' ');
  if (command !== 'node') throw new Error(`\`npm start\` runs \`${command}\`, not node.`);
  return [process.execPath, ...parameters];
}

/** Resolves when the process is gone. @throws Error after `withinMs`. */
export async function endOf(pid: number, withinMs = 15_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (isProcessAlive(pid)) {
    if (Date.now() > deadline) throw new Error(`Process ${pid} is still there.`);
    await sleep(50);
  }
}

/** A program without a terminal. What it is given on standard input stays open until `endInput`. */
export interface Program {
  readonly pid: number;
  readonly output: () => string;
  readonly errors: () => string;
  readonly write: (text: string) => void;
  readonly endInput: () => void;
  /** As `npm start | head -1` does when it has seen enough. */
  readonly closeOutput: () => void;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** To it and to everything that it has started in its process group, as a terminal does at Ctrl-C. */
  readonly killGroup: (signal: NodeJS.Signals) => void;
  /** Waits until what `read` gives matches. */
  readonly waitFor: (
    pattern: RegExp,
    read?: 'output' | 'errors',
    timeoutMs?: number,
  ) => Promise<RegExpExecArray>;
  /** The exit code, or the signal that ended it, once it has ended and everything it said has arrived. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

export function spawnProgram(
  command: string,
  parameters: readonly string[],
  folder: StartFolder,
  options: { readonly input?: 'open' | 'none' } = {},
): Program {
  const child = spawn(command, parameters, {
    cwd: folder.path,
    // In CI colours come without a terminal too.
    env: { ...process.env, FORCE_COLOR: undefined, NO_COLOR: '1', ...folder.environment },
    detached: true,
    stdio: [options.input === 'none' ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const said = { output: '', errors: '' };
  child.stdout?.on('data', (chunk: Buffer) => (said.output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (said.errors += chunk.toString()));
  child.stdin?.on('error', () => undefined);
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number);
  return {
    pid: child.pid!,
    output: () => said.output,
    errors: () => said.errors,
    write: (text) => void child.stdin?.write(text),
    endInput: () => void child.stdin?.end(),
    closeOutput: () => void child.stdout?.destroy(),
    kill: (signal) => void child.kill(signal),
    killGroup(signal) {
      try {
        process.kill(-child.pid!, signal);
      } catch {
        // Nobody of it is left.
      }
    },
    ended,
    async waitFor(pattern, read = 'output', timeoutMs = 60_000) {
      const deadline = Date.now() + timeoutMs;
      for (;;) {
        const hasEnded = child.exitCode !== null || child.signalCode !== null;
        const match = pattern.exec(said[read]);
        if (match) return match;
        if (hasEnded || Date.now() > deadline) {
          const why = hasEnded ? 'The program ended' : `${timeoutMs} ms passed`;
          throw new Error(
            `${why} while waiting for ${pattern}. It said:\n${said.output}\n${said.errors}`,
          );
        }
        await sleep(20);
      }
    },
  };
}
