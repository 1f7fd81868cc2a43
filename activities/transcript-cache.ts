/**
 * What the worker remembers of its conversations, so that a pointer becomes a prompt without the network. It is fed
 * by the workflow's sink, which runs before the server has accepted the task: what is cached may be a branch that
 * never became history. So nothing cached is believed without the digest that the pointer carries.
 */
import { jsonBytes } from '../agent/json';
import type { Message } from '../agent/model';
import { emptyDigest, extendDigest } from '../agent/digest';
import type { Pointer, TranscriptEntry } from './contract';

interface CachedTranscript {
  readonly epoch: number;
  readonly entries: TranscriptEntry[];
  bytes: number;
}

export interface TranscriptCacheOptions {
  /**
   * JSON bytes of all transcripts together; the least recently used go first. One that is larger by itself is not kept:
   * its prompts are asked for, page by page, each time. @default 256 MiB
   */
  readonly limitBytes?: number;
}

export class TranscriptCache {
  private readonly limitBytes: number;
  /** Insertion order is use. */
  private readonly transcripts = new Map<string, CachedTranscript>();
  private bytes = 0;

  constructor(options: TranscriptCacheOptions = {}) {
    this.limitBytes = options.limitBytes ?? 256 * 1024 * 1024;
  }

  get sizeBytes(): number {
    return this.bytes;
  }

  /**
   * Adds entries that follow on one another. What was cached at or behind the first one's seq is another branch, and
   * forgotten. They are taken only if they follow on what is cached: the digest at the end of a chain proves its
   * beginning, but not that of another one.
   */
  append(conversation: string, epoch: number, entries: readonly TranscriptEntry[]): void {
    const known = this.transcripts.get(conversation);
    if (known && known.epoch !== epoch) this.forget(conversation);
    const cached = known?.epoch === epoch ? known : { epoch, entries: [], bytes: 0 };
    const [first] = entries;
    if (!first || !this.isContinuedBy(cached, first)) return;
    for (const old of cached.entries.splice(first.seq)) this.count(cached, -jsonBytes(old.message));
    for (const entry of entries) {
      cached.entries.push(entry);
      this.count(cached, jsonBytes(entry.message));
    }
    this.use(conversation, cached);
    // Alone too large, it makes no room by driving the others out.
    if (cached.bytes > this.limitBytes) this.forget(conversation);
    this.evict();
  }

  /** The messages that `pointer` stands for, if they are cached and proven. */
  lookup(conversation: string, pointer: Pointer): readonly Message[] | undefined {
    const cached = this.transcripts.get(conversation);
    if (!cached || cached.epoch !== pointer.epoch) return undefined;
    if (!this.isProven(this.digestAt(cached, pointer.length), pointer)) return undefined;
    this.use(conversation, cached);
    return cached.entries.slice(0, pointer.length).map(({ message }) => message);
  }

  /**
   * Cached entries that a query may build on, once their digest has been compared: one less than `pointer` asks for
   * at most, since all of them would have been found by `lookup` if they were right.
   */
  prefix(conversation: string, pointer: Pointer): readonly TranscriptEntry[] {
    const cached = this.transcripts.get(conversation);
    if (cached?.epoch !== pointer.epoch) return [];
    return cached.entries.slice(0, Math.max(0, pointer.length - 1));
  }

  forget(conversation: string): void {
    const cached = this.transcripts.get(conversation);
    if (!cached) return;
    this.bytes -= cached.bytes;
    this.transcripts.delete(conversation);
  }

  /** Length is no proof; the digest is. */
  protected isProven(digest: string | undefined, pointer: Pointer): boolean {
    return digest === pointer.digest;
  }

  private digestAt(cached: CachedTranscript, length: number): string | undefined {
    return length === 0 ? emptyDigest : cached.entries[length - 1]?.digestAfter;
  }

  private isContinuedBy(cached: CachedTranscript, entry: TranscriptEntry): boolean {
    const digestBefore = this.digestAt(cached, entry.seq);
    return (
      digestBefore !== undefined && extendDigest(digestBefore, entry.message) === entry.digestAfter
    );
  }

  private use(conversation: string, cached: CachedTranscript): void {
    this.transcripts.delete(conversation);
    this.transcripts.set(conversation, cached);
  }

  private count(cached: CachedTranscript, bytes: number): void {
    cached.bytes += bytes;
    this.bytes += bytes;
  }

  private evict(): void {
    for (const conversation of this.transcripts.keys()) {
      if (this.bytes <= this.limitBytes) return;
      this.forget(conversation);
    }
  }
}

/** Entries for `messages` that follow on `digestBefore`. */
export function toEntries(
  messages: readonly Message[],
  firstSeq: number,
  digestBefore: string,
): readonly TranscriptEntry[] {
  let digest = digestBefore;
  return messages.map((message, index) => {
    digest = extendDigest(digest, message);
    return { seq: firstSeq + index, digestAfter: digest, message };
  });
}
