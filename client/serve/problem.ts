/** What goes wrong at the HTTP door, as `application/problem+json` (RFC 9457) with a status that is true. */
import { AgentError } from '../../agent/errors';
import { RejectionType } from '../../workflows/contract';
import { MessageRejectedError } from '../errors';
import { grpcCode, isDeadline, isServerAway } from '../exactly-once';

export interface Problem {
  /** `urn:holdfast:` and the error's name. */
  readonly type: string;
  /** The error's name, or the type of the conversation's own refusal: `QueueFull`. */
  readonly title: string;
  readonly status: number;
  /** In one line, with the cure. */
  readonly detail: string;
}

/** What the door itself refuses. */
export class DoorError extends AgentError {
  override readonly name = 'DoorError';
  constructor(
    readonly status: number,
    readonly title: string,
    message: string,
  ) {
    super(message);
  }
}

const statusByName: Readonly<Record<string, number>> = {
  InvalidOffsetError: 400,
  UnknownConversationError: 404,
  UnknownTurnError: 404,
  UnknownStepError: 404,
  ConversationEndedError: 409,
  MessageCancelledError: 409,
  MessageForgottenError: 409,
  NoSearchAttributesError: 422,
  PromptUnavailableError: 422,
  RunFailedError: 502,
  NoWorkerError: 503,
  ServerAwayError: 503,
  WorkerCannotProcessError: 503,
  DeadlineError: 504,
};

/** By the type of the refusal; an agent that nobody knows and the like are 422. */
const statusByRejection: Readonly<Record<string, number>> = {
  [RejectionType.invalidInput]: 400,
  [RejectionType.malformed]: 400,
  [RejectionType.unknownCall]: 404,
  [RejectionType.closed]: 409,
  [RejectionType.argumentsChanged]: 409,
  [RejectionType.transcriptGone]: 410,
  [RejectionType.tooLarge]: 413,
  [RejectionType.agentTooLarge]: 413,
  [RejectionType.full]: 429,
};

const grpcInvalidArgument = 3;

/** Of an error that is none of Holdfast's own nothing is told: it may name what only the log should. */
export function toProblem(error: unknown): Problem {
  if (error instanceof DoorError) return problem(error.status, error.title, error.message);
  if (error instanceof MessageRejectedError) {
    return problem(statusByRejection[error.type] ?? 422, error.type, error.message);
  }
  if (error instanceof AgentError) {
    return problem(statusByName[error.name] ?? 500, error.name, error.message);
  }
  if (isDeadline(error)) {
    return problem(504, 'DeadlineError', 'The Temporal server gave no answer in time. Try again.');
  }
  if (isServerAway(error)) {
    const detail = 'The Temporal server is away, or has too much to do. Try again.';
    return problem(503, 'ServerUnavailable', detail);
  }
  if (grpcCode(error) === grpcInvalidArgument) {
    const detail =
      'The Temporal server does not take that; the log of `holdfast serve` says what it is.';
    return problem(400, 'InvalidInput', detail);
  }
  return problem(
    500,
    'InternalError',
    'Something went wrong; the log of `holdfast serve` says what.',
  );
}

export function problem(status: number, title: string, detail: string): Problem {
  return { type: `urn:holdfast:${title}`, title, status, detail };
}

export function toProblemResponse(
  given: Problem,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(given), {
    status: given.status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });
}
