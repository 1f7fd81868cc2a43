import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  RetryState,
  ServerFailure,
  TerminatedFailure,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common';
import { MemoryError, StepLimitError } from '../../agent/errors';
import { spentInVain, toTurnError } from '../../workflows/turn-error';

function activityFailed(cause: Error | undefined): ActivityFailure {
  const message = 'Activity task failed';
  return new ActivityFailure(message, 'getResponse', '1', RetryState.TIMEOUT, '1@w', cause);
}

test('a model error keeps its type and its words', () => {
  const cause = ApplicationFailure.nonRetryable('Bad key.', 'ModelError.authentication');

  expect(toTurnError(activityFailed(cause))).toStrictEqual({
    type: 'ModelError.authentication',
    message: 'Bad key.',
  });
});

test('a failure without a type gets one', () => {
  expect(toTurnError(activityFailed(ApplicationFailure.create({ message: 'Lost.' })))).toEqual({
    type: 'ActivityFailed',
    message: 'Lost.',
  });
});

test.each([TimeoutType.HEARTBEAT, TimeoutType.START_TO_CLOSE, TimeoutType.SCHEDULE_TO_CLOSE])(
  'attempts that were lost or took too long (%s) are told as that',
  (timeoutType) => {
    const cause = new TimeoutFailure('activity timed out', undefined, timeoutType);

    expect(toTurnError(activityFailed(cause))).toEqual({
      type: 'ModelTimeout',
      message: `The model did not answer: every attempt was lost or took too long (${timeoutType}).`,
    });
  },
);

test('any other end of an activity is told in its own words', () => {
  expect(toTurnError(activityFailed(new ServerFailure('No room.', true)))).toEqual({
    type: 'ActivityFailed',
    message: 'No room.',
  });
  expect(toTurnError(activityFailed(new TerminatedFailure('Terminated.')))).toMatchObject({
    message: 'Terminated.',
  });
  expect(toTurnError(activityFailed(undefined))).toEqual({
    type: 'ActivityFailed',
    message: 'Activity task failed',
  });
});

test('too many steps are the turn’s own fault', () => {
  expect(toTurnError(new StepLimitError(3))).toEqual({
    type: 'StepLimitError',
    message: expect.stringContaining('3 steps'),
  });
});

test.each([
  ['a cancellation', new CancelledFailure('Cancelled.')],
  ['a cancelled activity', activityFailed(new CancelledFailure('Cancelled.'))],
  ['a bug of ours', new TypeError('x is undefined')],
  ['a Memory that would be unsendable', new MemoryError('No call is open.')],
  ['an application failure that no activity threw', ApplicationFailure.nonRetryable('No.')],
  ['what is no error', 'no'],
  ['nothing', undefined],
])('%s ends no turn softly', (_name, error) => {
  expect(toTurnError(error)).toBeUndefined();
});

describe('what was spent in vain', () => {
  const spent = { attempts: 2, usage: { inputTokens: 9, outputTokens: 1 }, costUsd: 0.1 };

  test('stands among the details of the failure', () => {
    const details = [{ provider: 'openai', kind: 'server' }, { spent }];
    const cause = ApplicationFailure.create({ message: 'No.', type: 'ModelError.server', details });
    expect(spentInVain(activityFailed(cause))).toEqual(spent);
  });

  test('of attempts that were lost, stands in the last heartbeat', () => {
    const snapshot = { turn: 1, step: 1, attempt: 2, offset: 0, text: 'Once', spent };
    const cause = new TimeoutFailure('timed out', snapshot, TimeoutType.HEARTBEAT);
    expect(spentInVain(activityFailed(cause))).toEqual(spent);
  });

  test.each([
    ['no details', ApplicationFailure.create({ message: 'No.' })],
    ['other details', ApplicationFailure.create({ message: 'No.', details: [{ a: 1 }, null] })],
    ['nonsense', ApplicationFailure.create({ message: 'No.', details: [{ spent: 'much' }] })],
    ['no heartbeat', new TimeoutFailure('timed out', undefined, TimeoutType.START_TO_CLOSE)],
    ['no cause', undefined],
  ])('is nothing with %s', (_what, cause) => {
    expect(spentInVain(activityFailed(cause))).toBeUndefined();
  });

  test('is nothing without a model call', () => {
    expect(spentInVain(new StepLimitError(3))).toBeUndefined();
  });
});
