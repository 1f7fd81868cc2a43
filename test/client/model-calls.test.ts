import { defaultPayloadConverter } from '@temporalio/common';
import type { HistoryEvent } from '../../client/timeline/from-history';
import { ModelCalls, withPending } from '../../client/model-calls';

const pointer = { epoch: 0, length: 1, digest: 'd', agentHash: 'a' };
const deltas = { turn: 1, step: 1, attempt: 2, offset: 0, text: 'Hel', promptDigest: 'sent' };

const payload = (value: unknown) => ({ payloads: [defaultPayloadConverter.toPayload(value)!] });

function asked(eventId: number, input: unknown, type = 'getResponse'): HistoryEvent {
  return {
    eventId: eventId as never,
    activityTaskScheduledEventAttributes: {
      activityId: String(eventId),
      activityType: { name: type },
      input: payload(input),
    },
  };
}

const started = (scheduledEventId: number, attempt: number): HistoryEvent => ({
  activityTaskStartedEventAttributes: { scheduledEventId: scheduledEventId as never, attempt },
});

function callsOf(events: readonly HistoryEvent[]): ModelCalls {
  const calls = new ModelCalls();
  for (const event of events) calls.observe({ runId: 'run', event });
  return calls;
}

test('a call that timed out tells by its last heartbeat what it sent', () => {
  const timedOut: HistoryEvent = {
    activityTaskTimedOutEventAttributes: {
      scheduledEventId: 5 as never,
      failure: { timeoutFailureInfo: { timeoutType: 4, lastHeartbeatDetails: payload(deltas) } },
    },
  };
  const calls = callsOf([asked(5, { pointer, turn: 1, step: 1 }), started(5, 2), timedOut]);

  expect(calls.all).toEqual([
    {
      ...{ runId: 'run', activityId: '5', turn: 1, step: 1, pointer },
      ...{ status: 'failed', attempts: 2, sentDigest: 'sent' },
    },
  ]);
});

test('with its run ends what was not answered', () => {
  const terminated: HistoryEvent = { workflowExecutionTerminatedEventAttributes: {} };
  const calls = callsOf([asked(5, { pointer, turn: 1, step: 1 }), terminated]);
  expect(calls.all.map(({ status, attempts }) => [status, attempts])).toEqual([['cancelled', 0]]);
});

test('of calls at one step the last one counts; tools and what cannot be read are none', () => {
  const calls = callsOf([
    asked(5, { pointer, turn: 1, step: 1 }),
    asked(6, { pointer, turn: 1, step: 1 }, 'executeTool'),
    asked(7, { pointer: {}, turn: 1, step: 1 }),
    asked(8, undefined),
    asked(9, { pointer, turn: 1, step: 2 }),
    asked(10, { pointer, turn: 1, step: 1 }),
    asked(11, { pointer, turn: 2, step: 1 }),
  ]);
  const at = (position: { turn?: number; step?: number }) => calls.find(position)?.activityId;

  expect(calls.all).toHaveLength(4);
  expect([at({}), at({ turn: 1 }), at({ step: 2 }), at({ turn: 1, step: 1 })]).toEqual([
    '11',
    '10',
    '9',
    '10',
  ]);
  expect(at({ turn: 3 })).toBeUndefined();
});

test('a pending call says its attempt, and what it sent once it beats', () => {
  const [call] = callsOf([asked(5, { pointer, turn: 1, step: 1 })]).all;
  const beating = withPending(call!, { attempt: 2, heartbeatDetails: payload(deltas) });
  expect(beating).toMatchObject({ status: 'running', attempts: 2, sentDigest: 'sent' });
  expect(withPending(call!, { attempt: 1 })).toEqual({ ...call, attempts: 1 });
});
