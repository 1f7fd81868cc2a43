/** Where a client that was told nothing gets the pieces of answers from. */
import type { Client } from '@temporalio/client';
import type { DeltaReader } from '../wire/delta-channel';
import { deltaSettings } from '../wire/delta-settings';
import { RedisDeltaReader } from '../wire/redis-delta-reader';

export interface ClientDeltas {
  readonly deltas?: DeltaReader;
  readonly deltaIntervalMs: number;
}

/** The environment says it, as it does to the workers. */
export function clientDeltas(client: Client, given: DeltaReader | undefined): ClientDeltas {
  const { redisUrl: url, intervalMs: deltaIntervalMs } = deltaSettings();
  if (given) return { deltas: given, deltaIntervalMs };
  if (url === undefined) return { deltaIntervalMs };
  const codecs = () => client.options.loadedDataConverter.payloadCodecs;
  return { deltas: new RedisDeltaReader({ url, codecs }), deltaIntervalMs };
}
