/** Heartbeat deltas as any reader would read them, of a server that a test stands in for. Clients look at more at once: see client/stream. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeltaConversation, DeltaReader, DeltaSnapshot } from '../../wire/delta-channel';
import { DeltaFeeds, type Follow } from '../../wire/delta-feeds';

export interface HeartbeatDeltaReaderOptions {
  /**
   * What the activities at work, of the attempts that the server says they are at, told with their last heartbeats.
   * It may throw: then nothing is known for now.
   */
  readonly describe: (conversation: DeltaConversation) => Promise<readonly DeltaSnapshot[]>;
  /** Between two polls, in milliseconds. @default 100 */
  readonly intervalMs?: number;
}

export class HeartbeatDeltaReader implements DeltaReader {
  private readonly feeds: DeltaFeeds;

  constructor({ describe, intervalMs = 100 }: HeartbeatDeltaReaderOptions) {
    const follow: Follow = async (conversation, feed, signal) => {
      while (!signal.aborted) {
        const told = await describe(conversation).catch(() => []);
        if (signal.aborted) return;
        for (const snapshot of told) feed.put(snapshot);
        // It rejects when the signal aborts, and only then.
        await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
      }
    };
    this.feeds = new DeltaFeeds(follow);
  }

  read(conversation: DeltaConversation, signal: AbortSignal): AsyncGenerator<DeltaSnapshot> {
    return this.feeds.read(conversation, signal);
  }

  async close(): Promise<void> {
    this.feeds.close();
  }
}
