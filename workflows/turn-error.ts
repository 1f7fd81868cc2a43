/** Which errors end a turn softly (the user is told, the conversation lives), and what the user is told. */
import {
  ActivityFailure,
  ApplicationFailure,
  TimeoutFailure,
  isCancellation,
} from '@temporalio/workflow';
import type { TurnError } from '../agent/agent-messages';
import { StepLimitError } from '../agent/errors';

/** Undefined for what is no turn's fault: cancellation, and our own bugs, which wait for a fixed deploy. */
export function toTurnError(error: unknown): TurnError | undefined {
  if (isCancellation(error)) return undefined;
  if (error instanceof StepLimitError) return { type: error.name, message: error.message };
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
