/** The errors of an update as Temporal's client throws them, in the server's own words. */
import {
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';

export function grpcError(code: number, details: string): ServiceError {
  return new ServiceError('Workflow Update failed', {
    cause: Object.assign(new Error(`${code}: ${details}`), { code, details }),
  });
}

export function notFoundError(details: string): WorkflowNotFoundError {
  return new WorkflowNotFoundError(details, 'chat', undefined);
}

export function failedUpdate(type: string, message: string): WorkflowUpdateFailedError {
  return new WorkflowUpdateFailedError(
    'Workflow Update failed',
    ApplicationFailure.nonRetryable(message, type),
  );
}

export const taskFailure = (): Error =>
  grpcError(
    9,
    'Unable to perform workflow execution update due to unexpected workflow task failure.',
  );
export const failedState = (): Error => grpcError(9, 'Workflow Task in failed state.');
export const updateLost = (): Error =>
  failedUpdate(
    'AcceptedUpdateCompletedWorkflow',
    'Workflow Update failed because the Workflow completed before the Update completed.',
  );
export const timedOut = (): Error =>
  new WorkflowUpdateRPCTimeoutOrCancelledError('Deadline exceeded');

/** All after which a message is to be sent again. */
export const repeatable: readonly { readonly name: string; readonly error: () => Error }[] = [
  { name: 'gRPC 9 (unexpected workflow task failure)', error: taskFailure },
  { name: 'gRPC 9 (Workflow Task in failed state)', error: failedState },
  { name: 'AcceptedUpdateCompletedWorkflow', error: updateLost },
  { name: 'WorkflowUpdateRPCTimeoutOrCancelledError', error: timedOut },
  { name: 'DEADLINE_EXCEEDED', error: () => grpcError(4, 'Deadline exceeded') },
  { name: 'UNAVAILABLE', error: () => grpcError(14, 'No connection established.') },
  {
    name: 'RESOURCE_EXHAUSTED',
    error: () => grpcError(8, 'workflow operation can not be applied because workflow is closing'),
  },
  {
    name: 'an update that its run took along',
    error: () => notFoundError('update "m1" not found'),
  },
];
