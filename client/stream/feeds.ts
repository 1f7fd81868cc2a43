/** The conversations that are watched in this process, each by one feed. */
import type { DeltaReader } from '../../wire/delta-channel';
import { type Clock, systemClock } from './clock';
import { ConversationFeed } from './conversation-feed';
import type { StreamReader } from './look';

export interface FeedsOptions {
  readonly reader: StreamReader;
  readonly namespace: string;
  readonly deltas?: DeltaReader | undefined;
  /** How often heartbeats are looked at while a model answers, in milliseconds. @default 100 */
  readonly intervalMs?: number | undefined;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** A reader's hold on a feed. */
export interface Subscription {
  readonly feed: ConversationFeed;
  readonly leave: () => void;
}

export class Feeds {
  readonly clock: Clock;
  private readonly byId = new Map<string, { feed: ConversationFeed; readers: number }>();

  constructor(private readonly options: FeedsOptions) {
    this.clock = options.clock ?? systemClock;
  }

  /** How many conversations are watched. */
  get size(): number {
    return this.byId.size;
  }

  /** `hasSent`: a message, just now. */
  join(id: string, { hasSent = false } = {}): Subscription {
    const known = this.byId.get(id);
    const entry =
      known && !known.feed.isStopped ? known : { feed: this.create(id, hasSent), readers: 0 };
    this.byId.set(id, entry);
    entry.readers += 1;
    let hasLeft = false;
    return {
      feed: entry.feed,
      leave: () => {
        if (hasLeft) return;
        hasLeft = true;
        entry.readers -= 1;
        if (entry.readers > 0) return;
        entry.feed.stop();
        if (this.byId.get(id) === entry) this.byId.delete(id);
      },
    };
  }

  /** Something was done to the conversation here: who watches it sees it at once. */
  call(id: string): void {
    this.byId.get(id)?.feed.call();
  }

  /** Nobody can be asked any more. */
  close(): void {
    for (const { feed } of this.byId.values()) feed.stop(new Error('The client is disconnected.'));
    this.byId.clear();
  }

  private create(id: string, hasSent: boolean): ConversationFeed {
    return new ConversationFeed({ ...this.options, id, clock: this.clock, hasSent });
  }
}
