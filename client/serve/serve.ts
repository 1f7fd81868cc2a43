/** The HTTP door as a running server. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { createApp } from './create-app';
import type { Door } from './door';
import { isLoopback } from './door-guard';
import { readPageFiles } from './page-files';

export interface ServeOptions {
  readonly door: Omit<Door, 'closing'>;
  /** The address to listen on. Other than this machine's own it needs a key. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly apiKey?: string | undefined;
  /** Of Holdfast, for the description. */
  readonly version: string;
}

export interface RunningServer {
  readonly url: string;
  /** Takes nothing new, ends the streams, and waits a moment for what is being answered. */
  close(): Promise<void>;
}

/** What is being answered has this long when the server closes. */
const graceMs = 2_000;

/** @throws Error for a host that others reach without a key, and for a port that cannot be had. */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { door, host, port, apiKey, version } = options;
  requireSafe(host, apiKey);
  const closing = new AbortController();
  const page = await readPageFiles();
  const app = createApp({ door: { ...door, closing: closing.signal }, apiKey, page, version });
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  await listen(server, host, port);
  const { port: listensOn } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${listensOn}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      closing.abort();
      // A connection whose answer has just come to its end is idle only now, and would be kept for the next request.
      const tidying = setInterval(() => server.closeIdleConnections(), 20);
      const impatience = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearInterval(tidying);
      clearTimeout(impatience);
    },
  };
}

function requireSafe(host: string, apiKey: string | undefined): void {
  if (apiKey !== undefined || isLoopback(host)) return;
  throw new Error(
    `On ${host} others reach this server: set HOLDFAST_API_KEY to a key of your choice, which every caller then has to send. Without one it listens on 127.0.0.1 only.`,
  );
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  const listening = once(server, 'listening');
  server.listen(port, host);
  try {
    await listening;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isTaken = code === 'EADDRINUSE';
    throw new Error(
      isTaken
        ? `Port ${port} on ${host} is taken. Choose another one with \`--port\` (0: any that is free).`
        : `The server cannot listen on ${host}, port ${port}: ${message}.`,
      { cause: error },
    );
  }
}
