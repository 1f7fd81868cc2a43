/** Which errors of a look mean *look again*: a worker or the server may be about to come back. */
import { DeadlineError, NoWorkerError, ServerAwayError, WorkerCannotProcessError } from '../errors';
import { isServerAway, grpcDetails } from '../exactly-once';

/** @returns the error as a reader is told of it; undefined for one that will not pass. */
export function toTrouble(error: unknown): Error | undefined {
  const mayPass =
    error instanceof DeadlineError ||
    error instanceof NoWorkerError ||
    error instanceof ServerAwayError ||
    error instanceof WorkerCannotProcessError;
  if (mayPass) return error;
  return isServerAway(error) ? new ServerAwayError(grpcDetails(error)) : undefined;
}
