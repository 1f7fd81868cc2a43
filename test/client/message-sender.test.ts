import type { Client } from '@temporalio/client';
import type { ConversationReader } from '../../client/conversation-reader';
import { DeadlineError, NoWorkerError } from '../../client/errors';
import { MessageSender, sendDeadlineMs } from '../../client/message-sender';
import type { Acknowledgement, SendMessageInput } from '../../workflows/contract';
import * as contract from '../../workflows/contract';
import {
  failedState,
  failedUpdate,
  grpcError,
  notFoundError,
  repeatable,
  taskFailure,
} from '../support/update-errors';

// The pauses between two tries are no part of what is tested.
jest.mock('node:timers/promises', () => ({
  setTimeout: () => new Promise((resolve) => setImmediate(resolve)),
}));

afterEach(() => jest.restoreAllMocks());

interface SentUpdate {
  readonly workflowId: string;
  readonly runId: string | undefined;
  readonly name: string;
  readonly updateId: string | undefined;
  readonly args: readonly unknown[] | undefined;
  readonly deadline: number | undefined;
}

/** Answers the nth update with the nth outcome; the ones after the last are appended. */
class FakeTemporal {
  readonly sent: SentUpdate[] = [];
  mostAtOnce = 0;
  private atOnce = 0;
  private deadline: number | undefined;

  constructor(private readonly outcomes: readonly (Error | (() => Promise<void>))[] = []) {}

  get client(): Client {
    const client = {
      withDeadline: (deadline: number, call: () => Promise<unknown>) => {
        this.deadline = deadline;
        return call();
      },
      workflow: {
        getHandle: (workflowId: string, runId?: string) => ({
          executeUpdate: (
            { name }: { name: string },
            options: { updateId?: string; args?: readonly unknown[] } = {},
          ) =>
            this.update({
              workflowId,
              runId,
              name,
              updateId: options.updateId,
              args: options.args,
            }),
        }),
      },
    };
    return client as unknown as Client;
  }

  private async update(update: Omit<SentUpdate, 'deadline'>): Promise<Acknowledgement> {
    const outcome = this.outcomes[this.sent.length];
    this.sent.push({ ...update, deadline: this.deadline });
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    try {
      await new Promise((resolve) => setImmediate(resolve));
      if (outcome instanceof Error) throw outcome;
      await outcome?.();
      return { messageId: update.updateId ?? '', accepted: 'appended' };
    } finally {
      this.atOnce -= 1;
    }
  }
}

/** What is wrong when nothing came back. */
class FakeReader {
  readonly asked: [string, number][] = [];
  constructor(private readonly verdict: Error = new NoWorkerError('queue')) {}

  get reader(): ConversationReader {
    const reader = {
      unanswered: async (id: string, deadlineMs: number) => {
        this.asked.push([id, deadlineMs]);
        return this.verdict;
      },
    };
    return reader as unknown as ConversationReader;
  }
}

function said(messageId: string): SendMessageInput {
  return { messageId, message: { role: 'user', content: `This is ${messageId}.` } };
}

function newSender(temporal: FakeTemporal, reader = new FakeReader()): MessageSender {
  return new MessageSender(temporal.client, reader.reader);
}

const firstTry = {
  workflowId: 'chat',
  runId: undefined,
  name: 'sendMessage',
  updateId: 'm1',
  args: [said('m1')],
  deadline: expect.any(Number) as number,
};

describe('said again', () => {
  test.each(repeatable)(
    'after $name, as the same update of the same message',
    async ({ error }) => {
      const temporal = new FakeTemporal([error()]);

      const acknowledgement = await newSender(temporal).send('chat', said('m1'));

      expect(acknowledgement).toEqual({ messageId: 'm1', accepted: 'appended' });
      expect(temporal.sent).toEqual([firstTry, firstTry]);
    },
  );

  test('after all of them, one upon another', async () => {
    const temporal = new FakeTemporal(repeatable.map(({ error }) => error()));

    await newSender(temporal).send('chat', said('m1'));

    expect(temporal.sent).toEqual(Array(repeatable.length + 1).fill(firstTry));
  });

  test('closing is said again too', async () => {
    const temporal = new FakeTemporal(repeatable.map(({ error }) => error()));

    await newSender(temporal).update('chat', contract.close);

    expect(temporal.sent).toHaveLength(repeatable.length + 1);
    expect(new Set(temporal.sent.map(({ name, runId }) => `${name} ${runId}`))).toEqual(
      new Set(['close undefined']),
    );
  });
});

describe('given up', () => {
  test('a worker whose tasks fail under the ninth try as well cannot process the conversation', async () => {
    const failures = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0 ? taskFailure() : failedState(),
    );
    const temporal = new FakeTemporal(failures);

    await expect(newSender(temporal).send('chat', said('m1'))).rejects.toMatchObject({
      name: 'WorkerCannotProcessError',
      message: expect.stringMatching(
        /^The worker cannot process conversation `chat`: Unable to perform workflow execution update/,
      ),
    });
    expect(temporal.sent).toHaveLength(9);
  });

  test('a worker whose tasks fail eight times has the message at the ninth', async () => {
    const temporal = new FakeTemporal(Array.from({ length: 8 }, failedState));

    await newSender(temporal).send('chat', said('m1'));

    expect(temporal.sent).toEqual(Array(9).fill(firstTry));
  });

  test('a busy server is asked more often than a failing worker', async () => {
    const temporal = new FakeTemporal(Array.from({ length: 30 }, () => grpcError(8, 'busy')));

    await newSender(temporal).send('chat', said('m1'));

    expect(temporal.sent).toHaveLength(31);
  });

  test.each([
    { verdict: new NoWorkerError('queue') },
    { verdict: new DeadlineError('Conversation `chat`', sendDeadlineMs) },
  ])('at the deadline, with the reason: $verdict.name', async ({ verdict }) => {
    let now = 1_000_000;
    jest.spyOn(Date, 'now').mockImplementation(() => now);
    const later = async () => {
      now += 6_000;
      throw grpcError(14, 'No connection established.');
    };
    const temporal = new FakeTemporal([later, later, later]);
    const reader = new FakeReader(verdict);

    await expect(newSender(temporal, reader).send('chat', said('m1'))).rejects.toBe(verdict);

    expect(temporal.sent.map(({ deadline }) => deadline)).toEqual([1_010_000, 1_010_000]);
    expect(reader.asked).toEqual([['chat', 10_000]]);
  });
});

describe('not said again', () => {
  test.each([
    {
      what: 'a refusal',
      error: failedUpdate('ConversationClosed', 'The conversation is closed.'),
      thrown: {
        name: 'MessageRejectedError',
        type: 'ConversationClosed',
        message: 'The conversation is closed.',
      },
    },
    {
      what: 'an ended conversation',
      error: notFoundError('workflow execution already completed'),
      thrown: { name: 'ConversationEndedError', id: 'chat' },
    },
    {
      what: 'an unknown conversation',
      error: notFoundError('workflow not found for ID: chat'),
      thrown: { name: 'UnknownConversationError', id: 'chat' },
    },
    {
      what: 'anything else',
      error: grpcError(7, 'denied'),
      thrown: { name: 'ServiceError' },
    },
  ])('$what is told at once', async ({ error, thrown }) => {
    const temporal = new FakeTemporal([error]);

    await expect(newSender(temporal).send('chat', said('m1'))).rejects.toMatchObject(thrown);
    expect(temporal.sent).toHaveLength(1);
  });

  test('an id that the server would refuse is refused here, and nothing is sent', async () => {
    const temporal = new FakeTemporal();
    const sender = newSender(temporal);
    const longest = 'x'.repeat(contract.messageIdLimit);

    for (const messageId of ['', `${longest}x`]) {
      await expect(sender.send('chat', said(messageId))).rejects.toMatchObject({
        name: 'MessageRejectedError',
        type: 'MalformedMessage',
        message: `A message id has 1 to 200 characters, not ${messageId.length}.`,
      });
    }
    expect(temporal.sent).toEqual([]);
    expect(await sender.send('chat', said(longest))).toMatchObject({ messageId: longest });
  });
});

describe('one at a time per conversation', () => {
  test('a message that must be said again keeps its place before the later ones', async () => {
    const temporal = new FakeTemporal(repeatable.map(({ error }) => error()));
    const sender = newSender(temporal);

    await Promise.all(['m1', 'm2', 'm3'].map((messageId) => sender.send('chat', said(messageId))));

    expect(temporal.sent.map(({ updateId }) => updateId)).toEqual([
      ...Array<string>(repeatable.length + 1).fill('m1'),
      'm2',
      'm3',
    ]);
    expect(temporal.mostAtOnce).toBe(1);
  });

  test('closing waits for the messages before it', async () => {
    const temporal = new FakeTemporal([taskFailure()]);
    const sender = newSender(temporal);

    await Promise.all([sender.send('chat', said('m1')), sender.update('chat', contract.close)]);

    expect(temporal.sent.map(({ name }) => name)).toEqual(['sendMessage', 'sendMessage', 'close']);
    expect(temporal.mostAtOnce).toBe(1);
  });

  test('a message that failed does not hold up the next', async () => {
    const temporal = new FakeTemporal([failedUpdate('QueueFull', 'Full.')]);
    const sender = newSender(temporal);
    const first = sender.send('chat', said('m1'));
    const second = sender.send('chat', said('m2'));

    await expect(first).rejects.toMatchObject({ type: 'QueueFull' });
    expect(await second).toEqual({ messageId: 'm2', accepted: 'appended' });
  });

  test('another conversation does not wait', async () => {
    let release: () => void = () => undefined;
    const stuck = new Promise<void>((resolve) => (release = resolve));
    const temporal = new FakeTemporal([() => stuck]);
    const sender = newSender(temporal);
    const first = sender.send('stuck', said('m1'));

    expect(await sender.send('chat', said('m2'))).toMatchObject({ accepted: 'appended' });
    expect(temporal.mostAtOnce).toBe(2);
    release();
    expect(await first).toMatchObject({ messageId: 'm1' });
  });

  test('the ten seconds of a message begin when its turn comes', async () => {
    let now = 1_000_000;
    jest.spyOn(Date, 'now').mockImplementation(() => now);
    const slowly = async () => {
      now += 9_000;
    };
    const temporal = new FakeTemporal([slowly, slowly, slowly]);
    const sender = newSender(temporal);

    await Promise.all(['m1', 'm2', 'm3'].map((messageId) => sender.send('chat', said(messageId))));

    expect(temporal.sent.map(({ deadline }) => deadline)).toEqual([
      1_010_000, 1_019_000, 1_028_000,
    ]);
  });
});
