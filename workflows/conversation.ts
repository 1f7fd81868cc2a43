/**
 * A conversation: all that may happen to its state. Plain and synchronous: no Temporal, no waiting. The workflow drives
 * it, its handlers speak to it, continue-as-new carries its snapshot.
 */
import type { PinnedAgent, ResolveAgentInput } from '../activities/contract';
import type { AgentResponseMessage, TurnError } from '../agent/agent-messages';
import { toModelClientMessage } from '../agent/agent-messages';
import type { BudgetScope } from '../agent/conclusion';
import type { RunEvent } from '../agent/run-events';
import type { Message, ModelResponse } from '../agent/model';
import type { FailedAttempts } from '../agent/usage';
import { spendingOf } from '../agent/usage';
import type {
  Acknowledgement,
  CancelledMessages,
  Interrupted,
  Paused,
  TurnRecord,
  WaitingMessage,
} from './contract';
import { ConversationParts } from './conversation-parts';
import type { House, Rejection } from './message-door';
import { MessageDoor } from './message-door';
import type { TurnOutcome } from './turn-log';
import { toResponse } from './turn-response';

export class Conversation extends ConversationParts implements House {
  private readonly door = new MessageDoor(this);

  /** The turns that are remembered, oldest first. */
  get turns(): readonly TurnRecord[] {
    return this.turnLog.records;
  }

  /** The turn at work, if there is one. */
  get runningTurn(): TurnRecord | undefined {
    return this.turnLog.running;
  }

  /** Whether a message can open its turn at once. */
  get isFree(): boolean {
    return this.pinned !== undefined && !this.hasWork;
  }

  get hasWork(): boolean {
    return this.runningTurn !== undefined || !this.inbox.isEmpty;
  }

  /** Why a raw message cannot be taken. */
  rejection(raw: unknown): Rejection | undefined {
    return this.door.rejection(raw);
  }

  /** Why a message that waits cannot become `edited`. */
  editRejection(edited: WaitingMessage): Rejection | undefined {
    return this.door.editRejection(edited);
  }

  /** Takes a message that was not rejected: into Memory when the agent is free, else to where its delivery says. */
  accept(raw: unknown): Acknowledgement {
    return this.door.accept(raw);
  }

  /** A message from a caller who cannot be answered: what is wrong with it is put aside and shown. */
  acceptOrPutAside(raw: unknown): void {
    const rejection = this.rejection(raw);
    if (rejection) this.inbox.putAside(`${rejection.type}: ${rejection.message}`);
    else this.accept(raw);
  }

  /** Stops the running turn, if there is one, and it is `turn` where somebody says so. What waits goes on with the next. */
  interrupt(turn?: number): Interrupted {
    const { runningTurn } = this;
    if (!runningTurn || (turn ?? runningTurn.turn) !== runningTurn.turn) return {};
    this.isInterruptAsked = true;
    return { interrupted: runningTurn.turn };
  }

  /** A person lets it pass its budget, as far again. */
  extend(scope: BudgetScope): void {
    if (scope === 'turn') this.turnLog.extend();
    else this.extensions += 1;
  }

  pause(isPaused: boolean): Paused {
    this.isPaused = isPaused;
    this.settleClocks();
    return { isPaused };
  }

  /** Told when budgets' time may have to stand still, or to go on: from the next call on it does. */
  settleClocks(): void {
    const isAsked = this.approvals.pending.some(({ kind }) => kind === 'budget');
    const nowMs = this.now();
    const sinceMs = (this.heldSinceMs ??= nowMs);
    if (this.isPaused || isAsked) return;
    this.heldSinceMs = undefined;
    this.turnLog.postpone(sinceMs, nowMs);
    if (this.startedAtMs !== undefined) this.startedAtMs += nowMs - sinceMs;
  }

  /** Messages that have not entered Memory are taken back. */
  cancelQueued(messageIds: readonly string[]): CancelledMessages {
    const cancelled = this.inbox.cancel(messageIds);
    // What was steered behind one of them has no turn to enter any more.
    if (!this.hasWork) this.inbox.queueSteering();
    return { cancelled };
  }

  /** Messages for the running turn enter Memory. @returns whether there were any. */
  takeSteering(): boolean {
    const taken = this.inbox.takeSteering();
    for (const { messageId, message } of taken) {
      this.turnLog.join(messageId, this.memory.append(toModelClientMessage(message)));
    }
    return taken.length > 0;
  }

  /** Opens the next waiting message's turn, unless one is open. */
  openNextTurn(): void {
    if (this.runningTurn) return;
    const waiting = this.inbox.next();
    if (!waiting) return;
    this.openTurn(waiting);
    // Who interrupted after it meant it too, though its turn had not begun.
    if (this.inbox.isInterrupting) this.isInterruptAsked = true;
  }

  /** Between two steps: whoever was adopted takes over. */
  pinNext(): void {
    const { pinned, nextPinned } = this;
    if (!nextPinned) return;
    if (pinned) this.approvals.keepAllowed(pinned.agent.tools, nextPinned.agent.tools);
    this.pinned = nextPinned;
    this.nextPinned = undefined;
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
        this.turnLog.countStep(event.accumulated.toolCalls.length);
        return;
      case 'tool_result':
        return;
      case 'step_finished':
        this.stepResults.clear();
        this.approvals.forgetWords();
        if (event.isFinal && !this.isGoingOn) this.endTurn();
        else this.step = event.step + 1;
        this.pinNext();
        return;
    }
  }

  /** The last message is an answer, and nothing came after it that another one would have to take into account. */
  get isAnswered(): boolean {
    const last = this.memory.messages.at(-1);
    const isAnswer = last?.role === 'assistant' && last.toolCalls.length === 0;
    return isAnswer && last.finishReason !== 'pause';
  }

  endTurn(): void {
    if (isInterrupted(this.memory.messages.at(-1))) this.interruptTurn();
    else this.closeTurn({ status: 'answered', answerSeq: this.memory.nextSeq - 1 });
  }

  /** The turn was stopped. What the model had said by then stays, and is marked. */
  interruptTurn(): void {
    this.memory.closeOpenCalls('Not executed: the user interrupted.', this.stepResults);
    this.closeTurn({
      status: 'interrupted',
      ...(this.isAnswered && { answerSeq: this.memory.nextSeq - 1 }),
    });
    this.pinNext();
  }

  /** The turn ends without an answer; the conversation lives on. `spent`: what its last model call cost in vain. */
  failTurn(error: TurnError, spent?: FailedAttempts): void {
    this.spendInVain(spent);
    this.memory.closeOpenCalls('Not executed: the turn failed.', this.stepResults);
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

  openTurn({ messageId, message }: WaitingMessage): number {
    const seq = this.memory.append(toModelClientMessage(message));
    this.turnLog.open(messageId, seq, this.now());
    this.step = 1;
    return seq;
  }

  /** What came too late for the last answer keeps the turn open: another one takes it into account. */
  private get isGoingOn(): boolean {
    return this.inbox.steeringIds.length > 0 && !isInterrupted(this.memory.messages.at(-1));
  }

  private closeTurn(outcome: TurnOutcome): void {
    this.turnLog.close(outcome);
    this.activity = undefined;
    this.isInterruptAsked = false;
    this.stepResults.clear();
    this.approvals.refuseAll('interrupt');
    this.settleClocks();
    this.inbox.queueSteering();
  }
}

function isInterrupted(message: Message | undefined): boolean {
  return message?.role === 'assistant' && message.finishReason === 'interrupted';
}
