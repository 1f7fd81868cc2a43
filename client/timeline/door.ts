/**
 * The messages of a conversation in the order in which its turns will take them: the fold of what came through its
 * door. It takes and sets aside what the conversation itself did (workflows/inbox.ts, workflows/guards.ts).
 */
import type { UserAgentMessage } from '../../agent/agent-messages';
import { jsonBytes } from '../../agent/json';
import type { SendMessageInput } from '../../workflows/contract';
import {
  messageIdLimit,
  messageLimitBytes,
  queueLimit,
  queueLimitBytes,
} from '../../workflows/contract';
import type { TimelineMessage } from './types';
import { asFields, asList, asText, shortText } from './values';
import { toIso } from './work';

/** A message, and the JSON bytes of its content in full: the inbox is bounded by their sum. */
interface Waiting {
  readonly message: TimelineMessage;
  readonly bytes: number;
  readonly isUrgent?: boolean;
  readonly isInterrupting?: boolean;
  /** It was steered between two turns, and the next one that opens is meant. */
  readonly isForNext?: boolean;
}

/** What the agent does when a message comes. */
export interface AgentAtDoor {
  /** No turn is open, so that the first message that waits does so for no more than a workflow task. */
  readonly isFree: boolean;
  readonly isRunning: boolean;
}

export class Door {
  /** Edits that are not answered yet. */
  private readonly edits: unknown[] = [];
  private queue: Waiting[] = [];
  /** Those that are to enter the running turn. */
  private steering: Waiting[] = [];
  /** Asked to enter a running turn when there seemed to be none: one that goes on after all takes them. */
  private readonly late = new Set<string>();
  private readonly known = new Map<string, TimelineMessage | undefined>();
  private isClosing = false;

  get waiting(): readonly TimelineMessage[] {
    return [...this.steering, ...this.queue].map(({ message }) => message);
  }

  /** @returns whether it stops the running turn. */
  accept(input: unknown, atMs: number, { isFree, isRunning }: AgentAtDoor): boolean {
    const read = readMessage(input);
    if (!read || this.known.has(read.messageId) || this.isClosing) return false;
    const inFront = [...this.queue.slice(isFree ? 1 : 0), ...this.steering];
    const bytes = jsonBytes(read.message.content);
    if (inFront.length >= queueLimit || sum(inFront) + bytes > queueLimitBytes) return false;
    const { messageId, message: sent, delivery = 'queue' } = read;
    const message = { messageId, text: shortText(sent.content), acceptedAt: toIso(atMs) };
    this.known.set(messageId, message);
    switch (delivery) {
      case 'queue':
        this.queue.push({ message, bytes });
        return false;
      case 'steer':
        if (!isRunning) this.late.add(messageId);
        if (isRunning) this.steering.push({ message, bytes });
        else if (this.queue.length > 0) this.steering.push({ message, bytes, isForNext: true });
        else this.queue.push({ message, bytes });
        return false;
      case 'interrupt':
        this.queueFirst({ message, bytes, isUrgent: true, isInterrupting: true });
        return true;
    }
  }

  /** The conversation says where it has put it. */
  put(messageId: string, place: 'steering' | 'queue'): void {
    const [from, to] =
      place === 'steering' ? [this.queue, this.steering] : [this.steering, this.queue];
    const index = from.findIndex(({ message }) => message.messageId === messageId);
    const isForNext = place === 'steering' && this.late.has(messageId);
    to.push(...from.splice(index, index < 0 ? 0 : 1).map((it) => ({ ...it, isForNext })));
  }

  /** They enter the running turn. */
  takeSteering(): readonly TimelineMessage[] {
    const taken = this.steering.map(({ message }) => message);
    this.steering = [];
    return taken;
  }

  /** A turn goes on that seemed to be over: so there was somebody who steered it. */
  steerLate(): void {
    for (const messageId of this.late) this.put(messageId, 'steering');
    this.late.clear();
  }

  /** The turn that they were for is over: the next ones are theirs. */
  queueSteering(): void {
    const steering = this.steering.filter(({ isForNext }) => !isForNext);
    this.steering = this.steering.filter(({ isForNext }) => isForNext);
    const urgent = steering.map((waiting) => ({ ...waiting, isUrgent: true }));
    this.queue.splice(this.urgentCount, 0, ...urgent);
  }

  cancel(messageIds: readonly string[]): void {
    const stays = ({ message }: Waiting) => !messageIds.includes(message.messageId);
    this.queue = this.queue.filter(stays);
    this.steering = this.steering.filter(stays);
    if (this.queue.length > 0) return;
    // What was steered behind one of them opens a turn itself.
    const isForNext = ({ isForNext: isMeant = false }: Waiting) => isMeant;
    this.queue = this.steering.filter(isForNext).map((it) => ({ ...it, isUrgent: true }));
    this.steering = this.steering.filter((it) => !isForNext(it));
  }

  /** Whether it is taken is told later. */
  askEdit(input: unknown): void {
    this.edits.push(input);
  }

  /** Of the edit that has waited longest. */
  answerEdit(isTaken: boolean): void {
    const input = this.edits.shift();
    if (isTaken) this.edit(input);
  }

  /** What had not entered Memory says something else from now on. */
  edit(input: unknown): void {
    const read = readMessage(input);
    if (!read) return;
    const { messageId, message: sent } = read;
    const change = (waiting: Waiting): Waiting => {
      if (waiting.message.messageId !== messageId) return waiting;
      const message = { ...waiting.message, text: shortText(sent.content) };
      this.known.set(messageId, message);
      return { ...waiting, message, bytes: jsonBytes(sent.content) };
    };
    this.queue = this.queue.map(change);
    this.steering = this.steering.map(change);
  }

  close(): void {
    this.isClosing = true;
  }

  next(): TimelineMessage | undefined {
    const next = this.queue.shift()?.message;
    if (!next) return undefined;
    this.late.delete(next.messageId);
    this.steering = this.steering.map((waiting) => ({ ...waiting, isForNext: false }));
    return next;
  }

  /** Whether it waits for a turn of its own. */
  isQueued(messageId: string): boolean {
    return this.queue.some(({ message }) => message.messageId === messageId);
  }

  /** A message that is known to have been taken. */
  find(messageId: string): TimelineMessage | undefined {
    return this.known.get(messageId);
  }

  /** What continue-as-new took along is the truth about what waits. */
  restore(carriedInbox: unknown, isClosing: boolean): void {
    const inbox = asFields(carriedInbox);
    for (const id of asList(inbox.knownIds)) {
      if (typeof id === 'string' && !this.known.has(id)) this.known.set(id, undefined);
    }
    this.isClosing = isClosing;
    this.queue = this.read(inbox.waiting);
    this.steering = this.read(inbox.steering);
  }

  private read(waiting: unknown): Waiting[] {
    return asList(waiting).flatMap((input) => {
      const { messageId, message, isUrgent, isInterrupting } = asFields(input);
      if (typeof messageId !== 'string') return [];
      const { content } = asFields(message);
      const known = this.find(messageId) ?? { messageId, text: shortText(content) };
      const urgent = isUrgent === true && { isUrgent };
      const first = isInterrupting === true && { isInterrupting };
      return [{ message: known, bytes: jsonBytes(content), ...urgent, ...first }];
    });
  }

  /** Whether the next one is from somebody who interrupts whatever is before it. */
  get isInterrupting(): boolean {
    return this.queue[0]?.isInterrupting === true;
  }

  /** Before all but those that interrupt themselves. */
  private queueFirst(waiting: Waiting): void {
    const before = this.queue.filter(({ isInterrupting }) => isInterrupting).length;
    this.queue.splice(before, 0, waiting);
  }

  private get urgentCount(): number {
    return this.queue.filter(({ isUrgent }) => isUrgent).length;
  }
}

function sum(queue: readonly Waiting[]): number {
  return queue.reduce((total, { bytes }) => total + bytes, 0);
}

/** What came through the door, in full. */
export function readMessage(input: unknown): SendMessageInput | undefined {
  const { messageId, message, delivery } = asFields(input);
  const { role, content } = asFields(message);
  const isMessage =
    typeof messageId === 'string' &&
    messageId.length >= 1 &&
    messageId.length <= messageIdLimit &&
    role === 'user' &&
    (asText(content)?.trim() || asList(content).length > 0) &&
    (delivery === undefined || deliveries.some((known) => known === delivery)) &&
    jsonBytes(input) <= messageLimitBytes;
  if (!isMessage) return undefined;
  const known = deliveries.find((one) => one === delivery);
  return { messageId, message: message as UserAgentMessage, ...(known && { delivery: known }) };
}

const deliveries = ['queue', 'steer', 'interrupt'] as const;
