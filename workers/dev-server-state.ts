import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { firstArguments } from './dev-server-settings';

/** Where a project's dev server keeps its things: `<folder>/.holdfast/`. */
export interface ServerFiles {
  readonly folder: string;
  readonly state: string;
  readonly lock: string;
  readonly log: string;
}

/** What `server.json` says of the server that runs for a project folder. */
export interface ServerState {
  readonly pid: number;
  readonly address: string;
  readonly uiAddress: string;
  /** Of the server, such as 1.32.0. */
  readonly version: string;
}

export async function openServerFiles(projectFolder: string): Promise<ServerFiles> {
  const folder = resolve(projectFolder, '.holdfast');
  await mkdir(folder, { recursive: true });
  // Conversations do not belong in anyone's repository.
  await writeFile(join(folder, '.gitignore'), '*\n');
  return {
    folder,
    state: join(folder, 'server.json'),
    lock: join(folder, 'server.lock'),
    log: join(folder, 'server.log'),
  };
}

/** `undefined` when there is no file, or one that cannot be read as a state: neither leads to a server. */
export async function readServerState(
  files: Pick<ServerFiles, 'state'>,
): Promise<ServerState | undefined> {
  const text = await readFile(files.state, 'utf8').catch(() => 'null');
  try {
    return fromStateFile(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function fromStateFile(value: unknown): ServerState | undefined {
  const { pid, address, uiAddress, version } = Object(value) as Record<string, unknown>;
  const isComplete =
    Number.isInteger(pid) &&
    Number(pid) > 0 &&
    typeof address === 'string' &&
    typeof uiAddress === 'string' &&
    typeof version === 'string';
  return isComplete ? { pid: pid as number, address, uiAddress, version } : undefined;
}

export async function writeServerState(files: ServerFiles, state: ServerState): Promise<void> {
  const temporary = `${files.state}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(state, undefined, 2)}\n`);
  await rename(temporary, files.state);
}

/** Only if it still speaks of this process: a later start may have written its own. */
export async function removeServerState(files: ServerFiles, pid: number): Promise<void> {
  const state = await readServerState(files);
  if (state === undefined || state.pid === pid) await rm(files.state, { force: true });
}

export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and belongs to someone else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whose process it is: after a restart of the machine a process id may be anyone's. */
export async function identifyProcess(
  state: ServerState,
): Promise<'our server' | 'another program' | 'gone' | 'unknown'> {
  if (!isProcessAlive(state.pid)) return 'gone';
  const command = await commandOf(state.pid);
  if (command === undefined) return 'unknown';
  const port = Number(state.address.split(':').at(-1));
  return command.includes(`${firstArguments(port).join(' ')} `) ? 'our server' : 'another program';
}

/** `undefined` where the system does not tell. */
async function commandOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'win32') return undefined;
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
    return text?.replaceAll('\0', ' ');
  }
  return new Promise((resolve) => {
    execFile('ps', ['-p', String(pid), '-o', 'command='], (error, output) =>
      resolve(error ? undefined : output),
    );
  });
}
