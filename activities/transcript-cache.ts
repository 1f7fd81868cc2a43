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
  /** JSON bytes of all transcripts together; the least recently used go first. @default 256 MiB */
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

  /** Adds entries in order. What was cached at or behind an entry's seq is another branch, and forgotten. */
  append(conversation: string, epoch: number, entries: readonly TranscriptEntry[]): void {
    const known = this.transcripts.get(conversation);
    const cached = known?.epoch === epoch ? known : { epoch, entries: [], bytes: 0 };
    if (known && cached !== known) this.forget(conversation);
    for (const entry of entries) {
      if (entry.seq > cached.entries.length) break;
      for (const old of cached.entries.splice(entry.seq))
        this.count(cached, -jsonBytes(old.message));
      cached.entries.push(entry);
      this.count(cached, jsonBytes(entry.message));
    }
    this.transcripts.delete(conversation);
    this.transcripts.set(conversation, cached);
    this.evict();
  }

  /** The messages that `pointer` stands for, if they are cached and proven. */
  lookup(conversation: string, pointer: Pointer): readonly Message[] | undefined {
    const cached = this.transcripts.get(conversation);
    if (!cached || cached.epoch !== pointer.epoch) return undefined;
    if (!this.isProven(this.digestAt(cached, pointer.length), pointer)) return undefined;
    return cached.entries.slice(0, pointer.length).map(({ message }) => message);
  }

  /** How many cached messages a query may build on, once their digest has been compared. */
  prefix(conversation: string, pointer: Pointer): readonly TranscriptEntry[] {
    const cached = this.transcripts.get(conversation);
    return cached?.epoch === pointer.epoch ? cached.entries.slice(0, pointer.length) : [];
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

  private count(cached: CachedTranscript, bytes: number): void {
    cached.bytes += bytes;
    this.bytes += bytes;
  }

  private evict(): void {
    for (const conversation of this.transcripts.keys()) {
      if (this.bytes <= this.limitBytes || this.transcripts.size === 1) return;
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
