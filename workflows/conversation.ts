/**
 * A conversation's state and all that may happen to it. Plain and synchronous: no Temporal, no waiting. The workflow
 * drives it, its handlers speak to it, continue-as-new carries its snapshot.
 */
import type { PinnedAgent, ResolveAgentInput } from '../activities/contract';
import type { AgentResponseMessage, TurnError } from '../agent/agent-messages';
import { toModelClientMessage } from '../agent/agent-messages';
import type { RunEvent } from '../agent/run-events';
import { Memory } from '../agent/memory';
import type { FinishReason } from '../agent/model';
import { outputOf } from '../agent/output';
import type { FailedAttempts, Spending } from '../agent/usage';
import { addFailedAttempts, addSpending, nothingSpent, spendingOf } from '../agent/usage';
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

/** Why the door stays shut. */
export interface Rejection {
  readonly type: string;
  readonly message: string;
}

export class Conversation {
  readonly memory: Memory;
  readonly inbox: Inbox;
  readonly turns: TurnRecord[];
  pinned: PinnedAgent | undefined;
  /** What `pinned` was resolved from, once `adopt` has changed it. */
  adopted: ResolveAgentInput | undefined;
  /** The step at work; between turns the next turn's first. */
  step: number;
  /** What goes on now, in words. */
  activity: string | undefined;
  isClosing: boolean;
  /** Pinned from the next step on: all attempts of one step are of one agent. */
  private nextPinned: PinnedAgent | undefined;

  constructor(
    readonly mode: ConversationMode,
    carried?: CarriedConversation,
  ) {
    this.memory = carried ? Memory.from(carried.memory) : new Memory();
    this.inbox = new Inbox(carried?.inbox);
    this.turns = [...(carried?.turns ?? [])];
    this.pinned = carried?.pinned;
    this.adopted = carried?.adopted;
    this.step = carried?.nextStep ?? 1;
    this.isClosing = carried?.isClosing ?? false;
  }

  /** The turn at work, if there is one. */
  get runningTurn(): TurnRecord | undefined {
    const last = this.turns.at(-1);
    return last?.status === 'running' ? last : undefined;
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
        this.spend(spendingOf(event.accumulated), event.accumulated.failedAttempts);
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
    if (spent) this.spend(spent, spent);
    this.memory.closeOpenCalls('Not executed: the turn failed.');
    this.closeTurn({ status: 'failed', error });
    this.pinNext();
  }

  /** What a turn that is over yielded. */
  responseOf(turn: TurnRecord): AgentResponseMessage {
    const answer =
      turn.answerSeq === undefined
        ? undefined
        : this.memory.slice(turn.answerSeq, turn.answerSeq + 1)[0];
    const response = answer?.role === 'assistant' ? answer : undefined;
    const finishReason: FinishReason = response?.finishReason ?? 'error';
    const output = response && outputOf(response);
    return {
      role: 'agent',
      content: response?.content ?? '',
      turn: turn.turn,
      finishReason,
      ...turnSpending(turn),
      ...(output !== undefined && { output }),
      ...(turn.error && { error: turn.error }),
    };
  }

  carry(previousRunId: string): CarriedConversation {
    return {
      pinned: this.requirePinned(),
      ...(this.adopted && { adopted: this.adopted }),
      memory: this.memory.snapshot(),
      inbox: this.inbox.snapshot(),
      turns: this.turns,
      nextStep: this.step,
      isClosing: this.isClosing,
      previousRunId,
    };
  }

  private pinNext(): void {
    this.pinned = this.nextPinned ?? this.pinned;
    this.nextPinned = undefined;
  }

  private openTurn({ messageId, message }: WaitingMessage): number {
    const seq = this.memory.append(toModelClientMessage(message));
    const turn = (this.turns.at(-1)?.turn ?? 0) + 1;
    this.turns.push({ turn, messages: [{ messageId, seq }], status: 'running', ...nothingSpent });
    this.step = 1;
    return seq;
  }

  private closeTurn(outcome: Pick<TurnRecord, 'status' | 'answerSeq' | 'error'>): void {
    this.updateTurn(() => outcome);
    this.activity = undefined;
  }

  private spend(spending: Spending, failed: FailedAttempts | undefined): void {
    this.updateTurn((turn) => {
      const failedAttempts = addFailedAttempts(turn.failedAttempts, failed);
      return {
        ...addSpending(turnSpending(turn), spending),
        ...(failedAttempts && { failedAttempts }),
      };
    });
  }

  private updateTurn(change: (turn: TurnRecord) => Partial<TurnRecord>): void {
    const last = this.turns.at(-1);
    if (last) this.turns[this.turns.length - 1] = { ...last, ...change(last) };
  }

  private duplicate(messageId: string): Acknowledgement {
    const seq = this.turns
      .flatMap(({ messages }) => messages)
      .findLast((message) => message.messageId === messageId)?.seq;
    const position = this.inbox.waitingIds.indexOf(messageId) + 1;
    return {
      messageId,
      accepted: 'duplicate',
      ...(seq !== undefined && { seq }),
      ...(position > 0 && { position }),
    };
  }
}

/** A turn of a run that was begun before prices were kept has cost nobody knows what. */
export function turnSpending({ usage, costUsd = null }: TurnRecord): Spending {
  return { usage, costUsd };
}
