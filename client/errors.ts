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

/** The conversation refused the message; `type` is one of `RejectionType`. */
export class MessageRejectedError extends AgentError {
  override readonly name = 'MessageRejectedError';
  constructor(
    readonly type: string,
    message: string,
  ) {
    super(message);
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

/** The deadline passed without an answer. */
export class DeadlineError extends AgentError {
  override readonly name = 'DeadlineError';
  constructor(what: string, deadlineMs: number) {
    super(`${what} got no answer within ${deadlineMs / 1000} s.`);
  }
}
