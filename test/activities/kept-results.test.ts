import type { Context } from '@temporalio/activity';
import { defaultDataConverter, defaultPayloadConverter } from '@temporalio/common';
import type { History, Payload } from '@temporalio/common/lib/proto-utils';
import { loadDataConverter } from '@temporalio/common/lib/internal-non-workflow';
import { KeptResults } from '../../activities/kept-results';
import { text } from '../../agent/messages';
import { dataConverter } from '../../wire/data-converter';

type HistoryEvent = NonNullable<History['events']>[number];

const payloads = (value: unknown): Payload[] => [defaultPayloadConverter.toPayload(value)!];

/** Events of calls, as they end: each has its result, but for those that failed. */
function runOf(callIds: readonly string[], previousRunId = ''): readonly HistoryEvent[] {
  const started: HistoryEvent = {
    workflowExecutionStartedEventAttributes: { continuedExecutionRunId: previousRunId },
  };
  const calls = callIds.flatMap((name, index): HistoryEvent[] => {
    const [callId, hasFailed] = [name.replace('!', ''), name.endsWith('!')];
    const eventId = (10 * index + 2) as unknown as Long;
    const scheduled: HistoryEvent = {
      eventId,
      activityTaskScheduledEventAttributes: {
        activityType: { name: 'executeTool' },
        input: { payloads: payloads({ tool: 'cat', callId }) },
      },
    };
    const result = { payloads: payloads({ content: [text(`of ${callId}`)] }) };
    const ended: HistoryEvent = hasFailed
      ? { activityTaskFailedEventAttributes: { scheduledEventId: eventId } }
      : { activityTaskCompletedEventAttributes: { scheduledEventId: eventId, result } };
    return [scheduled, ended];
  });
  const think: readonly HistoryEvent[] = [
    {
      eventId: 9_999 as unknown as Long,
      activityTaskScheduledEventAttributes: {
        activityType: { name: 'getResponse' },
        input: { payloads: payloads({ turn: 1 }) },
      },
    },
    {
      activityTaskCompletedEventAttributes: {
        scheduledEventId: 9_999 as unknown as Long,
        result: { payloads: payloads({ role: 'assistant' }) },
      },
    },
  ];
  return [started, ...calls, ...think];
}

type Long = HistoryEvent['eventId'] & {};

/** A server that has these runs, the newest last; it counts pages of three events. */
function serverWith(runs: Readonly<Record<string, readonly HistoryEvent[]>>) {
  const asked: string[] = [];
  const client = {
    options: { namespace: 'default', loadedDataConverter: loadDataConverter(dataConverter) },
    workflowService: {
      getWorkflowExecutionHistoryReverse: ({ execution, nextPageToken }: Request) => {
        asked.push(execution.runId);
        const events = runs[execution.runId]?.toReversed();
        if (!events) return Promise.reject(Object.assign(new Error('gone'), { code: 5 }));
        const from = nextPageToken ? nextPageToken[0]! : 0;
        const rest = events.length > from + 3 ? Uint8Array.of(from + 3) : new Uint8Array();
        return Promise.resolve({
          history: { events: structuredClone(events.slice(from, from + 3)) },
          nextPageToken: rest,
        });
      },
    },
  };
  const newest = Object.keys(runs).at(-1)!;
  const info = { workflowExecution: { workflowId: 'chat', runId: newest } };
  const context = { client, info } as unknown as Context;
  return { asked, find: new KeptResults().finder(context) };
}

interface Request {
  readonly execution: { readonly runId: string };
  readonly nextPageToken?: Uint8Array;
}

const resultOf = (callId: string) => ({ result: { content: [text(`of ${callId}`)] } });

test('the data converter is the worker’s own', () => {
  expect(loadDataConverter(dataConverter).payloadCodecs).not.toEqual(
    loadDataConverter(defaultDataConverter).payloadCodecs,
  );
});

test('a result is found in this run, and in the runs before it', async () => {
  const { find } = serverWith({
    first: runOf(['t1s1c0', 't1s1c1']),
    second: runOf(['t1s2c0'], 'first'),
    third: runOf(['t2s1c1', 't2s1c0'], 'second'),
  });

  for (const callId of ['t2s1c1', 't2s1c0', 't1s2c0', 't1s1c0']) {
    expect(await find(callId)).toEqual(resultOf(callId));
  }
});

test('a run that the server has forgotten ends the search', async () => {
  const { find, asked } = serverWith({ second: runOf(['t1s2c0'], 'first') });

  expect(await find('t1s1c0')).toEqual({ known: ['t1s2c0'] });
  expect(asked.at(-1)).toBe('first');
});

test('a call that failed, or is not there, has no result; the last ones are told', async () => {
  const callIds = Array.from({ length: 25 }, (_, index) => `t1s${index + 1}c0`);
  const { find, asked } = serverWith({
    first: runOf(['t1s1c0']),
    second: runOf([...callIds.slice(1), 't1s26c0!'], 'first'),
  });
  const known = callIds.slice(-10).toReversed();

  expect(await find('t1s26c0')).toEqual({ known });
  expect(await find('t9s9c9')).toEqual({ known });
  expect(await find('my call')).toEqual({ known });
  // None of these can be further back than what was seen.
  expect(asked).not.toContain('first');
  expect(await find('t1s1c7')).toEqual({ known });
  expect(asked).toContain('first');
});

test('the last results that were read are remembered, no more', async () => {
  const callIds = Array.from({ length: 9 }, (_, index) => `t1s${index + 1}c0`);
  const { find, asked } = serverWith({ only: runOf(callIds) });
  await find('t1s1c0');
  const pages = asked.length;
  await find('t1s1c0');
  expect(asked).toHaveLength(pages);
  for (const callId of callIds.slice(1)) await find(callId);
  const before = asked.length;
  expect(await find('t1s1c0')).toEqual(resultOf('t1s1c0'));
  expect(asked.length).toBeGreaterThan(before);
});
