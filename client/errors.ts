/** What can go wrong between a caller and a conversation, each in one line with its cure. */
import { AgentError } from '../agent/errors';

/** No worker polls the task queue, or none answers. */
export class NoWorkerError extends AgentError {
  override readonly name = 'NoWorkerError';
  constructor(readonly taskQueue: string) {
    super(
      `No worker is running on task queue \`${taskQueue}\`. Start one with \`holdfast worker\` (or \`npm start\`).`,
    );
  }
}

/** A worker is there, and fails on this conversation again and again. */
export class WorkerCannotProcessError extends AgentError {
  override readonly name = 'WorkerCannotProcessError';
  constructor(
    readonly id: string,
    reason: string,
  ) {
    super(
      `The worker cannot process conversation \`${id}\`: ${reason}. Nothing is lost: deploy a worker that can, and the conversation goes on.`,
    );
  }
}

/** The conversation is over: completed, failed, cancelled or terminated. */
export class ConversationEndedError extends AgentError {
  override readonly name = 'ConversationEndedError';
  constructor(readonly id: string) {
    super(`Conversation \`${id}\` has ended. Start a new one.`);
  }
}

export class UnknownConversationError extends AgentError {
  override readonly name = 'UnknownConversationError';
  constructor(readonly id: string) {
    super(
      `There is no conversation \`${id}\` (the server may have dropped it after its retention).`,
    );
  }
}

/** The server cannot list by what it does not know. */
export class NoSearchAttributesError extends AgentError {
  override readonly name = 'NoSearchAttributesError';
  constructor(readonly attribute: string) {
    super(
      `The server has no search attribute \`${attribute}\` in this namespace. Create it with \`holdfast setup\`; conversations that start from then on have it.`,
    );
  }
}

/** The conversation refused the message, or the agent to adopt; `type` is one of `RejectionType`. */
export class MessageRejectedError extends AgentError {
  override readonly name = 'MessageRejectedError';
  constructor(
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}

/** Somebody took the message back before it entered the conversation (`cancelQueued`). */
export class MessageCancelledError extends AgentError {
  override readonly name = 'MessageCancelledError';
  constructor(readonly messageId: string) {
    super(`Message \`${messageId}\` was taken back before it was answered.`);
  }
}

/** The message has been taken, and what became of it is not known any more. */
export class MessageForgottenError extends AgentError {
  override readonly name = 'MessageForgottenError';
  constructor(readonly messageId: string) {
    super(
      `What became of message \`${messageId}\` is not known any more: its turn has left Memory, or a reset took it back. The transcript has what was answered; a new message needs an id of its own.`,
    );
  }
}

/** The run failed before there was an answer. `type` is the failure's. */
export class RunFailedError extends AgentError {
  override readonly name = 'RunFailedError';
  constructor(
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}

/** For the moment nobody answers at the server's address. */
export class ServerAwayError extends AgentError {
  override readonly name = 'ServerAwayError';
  constructor(reason: string) {
    super(`The Temporal server does not answer (${reason}). What it holds is not lost.`);
  }
}

/** `from` is none of the offsets that a stream's events carry. */
export class InvalidOffsetError extends AgentError {
  override readonly name = 'InvalidOffsetError';
  constructor(offset: string) {
    super(
      `\`${offset.slice(0, 80)}\` is no offset of a stream. Pass the \`offset\` of an event as it came, or \`0\` for the beginning.`,
    );
  }
}

/** The deadline passed without an answer. */
export class DeadlineError extends AgentError {
  override readonly name = 'DeadlineError';
  constructor(what: string, deadlineMs: number) {
    super(`${what} got no answer within ${deadlineMs / 1000} s.`);
  }
}

/** The conversation has made no such model call. */
export class UnknownStepError extends AgentError {
  override readonly name = 'UnknownStepError';
  constructor(id: string, asked: CallPosition, known: readonly Required<CallPosition>[]) {
    const names = [asked.turn && `turn ${asked.turn}`, asked.step && `step ${asked.step}`];
    const where = names.filter(Boolean).join(', ');
    super(
      known.length === 0
        ? `The model of conversation \`${id}\` has not been asked yet.`
        : `Conversation \`${id}\` has no model call at ${where}. It has ${describeCalls(known)}.`,
    );
  }
}

interface CallPosition {
  readonly turn?: number | undefined;
  readonly step?: number | undefined;
}

/** The conversation has had no such turn. */
export class UnknownTurnError extends AgentError {
  override readonly name = 'UnknownTurnError';
  constructor(id: string, turn: number, lastTurn: number) {
    super(
      lastTurn === 0
        ? `Conversation \`${id}\` has had no turn yet.`
        : `Conversation \`${id}\` has no turn ${turn}. Its last one is turn ${lastTurn}.`,
    );
  }
}

/** The prompt of a model call cannot be had from history. */
export class PromptUnavailableError extends AgentError {
  override readonly name = 'PromptUnavailableError';
  constructor(
    { id, turn, step }: { readonly id: string } & Required<CallPosition>,
    override readonly cause: unknown,
  ) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`The prompt of \`${id}\`, turn ${turn}, step ${step}, cannot be rebuilt: ${reason}`);
  }
}

/** `turn 1 (steps 1 to 3), turn 2 (step 1)`; of many turns the last ones. */
function describeCalls(calls: readonly Required<CallPosition>[]): string {
  const steps = new Map<number, number[]>();
  for (const { turn = 0, step = 0 } of calls) steps.set(turn, [...(steps.get(turn) ?? []), step]);
  const shown = [...steps].slice(-turnsShown).map(([turn, list]) => {
    const [first, last] = [Math.min(...list), Math.max(...list)];
    return `turn ${turn} (${first === last ? `step ${first}` : `steps ${first} to ${last}`})`;
  });
  return steps.size > turnsShown ? `… ${shown.join(', ')}` : shown.join(', ');
}

const turnsShown = 10;
