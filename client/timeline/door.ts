/**
 * The messages of a conversation in the order in which its turns will take them: the fold of what came through its
 * door. It takes and sets aside what the conversation itself did (workflows/inbox.ts, workflows/guards.ts).
 */
import type { UserAgentMessage } from '../../agent/agent-messages';
import { jsonBytes } from '../../agent/json';
import type { WaitingMessage } from '../../workflows/contract';
import { messageIdLimit, messageLimitBytes, queueLimit } from '../../workflows/contract';
import type { TimelineMessage } from './types';
import { asFields, asList, asText, shortText } from './values';
import { toIso } from './work';

export class Door {
  private queue: TimelineMessage[] = [];
  private readonly known = new Map<string, TimelineMessage | undefined>();
  private isClosing = false;

  get waiting(): readonly TimelineMessage[] {
    return this.queue;
  }

  /** `isFree`: no turn is open, so that the first message that waits does so for no more than a workflow task. */
  accept(input: unknown, atMs: number, isFree: boolean): void {
    const message = toMessage(input);
    if (!message || this.known.has(message.messageId) || this.isClosing) return;
    if (this.queue.length - (isFree ? 1 : 0) >= queueLimit) return;
    const accepted = { ...message, acceptedAt: toIso(atMs) };
    this.known.set(message.messageId, accepted);
    this.queue.push(accepted);
  }

  close(): void {
    this.isClosing = true;
  }

  next(): TimelineMessage | undefined {
    return this.queue.shift();
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
    this.queue = asList(inbox.waiting).flatMap((input) => {
      const { messageId, message } = asFields(input);
      if (typeof messageId !== 'string') return [];
      return [this.find(messageId) ?? { messageId, text: shortText(asFields(message).content) }];
    });
  }
}

/** Undefined for what the conversation sets aside. */
function toMessage(input: unknown): TimelineMessage | undefined {
  const read = readMessage(input);
  return read && { messageId: read.messageId, text: shortText(read.message.content) };
}

/** What came through the door, in full. */
export function readMessage(input: unknown): WaitingMessage | undefined {
  const { messageId, message } = asFields(input);
  const { role, content } = asFields(message);
  const isMessage =
    typeof messageId === 'string' &&
    messageId.length >= 1 &&
    messageId.length <= messageIdLimit &&
    role === 'user' &&
    (asText(content)?.trim() || asList(content).length > 0) &&
    jsonBytes(input) <= messageLimitBytes;
  return isMessage ? { messageId, message: message as UserAgentMessage } : undefined;
}
