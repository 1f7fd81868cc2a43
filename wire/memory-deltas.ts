/** Deltas that never leave the process: for tests whose worker and client are one. */
import type {
  DeltaAttempt,
  DeltaChannel,
  DeltaConversation,
  DeltaPiece,
  DeltaReader,
  DeltaSnapshot,
  DeltaWriter,
} from './delta-channel';
import { DeltaFeed, isOutdated } from './delta-feeds';
import { UnsaidDeltas } from './unsaid-deltas';

export class MemoryDeltas implements DeltaChannel, DeltaReader {
  private readonly feeds = new Map<string, DeltaFeed>();
  private closing = new AbortController();

  open({ conversation, source }: DeltaAttempt): DeltaWriter {
    const feed = this.feedOf(conversation);
    return new MemoryDeltaWriter(new UnsaidDeltas(source), (snapshot) => {
      if (!isOutdated(snapshot, feed.newest)) feed.put(snapshot);
    });
  }

  read(conversation: DeltaConversation, signal: AbortSignal): AsyncGenerator<DeltaSnapshot> {
    const until = AbortSignal.any([signal, this.closing.signal]);
    return this.feedOf(conversation).read(until);
  }

  /** Ends what is being read. What is read afterwards begins with what there is. */
  async close(): Promise<void> {
    this.closing.abort();
    this.closing = new AbortController();
  }

  private feedOf({ namespace, id }: DeltaConversation): DeltaFeed {
    const key = JSON.stringify([namespace, id]);
    const feed = this.feeds.get(key) ?? new DeltaFeed();
    this.feeds.set(key, feed);
    return feed;
  }
}

class MemoryDeltaWriter implements DeltaWriter {
  private textLength = 0;
  private thinkingLength = 0;

  constructor(
    private readonly base: UnsaidDeltas,
    private readonly put: (snapshot: DeltaSnapshot) => void,
  ) {
    put(base.details);
  }

  get details(): DeltaSnapshot {
    return this.base.details;
  }

  write(piece: DeltaPiece): void {
    const { text = '', thinking = '' } = piece;
    this.base.write(piece);
    if (!text && !thinking) return;
    this.put({
      ...this.base.details,
      offset: this.textLength,
      text,
      ...(thinking && { thinking: { offset: this.thinkingLength, text: thinking } }),
    });
    this.textLength += text.length;
    this.thinkingLength += thinking.length;
  }

  end(): void {
    // Nothing is held back.
  }
}
