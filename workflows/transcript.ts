/**
 * The workflow's side of the transcript: what has been given to the worker's cache, and the pointer that stands for
 * it in an activity's input. Sinks run before the server has accepted the task, so a cache may hold a branch that
 * never became history; the digest in the pointer is what a cached transcript is believed by.
 */
import type {
  PinnedAgent,
  Pointer,
  TranscriptEntry,
  TranscriptSinks,
} from '../activities/contract';
import { emptyDigest, extendDigest } from '../agent/digest';
import { jsonBytes } from '../agent/json';
import type { Message } from '../agent/model';
import type { TranscriptPage, TranscriptRequest } from './contract';

export class Transcript {
  /** `digests[n]` proves the first n messages. */
  private digests: string[] = [emptyDigest];

  /** `epoch`: how often earlier messages were rewritten before. */
  constructor(
    private readonly sink: TranscriptSinks['transcript'],
    private epoch = 0,
  ) {}

  /** Earlier messages are no longer what they were: all are published anew. */
  rewrite(): void {
    this.epoch += 1;
    this.digests = [emptyDigest];
  }

  /** Gives the agent to the worker's cache. */
  pin(pinned: PinnedAgent): void {
    this.sink.pin(pinned);
  }

  /** Gives the messages that the cache has not seen to it, in one call. The pointer is to the first `length` of them. */
  publish(messages: readonly Message[], agentHash: string, length = messages.length): Pointer {
    const entries: TranscriptEntry[] = [];
    for (let seq = this.digests.length - 1; seq < messages.length; seq++) {
      const message = messages[seq]!;
      const digestAfter = extendDigest(this.digests[seq]!, message);
      this.digests.push(digestAfter);
      entries.push({ seq, digestAfter, message });
    }
    if (entries.length > 0) this.sink.append(this.epoch, entries);
    return { epoch: this.epoch, length, digest: this.digests[length]!, agentHash };
  }

  /** A page for a worker whose cache lacks it. Absent when this conversation never had what `pointer` proves. */
  page(messages: readonly Message[], request: TranscriptRequest): TranscriptPage | undefined {
    const { pointer, from, limitBytes } = request;
    const isOurs = pointer.epoch === this.epoch && this.digests[pointer.length] === pointer.digest;
    const digestBefore = this.digests[from];
    if (!isOurs || digestBefore === undefined) return undefined;
    const page: Message[] = [];
    let bytes = 0;
    for (const message of messages.slice(from, pointer.length)) {
      bytes += jsonBytes(message);
      if (page.length > 0 && bytes > limitBytes) break;
      page.push(message);
    }
    return { digestBefore, messages: page };
  }
}
