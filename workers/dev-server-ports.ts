import { createServer, connect } from 'node:net';
import type { ServerPorts } from './dev-server-settings';

export const DEFAULT_PORTS: ServerPorts = { server: 7233, ui: 8233 };
const HOST = '127.0.0.1';
const TRIED_PORTS = 100;

/** A port that nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, HOST, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Asked twice: where a listener holds all addresses, macOS lets another one have 127.0.0.1 besides. */
export async function isPortFree(port: number): Promise<boolean> {
  return !(await isAnswering(port)) && (await canListen(port));
}

/** The first free port from `from` upwards. */
export async function nextFreePort(from: number): Promise<number> {
  const last = Math.min(from + TRIED_PORTS - 1, 65_535);
  for (let port = from; port <= last; port++) {
    if (await isPortFree(port)) return port;
  }
  throw new Error(`No port from ${from} to ${last} is free.`);
}

/** The first pair that is free, both moved by the same number, so that they are recognised. */
export async function nextFreePorts(from: ServerPorts): Promise<ServerPorts> {
  for (let step = 1; step <= TRIED_PORTS; step++) {
    const ports = { server: from.server + step, ui: from.ui + step };
    if (ports.ui > 65_535) break;
    if ((await isPortFree(ports.server)) && (await isPortFree(ports.ui))) return ports;
  }
  throw new Error(`No port from ${from.server + 1} to ${from.server + TRIED_PORTS} is free.`);
}

function isAnswering(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port });
    const settle = (answers: boolean) => {
      socket.destroy();
      resolve(answers);
    };
    socket.setTimeout(1_000, () => settle(false));
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
}
