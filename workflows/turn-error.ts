/** Which errors end a turn softly (the user is told, the conversation lives), and what the user is told. */
import {
  ActivityFailure,
  ApplicationFailure,
  TimeoutFailure,
  isCancellation,
} from '@temporalio/workflow';
import type { TurnError } from '../agent/agent-messages';
import { OutputError, StepLimitError } from '../agent/errors';
import type { FailedAttempts } from '../agent/usage';
import { spentIn } from '../agent/usage';

/** Undefined for what is no turn's fault: cancellation, and our own bugs, which wait for a fixed deploy. */
export function toTurnError(error: unknown): TurnError | undefined {
  if (isCancellation(error)) return undefined;
  if (error instanceof StepLimitError || error instanceof OutputError) {
    return { type: error.name, message: error.message };
  }
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

/** What a model call that failed for good was billed for, as far as its provider said so. */
export function spentInVain(error: unknown): FailedAttempts | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (cause instanceof TimeoutFailure) return spentIn(cause.lastHeartbeatDetails);
  if (!(cause instanceof ApplicationFailure)) return undefined;
  return cause.details?.map(spentIn).find((spent) => spent !== undefined);
}
