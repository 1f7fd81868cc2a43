/**
 * A conversation's state and all that may happen to it. Plain and synchronous: no Temporal, no waiting. The workflow
 * drives it, its handlers speak to it, continue-as-new carries its snapshot.
 */
import type { PinnedAgent, ResolveAgentInput } from '../activities/contract';
import type { AgentResponseMessage, TurnError } from '../agent/agent-messages';
import { toModelClientMessage } from '../agent/agent-messages';
import type { RunEvent } from '../agent/run-events';
import { Memory } from '../agent/memory';
import type { ModelResponse } from '../agent/model';
import type { FailedAttempts } from '../agent/usage';
import { spendingOf } from '../agent/usage';
import type {
  Acknowledgement,
  CarriedConversation,
  ConversationMode,
  TurnRecord,
  WaitingMessage,
} from './contract';
import { RejectionType, messageLimitBytes, queueLimit } from './contract';
import { isTooLarge, messageIdOf, parseSendMessage } from './guards';
import { Inbox } from './inbox';
import { rememberTokens } from './prompt-estimate';
import type { TurnOutcome } from './turn-log';
import { TurnLog } from './turn-log';
import { toResponse } from './turn-response';

/** Why the door stays shut. */
export interface Rejection {
  readonly type: string;
  readonly message: string;
}

export class Conversation {
  readonly memory: Memory;
  readonly inbox: Inbox;
  readonly turnLog: TurnLog;
  /** Remembers how long each message is. */
  readonly countTokens = rememberTokens();
  pinned: PinnedAgent | undefined;
  /** What `pinned` was resolved from, once `adopt` has changed it. */
  adopted: ResolveAgentInput | undefined;
  /** The step at work; between turns the next turn's first. */
  step: number;
  /** What goes on now, in words. */
  activity: string | undefined;
  isClosing: boolean;
  /** How often older messages gave way to a summary. */
  compactions: number;
  /** Somebody asked for it, and it has not come about yet. */
  isCompactionAsked: boolean;
  /** Why the last one that was asked for while the agent was idle did not come about. */
  compactionError: TurnError | undefined;
  /** Pinned from the next step on: all attempts of one step are of one agent. */
  private nextPinned: PinnedAgent | undefined;

  constructor(
    readonly mode: ConversationMode,
    carried?: CarriedConversation,
  ) {
    this.memory = carried ? Memory.from(carried.memory) : new Memory();
    this.inbox = new Inbox(carried?.inbox);
    this.turnLog = new TurnLog(carried?.turns, carried?.earlierTurns);
    this.pinned = carried?.pinned;
    this.adopted = carried?.adopted;
    this.step = carried?.nextStep ?? 1;
    this.isClosing = carried?.isClosing ?? false;
    this.compactions = carried?.compactions ?? 0;
    this.isCompactionAsked = carried?.isCompactionAsked ?? false;
  }

  /** The turns that are remembered, oldest first. */
  get turns(): readonly TurnRecord[] {
    return this.turnLog.records;
  }

  /** The turn at work, if there is one. */
  get runningTurn(): TurnRecord | undefined {
    return this.turnLog.running;
  }

  get hasWork(): boolean {
    return this.runningTurn !== undefined || !this.inbox.isEmpty;
  }

  /** Why a raw message cannot be taken. The id comes first: a known id is never refused. */
  rejection(raw: unknown): Rejection | undefined {
    const messageId = messageIdOf(raw);
    if (messageId !== undefined && this.inbox.knows(messageId)) return undefined;
    if (this.isClosing) {
      return { type: RejectionType.closed, message: 'The conversation is closed.' };
    }
    if (this.inbox.isFull) {
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
    return parsed.ok ? undefined : { type: RejectionType.malformed, message: parsed.reason };
  }

  /** Takes a message that was not rejected: into Memory when the agent is free, else into the queue. */
  accept(raw: unknown): Acknowledgement {
    const messageId = messageIdOf(raw);
    if (messageId !== undefined && this.inbox.knows(messageId)) return this.duplicate(messageId);
    const parsed = parseSendMessage(raw);
    if (!parsed.ok) throw new Error(parsed.reason);
    const isFree = this.pinned !== undefined && !this.hasWork;
    if (!isFree) return this.inbox.queue(parsed.value);
    this.inbox.remember(parsed.value.messageId);
    return {
      messageId: parsed.value.messageId,
      accepted: 'appended',
      seq: this.openTurn(parsed.value),
    };
  }

  /** A message from a caller who cannot be answered: what is wrong with it is put aside and shown. */
  acceptOrPutAside(raw: unknown): void {
    const rejection = this.rejection(raw);
    if (rejection) this.inbox.putAside(`${rejection.type}: ${rejection.message}`);
    else this.accept(raw);
  }

  /** Opens the next waiting message's turn, unless one is open. */
  openNextTurn(): void {
    if (this.runningTurn) return;
    const waiting = this.inbox.next();
    if (waiting) this.openTurn(waiting);
  }

  requirePinned(): PinnedAgent {
    if (this.pinned) return this.pinned;
    throw new Error('The conversation has no agent yet.');
  }

  /** Goes on with `pinned` from the next step on. */
  adopt(pinned: PinnedAgent, from: ResolveAgentInput): void {
    this.adopted = from;
    this.nextPinned = pinned;
    if (!this.runningTurn) this.pinNext();
  }

  observe(event: RunEvent): void {
    switch (event.type) {
      case 'partial':
        return;
      case 'complete':
        this.turnLog.spend(spendingOf(event.accumulated), event.accumulated.failedAttempts);
        return;
      case 'tool_result':
        return;
      case 'step_finished':
        if (event.isFinal)
          this.closeTurn({ status: 'answered', answerSeq: this.memory.nextSeq - 1 });
        else this.step = event.step + 1;
        this.pinNext();
        return;
    }
  }

  /** The turn ends without an answer; the conversation lives on. `spent`: what its last model call cost in vain. */
  failTurn(error: TurnError, spent?: FailedAttempts): void {
    this.spendInVain(spent);
    this.memory.closeOpenCalls('Not executed: the turn failed.');
    this.closeTurn({ status: 'failed', error });
    this.pinNext();
  }

  /** What a model call that failed had been billed for. */
  spendInVain(spent: FailedAttempts | undefined): void {
    if (spent) this.turnLog.spend(spent, spent);
  }

  /** A summary takes the place of Memory's first `length` messages; what the running turn's user said stays. */
  compact(length: number, response: ModelResponse): void {
    const { memory, turnLog } = this;
    turnLog.spend(spendingOf(response), response.failedAttempts);
    turnLog.forget(memory.firstSeq + length - memory.headLength, (seq) => memory.slice(seq)[0]);
    memory.compact({ length, keepFrom: this.keepFrom, summary: response.content });
    this.compactions += 1;
    this.compactionError = undefined;
  }

  /** Sequence number from which on users' messages must not leave Memory: the running turn's first. */
  get keepFrom(): number {
    return this.runningTurn?.messages[0]?.seq ?? this.memory.nextSeq;
  }

  /** What a turn that is over yielded. */
  responseOf(turn: TurnRecord): AgentResponseMessage {
    return toResponse(turn, this.memory);
  }

  carry(previousRunId: string): CarriedConversation {
    return {
      pinned: this.requirePinned(),
      ...(this.adopted && { adopted: this.adopted }),
      memory: this.memory.snapshot(),
      inbox: this.inbox.snapshot(),
      turns: this.turns,
      ...(this.turnLog.earlier && { earlierTurns: this.turnLog.earlier }),
      ...(this.compactions > 0 && { compactions: this.compactions }),
      nextStep: this.step,
      isClosing: this.isClosing,
      ...(this.isCompactionAsked && { isCompactionAsked: true }),
      previousRunId,
    };
  }

  private pinNext(): void {
    this.pinned = this.nextPinned ?? this.pinned;
    this.nextPinned = undefined;
  }

  private openTurn({ messageId, message }: WaitingMessage): number {
    const seq = this.memory.append(toModelClientMessage(message));
    this.turnLog.open(messageId, seq);
    this.step = 1;
    return seq;
  }

  private closeTurn(outcome: TurnOutcome): void {
    this.turnLog.close(outcome);
    this.activity = undefined;
  }

  private duplicate(messageId: string): Acknowledgement {
    const seq = this.turnLog
      .find(messageId)
      ?.messages.findLast((message) => message.messageId === messageId)?.seq;
    const position = this.inbox.waitingIds.indexOf(messageId) + 1;
    return {
      messageId,
      accepted: 'duplicate',
      ...(seq !== undefined && { seq }),
      ...(position > 0 && { position }),
    };
  }
}
