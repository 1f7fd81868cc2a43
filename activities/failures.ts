/** Errors of models and tools → ApplicationFailure: type, verdict, next delay. The only such place. */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { isModelError } from '../agent/errors';
import { cutToBytes, isTooDeep, jsonBytes, nestingLimit } from '../agent/json';
import { errorLimitBytes } from '../agent/size-limits';
import { FailureType } from './contract';

/** What Temporal tells an activity about why it was cancelled. */
export interface CancellationReason {
  readonly workerShutdown?: boolean;
  readonly timedOut?: boolean;
  readonly reset?: boolean;
  readonly paused?: boolean;
}

/** @throws ApplicationFailure `TooDeep`: what no JSON reader follows would fail the workflow's every task. */
export function requireShallow(value: unknown, what: string): void {
  if (!isTooDeep(value)) return;
  throw ApplicationFailure.nonRetryable(
    `${what} is nested deeper than ${nestingLimit} levels.`,
    FailureType.tooDeep,
  );
}

export interface SizeLimit {
  /** Whose size it is, as a sentence begins. */
  readonly what: string;
  readonly limitBytes: number;
  /** Of the failure. */
  readonly type: string;
  /** What to do about it, as a sentence. */
  readonly cure: string;
}

/** `value`, if it can be stored: too large, it would fail at the server after it was paid for. */
export function storable<Value>(value: Value, { what, limitBytes, type, cure }: SizeLimit): Value {
  requireShallow(value, what);
  if (jsonBytes(value) <= limitBytes) return value;
  throw ApplicationFailure.nonRetryable(
    `${what} is larger than ${limitBytes.toLocaleString('en')} bytes of JSON. ${cure}`,
    type,
  );
}

/** Of an attempt that nobody stopped: whatever calls itself a cancellation here is none. */
export function toModelFailure(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return withinLimits(error);
  const message = messageOf(error);
  if (!isModelError(error)) {
    return ApplicationFailure.create({
      message,
      type: 'ModelError.unexpected',
      ...(error instanceof Error && isShort(error) && { cause: error }),
    });
  }
  const { kind, retryable, retryAfterMs } = error.fields;
  return ApplicationFailure.create({
    message,
    type: `ModelError.${kind}`,
    nonRetryable: !retryable,
    details: [{ ...error.fields, message }],
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
  if (error instanceof ApplicationFailure) return withinLimits(error);
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

/** A tool may throw one that no server takes. */
function withinLimits(failure: ApplicationFailure): ApplicationFailure {
  const { type, nonRetryable, nextRetryDelay, details, cause } = failure;
  const isWithin = isShort(failure) && (!cause || isShort(cause));
  if (isWithin && jsonBytes(details ?? []) <= detailsLimitBytes) return failure;
  return ApplicationFailure.create({
    message: messageOf(failure),
    ...(typeof type === 'string' && { type }),
    nonRetryable: nonRetryable ?? false,
    ...(nextRetryDelay !== undefined && nextRetryDelay !== null && { nextRetryDelay }),
  });
}

/** JSON bytes of what a failure may tell besides its message. */
const detailsLimitBytes = 64 * 1024;

function isShort(error: Error): boolean {
  return messageOf(error) === error.message;
}

/** Cut: some put a whole page into it. By its field: a `DOMException` is no `instanceof` our `Error` where realms are mixed. */
function messageOf(error: unknown): string {
  const { message } = (error ?? {}) as { readonly message?: unknown };
  return cutToBytes(typeof message === 'string' ? message : String(error), errorLimitBytes);
}
