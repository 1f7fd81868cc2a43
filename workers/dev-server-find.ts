import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { DevServer, DevServerOptions } from './dev-server';
import { NamespaceUnusableError, probeLocalServer, probeServer } from './dev-server-probe';
import type { ServerPorts } from './dev-server-settings';
import {
  identifyProcess,
  readServerState,
  removeServerState,
  type ServerFiles,
  type ServerState,
} from './dev-server-state';
import { type Environment, reasonOf } from './run-command';

const GIVEN_SERVER_WITHIN_MS = 3_000;
const LOCAL_SERVER_WITHIN_MS = 2_000;
// Its starter may have been killed while it was starting.
const SERVER_OF_FOLDER_WITHIN_MS = 5_000;

export function namespaceFrom(environment: Environment): string {
  return environment.TEMPORAL_NAMESPACE || 'default';
}

/** The server that TEMPORAL_ADDRESS names; `undefined` when it is not set. */
export async function findGivenServer(options: DevServerOptions): Promise<DevServer | undefined> {
  const { environment } = options;
  const address = environment.TEMPORAL_ADDRESS;
  if (!address) return undefined;

  const definedVariables = Object.entries(environment).filter(([, value]) => value !== undefined);
  const config = loadClientConnectConfig({
    overrideEnvVars: Object.fromEntries(definedVariables) as Record<string, string>,
  });
  const namespace = config.namespace ?? 'default';
  try {
    const { version } = await probeServer({
      connection: config.connectionOptions as ConnectionOptions,
      namespace,
      timeoutMs: GIVEN_SERVER_WITHIN_MS,
    });
    return foundServer({ address, namespace, version, uiAddress: undefined });
  } catch (error) {
    const what =
      error instanceof NamespaceUnusableError
        ? `cannot be used (${error.message})`
        : `cannot be reached (${reasonOf(error)})`;
    throw new Error(
      `The Temporal server ${address}, which TEMPORAL_ADDRESS names, ${what}. ` +
        'Unset TEMPORAL_ADDRESS to have a server started here.',
      { cause: error },
    );
  }
}

/** The server that an earlier start left running for this folder. */
export async function findServerOfFolder(
  options: DevServerOptions,
  files: ServerFiles,
): Promise<DevServer | undefined> {
  const state = await readServerState(files);
  if (state === undefined) return undefined;
  const { pid, address, uiAddress, version } = state;
  const namespace = namespaceFrom(options.environment);

  const gone = await reasonItIsGone(state, namespace);
  if (gone === undefined) {
    options.report(
      `A Temporal server already runs for this folder on ${address} (process ${pid}); using it.`,
    );
    return { ...foundServer({ address, namespace, version, uiAddress }), pid };
  }
  options.report(`${files.state} is out of date (${gone}); starting anew.`);
  await removeServerState(files, pid);
  return undefined;
}

async function reasonItIsGone(state: ServerState, namespace: string): Promise<string | undefined> {
  const { pid, address } = state;
  const owner = await identifyProcess(state);
  if (owner === 'gone') return `process ${pid} is gone`;
  if (owner === 'another program') return `process ${pid} is another program`;

  const deadline = Date.now() + SERVER_OF_FOLDER_WITHIN_MS;
  for (;;) {
    try {
      await probeLocalServer({
        address,
        namespace,
        timeoutMs: LOCAL_SERVER_WITHIN_MS,
      });
      return undefined;
    } catch (error) {
      if (Date.now() < deadline) {
        await sleep(50);
        continue;
      }
      if (error instanceof NamespaceUnusableError) {
        throw new Error(
          `The Temporal server of this folder (${address}, process ${pid}) runs without ${error.message}. ` +
            'Stop that process, or set TEMPORAL_NAMESPACE to a namespace it has.',
          { cause: error },
        );
      }
      // It is ours and hangs: left alone, it would write to the same database as the next one.
      if (owner === 'our server') await endProcess(pid);
      return `${address} does not answer`;
    }
  }
}

async function endProcess(pid: number): Promise<void> {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
  await sleep(100);
}

/** A Temporal server that someone else runs on the port; or, in words, what is there instead. */
export async function findServerOnPort(
  options: DevServerOptions,
  ports: ServerPorts,
): Promise<DevServer | string> {
  const address = `127.0.0.1:${ports.server}`;
  const namespace = namespaceFrom(options.environment);
  try {
    const { version } = await probeLocalServer({
      address,
      namespace,
      timeoutMs: LOCAL_SERVER_WITHIN_MS,
    });
    options.report(`Found a Temporal server on ${address}; using it.`);
    const uiAddress = await findUi(ports.ui);
    return foundServer({ address, namespace, version, uiAddress });
  } catch (error) {
    return error instanceof NamespaceUnusableError
      ? `a Temporal server runs without ${error.message}`
      : 'something listens that is not a Temporal server';
  }
}

/** The dev server's Web UI is 1000 above its port, unless someone chose otherwise. */
async function findUi(port: number): Promise<string | undefined> {
  const address = `http://127.0.0.1:${port}`;
  try {
    const signal = AbortSignal.timeout(1_000);
    const response = await fetch(`${address}/api/v1/settings`, { signal });
    const settings: unknown = await response.json();
    return 'DefaultNamespace' in Object(settings) ? address : undefined;
  } catch {
    return undefined;
  }
}

function foundServer(
  facts: Pick<DevServer, 'address' | 'namespace' | 'version' | 'uiAddress'>,
): DevServer {
  return {
    ...facts,
    startedHere: false,
    ended: new Promise(() => undefined),
    stop: () => Promise.resolve(),
  };
}
