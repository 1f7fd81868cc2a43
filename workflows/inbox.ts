/** Messages that wait for their turn: order, dedupe, bounds. Pure over plain state. */
import { cut, jsonBytes } from '../agent/json';
import type { Acknowledgement, InboxState, WaitingMessage } from './contract';
import { queueLimit, queueLimitBytes } from './contract';

/** How many ids are remembered. A repeat older than this many messages would count as new. */
export const knownIdsLimit = 2_000;
/** How many messages that were taken back are remembered as such. */
const cancelledIdsLimit = 200;
const reasonsLimit = 10;
/** Characters of a reason: a sender may have written a part of it. */
const reasonLimit = 300;

export class Inbox {
  private waiting: WaitingMessage[];
  /** Those that are to enter the running turn. */
  private steering: WaitingMessage[];
  private cancelled: readonly string[];
  /** Insertion order is age. */
  private readonly known: Set<string>;
  private setAsideCount: number;
  private setAsideReasons: readonly string[];

  constructor(state?: InboxState) {
    this.waiting = [...(state?.waiting ?? [])];
    this.steering = [...(state?.steering ?? [])];
    this.cancelled = state?.cancelledIds ?? [];
    this.known = new Set(state?.knownIds);
    this.setAsideCount = state?.setAside.count ?? 0;
    this.setAsideReasons = state?.setAside.reasons ?? [];
  }

  knows(messageId: string): boolean {
    return this.known.has(messageId);
  }

  get isFull(): boolean {
    return this.waiting.length + this.steering.length >= queueLimit;
  }

  /** Of all that wait, in sum: JSON bytes of their contents. */
  get waitingBytes(): number {
    return [...this.waiting, ...this.steering].reduce((sum, one) => sum + waitingBytes(one), 0);
  }

  /** Whether `message` can wait too, or in the place of the one with its id. */
  hasRoomFor(message: WaitingMessage): boolean {
    const replaced = [...this.waiting, ...this.steering].find(
      ({ messageId }) => messageId === message.messageId,
    );
    const others = this.waitingBytes - (replaced ? waitingBytes(replaced) : 0);
    return others + waitingBytes(message) <= queueLimitBytes;
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  get waitingIds(): readonly string[] {
    return this.waiting.map(({ messageId }) => messageId);
  }

  get steeringIds(): readonly string[] {
    return this.steering.map(({ messageId }) => messageId);
  }

  /** Whether a message has been taken and has not entered Memory. */
  isWaiting(messageId: string): boolean {
    return this.waitingIds.includes(messageId) || this.steeringIds.includes(messageId);
  }

  isCancelled(messageId: string): boolean {
    return this.cancelled.includes(messageId);
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

  /** Whether the next one is from somebody who interrupts whatever is before it. */
  get isInterrupting(): boolean {
    return this.waiting[0]?.isInterrupting === true;
  }

  /** Before all but those that interrupt themselves. */
  queueFirst({ messageId, message }: WaitingMessage): Acknowledgement {
    this.remember(messageId);
    const before = this.waiting.filter(({ isInterrupting }) => isInterrupting).length;
    const urgent = { messageId, message, isUrgent: true, isInterrupting: true } as const;
    this.waiting.splice(before, 0, urgent);
    return { messageId, accepted: 'queued', position: before + 1 };
  }

  /** For the running turn. */
  steer({ messageId, message }: WaitingMessage): Acknowledgement {
    this.remember(messageId);
    this.steering.push({ messageId, message });
    return { messageId, accepted: 'steering' };
  }

  next(): WaitingMessage | undefined {
    return this.waiting.shift();
  }

  takeSteering(): readonly WaitingMessage[] {
    const taken = this.steering;
    this.steering = [];
    return taken;
  }

  /** The turn that they were for is over: the next ones are theirs, after the one of whoever stopped it. */
  queueSteering(): void {
    const steering = this.takeSteering().map((message) => ({
      ...message,
      isUrgent: true as const,
    }));
    this.waiting.splice(this.urgentCount, 0, ...steering);
  }

  /** @returns those that had not entered Memory. */
  cancel(messageIds: readonly string[]): readonly string[] {
    const isMeant = ({ messageId }: WaitingMessage) => messageIds.includes(messageId);
    const cancelled = [...this.waiting, ...this.steering].filter(isMeant);
    this.waiting = this.waiting.filter((message) => !isMeant(message));
    this.steering = this.steering.filter((message) => !isMeant(message));
    const ids = cancelled.map(({ messageId }) => messageId);
    this.cancelled = [...this.cancelled, ...ids].slice(-cancelledIdsLimit);
    return ids;
  }

  /** @returns whether the message had not entered Memory yet. */
  edit(messageId: string, message: WaitingMessage['message']): boolean {
    const list = [this.waiting, this.steering].find((one) =>
      one.some((waiting) => waiting.messageId === messageId),
    );
    const index = list?.findIndex((waiting) => waiting.messageId === messageId) ?? -1;
    if (!list || index < 0) return false;
    list[index] = { ...list[index]!, message };
    return true;
  }

  private get urgentCount(): number {
    return this.waiting.filter(({ isUrgent }) => isUrgent).length;
  }

  putAside(reason: string): void {
    this.setAsideCount += 1;
    this.setAsideReasons = [...this.setAsideReasons, cut(reason, reasonLimit)].slice(-reasonsLimit);
  }

  snapshot(): InboxState {
    const { waiting, steering, cancelled: cancelledIds } = this;
    return {
      waiting: [...waiting],
      ...(steering.length > 0 && { steering: [...steering] }),
      ...(cancelledIds.length > 0 && { cancelledIds }),
      knownIds: [...this.known],
      setAside: this.setAside,
    };
  }
}

/** JSON bytes that a message takes up while it waits: its content's. Its id is short. */
function waitingBytes({ message }: Pick<WaitingMessage, 'message'>): number {
  return jsonBytes(message.content);
}
