/** Messages that wait for their turn: order, dedupe, bounds. Pure over plain state. */
import { cut } from '../agent/json';
import type { Acknowledgement, InboxState, WaitingMessage } from './contract';
import { queueLimit } from './contract';

/** How many ids are remembered. A repeat older than this many messages would count as new. */
export const knownIdsLimit = 2_000;
const reasonsLimit = 10;
/** Characters of a reason: a sender may have written a part of it. */
const reasonLimit = 300;

export class Inbox {
  private waiting: WaitingMessage[];
  /** Insertion order is age. */
  private readonly known: Set<string>;
  private setAsideCount: number;
  private setAsideReasons: readonly string[];

  constructor(state?: InboxState) {
    this.waiting = [...(state?.waiting ?? [])];
    this.known = new Set(state?.knownIds);
    this.setAsideCount = state?.setAside.count ?? 0;
    this.setAsideReasons = state?.setAside.reasons ?? [];
  }

  knows(messageId: string): boolean {
    return this.known.has(messageId);
  }

  get isFull(): boolean {
    return this.waiting.length >= queueLimit;
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  get waitingIds(): readonly string[] {
    return this.waiting.map(({ messageId }) => messageId);
  }

  get setAside(): InboxState['setAside'] {
    return { count: this.setAsideCount, reasons: this.setAsideReasons };
  }

  /** Remembers an id, forgetting the oldest beyond the bound. */
  remember(messageId: string): void {
    this.known.add(messageId);
    if (this.known.size <= knownIdsLimit) return;
    const [oldest] = this.known;
    if (oldest !== undefined) this.known.delete(oldest);
  }

  queue({ messageId, message }: WaitingMessage): Acknowledgement {
    this.remember(messageId);
    this.waiting.push({ messageId, message });
    return { messageId, accepted: 'queued', position: this.waiting.length };
  }

  next(): WaitingMessage | undefined {
    return this.waiting.shift();
  }

  putAside(reason: string): void {
    this.setAsideCount += 1;
    this.setAsideReasons = [...this.setAsideReasons, cut(reason, reasonLimit)].slice(-reasonsLimit);
  }

  snapshot(): InboxState {
    return { waiting: [...this.waiting], knownIds: [...this.known], setAside: this.setAside };
  }
}
