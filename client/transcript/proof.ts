/** Whether messages are those that a pointer in history stands for: the rolling digest says it. */
import type { Pointer } from '../../activities/contract';
import { emptyDigest, extendDigest } from '../../agent/digest';
import type { Message } from '../../agent/model';

export class Proof {
  /** `digests[n]` is that of the first n messages. */
  private digests: string[] = [emptyDigest];

  /** `messages` may have grown since they were last asked about; rewritten ones are digested anew. */
  holds(messages: readonly Message[], { length, digest }: Pointer): boolean {
    if (length > messages.length) return false;
    if (this.digestAt(length, messages) === digest) return true;
    this.digests = [emptyDigest];
    return this.digestAt(length, messages) === digest;
  }

  /** Whether it is `next` that comes after `messages`, and nothing more. */
  leadsTo(messages: readonly Message[], next: Message, { length, digest }: Pointer): boolean {
    if (length !== messages.length + 1) return false;
    const before = this.digestAt(messages.length, messages);
    return extendDigest(before ?? emptyDigest, next) === digest;
  }

  private digestAt(length: number, messages: readonly Message[]): string | undefined {
    for (let index = this.digests.length - 1; index < length; index++) {
      this.digests.push(extendDigest(this.digests[index] ?? emptyDigest, messages[index]));
    }
    return this.digests[length];
  }
}
