/** Deltas through Redis Streams, the watcher's end: what a stream holds of the newest attempt, then what comes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeltaConversation, DeltaReader, DeltaSnapshot } from './delta-channel';
import { DeltaFeeds, type Follow, isOpening, isOutdated } from './delta-feeds';
import { RedisBlocker } from './redis-blocker';
import { RedisConnection, databaseOf } from './redis-connection';
import type { RedisDeltasOptions } from './redis-deltas';
import { EntryFormat, type RedisEntry, streamKey } from './redis-entries';

/** Entries that are read at once on the way back to an attempt's beginning. */
const pageEntries = 1_000;
const retryMs = 250;

interface Past {
  /** Oldest first. */
  readonly snapshots: readonly DeltaSnapshot[];
  /** The id of the last entry that is there. */
  readonly lastId: string;
}

export class RedisDeltaReader implements DeltaReader {
  private readonly connection: RedisConnection;
  private readonly blocker: RedisBlocker;
  private readonly format: EntryFormat;
  private readonly feeds: DeltaFeeds;
  private readonly database: number;

  constructor({ codecs, ...location }: RedisDeltasOptions) {
    this.connection = new RedisConnection(location);
    this.database = databaseOf(location.url);
    this.blocker = new RedisBlocker({ url: location.url }, this.connection);
    this.format = new EntryFormat(codecs);
    this.feeds = new DeltaFeeds(this.follow);
  }

  read(conversation: DeltaConversation, signal: AbortSignal): AsyncGenerator<DeltaSnapshot> {
    return this.feeds.read(conversation, signal);
  }

  async close(): Promise<void> {
    this.feeds.close();
    await Promise.all([this.blocker.close(), this.connection.close()]);
  }

  private readonly follow: Follow = async (conversation, feed, signal) => {
    const key = streamKey(conversation, this.database);
    const past = await this.pastOf(key, signal);
    if (!past || signal.aborted) return;
    const put = (snapshots: readonly DeltaSnapshot[]): void => {
      for (const snapshot of snapshots) {
        if (!isOutdated(snapshot, feed.newest)) feed.put(snapshot);
      }
    };
    put(past.snapshots);
    const onEntries = async (entries: readonly RedisEntry[]): Promise<void> =>
      put(await this.parsed(entries));
    this.blocker.follow(key, { after: past.lastId, onEntries }, signal);
  };

  /** Asks until Redis answers. */
  private async pastOf(key: string, signal: AbortSignal): Promise<Past | undefined> {
    while (!signal.aborted) {
      const past = await this.readBack(key).catch(() => undefined);
      if (past) return past;
      await sleep(retryMs, undefined, { signal }).catch(() => undefined);
    }
    return undefined;
  }

  /** From the end back to where the newest attempt begins, or as far as there are entries. */
  private async readBack(key: string): Promise<Past> {
    const snapshots: DeltaSnapshot[] = [];
    let lastId: string | undefined;
    for (let end = '+'; ;) {
      const page = await this.connection.use((redis) =>
        redis.xrevrange(key, end, '-', 'COUNT', pageEntries),
      );
      const told = (await this.parsed(page)).reverse();
      lastId ??= page[0]?.[0];
      const beginning = told.findLastIndex(isOpening);
      snapshots.unshift(...told.slice(Math.max(0, beginning)));
      const oldest = page.at(-1);
      if (beginning >= 0 || !oldest || page.length < pageEntries) break;
      end = `(${oldest[0]}`;
    }
    return { snapshots, lastId: lastId ?? '0-0' };
  }

  private async parsed(entries: readonly RedisEntry[]): Promise<DeltaSnapshot[]> {
    const snapshots: DeltaSnapshot[] = [];
    for (const entry of entries) {
      const snapshot = await this.format.fromEntry(entry);
      if (snapshot) snapshots.push(snapshot);
    }
    return snapshots;
  }
}
