/** Errors of models and tools → ApplicationFailure: type, verdict, next delay. The only such place. */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { isModelError } from '../agent/errors';
import { isTooDeep, jsonBytes, nestingLimit } from '../agent/json';
import { FailureType } from './contract';

/** What Temporal tells an activity about why it was cancelled. */
export interface CancellationReason {
  readonly workerShutdown?: boolean;
  readonly timedOut?: boolean;
  readonly reset?: boolean;
  readonly paused?: boolean;
}

/** What does not fit would fail at the server after it was paid for, or fail the workflow's every task. */
export function storable<Value>(value: Value, what: string): Value {
  if (isTooDeep(value)) {
    throw ApplicationFailure.nonRetryable(
      `${what} is nested deeper than ${nestingLimit} levels.`,
      FailureType.tooDeep,
    );
  }
  if (jsonBytes(value) > resultLimitBytes) {
    throw ApplicationFailure.nonRetryable(
      `${what} is larger than ${resultLimitBytes.toLocaleString('en')} bytes. Ask for less at a time.`,
      FailureType.tooLarge,
    );
  }
  return value;
}

/** Temporal takes 2 MiB a result; what wraps it needs some room too. */
const resultLimitBytes = 2_000_000;

/** Of an attempt that nobody stopped: whatever calls itself a cancellation here is none. */
export function toModelFailure(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (!isModelError(error)) {
    return ApplicationFailure.create({
      message: messageOf(error),
      type: 'ModelError.unexpected',
      ...(error instanceof Error && { cause: error }),
    });
  }
  const { kind, retryable, retryAfterMs } = error.fields;
  return ApplicationFailure.create({
    message: error.message,
    type: `ModelError.${kind}`,
    nonRetryable: !retryable,
    details: [error.fields],
    // The server takes a delay of nothing for *no more attempts*.
    ...(retryAfterMs !== undefined && { nextRetryDelay: Math.max(1, retryAfterMs) }),
  });
}

/** The same failure with one detail more, unless that one is empty. */
export function withDetail(failure: ApplicationFailure, detail: object): ApplicationFailure {
  if (Object.keys(detail).length === 0) return failure;
  const { message, type, nonRetryable, nextRetryDelay, cause } = failure;
  return ApplicationFailure.create({
    message,
    ...(typeof type === 'string' && { type }),
    nonRetryable: nonRetryable ?? false,
    details: [...(failure.details ?? []), detail],
    ...(nextRetryDelay !== undefined && nextRetryDelay !== null && { nextRetryDelay }),
    ...(cause && { cause }),
  });
}

/** Of an attempt that nobody stopped: whatever calls itself a cancellation here is none. */
export function toToolFailure(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  return ApplicationFailure.create({ message: messageOf(error), type: FailureType.toolFailed });
}

/**
 * An attempt was stopped from outside. A worker that shuts down hands the work to another; a cancellation that the
 * workflow asked for is obeyed.
 */
export function toCancellationFailure(reason: CancellationReason | undefined): Error {
  if (reason?.workerShutdown) {
    return ApplicationFailure.retryable('The worker shut down.', FailureType.workerShutdown);
  }
  if (reason?.timedOut || reason?.reset || reason?.paused) {
    return ApplicationFailure.retryable('The attempt was taken back.', FailureType.workerShutdown);
  }
  return new CancelledFailure('The activity was cancelled.');
}

/** By its field: a `DOMException` is no `instanceof` our `Error` where realms are mixed. */
function messageOf(error: unknown): string {
  const { message } = (error ?? {}) as { readonly message?: unknown };
  return typeof message === 'string' ? message : String(error);
}
