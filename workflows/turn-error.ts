/** Which errors end a turn softly (the user is told, the conversation lives), and what the user is told. */
import {
  ActivityFailure,
  ApplicationFailure,
  TimeoutFailure,
  isCancellation,
} from '@temporalio/workflow';
import type { TurnError } from '../agent/agent-messages';
import type { AgentError } from '../agent/errors';
import { BudgetError, CompactionError, OutputError, StepLimitError } from '../agent/errors';
import type { FailedAttempts } from '../agent/usage';
import { spentIn } from '../agent/usage';

/** Undefined for what is no turn's fault: cancellation, and our own bugs, which wait for a fixed deploy. */
export function toTurnError(error: unknown): TurnError | undefined {
  if (isCancellation(error)) return undefined;
  if (isOurs(error)) return { type: error.name, message: error.message };
  if (!(error instanceof ActivityFailure)) return undefined;
  const { cause } = error;
  if (cause instanceof ApplicationFailure) {
    return { type: cause.type ?? 'ActivityFailed', message: cause.message };
  }
  if (cause instanceof TimeoutFailure) {
    return {
      type: 'ModelTimeout',
      message: `The model did not answer: every attempt was lost or took too long (${cause.timeoutType}).`,
    };
  }
  return { type: 'ActivityFailed', message: cause?.message ?? error.message };
}

function isOurs(error: unknown): error is AgentError {
  return [StepLimitError, OutputError, CompactionError, BudgetError].some(
    (kind) => error instanceof kind,
  );
}

/** The provider found the prompt too long. The type is what `activities/failures.ts` calls it. */
export function isTooLong(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof ApplicationFailure && cause.type === 'ModelError.context_length';
}

/** For a summary that failed for good. What is no turn's fault stays what it is. */
export function toCompactionError(error: unknown): unknown {
  const fault = toTurnError(error);
  return fault ? new CompactionError(fault) : error;
}

/** What a model call that failed for good was billed for, as far as its provider said so. */
export function spentInVain(error: unknown): FailedAttempts | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (cause instanceof TimeoutFailure) return spentIn(cause.lastHeartbeatDetails);
  if (!(cause instanceof ApplicationFailure)) return undefined;
  return cause.details?.map(spentIn).find((spent) => spent !== undefined);
}
