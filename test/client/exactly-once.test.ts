import { WorkflowUpdateFailedError } from '@temporalio/client';
import { TerminatedFailure } from '@temporalio/common';
import {
  grpcCode,
  grpcDetails,
  isDeadline,
  isFailingTask,
  isNoPoller,
  sendVerdict,
} from '../../client/exactly-once';
import {
  failedState,
  failedUpdate,
  grpcError,
  notFoundError,
  taskFailure,
  timedOut,
  updateLost,
} from '../support/update-errors';

const noPoller = grpcError(9, 'no poller seen for task queue recently, worker may be down');

test.each([
  {
    what: 'a workflow task that failed under the update',
    error: taskFailure(),
    verdict: {
      kind: 'task_failed',
      reason:
        'Unable to perform workflow execution update due to unexpected workflow task failure.',
    },
  },
  {
    what: 'a workflow task that fails again and again',
    error: failedState(),
    verdict: { kind: 'task_failed', reason: 'Workflow Task in failed state.' },
  },
  {
    what: 'a run that ended with the update open',
    error: updateLost(),
    verdict: { kind: 'repeat' },
  },
  {
    what: 'an update that its run took along',
    error: notFoundError('update "message 7" not found'),
    verdict: { kind: 'repeat' },
  },
  {
    what: 'a server that is away',
    error: grpcError(14, 'No connection.'),
    verdict: { kind: 'repeat' },
  },
  { what: 'a server that is busy', error: grpcError(8, 'busy'), verdict: { kind: 'repeat' } },
  { what: 'a deadline', error: timedOut(), verdict: { kind: 'no_answer' } },
  { what: 'a raw deadline', error: grpcError(4, 'late'), verdict: { kind: 'no_answer' } },
  {
    what: 'a conversation that has ended',
    error: notFoundError('workflow execution already completed'),
    verdict: { kind: 'ended' },
  },
  {
    what: 'a conversation that never was',
    error: notFoundError('workflow not found for ID: chat'),
    verdict: { kind: 'unknown_conversation' },
  },
  {
    what: 'a refusal of the conversation',
    error: failedUpdate('QueueFull', '100 messages are waiting already.'),
    verdict: {
      kind: 'rejected',
      type: 'QueueFull',
      message: '100 messages are waiting already.',
    },
  },
  {
    what: 'a workflow that was terminated under the update',
    error: new WorkflowUpdateFailedError('Workflow Update failed', new TerminatedFailure('gone')),
    verdict: { kind: 'other' },
  },
  { what: 'a refusal of the server', error: grpcError(7, 'denied'), verdict: { kind: 'other' } },
  {
    what: 'a fault of ours',
    error: new TypeError('x is not a function'),
    verdict: { kind: 'other' },
  },
  { what: 'what is no error', error: 'a string', verdict: { kind: 'other' } },
])('$what is judged $verdict.kind', ({ error, verdict }) => {
  expect(sendVerdict(error)).toEqual(verdict);
});

test('a query that no worker polls for is told from one whose worker fails', () => {
  expect([noPoller, failedState()].map(isNoPoller)).toEqual([true, false]);
  expect([noPoller, failedState()].map(isFailingTask)).toEqual([false, true]);
});

test('a deadline is known as the client or gRPC itself throws it', () => {
  const raw = Object.assign(new Error('4 DEADLINE_EXCEEDED'), { code: 4, details: 'late' });

  expect([grpcError(4, 'late'), raw, noPoller, new Error('late')].map(isDeadline)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('code and details of anything can be asked for', () => {
  expect([noPoller, new Error('plain'), 'text', undefined].map(grpcCode)).toEqual([
    9,
    undefined,
    undefined,
    undefined,
  ]);
  expect([noPoller, new Error('plain'), 'text', undefined].map(grpcDetails)).toEqual([
    'no poller seen for task queue recently, worker may be down',
    'plain',
    'text',
    'undefined',
  ]);
});
