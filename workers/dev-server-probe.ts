import { connect } from 'node:http2';
import { Connection, type ConnectionOptions } from '@temporalio/client';

/** A Temporal server answers at the address, but this namespace cannot be used there. */
export class NamespaceUnusableError extends Error {
  override readonly name = 'NamespaceUnusableError';
}

/**
 * Asks a Temporal server for its version, and for its namespace: a server that has just started answers before its
 * namespaces can be used. Fails when either does not come in time.
 */
export async function probeServer(options: {
  readonly connection: ConnectionOptions;
  readonly namespace: string;
  readonly timeoutMs: number;
}): Promise<{ version: string }> {
  const { namespace, timeoutMs } = options;
  const deadline = Date.now() + timeoutMs;
  // No retries: whoever asks again asks by calling again.
  const connection = await connectWithin({ ...options.connection, interceptors: [] }, timeoutMs);
  try {
    return await connection.withDeadline(deadline, async () => {
      const { serverVersion } = await connection.workflowService.getSystemInfo({});
      try {
        // Goes through the server's list of namespaces, as every later call will; `describeNamespace` does not.
        await connection.workflowService.listWorkflowExecutions({ namespace, pageSize: 1 });
      } catch (error) {
        throw new NamespaceUnusableError(`namespace \`${namespace}\`: ${detailsOf(error)}`, {
          cause: error,
        });
      }
      return { version: serverVersion };
    });
  } finally {
    await connection.close();
  }
}

/**
 * The same for a server on this machine, after a look at the port by hand: gRPC waits a second before it tries a refused
 * port again, and keeps its socket for a minute where something listens that never speaks.
 */
export async function probeLocalServer(options: {
  readonly address: string;
  readonly namespace: string;
  readonly timeoutMs: number;
}): Promise<{ version: string }> {
  const { address, namespace, timeoutMs } = options;
  await waitForHttp2(address, timeoutMs);
  return probeServer({ connection: { address }, namespace, timeoutMs });
}

/** Every gRPC server opens with its HTTP/2 settings. */
function waitForHttp2(address: string, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const session = connect(`http://${address}`);
    const timer = setTimeout(
      () => session.destroy(new Error(`${address} does not speak`)),
      timeoutMs,
    );
    session.once('remoteSettings', () => {
      resolve();
      session.destroy();
    });
    session.on('error', reject);
    session.once('close', () => {
      clearTimeout(timer);
      reject(new Error(`${address} has hung up`));
    });
  });
}

/** `Connection.connect` leaves its channel open when it fails; this closes it. */
async function connectWithin(options: ConnectionOptions, timeoutMs: number): Promise<Connection> {
  const connection = Connection.lazy({ ...options, connectTimeout: timeoutMs });
  try {
    await connection.ensureConnected();
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function detailsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { details } = error as { details?: unknown };
  return typeof details === 'string' && details !== '' ? details : error.message;
}
