/** What a process knows of the answers that it watches: read once for a conversation, told to all who watch it. */
import type { DeltaConversation, DeltaSnapshot } from './delta-channel';
import { compareSources, isSameSource, joinDeltas } from './join-deltas';
import { Mailbox } from './mailbox';
import { endOf } from './text-span';

/** The newest attempt of one conversation, as far as it is known. */
export class DeltaFeed {
  private known: DeltaSnapshot | undefined;
  private readonly mailboxes = new Set<Mailbox>();

  get newest(): DeltaSnapshot | undefined {
    return this.known;
  }

  put(snapshot: DeltaSnapshot): void {
    const joined = joinDeltas(this.known, snapshot);
    const isNews = !this.known || !isSameSource(joined, this.known) || isLonger(joined, this.known);
    this.known = joined;
    if (!isNews) return;
    for (const mailbox of this.mailboxes) mailbox.put(snapshot);
  }

  async *read(signal: AbortSignal): AsyncGenerator<DeltaSnapshot, void, undefined> {
    const mailbox = new Mailbox();
    if (this.known) mailbox.put(this.known);
    this.mailboxes.add(mailbox);
    try {
      yield* mailbox.take(signal);
    } finally {
      this.mailboxes.delete(mailbox);
    }
  }
}

/**
 * Whether `snapshot` is of an attempt that another one has followed. A call that begins is none, not even after a reset;
 * until it does, nothing of it comes.
 */
export function isOutdated(snapshot: DeltaSnapshot, newest: DeltaSnapshot | undefined): boolean {
  if (!newest) return false;
  const isNamed = snapshot.call !== undefined && snapshot.call === newest.call;
  if (isOpening(snapshot) && !isNamed) return false;
  return snapshot.call !== newest.call || compareSources(snapshot, newest) < 0;
}

/** An attempt begins: no other snapshot says nothing. */
export function isOpening({ text, thinking }: DeltaSnapshot): boolean {
  return text === '' && !thinking?.text;
}

function isLonger(one: DeltaSnapshot, other: DeltaSnapshot): boolean {
  return endOf(one) > endOf(other) || endOf(one.thinking) > endOf(other.thinking);
}

/** Puts what comes of `conversation` into `feed` until `signal` aborts. It does not throw. */
export type Follow = (
  conversation: DeltaConversation,
  feed: DeltaFeed,
  signal: AbortSignal,
) => Promise<void>;

interface Followed {
  readonly feed: DeltaFeed;
  readonly abort: AbortController;
  readers: number;
}

/** A feed for each conversation that somebody reads. */
export class DeltaFeeds {
  private readonly followed = new Map<string, Followed>();
  private readonly closing = new AbortController();

  constructor(private readonly follow: Follow) {}

  async *read(
    conversation: DeltaConversation,
    signal: AbortSignal,
  ): AsyncGenerator<DeltaSnapshot, void, undefined> {
    const key = JSON.stringify([conversation.namespace, conversation.id]);
    const followed = this.followed.get(key) ?? this.begin(key, conversation);
    followed.readers += 1;
    try {
      yield* followed.feed.read(AbortSignal.any([signal, this.closing.signal]));
    } finally {
      followed.readers -= 1;
      if (followed.readers === 0) this.end(key, followed);
    }
  }

  /** Ends what is being read. */
  close(): void {
    this.closing.abort();
  }

  private begin(key: string, conversation: DeltaConversation): Followed {
    const followed = { feed: new DeltaFeed(), abort: new AbortController(), readers: 0 };
    this.followed.set(key, followed);
    const until = AbortSignal.any([followed.abort.signal, this.closing.signal]);
    void this.follow(conversation, followed.feed, until);
    return followed;
  }

  private end(key: string, followed: Followed): void {
    followed.abort.abort();
    if (this.followed.get(key) === followed) this.followed.delete(key);
  }
}
