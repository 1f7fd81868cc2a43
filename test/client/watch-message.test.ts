import { textResponse } from '../../activities/models/scripted-model';
import { userMessage } from '../../agent/messages';
import type { Message } from '../../agent/model';
import { noUsage } from '../../agent/model';
import type {
  ConversationReader,
  PendingActivity,
  RunDescription,
} from '../../client/conversation-reader';
import type { ConversationEvent } from '../../client/conversation-events';
import { NoWorkerError, RunFailedError } from '../../client/errors';
import { type WatchOptions, watchMessage } from '../../client/watch-message';
import type { DeltaSnapshot } from '../../wire/delta-channel';
import type {
  ConversationState,
  MessageStatus,
  MessagesPage,
  PendingItem,
  SequencedMessage,
} from '../../workflows/contract';

// The pauses between two looks are no part of what is tested.
jest.mock('node:timers/promises', () => ({
  setTimeout: () => new Promise((resolve) => setImmediate(resolve)),
}));

/** What there is to see at one look: each look moves on to the next scene, the last one stays. */
interface Scene {
  readonly pending?: readonly PendingActivity[];
  readonly message?: MessageStatus;
  readonly memory?: readonly SequencedMessage[];
  readonly status?: RunDescription['status'];
  readonly runId?: string;
  /** Nobody answers queries. */
  readonly silent?: Error;
  readonly waiting?: readonly PendingItem[];
  /** The description is a while old: the history has not moved since. */
  readonly still?: boolean;
}

const running: MessageStatus = { status: 'running', turn: 1 };

class FakeReader {
  looks = 0;
  readonly pagesFrom: number[] = [];
  private events = 0;
  private scene: Scene = {};

  constructor(
    private readonly scenes: readonly Scene[],
    private readonly options: { pageSize?: number; result?: Error } = {},
  ) {}

  get reader(): ConversationReader {
    const reader = {
      describe: async (): Promise<RunDescription> => {
        this.scene = this.scenes[Math.min(this.looks, this.scenes.length - 1)]!;
        this.looks += 1;
        if (!this.scene.still) this.events += 1;
        if (this.looks > 500) throw new Error('The watch never ends.');
        return {
          runId: this.scene.runId ?? 'run',
          status: this.scene.status ?? 'RUNNING',
          historyEvents: this.events,
          historyBytes: 0,
          taskQueue: 'queue',
          workflowTaskAttempt: 0,
          pending: this.scene.pending ?? [],
        };
      },
      state: async () => {
        if (this.scene.silent) throw this.scene.silent;
        const { message = running, waiting } = this.scene;
        return { message, ...(waiting && { pending: waiting }) } as ConversationState;
      },
      messages: async (_id: string, { from = 0 }: { from?: number }): Promise<MessagesPage> => {
        this.pagesFrom.push(from);
        const all = (this.scene.memory ?? []).filter(({ seq }) => seq >= from);
        const messages = all.slice(0, this.options.pageSize);
        const next = from + messages.length;
        return { messages, ...(messages.length < all.length && { next }) };
      },
      result: async () => {
        if (this.options.result) throw this.options.result;
        return null;
      },
    };
    return reader as unknown as ConversationReader;
  }
}

function thinking(
  deltas: Partial<DeltaSnapshot> & { text: string },
  activity: Partial<PendingActivity> = {},
): readonly PendingActivity[] {
  const attempt = activity.attempt ?? 1;
  const snapshot = { turn: 1, step: 1, attempt, offset: 0, ...deltas };
  return [
    {
      activityId: '1',
      type: 'getResponse',
      attempt,
      isStarted: true,
      worker: 'one',
      deltas: snapshot,
      ...activity,
    },
  ];
}

function sequence(...messages: readonly Message[]): readonly SequencedMessage[] {
  return messages.map((message, seq) => ({ seq, turn: 1, message }));
}

function answered(content: string): Scene {
  return {
    message: {
      status: 'answered',
      turn: 1,
      response: {
        role: 'agent',
        content,
        turn: 1,
        finishReason: 'stop',
        usage: noUsage,
        costUsd: 0,
      },
    },
    memory: sequence(userMessage('Well?'), textResponse(content)),
  };
}

async function watch(
  reader: FakeReader,
  over: Partial<WatchOptions> = {},
): Promise<readonly ConversationEvent[]> {
  const events: ConversationEvent[] = [];
  const options = { reader: reader.reader, id: 'chat', messageId: 'm', ...over };
  for await (const event of watchMessage(options)) {
    events.push(event);
  }
  return events;
}

/** What a reader shows of a step: pieces put together, begun anew with each attempt. */
function pieces(events: readonly ConversationEvent[]): readonly string[] {
  const shown = [''];
  for (const event of events) {
    if (event.type === 'attempt') shown.push('');
    if (event.type === 'partial') shown.push(shown.pop() + event.content);
  }
  return shown;
}

test('pieces are told as they come, each once, and then the durable message', async () => {
  const texts = ['', 'The', 'The', 'The sum', 'The sum', 'The sum is five.'];
  const events = await watch(
    new FakeReader([
      ...texts.map((text) => ({ pending: thinking({ text }) })),
      answered('The sum is five.'),
    ]),
  );

  expect(events.map(({ type }) => type)).toEqual([
    'partial',
    'partial',
    'partial',
    'message',
    'complete',
  ]);
  expect(events.slice(0, 3)).toMatchObject([
    { content: 'The', turn: 1, step: 1, attempt: 1 },
    { content: ' sum' },
    { content: ' is five.' },
  ]);
});

test('a reader that comes late begins with all that there is', async () => {
  const events = await watch(
    new FakeReader([{ pending: thinking({ text: 'The sum is' }) }, answered('The sum is five.')]),
  );

  expect(pieces(events)).toEqual(['The sum is']);
});

test('a reader behind the offset gets the tail, and goes on from its end', async () => {
  const events = await watch(
    new FakeReader([
      { pending: thinking({ text: 'abc' }) },
      { pending: thinking({ offset: 10, text: 'klm' }) },
      { pending: thinking({ offset: 10, text: 'klmno' }) },
      { pending: thinking({ offset: 12, text: 'mnopq' }) },
      answered('abcdefghijklmnopq'),
    ]),
  );

  expect(events.filter(({ type }) => type === 'partial')).toMatchObject([
    { content: 'abc' },
    { content: 'klm' },
    { content: 'no' },
    { content: 'pq' },
  ]);
  expect(events.at(-1)).toMatchObject({ content: 'abcdefghijklmnopq', isFinal: true });
});

test('a new attempt is told, with the worker that was lost, and its text begins anew', async () => {
  const events = await watch(
    new FakeReader([
      { pending: thinking({ text: 'The sum is' }) },
      // Waiting to be tried again: the details are the lost attempt's.
      { pending: thinking({ text: 'The sum is', attempt: 1 }, { attempt: 2, isStarted: false }) },
      { pending: thinking({ text: 'The sum is', attempt: 1 }, { attempt: 2, worker: 'two' }) },
      { pending: thinking({ text: 'The' }, { attempt: 2, worker: 'two' }) },
      { pending: thinking({ text: 'The sum is fi' }, { attempt: 2, worker: 'two' }) },
      answered('The sum is five.'),
    ]),
  );

  expect(pieces(events)).toEqual(['The sum is', 'The sum is fi']);
  expect(events.filter(({ type }) => type === 'attempt')).toEqual([
    {
      type: 'attempt',
      isFinal: false,
      activity: 'getResponse',
      attempt: 2,
      lostWorker: 'one',
      worker: 'two',
    },
  ]);
});

test('an activity of the next run is no attempt of the one that had its id before', async () => {
  const reader = new FakeReader([
    { pending: thinking({ text: '' }, { attempt: 2 }) },
    { pending: thinking({ text: 'New.', step: 2 }, { worker: 'two' }), runId: 'next run' },
    answered('New.'),
  ]);

  const events = await watch(reader);

  expect(events.filter(({ type }) => type === 'attempt')).toEqual([]);
  expect(pieces(events)).toEqual(['New.']);
});

test('the durable message wins: what is late of its step is not shown behind it', async () => {
  const response = textResponse('One.', { finishReason: 'pause' });
  const first = sequence(userMessage('Well?'), response);
  const events = await watch(
    new FakeReader([
      { pending: thinking({ text: 'O' }) },
      // The description is older than the answer to the query.
      { pending: thinking({ text: 'One' }), memory: first },
      { pending: thinking({ text: 'One.' }), memory: first, still: true },
      { pending: thinking({ text: 'Tw', step: 2 }), memory: first },
      {
        ...answered('Two.'),
        memory: sequence(userMessage('Well?'), response, textResponse('Two.')),
        pending: thinking({ text: 'Two.', step: 2 }),
      },
    ]),
  );

  const told = events.map((event) =>
    event.type === 'partial' || event.type === 'complete'
      ? `${event.type} ${event.content}`
      : event.type === 'message'
        ? `message ${String((event.message.message as { content: unknown }).content)}`
        : event.type,
  );
  expect(told).toEqual([
    'partial O',
    'message One.',
    'partial Tw',
    'message Two.',
    'complete Two.',
  ]);
});

test('pieces of another turn are not ours', async () => {
  const events = await watch(
    new FakeReader([
      { message: { status: 'queued', position: 1 }, pending: thinking({ text: 'not ours' }) },
      { message: { status: 'running', turn: 2 }, pending: thinking({ text: 'not ours either' }) },
      { message: { status: 'running', turn: 2 }, pending: thinking({ text: 'ours', turn: 2 }) },
      {
        message: {
          status: 'answered',
          turn: 2,
          response: {
            role: 'agent',
            content: 'x',
            turn: 2,
            finishReason: 'stop',
            usage: noUsage,
            costUsd: 0,
          },
        },
      },
    ]),
  );

  expect(pieces(events)).toEqual(['ours']);
});

test('all messages of the turn are told before its end, however many pages they fill', async () => {
  const memory = [
    ...sequence(userMessage('Before.'), textResponse('Long ago.')),
    ...['a', 'b', 'c', 'd', 'e'].map((content, index) => ({
      seq: 2 + index,
      turn: 2,
      message: textResponse(content),
    })),
  ];
  const reader = new FakeReader(
    [
      {
        memory,
        message: {
          status: 'answered',
          turn: 2,
          response: {
            role: 'agent',
            content: 'e',
            turn: 2,
            finishReason: 'stop',
            usage: noUsage,
            costUsd: 0,
          },
        },
      },
    ],
    { pageSize: 2 },
  );

  const events = await watch(reader);

  expect(reader.pagesFrom).toEqual([0, 2, 4, 6]);
  expect(events.flatMap((event) => (event.type === 'message' ? [event.message.seq] : []))).toEqual([
    2, 3, 4, 5, 6,
  ]);
  expect(events.at(-1)?.type).toBe('complete');
});

test('each message is told once, however often its page is read', async () => {
  const memory = sequence(userMessage('Well?'), textResponse('One.', { finishReason: 'pause' }));
  const events = await watch(
    new FakeReader([{ memory }, { memory }, { memory }, answered('Two.')]),
  );

  expect(events.filter(({ type }) => type === 'message')).toHaveLength(1);
});

test('a worker that is away for a while is waited for', async () => {
  const silent = new NoWorkerError('queue');
  const events = await watch(
    new FakeReader([{ silent }, { silent, pending: thinking({ text: '?' }) }, answered('Five.')]),
  );

  expect(events.map(({ type }) => type)).toEqual(['message', 'complete']);
});

test('a run that failed says why, and one that ended without an answer says that', async () => {
  const failed = new RunFailedError('UnknownAgent', 'Unknown agent `x`.');
  const over: Scene = { status: 'FAILED', silent: new NoWorkerError('queue') };

  await expect(watch(new FakeReader([{}, over], { result: failed }))).rejects.toBe(failed);
  await expect(
    watch(new FakeReader([{}, { status: 'COMPLETED', message: { status: 'unknown' } }])),
  ).rejects.toMatchObject({ name: 'ConversationEndedError', id: 'chat' });
});

test('what waits for a person is told once, and that it waits no more: before the end at the latest', async () => {
  const [one, two] = ['t1s1c0', 't1s1c1'].map((callId) => ({ callId }) as PendingItem);
  const events = await watch(
    new FakeReader([
      {},
      { waiting: [one!] },
      { waiting: [one!, two!] },
      { waiting: [two!], pending: thinking({ text: 'We' }) },
      answered('Well.'),
    ]),
  );

  const told = events.map((event) =>
    event.type === 'pending'
      ? `pending ${event.item.callId}`
      : event.type === 'settled'
        ? `settled ${event.callId}`
        : event.type,
  );
  expect(told).toEqual([
    'pending t1s1c0',
    'pending t1s1c1',
    'settled t1s1c0',
    'partial',
    'message',
    'settled t1s1c1',
    'complete',
  ]);
});

test('who wants to is told what users said, and need not have read what was before', async () => {
  const reader = new FakeReader([answered('Five.')]);
  const events = await watch(reader, { includesUserMessages: true });
  expect(
    events.map((event) => (event.type === 'message' ? event.message.message.role : '')),
  ).toEqual(['user', 'assistant', '']);

  const late = new FakeReader([answered('Five.')]);
  expect((await watch(late, { fromSeq: 1 })).map(({ type }) => type)).toEqual([
    'message',
    'complete',
  ]);
  expect(late.pagesFrom).toEqual([1]);
});
