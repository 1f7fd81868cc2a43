/** Which way the deltas of a deployment go, told to workers and clients alike. */
import type { PayloadCodec } from '@temporalio/common';
import type { DeltaChannel } from './delta-channel';
import { HeartbeatDeltas } from './heartbeat-deltas';
import { RedisDeltas } from './redis-deltas';
import { noDeltas } from './unsaid-deltas';

export interface DeltaSettings {
  /** `off`: a worker writes none. */
  readonly deltas: 'on' | 'off';
  /** Without it they ride on heartbeats. */
  readonly redisUrl?: string | undefined;
  /** Between two heartbeats that carry news, and between two polls for them, in milliseconds. */
  readonly intervalMs: number;
}

export interface DeltaChannelOptions {
  /** The data converter's: what they do to payloads they do to what goes through Redis. @default none */
  readonly codecs?: (() => readonly PayloadCodec[]) | undefined;
  /** Told in one line when Redis goes away. @default nobody is told */
  readonly onTrouble?: ((line: string) => void) | undefined;
}

export const defaultDeltaIntervalMs = 100;
/** What is not told after this long is told by the heartbeat that says that its worker lives. */
export const slowestDeltaIntervalMs = 500;

/** As the environment of a client says it; a worker's is checked by `workers/environment.ts`, which explains it. */
export function deltaSettings(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): DeltaSettings {
  const intervalMs = Number(variables['HOLDFAST_DELTA_INTERVAL_MS']);
  return {
    deltas: variables['HOLDFAST_DELTAS'] === 'off' ? 'off' : 'on',
    redisUrl: variables['HOLDFAST_REDIS_URL'] || undefined,
    intervalMs: intervalMs > 0 ? intervalMs : defaultDeltaIntervalMs,
  };
}

/** The worker's end. */
export function createDeltaChannel(
  { deltas, redisUrl: url, intervalMs }: DeltaSettings,
  options: DeltaChannelOptions = {},
): DeltaChannel {
  if (deltas === 'off') return noDeltas;
  return url === undefined
    ? new HeartbeatDeltas({ intervalMs })
    : new RedisDeltas({ ...options, url });
}
