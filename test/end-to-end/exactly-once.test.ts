/** Hundreds of messages race a conversation that continues as new all the time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ScriptedModel, textResponse } from '../../activities/models/scripted-model';
import { defineAgent } from '../../agent/define-agent';
import type { SequencedMessage } from '../../workflows/contract';
import * as contract from '../../workflows/contract';
import { runsOf } from '../support/chain';
import { cleanUpAfterEach } from '../support/cleanup';
import { newTaskQueue, testClient, testWorker } from '../support/temporal';

// An update that meets a run on its way out is said again by Temporal's client after more than a second.
jest.setTimeout(180_000);
const atEnd = cleanUpAfterEach();
const count = 100;
const numbers = Array.from({ length: count }, (_, index) => index);
const idOf = (index: number) => `message ${index}`;
const contentOf = (index: number) => `This is number ${index}.`;

/** A worker, and a conversation that is left for a new run after so many events. */
async function newConversation({ messages = count, continueAsNewAfterEvents = 20 } = {}) {
  const taskQueue = newTaskQueue();
  const model = new ScriptedModel(
    Array.from({ length: messages }, (_, index) => textResponse(`Number ${index} is read.`)),
    { by: 'position' },
  );
  const agent = defineAgent({ name: 'reader', model: 'scripted', instructions: 'Read.' });
  const { stop } = await testWorker({ agents: [agent], models: { scripted: model }, taskQueue });
  atEnd(stop);
  const client = await testClient(taskQueue);
  atEnd(() => client.disconnect());
  const { id } = await client.start({ agent: 'reader', continueAsNewAfterEvents });
  const handle = client.temporal.workflow.getHandle(id);
  return {
    client,
    id,
    handle,
    answered: async (messageId: string): Promise<readonly SequencedMessage[]> => {
      const deadline = Date.now() + 60_000;
      while ((await client.state(id, messageId)).message?.status !== 'answered') {
        if (Date.now() > deadline) throw new Error(`\`${messageId}\` was not answered.`);
        await sleep(50);
      }
      return client.allMessages(id);
    },
    runs: () => runsOf(client, id),
  };
}

/** Every message once, in order, each followed by its answer in a turn of its own. */
function wholeConversation(): unknown[] {
  return numbers.flatMap((index) => [
    [2 * index, index + 1, idOf(index), contentOf(index)],
    [2 * index + 1, index + 1, undefined, `Number ${index} is read.`],
  ]);
}

function shown({ seq, turn, messageId, message }: SequencedMessage): unknown[] {
  return [seq, turn, messageId, message.content];
}

/**
 * A hundred updates and a hundred signals at once, into a conversation that is left for a new run after each answer.
 * Neither sender overtakes itself; whoever comes first may go first.
 */
test('a hundred updates and a hundred signals that race continue-as-new are each in the conversation once, in order', async () => {
  const { client, id, handle, answered, runs } = await newConversation({
    messages: 2 * count,
    continueAsNewAfterEvents: 1,
  });
  const updateOf = (index: number) => `update ${index}`;
  const signalOf = (index: number) => `signal ${index}`;

  const updates = Promise.all(
    numbers.map(async (index) => {
      return client.send(id, contentOf(index), { messageId: updateOf(index) });
    }),
  );
  const signals = (async () => {
    for (const index of numbers) {
      await handle.signal(contract.userMessage, {
        messageId: signalOf(index),
        message: { role: 'user', content: contentOf(index) },
      });
      // The door takes a hundred; what is signalled beyond them is set aside.
      while ((await client.state(id)).queued.length > count / 2) await sleep(50);
    }
  })();
  const [acknowledgements] = await Promise.all([updates, signals]);
  await answered(updateOf(count - 1));
  const messages = await answered(signalOf(count - 1));

  expect(acknowledgements.map(({ messageId }) => messageId)).toEqual(numbers.map(updateOf));
  expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_message, seq) => seq));
  const ids = messages.flatMap(({ messageId }) => messageId ?? []);
  expect(ids.filter((messageId) => messageId.startsWith('update'))).toEqual(numbers.map(updateOf));
  expect(ids.filter((messageId) => messageId.startsWith('signal'))).toEqual(numbers.map(signalOf));
  expect(messages).toHaveLength(4 * count);
  expect(
    messages.filter((_entry, seq) => seq % 2 === 1).map(({ message }) => message.content),
  ).toEqual(Array.from({ length: 2 * count }, (_, index) => `Number ${index} is read.`));
  expect(await client.state(id)).toMatchObject({ setAside: { count: 0 }, queued: [] });
  expect(await runs()).toBeGreaterThan(2 * count);
});

test('an id that an earlier run took is a duplicate in every later one, however it is sent', async () => {
  const { client, id, handle, answered, runs } = await newConversation();
  for (const index of numbers.slice(0, 20)) {
    await client.send(id, contentOf(index), { messageId: idOf(index) });
  }
  const before = await answered(idOf(19));
  expect(await runs()).toBeGreaterThan(3);

  const again = await Promise.all(
    numbers
      .slice(0, 20)
      .map((index) => client.send(id, 'Something else.', { messageId: idOf(index) })),
  );
  for (const index of numbers.slice(0, 20)) {
    await handle.signal(contract.userMessage, {
      messageId: idOf(index),
      message: { role: 'user', content: 'Something else.' },
    });
  }
  await client.send(id, contentOf(20), { messageId: idOf(20) });
  const after = await answered(idOf(20));

  // Those of the last run are answered by the server, which remembers the update itself.
  expect(again.slice(0, 10).map(({ accepted, seq }) => [accepted, seq])).toEqual(
    numbers.slice(0, 10).map((index) => ['duplicate', 2 * index]),
  );
  expect(after.slice(0, 40)).toEqual(before);
  expect(after.map(shown)).toEqual(wholeConversation().slice(0, 42));
  expect(await client.state(id)).toMatchObject({ turn: 21, setAside: { count: 0 } });
});

test('messages sent before any worker runs stand behind the first ones, in order', async () => {
  const taskQueue = newTaskQueue();
  const client = await testClient(taskQueue);
  atEnd(() => client.disconnect());
  const { id } = await client.start({ agent: 'reader', message: 'first', messageId: 'first' });
  const handle = client.temporal.workflow.getHandle(id);
  for (const messageId of ['second', 'third']) {
    await handle.signal(contract.userMessage, {
      messageId,
      message: { role: 'user', content: messageId },
    });
  }
  const model = new ScriptedModel(['one', 'two', 'three'].map((word) => textResponse(word)));
  const agent = defineAgent({ name: 'reader', model: 'scripted', instructions: 'Read.' });
  const { stop } = await testWorker({ agents: [agent], models: { scripted: model }, taskQueue });
  atEnd(stop);

  const deadline = Date.now() + 20_000;
  while ((await client.state(id, 'third')).message?.status !== 'answered') {
    if (Date.now() > deadline) throw new Error('It was not answered.');
    await sleep(50);
  }

  const messages = await client.allMessages(id);
  expect(messages.map(({ message }) => message.content)).toEqual([
    'first',
    'one',
    'second',
    'two',
    'third',
    'three',
  ]);
});
