/** One way for deltas to go: a worker that is set so, and clients that read so. */
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { AgentClient } from '../client/agent-client';
import { freePort } from '../workers/dev-server';
import { connectTemporal } from '../client/connect';
import { RedisDeltaReader } from '../wire/redis-delta-reader';
import type { ReadersWorkerOptions } from './readers-worker';

export type Way = 'off' | 'heartbeat' | 'redis';

export interface SiteOptions {
  readonly way: Way;
  readonly address: string;
  readonly bundle: string;
  readonly baseURL: string;
  readonly redisUrl: string | undefined;
}

export interface Site {
  readonly client: AgentClient;
  /** Heartbeats that the worker has sent so far. */
  heartbeats(): Promise<number>;
  stop(): Promise<void>;
}

export async function startSite(options: SiteOptions): Promise<Site> {
  const { way, address, bundle, baseURL, redisUrl } = options;
  const taskQueue = `readers-${randomUUID().slice(0, 8)}`;
  const metricsAddress = `127.0.0.1:${await freePort()}`;
  const environment: Record<string, string> = {
    ...(way === 'off' && { HOLDFAST_DELTAS: 'off' }),
    ...(way === 'redis' && redisUrl !== undefined && { HOLDFAST_REDIS_URL: redisUrl }),
  };
  const worker: ReadersWorkerOptions = {
    taskQueue,
    bundle,
    baseURL: `${baseURL}/v1`,
    metricsAddress,
    environment,
  };
  const child = fork(path.join(__dirname, 'readers-worker.ts'), [JSON.stringify(worker)], {
    env: { ...process.env, TEMPORAL_ADDRESS: address },
    execArgv: ['--import', `file://${require.resolve('tsx')}`],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const failed = ended.then(() => {
    throw new Error('The worker ended.');
  });
  await Promise.race([once(child, 'message'), failed]);
  failed.catch(() => undefined);
  const { client } = await connectTemporal({ address, namespace: 'default', taskQueue });
  const deltas =
    way === 'redis' && redisUrl !== undefined ? new RedisDeltaReader({ url: redisUrl }) : undefined;
  const agents = new AgentClient({ client, taskQueue, ...(deltas && { deltas }) });
  return {
    client: agents,
    heartbeats: () => heartbeatsAt(metricsAddress),
    async stop() {
      await agents.disconnect();
      child.disconnect();
      await ended;
    },
  };
}

async function heartbeatsAt(metricsAddress: string): Promise<number> {
  const metrics = await (await fetch(`http://${metricsAddress}/metrics`)).text();
  const lines = metrics.split('\n').filter((line) => counter.test(line));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

const counter = /^temporal_request(_total)?\{.*operation="RecordActivityTaskHeartbeat"/;
