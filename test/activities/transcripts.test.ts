import { ApplicationFailure } from '@temporalio/common';
import { textResponse } from '../../activities/models/scripted-model';
import { TranscriptCache } from '../../activities/transcript-cache';
import type { Conversation, WorkflowQuery } from '../../activities/transcripts';
import { Transcripts } from '../../activities/transcripts';
import { userMessage } from '../../agent/messages';
import type { Message } from '../../agent/model';
import type { TranscriptRequest } from '../../workflows/contract';
import { FakeConversation, pin } from '../support/fake-conversation';

const question = userMessage('What is two and three?');
const answer = textResponse('Five.');
const right = userMessage('And twice that?');
const wrong = userMessage('And half of it?');
/** A worker that never sees the conversation's sink. */
const elsewhere = { append: () => undefined };

function newWorker(limitBytes?: number): Transcripts {
  return new Transcripts(new TranscriptCache(limitBytes === undefined ? {} : { limitBytes }));
}

function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('It did not fail.');
    },
    (error: unknown) => error,
  );
}

async function unavailable(promise: Promise<unknown>): Promise<ApplicationFailure> {
  const error = await thrownBy(promise);
  expect(error).toBeInstanceOf(ApplicationFailure);
  expect(error).toMatchObject({
    type: 'TranscriptUnavailable',
    nonRetryable: false,
    nextRetryDelay: '500 milliseconds',
  });
  return error as ApplicationFailure;
}

describe('messages', () => {
  test('a hit asks nobody', async () => {
    const worker = newWorker();
    const conversation = new FakeConversation({ sink: worker });
    const pointer = conversation.publish(question, answer, right);

    expect(await worker.messages(conversation, pointer)).toEqual([question, answer, right]);
    expect(conversation.pagesFrom).toEqual([]);
    expect(worker.counts).toEqual({ hits: 1, misses: 0 });
  });

  test('a miss asks the workflow once, and the next lookup is a hit', async () => {
    const worker = newWorker();
    const conversation = new FakeConversation({ sink: elsewhere });
    const pointer = conversation.publish(question, answer, right);

    expect(await worker.messages(conversation, pointer)).toEqual([question, answer, right]);
    expect(await worker.messages(conversation, pointer)).toEqual([question, answer, right]);
    expect(conversation.pagesFrom).toEqual([0]);
    expect(worker.counts).toEqual({ hits: 1, misses: 1 });
  });

  test('a prefix is kept: only the rest is fetched', async () => {
    const worker = newWorker();
    const conversation = new FakeConversation({ sink: elsewhere });
    await worker.messages(conversation, conversation.publish(question, answer));
    const pointer = conversation.publish(right);

    expect(await worker.messages(conversation, pointer)).toEqual([question, answer, right]);
    expect(conversation.pagesFrom).toEqual([0, 2]);
  });

  test('pages are turned until the pointer is reached', async () => {
    const worker = newWorker();
    const messages = Array.from({ length: 5 }, (_, index) => userMessage(`Number ${index}.`));
    const conversation = new FakeConversation({ sink: elsewhere, pageBytes: 1 });
    const pointer = conversation.publish(...messages);
    conversation.publish(userMessage('After the pointer.'));

    expect(await worker.messages(conversation, pointer)).toEqual(messages);
    expect(conversation.pagesFrom).toEqual([0, 1, 2, 3, 4]);
  });

  test('a cached branch of the same length is not sent: its last message is asked for', async () => {
    const worker = newWorker();
    new FakeConversation({ sink: worker }).publish(question, answer, wrong);
    const history = new FakeConversation({ sink: elsewhere });
    const pointer = history.publish(question, answer, right);

    expect(await worker.messages(history, pointer)).toEqual([question, answer, right]);
    expect(history.pagesFrom).toEqual([2]);
    expect(await worker.messages(history, pointer)).toEqual([question, answer, right]);
    expect(worker.counts).toEqual({ hits: 1, misses: 1 });
  });

  test('a longer cached branch is not sent either', async () => {
    const worker = newWorker();
    new FakeConversation({ sink: worker }).publish(question, answer, wrong, textResponse('2.5'));
    const history = new FakeConversation({ sink: elsewhere });
    const pointer = history.publish(question, answer, right);

    expect(await worker.messages(history, pointer)).toEqual([question, answer, right]);
  });

  test('a cached branch that parted earlier is found out by the page, and all is asked for anew', async () => {
    const worker = newWorker();
    new FakeConversation({ sink: worker }).publish(wrong, textResponse('2.5'));
    const history = new FakeConversation({ sink: elsewhere });
    const pointer = history.publish(question, answer, right);

    expect(await worker.messages(history, pointer)).toEqual([question, answer, right]);
    expect(history.pagesFrom).toEqual([2, 0]);
    expect(await worker.messages(history, pointer)).toEqual([question, answer, right]);
    expect(history.pagesFrom).toEqual([2, 0]);
  });

  test('after an eviction the sink alone cannot fill the gap: the workflow is asked', async () => {
    const worker = newWorker(1);
    const conversation = new FakeConversation({ sink: worker });
    conversation.publish(question, answer);
    new FakeConversation({ sink: worker, key: 'default/other' }).publish(question);
    const pointer = conversation.publish(right);

    expect(await worker.messages(conversation, pointer)).toEqual([question, answer, right]);
    expect(conversation.pagesFrom).toEqual([0]);
  });

  test('two conversations that do not fit together are both answered, page by page', async () => {
    const worker = newWorker(1);
    const conversations = ['default/a', 'default/b'].map(
      (key) => new FakeConversation({ sink: elsewhere, key, pageBytes: 1 }),
    );
    const pointers = conversations.map((conversation) =>
      conversation.publish(userMessage(conversation.key), answer, right),
    );

    const found = await Promise.all(
      conversations.map((conversation, index) => worker.messages(conversation, pointers[index]!)),
    );

    expect(found).toEqual([
      [userMessage('default/a'), answer, right],
      [userMessage('default/b'), answer, right],
    ]);
  });

  test('what another branch puts into the cache while pages are turned changes nothing', async () => {
    const worker = newWorker();
    const history = new FakeConversation({ sink: elsewhere, pageBytes: 1 });
    const pointer = history.publish(question, answer, right);
    const query = (async (name: 'transcript', request: TranscriptRequest) => {
      new FakeConversation({ sink: worker }).publish(wrong, textResponse('2.5'));
      return history.query(name, request);
    }) as unknown as WorkflowQuery;

    expect(await worker.messages({ key: history.key, query }, pointer)).toEqual([
      question,
      answer,
      right,
    ]);
    expect(history.pagesFrom).toEqual([0, 1, 2]);
  });

  test('a workflow that never had the transcript makes it unavailable, to be retried', async () => {
    const worker = newWorker();
    const history = new FakeConversation({ sink: elsewhere, messages: [] });
    const pointer = new FakeConversation({ sink: elsewhere }).publish(question, answer, wrong);
    history.publish(question, answer, right);

    const failure = await unavailable(worker.messages(history, pointer));
    expect(failure.message).toBe(
      'The conversation could not be asked for its transcript: This conversation has no such transcript.',
    );
    expect(worker.counts).toEqual({ hits: 0, misses: 1 });
  });

  test.each([
    {
      what: 'pages whose digest is not the one that the pointer carries',
      answer: () => ({ digestBefore: '', messages: [question] }),
      message: 'The transcript of `default/chat` does not match its digest.',
    },
    {
      what: 'an empty page',
      answer: () => ({ digestBefore: '', messages: [] }),
      message: '`default/chat` answered an empty page at 0.',
    },
    {
      what: 'a beginning that is none',
      answer: () => ({ digestBefore: 'deadbeef', messages: [question] }),
      message: 'The transcript of `default/chat` does not begin as it should.',
    },
    {
      what: 'more messages than were asked for',
      answer: () => ({ digestBefore: '', messages: [right, wrong] }),
      message: 'The transcript of `default/chat` does not match its digest.',
    },
  ])('$what cannot be had, and nothing of it is cached', async ({ answer: page, message }) => {
    const worker = newWorker();
    const pointer = new FakeConversation({ sink: elsewhere }).publish(right);
    const broken: Conversation = {
      key: 'default/chat',
      query: (async () => page()) as unknown as WorkflowQuery,
    };

    expect((await unavailable(worker.messages(broken, pointer))).message).toBe(message);
    expect((await unavailable(worker.messages(broken, pointer))).message).toBe(message);
    expect(worker.counts).toEqual({ hits: 0, misses: 2 });
  });

  test('a new epoch is asked for from its beginning', async () => {
    const worker = newWorker();
    const conversation = new FakeConversation({ sink: worker });
    const pointer = { ...conversation.publish(question, answer, right), epoch: 1 };
    const asked: unknown[] = [];
    const query = (async (_name: string, request: { from: number }) => {
      asked.push(request.from);
      return { digestBefore: '', messages: [question, answer, right] };
    }) as unknown as WorkflowQuery;

    const found: readonly Message[] = await worker.messages(
      { key: 'default/chat', query },
      pointer,
    );

    expect(found).toEqual([question, answer, right]);
    expect(asked).toEqual([0]);
  });
});

describe('agent', () => {
  const pinned = pin({ name: 'clerk', model: 'scripted', instructions: 'Be brief.', tools: [] });

  test('a pinned agent is known by its hash, whichever conversation pinned it', async () => {
    const worker = newWorker();
    worker.pin(pinned);
    const conversation = new FakeConversation({ sink: worker, pinned });

    expect(await worker.agent(conversation, conversation.publish(question))).toEqual(pinned);
    expect(conversation.pinnedAgentQueries).toBe(0);
  });

  test('an unknown one is asked for once', async () => {
    const worker = newWorker();
    const conversation = new FakeConversation({ sink: worker, pinned });
    const pointer = conversation.publish(question);

    expect(await worker.agent(conversation, pointer)).toEqual(pinned);
    expect(await worker.agent(conversation, pointer)).toEqual(pinned);
    expect(conversation.pinnedAgentQueries).toBe(1);
  });

  test('an answer with another hash than the pointer is no answer, whatever hash it claims', async () => {
    const worker = newWorker();
    const other = { ...pinned.agent, instructions: 'Talk a lot.' };
    const liar = new FakeConversation({ sink: worker, pinned: { ...pinned, agent: other } });
    const pointer = liar.publish(question);
    expect(pointer.agentHash).toBe(pinned.hash);

    const failure = await unavailable(worker.agent(liar, pointer));
    expect(failure.message).toBe(
      `\`default/chat\` is pinned to another agent than ${pinned.hash}.`,
    );
    await unavailable(worker.agent(liar, pointer));
    expect(liar.pinnedAgentQueries).toBe(2);
  });

  test('a conversation that cannot be asked makes it unavailable, with the reason', async () => {
    const query = (async () => {
      throw new Error('no poller seen');
    }) as unknown as WorkflowQuery;
    const pointer = new FakeConversation({ sink: elsewhere, pinned }).publish(question);

    const failure = await unavailable(newWorker().agent({ key: 'default/chat', query }, pointer));
    expect(failure.message).toBe(
      'The conversation could not be asked for its transcript: no poller seen',
    );
  });

  test('a thousand agents are remembered, then the oldest is asked for again', async () => {
    const worker = newWorker();
    const oldest = new FakeConversation({ sink: worker, pinned });
    const pointer = oldest.publish(question);
    worker.pin(pinned);
    for (let index = 1; index < 1_000; index++) {
      worker.pin(pin({ ...pinned.agent, name: `clerk ${index}` }));
    }
    await worker.agent(oldest, pointer);
    expect(oldest.pinnedAgentQueries).toBe(0);

    worker.pin(pin({ ...pinned.agent, name: 'clerk 1000' }));
    await worker.agent(oldest, pointer);

    expect(oldest.pinnedAgentQueries).toBe(1);
  });
});
