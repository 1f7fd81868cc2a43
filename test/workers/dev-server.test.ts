import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Connection } from '@temporalio/client';
import {
  type DevServer,
  type DevServerOptions,
  freePort,
  startDevServer,
} from '../../workers/dev-server';
import { isPortFree } from '../../workers/dev-server-ports';
import {
  serverSettings,
  startArguments,
  toDynamicConfigValue,
} from '../../workers/dev-server-settings';
import { isProcessAlive } from '../../workers/dev-server-state';
import { findTemporalCli, type TemporalCli } from '../../workers/temporal-cli';
import { readSearchAttributes } from '../../wire/search-attributes';
import { TemporaryFolders } from '../support/dev-server-folders';

const folders = new TemporaryFolders();
const servers: DevServer[] = [];
const listeners: Server[] = [];
const starters: ChildProcess[] = [];
const serversOfStarters: number[] = [];
let cli: TemporalCli;

beforeAll(async () => {
  // The user's own cache: one download for all suites.
  cli = await findTemporalCli({ environment: process.env, report: (line) => console.log(line) });
}, 600_000);

afterEach(async () => {
  for (const starter of starters.splice(0)) starter.kill('SIGKILL');
  for (const pid of serversOfStarters.splice(0)) {
    if (isProcessAlive(pid)) process.kill(pid, 'SIGKILL');
  }
  for (const server of servers.splice(0)) await server.stop();
  for (const listener of listeners.splice(0)) listener.close();
  await folders.removeAll();
});

/** Starts or finds a server in a folder, and takes down what is said meanwhile. */
async function start(
  folder: string,
  options: Partial<DevServerOptions> = {},
): Promise<{ server: DevServer; lines: string[] }> {
  const lines: string[] = [];
  const server = await startDevServer({
    folder,
    environment: {},
    report: (line) => void lines.push(line),
    findCli: () => Promise.resolve(cli),
    ...options,
  });
  servers.push(server);
  return { server, lines };
}

async function freePorts(): Promise<{ server: number; ui: number }> {
  return { server: await freePort(), ui: await freePort() };
}

/** Something on a port that is not a Temporal server, and never says a word. */
async function listenOn(port: number): Promise<void> {
  const listener = createServer((socket) => void socket.on('error', () => socket.destroy()));
  listeners.push(listener);
  listener.listen(port, '127.0.0.1');
  await once(listener, 'listening');
}

async function attributesOf({ address, namespace }: DevServer): Promise<object> {
  const connection = await Connection.connect({ address });
  try {
    return Object.fromEntries(await readSearchAttributes({ connection, namespace }));
  } finally {
    await connection.close();
  }
}

async function pathExists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

test('a started server answers, is written down, and is gone after stop()', async () => {
  const folder = await folders.make();
  const ports = await freePorts();
  const { server, lines } = await start(folder, { ports });
  const { pid } = server;

  expect(server).toMatchObject({
    address: `127.0.0.1:${ports.server}`,
    uiAddress: `http://127.0.0.1:${ports.ui}`,
    namespace: 'default',
    startedHere: true,
    version: cli.serverVersion,
  });
  expect(lines.at(-1)).toMatch(
    /^Temporal server [\d.]+ is ready on 127\.0\.0\.1:\d+ after [\d.]+ s\.$/,
  );
  const state: unknown = JSON.parse(await readFile(join(folder, '.holdfast/server.json'), 'utf8'));
  expect(state).toEqual({
    pid,
    address: server.address,
    uiAddress: server.uiAddress,
    version: server.version,
  });
  expect((await fetch(`http://127.0.0.1:${ports.ui}`)).status).toBe(200);
  expect(await attributesOf(server)).toMatchObject({ HoldfastStatus: 'KEYWORD' });

  await server.stop();
  expect(isProcessAlive(pid!)).toBe(false);
  expect(await isPortFree(ports.server)).toBe(true);
  expect(await pathExists(join(folder, '.holdfast/server.json'))).toBe(false);
  expect(await pathExists(join(folder, '.holdfast/server.lock'))).toBe(false);
  expect(await pathExists(join(folder, `.holdfast/temporal-${cli.serverVersion}.db`))).toBe(true);
  await expect(server.ended).resolves.toEqual(expect.any(String));
});

test('the server is told every one of our settings, as JSON, and keeps nothing when it has no file', () => {
  const options = {
    ports: { server: 1, ui: 2 },
    namespace: 'default',
    canDisableNews: true,
    extraArguments: ['--headless'],
  };
  const serverArguments = startArguments({ ...options, databaseFile: undefined });
  const said = serverArguments.filter(
    (_, at) => serverArguments[at - 1] === '--dynamic-config-value',
  );
  expect(said).toEqual(serverSettings.map(toDynamicConfigValue));
  expect(said).toContain('history.timerProcessorMaxTimeShift="20ms"');
  expect(said).toContain('frontend.WorkerCommandsEnabled=true');
  expect(serverArguments).not.toContain('--db-filename');
  expect(serverArguments.at(-1)).toBe('--headless');

  const withFile = startArguments({ ...options, databaseFile: '/a.db' }).join(' ');
  expect(withFile).toContain('--db-filename /a.db --sqlite-pragma journal_mode=wal');
});

test('what was started outlives the server: a workflow is still there after a restart', async () => {
  const folder = await folders.make();
  const ports = await freePorts();
  const first = await start(folder, { ports });
  await withConnection(first.server.address, (connection) =>
    connection.workflowService.startWorkflowExecution({
      namespace: 'default',
      workflowId: 'kept',
      requestId: 'once',
      workflowType: { name: 'anything' },
      taskQueue: { name: 'nobody' },
    }),
  );
  await first.server.stop();

  const second = await start(folder, { ports });
  const description = await withConnection(second.server.address, (connection) =>
    connection.workflowService.describeWorkflowExecution({
      namespace: 'default',
      execution: { workflowId: 'kept' },
    }),
  );
  expect(description.workflowExecutionInfo?.type?.name).toBe('anything');
});

async function withConnection<Result>(
  address: string,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const connection = await Connection.connect({ address });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

test('a second start in the folder uses the running server, and leaves it alone', async () => {
  const folder = await folders.make();
  const first = await start(folder, { ports: await freePorts() });
  const second = await start(folder, { ports: await freePorts() });

  expect(second.server).toMatchObject({
    address: first.server.address,
    uiAddress: first.server.uiAddress,
    pid: first.server.pid,
    startedHere: false,
  });
  expect(second.lines).toEqual([
    `A Temporal server already runs for this folder on ${first.server.address} (process ${first.server.pid}); using it.`,
  ]);
  await second.server.stop();
  expect(isProcessAlive(first.server.pid!)).toBe(true);
});

test('two starts at once in one process end up with one server', async () => {
  const folder = await folders.make();
  const preferredPorts = await freePorts();
  const [left, right] = await Promise.all([
    start(folder, { preferredPorts }),
    start(folder, { preferredPorts }),
  ]);
  expect(left.server.address).toBe(right.server.address);
  expect(left.server.startedHere).toBe(!right.server.startedHere);
});

interface Starter {
  readonly child: ChildProcess;
  readonly said: { address: string; pid: number; startedHere: boolean };
}

/** `startDevServer` in another process. */
async function startInAnotherProcess(
  folder: string,
  ports: { server: number; ui: number },
): Promise<Starter> {
  const script = join(__dirname, '../support/dev-server-starter.ts');
  const { TEMPORAL_ADDRESS: _address, HOLDFAST_PORT: _port, ...environment } = process.env;
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', script, folder, cli.path, String(ports.server), String(ports.ui)],
    { stdio: ['pipe', 'pipe', 'inherit'], env: environment },
  );
  starters.push(child);
  for await (const line of createInterface(child.stdout)) {
    const said = JSON.parse(line) as Starter['said'];
    serversOfStarters.push(said.pid);
    return { child, said };
  }
  throw new Error('The starter ended without a word.');
}

test('two processes that start at once end up with one server', async () => {
  const folder = await folders.make();
  const ports = await freePorts();
  const [left, right] = await Promise.all([
    startInAnotherProcess(folder, ports),
    startInAnotherProcess(folder, ports),
  ]);
  expect(left.said.pid).toBe(right.said.pid);
  expect(left.said.startedHere).toBe(!right.said.startedHere);

  const ended = [once(left.child, 'exit'), once(right.child, 'exit')];
  left.child.stdin?.end();
  right.child.stdin?.end();
  await Promise.all(ended);
  expect(isProcessAlive(left.said.pid)).toBe(false);
});

test('the server of a killed starter goes on, and the next start uses it', async () => {
  const folder = await folders.make();
  const { child, said } = await startInAnotherProcess(folder, await freePorts());
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;

  const { server } = await start(folder);
  expect(server).toMatchObject({ address: said.address, pid: said.pid, startedHere: false });
});

test('the lock of a killed start is taken over', async () => {
  const folder = await folders.make();
  await mkdir(join(folder, '.holdfast'));
  await writeFile(join(folder, '.holdfast/server.lock'), `${await pidOfNobody()} abandoned\n`);
  const { server } = await start(folder, { ports: await freePorts(), inMemory: true });
  expect(server.startedHere).toBe(true);
});

async function pidOfNobody(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid!;
}

describe('a state file that leads to no server is said, removed and replaced', () => {
  async function startAfter(state: (address: string) => object): Promise<{
    lines: string[];
    server: DevServer;
    folder: string;
  }> {
    const folder = await folders.make();
    const address = `127.0.0.1:${await freePort()}`;
    await mkdir(join(folder, '.holdfast'));
    await writeFile(join(folder, '.holdfast/server.json'), JSON.stringify(state(address)));
    const ports = await freePorts();
    const { server, lines } = await start(folder, { ports, inMemory: true });
    expect(server).toMatchObject({ startedHere: true, address: `127.0.0.1:${ports.server}` });
    return { lines, server, folder };
  }

  const uiAddress = 'http://127.0.0.1:1';
  const version = '1.32.0';

  test('its process is gone', async () => {
    const pid = await pidOfNobody();
    const { lines, folder } = await startAfter((address) => ({ pid, address, uiAddress, version }));
    expect(lines[0]).toBe(
      `${join(folder, '.holdfast/server.json')} is out of date (process ${pid} is gone); starting anew.`,
    );
  });

  test('its process id belongs to another program', async () => {
    const { pid } = process;
    const { lines } = await startAfter((address) => ({ pid, address, uiAddress, version }));
    expect(lines[0]).toContain(`(process ${pid} is another program); starting anew.`);
    expect(isProcessAlive(pid)).toBe(true);
  });

  test('it is not JSON at all', async () => {
    const folder = await folders.make();
    await mkdir(join(folder, '.holdfast'));
    await writeFile(join(folder, '.holdfast/server.json'), '{"pid": 12');
    const { server } = await start(folder, { ports: await freePorts(), inMemory: true });
    expect(server.startedHere).toBe(true);
  });
});

test('a server of ours that hangs is ended before the next one opens its database', async () => {
  const folder = await folders.make();
  const hanging = await start(folder, { ports: await freePorts() });
  process.kill(hanging.server.pid!, 'SIGSTOP');

  const { server, lines } = await start(folder, { ports: await freePorts() });
  expect(lines[0]).toContain(`(${hanging.server.address} does not answer); starting anew.`);
  expect(server.startedHere).toBe(true);
  await hanging.server.ended;
});

test('a Temporal server that someone else runs on the port is used, and left alone', async () => {
  const preferredPorts = await freePorts();
  const elsewhere = await start(await folders.make(), { ports: preferredPorts, inMemory: true });
  const { server, lines } = await start(await folders.make(), { preferredPorts });

  expect(server).toMatchObject({
    address: elsewhere.server.address,
    uiAddress: elsewhere.server.uiAddress,
    version: cli.serverVersion,
    startedHere: false,
  });
  expect(lines).toEqual([`Found a Temporal server on ${elsewhere.server.address}; using it.`]);
  await server.stop();
  expect(isProcessAlive(elsewhere.server.pid!)).toBe(true);
});

test('a port with something else on it is passed over, and so is the one of the Web UI', async () => {
  const preferredPorts = await freePorts();
  await listenOn(preferredPorts.server);
  const moved = await start(await folders.make(), { preferredPorts, inMemory: true });
  const port = Number(moved.server.address.split(':')[1]);
  expect(port).toBeGreaterThan(preferredPorts.server);
  expect(moved.lines[0]).toBe(
    `On port ${preferredPorts.server} something listens that is not a Temporal server; the server goes to ${port}.`,
  );

  const other = await freePorts();
  await listenOn(other.ui);
  const uiMoved = await start(await folders.make(), { preferredPorts: other, inMemory: true });
  expect(uiMoved.server.address).toBe(`127.0.0.1:${other.server}`);
  expect(uiMoved.lines[0]).toMatch(`Port ${other.ui} is in use; the Web UI goes to `);
});

test('a port that is taken between our look and the start is passed over too', async () => {
  const preferredPorts = await freePorts();
  const { server, lines } = await start(await folders.make(), {
    preferredPorts,
    inMemory: true,
    findCli: async () => {
      await listenOn(preferredPorts.server);
      return cli;
    },
  });
  expect(server.startedHere).toBe(true);
  expect(lines[0]).toContain(`On port ${preferredPorts.server} something listens`);
});

test('HOLDFAST_PORT is kept to: in use by something else, or no port at all, is an error', async () => {
  const port = await freePort();
  await listenOn(port);
  const folder = await folders.make();
  await expect(start(folder, { environment: { HOLDFAST_PORT: String(port) } })).rejects.toThrow(
    `HOLDFAST_PORT is ${port}, and something listens that is not a Temporal server. Name a port that is free.`,
  );
  await expect(start(folder, { environment: { HOLDFAST_PORT: 'seven' } })).rejects.toThrow(
    'HOLDFAST_PORT is `seven`; it must be a number from 1 to 64535.',
  );
  expect(await pathExists(join(folder, '.holdfast/server.lock'))).toBe(false);
});

test('TEMPORAL_ADDRESS: that server is used, its namespace checked, and none is started', async () => {
  const { server: running } = await start(await folders.make(), {
    ports: await freePorts(),
    inMemory: true,
  });
  const folder = await folders.make();
  const { server } = await start(folder, { environment: { TEMPORAL_ADDRESS: running.address } });
  expect(server).toMatchObject({
    address: running.address,
    uiAddress: undefined,
    namespace: 'default',
    startedHere: false,
  });
  expect(await pathExists(join(folder, '.holdfast'))).toBe(false);
  await server.stop();
  expect(isProcessAlive(running.pid!)).toBe(true);

  const environment = { TEMPORAL_ADDRESS: running.address, TEMPORAL_NAMESPACE: 'nowhere' };
  await expect(start(folder, { environment })).rejects.toThrow(
    /cannot be used \(namespace `nowhere`: .*not found/,
  );
});

test('TEMPORAL_ADDRESS that nobody answers at is a clear error', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const folder = await folders.make();
  await expect(start(folder, { environment: { TEMPORAL_ADDRESS: address } })).rejects.toThrow(
    `The Temporal server ${address}, which TEMPORAL_ADDRESS names, cannot be reached (`,
  );
});

test('TEMPORAL_NAMESPACE is there on a server that we start', async () => {
  const { server } = await start(await folders.make(), {
    ports: await freePorts(),
    inMemory: true,
    environment: { TEMPORAL_NAMESPACE: 'garden' },
  });
  expect(server.namespace).toBe('garden');
});

test('a database of another server version is left as it is, and said', async () => {
  const folder = await folders.make();
  await mkdir(join(folder, '.holdfast'));
  const old = join(folder, '.holdfast/temporal-1.20.0.db');
  await writeFile(old, 'of another version');
  const { server, lines } = await start(folder, { ports: await freePorts() });
  expect(server.startedHere).toBe(true);
  expect(lines[0]).toMatch(
    /^Conversations of other server versions stay in .* \(temporal-1\.20\.0\.db\)/,
  );
  expect(await readFile(old, 'utf8')).toBe('of another version');
});

describe('a database that cannot be opened is named, with the cure', () => {
  const damages: Record<string, (database: string) => Promise<void>> = {
    'it is something else': (database) => writeFile(database, 'no database at all. '.repeat(1000)),
    'it is empty': (database) => writeFile(database, ''),
    'it was cut off, and has lost its write-ahead log': async (database) => {
      const folder = await folders.make();
      const { server } = await start(folder, { ports: await freePorts() });
      await server.stop();
      await copyFile(join(folder, `.holdfast/temporal-${cli.serverVersion}.db`), database);
      await truncate(database, 4096);
    },
  };

  test.each(Object.keys(damages))('%s', async (damage) => {
    const folder = await folders.make();
    await mkdir(join(folder, '.holdfast'));
    const database = join(folder, `.holdfast/temporal-${cli.serverVersion}.db`);
    await damages[damage]?.(database);
    await expect(start(folder, { ports: await freePorts() })).rejects.toThrow(
      `The Temporal server cannot open its database ${database} ` +
        '(move it away, with its -wal and -shm files, to start with an empty one): Error: ',
    );
    expect(await pathExists(join(folder, '.holdfast/server.json'))).toBe(false);
  });
});

test('a server that ends while it starts says why', async () => {
  const failure = start(await folders.make(), {
    ports: await freePorts(),
    inMemory: true,
    extraArguments: ['--no-such-flag'],
  });
  await expect(failure).rejects.toThrow(
    'The Temporal server ended at once: Error: unknown flag: --no-such-flag',
  );
});

test('a server that finds one of its inner ports taken is started again; any other panic is told, not its stack', async () => {
  const folder = await folders.make();
  const panics = async (...words: readonly string[]): Promise<TemporalCli> => {
    const left = join(folder, 'left');
    await writeFile(left, words.join('\n'));
    const path = join(folder, 'panicking-cli');
    const script = [
      '#!/bin/sh',
      `word=$(head -n 1 ${left})`,
      `if [ "$3" = --help ] || [ -z "$word" ]; then exec ${cli.path} "$@"; fi`,
      `tail -n +2 ${left} > ${left}.new && mv ${left}.new ${left}`,
      'echo "panic: $word" >&2',
      'echo "" >&2; echo "goroutine 1 [running]:" >&2; echo "main.go:18 +0x8e" >&2; exit 2',
    ];
    await writeFile(path, script.join('\n'), { mode: 0o755 });
    return { ...cli, path };
  };
  const taken = 'listen tcp 127.0.0.1:40001: bind: address already in use';
  const options = { inMemory: true };

  const { server } = await start(folder, { ...options, findCli: () => panics(taken, taken) });
  expect(isProcessAlive(server.pid!)).toBe(true);
  await server.stop();
  const failure = start(folder, { ...options, findCli: () => panics('out of luck') });
  await expect(failure).rejects.toThrow('The Temporal server ended at once: panic: out of luck');
});

test('a start that is given up leaves no process, no state and no lock', async () => {
  const folder = await folders.make();
  const ports = await freePorts();
  const controller = new AbortController();
  const failure = start(folder, {
    ports,
    inMemory: true,
    signal: controller.signal,
    findCli: () => {
      controller.abort(new Error('Given up.'));
      return Promise.resolve(cli);
    },
  });
  await expect(failure).rejects.toThrow('Given up.');
  expect(await isPortFree(ports.server)).toBe(true);
  expect(await pathExists(join(folder, '.holdfast/server.json'))).toBe(false);
  expect(await pathExists(join(folder, '.holdfast/server.lock'))).toBe(false);
});

test('the end of a server that dies by itself can be noticed', async () => {
  const { server } = await start(await folders.make(), {
    ports: await freePorts(),
    inMemory: true,
  });
  process.kill(server.pid!, 'SIGKILL');
  await expect(server.ended).resolves.toEqual(expect.any(String));
  await server.stop();
});
