/**
 * Deltas through Redis Streams, the worker's end: for many readers and low latency. Pieces are told together for some
 * milliseconds; what Redis does not take waits, up to a limit, and is then dropped. The heartbeats carry no text.
 */
import type { PayloadCodec } from '@temporalio/common';
import type {
  DeltaAttempt,
  DeltaChannel,
  DeltaPiece,
  DeltaSnapshot,
  DeltaSource,
  DeltaWriter,
} from './delta-channel';
import { Pace } from './pace';
import { RedisConnection, type RedisLocation, databaseOf } from './redis-connection';
import { EntryFormat, entryField, streamKey } from './redis-entries';
import { endOf, spanOf } from './text-span';
import { TextTail } from './text-tail';
import { UnsaidDeltas } from './unsaid-deltas';

export interface RedisDeltasOptions extends RedisLocation {
  /** The data converter's codecs. @default none */
  readonly codecs?: (() => readonly PayloadCodec[]) | undefined;
  /** Of one conversation, more or less. @default 8192: some minutes of a fast model */
  readonly keptEntries?: number;
}

/** Of text that Redis has not taken, and of reasoning. */
export const waitingLimitBytes = 64 * 1024;
const intervalMs = 20;
const retryMs = 250;
/** A stream outlives the longest pause of a model that is at work. */
const expiryMs = 15 * 60_000;
/** After its answer, which is durable then, it is of use only to who is just reading. */
const expiryAfterEndMs = 60_000;

/** Without a snapshot only the expiry changes. */
type Send = (key: string, expiresInMs: number, snapshot?: DeltaSnapshot) => Promise<void>;

export class RedisDeltas implements DeltaChannel {
  private readonly connection: RedisConnection;
  private readonly format: EntryFormat;
  private readonly keptEntries: number;
  private readonly database: number;

  constructor({ codecs, keptEntries = 8_192, ...location }: RedisDeltasOptions) {
    this.keptEntries = keptEntries;
    this.database = databaseOf(location.url);
    this.connection = new RedisConnection(location);
    this.format = new EntryFormat(codecs);
  }

  open(attempt: DeltaAttempt): DeltaWriter {
    this.connection.reopen();
    const key = streamKey(attempt.conversation, this.database);
    return new RedisDeltaWriter(key, attempt.source, this.send);
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private readonly send: Send = async (key, expiresInMs, snapshot) => {
    const text = snapshot && (await this.format.toText(snapshot));
    await this.connection.use(async (redis) => {
      const pipeline = redis.pipeline();
      if (text !== undefined)
        pipeline.xadd(key, 'MAXLEN', '~', this.keptEntries, '*', entryField, text);
      const results = await pipeline.pexpire(key, expiresInMs).exec();
      const [error] = results?.find(([failure]) => failure) ?? [];
      if (error) throw error;
    });
  };
}

class RedisDeltaWriter implements DeltaWriter {
  private readonly base: UnsaidDeltas;
  /** What Redis has not taken. */
  private readonly text = new TextTail(waitingLimitBytes);
  private readonly thinking = new TextTail(waitingLimitBytes);
  private readonly pace = new Pace(intervalMs, () => void this.flush());
  private retry: NodeJS.Timeout | undefined;
  private isOpened = false;
  private isSending = false;
  private isEnded = false;
  private isClosed = false;

  constructor(
    private readonly key: string,
    private readonly source: DeltaSource,
    private readonly send: Send,
  ) {
    this.base = new UnsaidDeltas(source);
    // Who shows an earlier attempt is told at once that it is over.
    void this.flush();
  }

  get details(): DeltaSnapshot {
    return this.base.details;
  }

  write(piece: DeltaPiece): void {
    const { text = '', thinking = '' } = piece;
    this.base.write(piece);
    this.text.add(text);
    this.thinking.add(thinking);
    if ((text || thinking) && !this.retry) this.pace.soon();
  }

  end(): void {
    this.isEnded = true;
    this.pace.stop();
    clearTimeout(this.retry);
    void this.flush();
  }

  private async flush(): Promise<void> {
    if (this.isSending) return;
    this.isSending = true;
    try {
      do await this.sendNext();
      while (this.isEnded && !this.isClosed);
    } catch {
      if (!this.isEnded) this.retryLater();
    } finally {
      this.isSending = false;
    }
    // What has been added meanwhile; after a failure the pace would be too fast.
    if (this.hasMore && !this.isEnded && !this.retry) this.pace.soon();
  }

  private get hasMore(): boolean {
    return this.text.text !== '' || this.thinking.text !== '';
  }

  private async sendNext(): Promise<void> {
    const { key } = this;
    if (!this.isOpened) {
      await this.send(key, expiryMs, { ...this.source, offset: 0, text: '' });
      this.isOpened = true;
    } else if (this.hasMore) {
      await this.sendPiece();
    } else if (this.isEnded) {
      await this.send(key, expiryAfterEndMs);
      this.isClosed = true;
    }
  }

  /** What is added while Redis takes it, waits. */
  private async sendPiece(): Promise<void> {
    const text = spanOf(this.text);
    const thinking = spanOf(this.thinking);
    const hasThought = thinking.text !== '';
    const piece = { ...this.base.details, ...text, ...(hasThought && { thinking }) };
    await this.send(this.key, expiryMs, piece);
    this.text.dropBefore(endOf(text));
    this.thinking.dropBefore(endOf(thinking));
  }

  private retryLater(): void {
    this.retry = setTimeout(() => {
      this.retry = undefined;
      void this.flush();
    }, retryMs);
    this.retry.unref();
  }
}
