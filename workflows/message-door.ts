/** The door for messages: what is refused and why, what is taken and where it goes. Plain and synchronous. */
import type { Acknowledgement, SendMessageInput, TurnRecord, WaitingMessage } from './contract';
import { RejectionType, messageLimitBytes, queueLimit, queueLimitBytes } from './contract';
import { isTooLarge, messageIdOf, parseSendMessage } from './guards';
import type { Inbox } from './inbox';
import type { TurnLog } from './turn-log';

/** Why the door stays shut. */
export interface Rejection {
  readonly type: string;
  readonly message: string;
}

/** What the door has to know of its conversation, and to ask of it. */
export interface House {
  readonly inbox: Inbox;
  readonly turnLog: TurnLog;
  readonly isClosing: boolean;
  /** Whether a message can open its turn at once. */
  readonly isFree: boolean;
  readonly runningTurn: TurnRecord | undefined;
  /** @returns the sequence number of the message. */
  openTurn(message: WaitingMessage): number;
  interrupt(): unknown;
}

export class MessageDoor {
  constructor(private readonly house: House) {}

  /** Why a raw message cannot be taken. The id comes first: a known id is never refused. */
  rejection(raw: unknown): Rejection | undefined {
    const { inbox, isClosing } = this.house;
    const messageId = messageIdOf(raw);
    if (messageId !== undefined && inbox.knows(messageId)) return undefined;
    if (isClosing) {
      return { type: RejectionType.closed, message: 'The conversation is closed.' };
    }
    if (inbox.isFull) {
      return {
        type: RejectionType.full,
        message: `${queueLimit} messages are waiting already. Send again when some are answered.`,
      };
    }
    if (isTooLarge(raw)) {
      return {
        type: RejectionType.tooLarge,
        message: `The message is larger than ${messageLimitBytes} bytes of JSON.`,
      };
    }
    const parsed = parseSendMessage(raw);
    if (!parsed.ok) return { type: RejectionType.malformed, message: parsed.reason };
    return inbox.hasRoomFor(parsed.value) ? undefined : this.noRoom();
  }

  /** Why a message that waits cannot be replaced. That it waits no longer is an answer, not a reason. */
  editRejection(edited: WaitingMessage): Rejection | undefined {
    const { inbox } = this.house;
    const isPossible = !inbox.isWaiting(edited.messageId) || inbox.hasRoomFor(edited);
    return isPossible ? undefined : this.noRoom();
  }

  /** Takes a message that was not rejected: into Memory when the agent is free, else to where its delivery says. */
  accept(raw: unknown): Acknowledgement {
    const { inbox, isFree } = this.house;
    const messageId = messageIdOf(raw);
    if (messageId !== undefined && inbox.knows(messageId)) return this.duplicate(messageId);
    const parsed = parseSendMessage(raw);
    if (!parsed.ok) throw new Error(parsed.reason);
    if (!isFree) return this.deliver(parsed.value);
    inbox.remember(parsed.value.messageId);
    return {
      messageId: parsed.value.messageId,
      accepted: 'appended',
      seq: this.house.openTurn(parsed.value),
    };
  }

  private deliver(input: SendMessageInput): Acknowledgement {
    const { inbox, runningTurn } = this.house;
    const { delivery = 'queue' } = input;
    switch (delivery) {
      case 'queue':
        return inbox.queue(input);
      case 'steer':
        // Between two turns it is for the one that opens next: behind what waits it would be overtaken by later ones.
        return runningTurn || !inbox.isEmpty ? inbox.steer(input) : inbox.queue(input);
      case 'interrupt': {
        const acknowledgement = inbox.queueFirst(input);
        this.house.interrupt();
        return acknowledgement;
      }
    }
  }

  private duplicate(messageId: string): Acknowledgement {
    const { inbox, turnLog } = this.house;
    const seq = turnLog
      .find(messageId)
      ?.messages.findLast((message) => message.messageId === messageId)?.seq;
    const position = inbox.waitingIds.indexOf(messageId) + 1;
    return {
      messageId,
      accepted: 'duplicate',
      ...(seq !== undefined && { seq }),
      ...(position > 0 && { position }),
    };
  }

  private noRoom(): Rejection {
    const { waitingBytes } = this.house.inbox;
    return {
      type: RejectionType.full,
      message: `${waitingBytes} bytes of messages are waiting already; with this one it would be more than ${queueLimitBytes}. Send again when some are answered.`,
    };
  }
}
