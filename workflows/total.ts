/** Makes a handler total: anything but an ApplicationFailure that leaves one fails the workflow task for ever. */
import { ApplicationFailure } from '@temporalio/workflow';
import { RejectionType } from './contract';

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
