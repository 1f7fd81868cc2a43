/** Waits for new entries of any number of streams with one connection, which is blocked while nothing comes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { RedisConnection, type RedisLocation, refusalOf } from './redis-connection';
import type { RedisEntry } from './redis-entries';

const blockMs = 1_000;
/** Where Redis does not let a client be woken: how long a stream that is new may have to wait. */
const unwakeableMs = 100;
const entriesAtOnce = 1_000;
const retryMs = 250;
const wakeAgainMs = 5;

interface FollowedStream {
  /** The id of the last entry that is known. */
  after: string;
  readonly onEntries: (entries: readonly RedisEntry[]) => Promise<void>;
}

export class RedisBlocker {
  private readonly connection: RedisConnection;
  private readonly streams = new Map<string, FollowedStream>();
  /** Redis's number for the connection that is blocked, while it is known. */
  private clientId: number | undefined;
  private waitsFor: ReadonlyMap<string, FollowedStream> = new Map();
  /** Whoever may read streams need not be allowed to say `CLIENT`. */
  private canBeWoken = true;
  private isRunning = false;
  private isClosed = false;

  /** @param commands a connection that nobody blocks. */
  constructor(
    location: RedisLocation,
    private readonly commands: RedisConnection,
  ) {
    this.connection = new RedisConnection(location, () => (this.clientId = undefined));
  }

  /** Tells the entries of the stream `key` that come after `after`, in order, until `signal` aborts. One at a time for a key. */
  follow(key: string, stream: FollowedStream, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.streams.set(key, stream);
    signal.addEventListener('abort', () => this.forget(key, stream), { once: true });
    if (this.isRunning) void this.wakeFor(key, stream);
    else void this.run();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.connection.close();
  }

  private forget(key: string, stream: FollowedStream): void {
    if (this.streams.get(key) === stream) this.streams.delete(key);
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    while (this.streams.size > 0 && !this.isClosed) {
      // What comes while Redis is away is told when it is back, as far as it has kept it.
      await this.readOnce().catch(() => sleep(retryMs));
    }
    this.isRunning = false;
  }

  private async readOnce(): Promise<void> {
    const redis = await this.connection.ready();
    if (this.canBeWoken) this.clientId ??= await this.unlessRefused(redis.client('ID'));
    const streams = new Map(this.streams);
    if (streams.size === 0) return;
    const ids = [...streams.values()].map(({ after }) => after);
    this.waitsFor = streams;
    const longestMs = this.canBeWoken ? blockMs : unwakeableMs;
    const told = await redis
      .xread('COUNT', entriesAtOnce, 'BLOCK', longestMs, 'STREAMS', ...streams.keys(), ...ids)
      .finally(() => (this.waitsFor = new Map()));
    for (const [key, entries] of told ?? []) await this.tell(key, entries, streams.get(key));
  }

  private async tell(
    key: string,
    entries: readonly RedisEntry[],
    stream: FollowedStream | undefined,
  ): Promise<void> {
    const last = entries.at(-1);
    // Who follows the same stream since then begins elsewhere.
    if (!stream || !last || this.streams.get(key) !== stream) return;
    stream.after = last[0];
    await stream.onEntries(entries);
  }

  private async unlessRefused<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
    return answer.catch((error: unknown) => {
      if (refusalOf(error) === undefined) throw error;
      this.canBeWoken = false;
      return undefined;
    });
  }

  /** The connection is blocked for other streams: until it waits for `key` too, it is woken. */
  private async wakeFor(key: string, stream: FollowedStream): Promise<void> {
    const isAwaited = (): boolean => this.waitsFor.get(key) === stream;
    try {
      while (this.streams.get(key) === stream && !isAwaited() && this.canBeWoken) {
        if (this.isClosed) return;
        const redis = await this.commands.ready();
        const isBlocked = this.waitsFor.size > 0 && !isAwaited();
        if (isBlocked && this.clientId !== undefined)
          await this.unlessRefused(redis.client('UNBLOCK', this.clientId));
        await sleep(wakeAgainMs);
      }
    } catch {
      // It wakes by itself in a while.
    }
  }
}
