/** Makes handlers total: anything but an ApplicationFailure that leaves one fails the workflow task for ever. */
import { ApplicationFailure } from '@temporalio/workflow';
import { RejectionType } from './contract';
import type { Parsed } from './guard-values';
import type { Rejection } from './message-door';

export function total<Result>(handler: (input?: unknown) => Result): (input?: unknown) => Result {
  return (input) => {
    try {
      return handler(input);
    } catch (error) {
      if (error instanceof ApplicationFailure) throw error;
      throw ApplicationFailure.nonRetryable(String(error), RejectionType.malformed);
    }
  };
}

/** @throws ApplicationFailure with why something cannot be taken. */
export function refuse(rejection: Rejection | undefined): void {
  if (rejection) throw ApplicationFailure.nonRetryable(rejection.message, rejection.type);
}

/** @throws ApplicationFailure for what a guard has found malformed. */
export function valueOf<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw ApplicationFailure.nonRetryable(parsed.reason, RejectionType.malformed);
}
