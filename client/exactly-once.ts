/**
 * Which errors of an update mean *say it again*. An update that races continue-as-new or a worker's death may be lost
 * to its caller without being lost, or the reverse; the conversation's own message ids make a repeat one message.
 */
import {
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';

/** gRPC status codes: stable numbers of the protocol. */
const Grpc = {
  cancelled: 1,
  deadlineExceeded: 4,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unavailable: 14,
} as const;

export type SendVerdict =
  /** The server is busy, away or between two runs. */
  | { readonly kind: 'repeat' }
  /** The worker failed on the task that carried the update: repeat, but not for ever. */
  | { readonly kind: 'task_failed'; readonly reason: string }
  | { readonly kind: 'no_answer' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'unknown_conversation' }
  | { readonly kind: 'rejected'; readonly type: string; readonly message: string }
  | { readonly kind: 'other' };

export function sendVerdict(error: unknown): SendVerdict {
  if (error instanceof WorkflowUpdateFailedError) return failedUpdate(error.cause);
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return { kind: 'no_answer' };
  if (error instanceof WorkflowNotFoundError) return notFound(error.message);
  if (!(error instanceof ServiceError)) return { kind: 'other' };
  const reason = grpcDetails(error);
  switch (grpcCode(error)) {
    case Grpc.failedPrecondition:
      return { kind: 'task_failed', reason };
    case Grpc.unavailable:
    case Grpc.resourceExhausted:
      return { kind: 'repeat' };
    case Grpc.deadlineExceeded:
    case Grpc.cancelled:
      return { kind: 'no_answer' };
    default:
      return { kind: 'other' };
  }
}

/** Whether a query failed because no worker has polled for a while. */
export function isNoPoller(error: unknown): boolean {
  return /no poller seen/i.test(grpcDetails(error));
}

/** Whether a call ran into its deadline, which the client now and then calls a cancellation. */
export function isDeadline(error: unknown): boolean {
  const code = grpcCode(error);
  return code === Grpc.deadlineExceeded || code === Grpc.cancelled;
}

/** Whether the server cannot be reached, or is too busy to answer. */
export function isServerAway(error: unknown): boolean {
  const code = grpcCode(error);
  return code === Grpc.unavailable || code === Grpc.resourceExhausted || isDeadline(error);
}

/** Whether a query failed because the worker fails on the conversation's workflow task. */
export function isFailingTask(error: unknown): boolean {
  return grpcCode(error) === Grpc.failedPrecondition && !isNoPoller(error);
}

export function grpcCode(error: unknown): number | undefined {
  const cause = error instanceof ServiceError ? error.cause : error;
  const code = (cause as { code?: unknown } | undefined)?.code;
  return typeof code === 'number' ? code : undefined;
}

export function grpcDetails(error: unknown): string {
  const cause = error instanceof ServiceError ? error.cause : error;
  const details = (cause as { details?: unknown } | undefined)?.details;
  return typeof details === 'string'
    ? details
    : error instanceof Error
      ? error.message
      : String(error);
}

/** The server has one error for all that it does not find. */
function notFound(message: string): SendVerdict {
  // The run that had taken the update is no more, and the update with it.
  if (/^update .* not found/i.test(message)) return { kind: 'repeat' };
  return { kind: /already completed/i.test(message) ? 'ended' : 'unknown_conversation' };
}

function failedUpdate(cause: unknown): SendVerdict {
  if (!(cause instanceof ApplicationFailure)) return { kind: 'other' };
  if (cause.type === 'AcceptedUpdateCompletedWorkflow') return { kind: 'repeat' };
  return { kind: 'rejected', type: cause.type ?? 'Rejected', message: cause.message };
}
