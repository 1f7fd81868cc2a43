import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { setUpSearchAttributes } from '../wire/search-attributes';
import { searchAttributes } from '../workflows/contract';
import type { DevServer, DevServerOptions } from './dev-server';
import { namespaceFrom } from './dev-server-find';
import { ServerStartError, spawnServer, waitUntilReady } from './dev-server-process';
import { type ServerPorts, startArguments } from './dev-server-settings';
import { removeServerState, type ServerFiles, writeServerState } from './dev-server-state';
import { reasonOf, runCommand } from './run-command';
import type { TemporalCli } from './temporal-cli';

/** Starts a server on these ports and waits until it can be used. */
export async function startServer(arguments_: {
  readonly options: DevServerOptions;
  readonly files: ServerFiles;
  readonly cli: TemporalCli;
  readonly ports: ServerPorts;
}): Promise<DevServer> {
  const { options, files, cli, ports } = arguments_;
  const { environment, report, signal } = options;
  const namespace = namespaceFrom(environment);
  const address = `127.0.0.1:${ports.server}`;
  const uiAddress = `http://127.0.0.1:${ports.ui}`;
  const databaseFile = await chooseDatabase({ options, files, cli });
  const startedAtMs = Date.now();

  const server = await spawnServer({
    cliPath: cli.path,
    serverArguments: startArguments({
      ports,
      namespace,
      databaseFile,
      canDisableNews: await canDisableNews(options, cli),
      extraArguments: options.extraArguments ?? [],
    }),
    logFile: files.log,
    environment,
  });
  const stop = async () => {
    await server.stop();
    await removeServerState(files, server.pid);
  };
  try {
    // Before it is ready: if we are killed now, the next start finds the process and waits for it.
    await writeServerState(files, {
      pid: server.pid,
      address,
      uiAddress,
      version: cli.serverVersion,
    });
    const { version } = await waitUntilReady({
      server,
      address,
      namespace,
      logFile: files.log,
      signal,
    });
    await nameSearchAttributes({ address, namespace, report });
    const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1);
    report(`Temporal server ${version} is ready on ${address} after ${seconds} s.`);
    return {
      address,
      namespace,
      uiAddress,
      startedHere: true,
      pid: server.pid,
      version,
      ended: server.ended,
      stop,
    };
  } catch (error) {
    await stop();
    throw explainStartError(error, databaseFile);
  }
}

/** Without them conversations are listed by their ids alone: no reason not to start. */
async function nameSearchAttributes(server: {
  readonly address: string;
  readonly namespace: string;
  readonly report: (line: string) => void;
}): Promise<void> {
  const { address, namespace, report } = server;
  const connection = await Connection.connect({ address });
  try {
    const wanted = Object.values(searchAttributes);
    const attributes = await setUpSearchAttributes({ connection, namespace }, wanted);
    const unusable = attributes.filter(({ outcome }) => outcome === 'other');
    for (const { name } of unusable) report(`${name} is of another type here and stays unused.`);
  } catch (error) {
    report(`Search attributes cannot be created (${reasonOf(error)}); see \`holdfast setup\`.`);
  } finally {
    await connection.close();
  }
}

async function chooseDatabase(arguments_: {
  readonly options: DevServerOptions;
  readonly files: ServerFiles;
  readonly cli: TemporalCli;
}): Promise<string | undefined> {
  const { options, files, cli } = arguments_;
  if (options.inMemory) return undefined;
  if (options.databaseFile !== undefined) return options.databaseFile;

  // The server never migrates a file, so each version has its own.
  const name = `temporal-${cli.serverVersion}.db`;
  const others = (await readdir(files.folder)).filter(
    (candidate) => /^temporal-.*\.db$/.test(candidate) && candidate !== name,
  );
  if (others.length > 0) {
    options.report(
      `Conversations of other server versions stay in ${files.folder} (${others.join(', ')}); ` +
        `this server is ${cli.serverVersion}. To reach them, set TEMPORAL_CLI_PATH to a CLI of that server version.`,
    );
  }
  return join(files.folder, name);
}

/** The Web UI's news come from the internet; older CLIs have no say in it. */
async function canDisableNews(options: DevServerOptions, cli: TemporalCli): Promise<boolean> {
  const help = await runCommand({
    command: cli.path,
    commandArguments: ['server', 'start-dev', '--help'],
    environment: options.environment,
    timeoutMs: 10_000,
  });
  return help.includes('--ui-disable-news-fetch');
}

/** What the user can do about it: the server itself names neither its file nor a cure. */
function explainStartError(error: unknown, databaseFile: string | undefined): unknown {
  if (!(error instanceof ServerStartError) || databaseFile === undefined) return error;
  if (!/sqlite|sql logic|database|namespaces/i.test(error.lastLogLine)) return error;
  return new ServerStartError(
    `cannot open its database ${databaseFile} ` +
      '(move it away, with its -wal and -shm files, to start with an empty one)',
    error.lastLogLine,
  );
}
