import { findGivenServer, findServerOfFolder, findServerOnPort } from './dev-server-find';
import { DEFAULT_PORTS, isPortFree, nextFreePort, nextFreePorts } from './dev-server-ports';
import { ServerStartError } from './dev-server-process';
import type { ServerPorts } from './dev-server-settings';
import { startServer } from './dev-server-start';
import { openServerFiles, type ServerFiles } from './dev-server-state';
import { withFolderLock } from './folder-lock';
import type { Environment } from './run-command';
import { findTemporalCli, type TemporalCli } from './temporal-cli';

/** A Temporal server to work with: started here, or found. */
export interface DevServer {
  /** `host:port` of its gRPC service. */
  readonly address: string;
  readonly namespace: string;
  /** Of its Web UI; `undefined` where it is not known. */
  readonly uiAddress: string | undefined;
  readonly startedHere: boolean;
  /** Of the server's process, where it is known. */
  readonly pid?: number;
  /** Of the server, such as 1.32.0. */
  readonly version: string;
  /**
   * Resolves when the process has ended, also by `stop`, with the last line of its log; never for a server that was
   * only found.
   */
  readonly ended: Promise<string>;
  /** Stops what was started here, with all its conversations kept; leaves alone what was found. */
  stop(): Promise<void>;
}

export interface DevServerOptions {
  /** The project folder; the server's data goes to `<folder>/.holdfast/`. */
  readonly folder: string;
  /** Read: TEMPORAL_ADDRESS and its kin, TEMPORAL_NAMESPACE, HOLDFAST_PORT, and what `findTemporalCli` reads. */
  readonly environment: Environment;
  /** Takes one line at a time, for the user to read. */
  readonly report: (line: string) => void;
  /** Gives up the start and stops what it has started so far. */
  readonly signal?: AbortSignal;
  /** Asked only when a server has to be started. @default findTemporalCli */
  readonly findCli?: () => Promise<TemporalCli>;
  /** Exactly these, and fail if one is in use. @default HOLDFAST_PORT, or else `preferredPorts` */
  readonly ports?: ServerPorts;
  /** These if they are free, or else the next that are. @default 7233, and 8233 for the Web UI */
  readonly preferredPorts?: ServerPorts;
  /** Keep nothing on disk; `databaseFile` is not read. @default false */
  readonly inMemory?: boolean;
  /** @default `<folder>/.holdfast/temporal-<server version>.db` */
  readonly databaseFile?: string;
  /** More arguments for `temporal server start-dev`, after our own. */
  readonly extraArguments?: readonly string[];
}

const START_ATTEMPTS = 3;

/**
 * Finds a Temporal server, or starts one: the one that TEMPORAL_ADDRESS names, the one that already runs for this
 * folder, one that answers on the port, or a new one. Two calls at once in one folder end up with the same server.
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const given = await findGivenServer(options);
  if (given !== undefined) return given;

  const files = await openServerFiles(options.folder);
  return withFolderLock({
    path: files.lock,
    onWait: () => options.report('Another start is under way in this folder; waiting for it.'),
    signal: options.signal,
    work: async () =>
      (await findServerOfFolder(options, files)) ?? (await findOrStartOnPorts(options, files)),
  });
}

async function findOrStartOnPorts(
  options: DevServerOptions,
  files: ServerFiles,
): Promise<DevServer> {
  let cli: TemporalCli | undefined;
  for (let attempt = 1; ; attempt++) {
    const choice = await choosePorts(options);
    if ('found' in choice) return choice.found;
    cli ??= await (options.findCli ?? (() => findTemporalCli(options)))();
    try {
      return await startServer({ options, files, cli, ports: choice.ports });
    } catch (error) {
      // Someone took the port between our look and the server's start.
      const isPortTaken =
        error instanceof ServerStartError && error.lastLogLine.includes('address already in use');
      if (!isPortTaken || attempt === START_ATTEMPTS) throw error;
    }
  }
}

type PortChoice = { readonly found: DevServer } | { readonly ports: ServerPorts };

async function choosePorts(options: DevServerOptions): Promise<PortChoice> {
  if (options.ports !== undefined) {
    for (const port of [options.ports.server, options.ports.ui]) {
      if (!(await isPortFree(port))) throw new Error(`Port ${port} is in use.`);
    }
    return { ports: options.ports };
  }

  const asked = portsFromEnvironment(options.environment);
  const wanted = asked ?? options.preferredPorts ?? DEFAULT_PORTS;
  if (await isPortFree(wanted.server)) {
    if (await isPortFree(wanted.ui)) return { ports: wanted };
    const ports = { server: wanted.server, ui: await nextFreePort(wanted.ui + 1) };
    options.report(`Port ${wanted.ui} is in use; the Web UI goes to ${ports.ui}.`);
    return { ports };
  }

  const onPort = await findServerOnPort(options, wanted);
  if (typeof onPort !== 'string') return { found: onPort };
  if (asked !== undefined) {
    throw new Error(`HOLDFAST_PORT is ${asked.server}, and ${onPort}. Name a port that is free.`);
  }
  const ports = await nextFreePorts(wanted);
  options.report(`On port ${wanted.server} ${onPort}; the server goes to ${ports.server}.`);
  return { ports };
}

function portsFromEnvironment(environment: Environment): ServerPorts | undefined {
  const text = environment.HOLDFAST_PORT;
  if (!text) return undefined;
  const server = Number(text);
  // The Web UI sits 1000 above, and has to fit too.
  if (!Number.isInteger(server) || server < 1 || server > 64_535) {
    throw new Error(`HOLDFAST_PORT is \`${text}\`; it must be a number from 1 to 64535.`);
  }
  return { server, ui: server + 1000 };
}

export { freePort } from './dev-server-ports';
export { serverSettings, toDynamicConfigValue } from './dev-server-settings';
