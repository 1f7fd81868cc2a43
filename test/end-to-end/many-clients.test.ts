/** Twenty people talk into one conversation at once, each waiting for the door before saying the next thing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ScriptedModel, textResponse } from '../../activities/models/scripted-model';
import { defineAgent } from '../../agent/define-agent';
import { contentToText } from '../../agent/messages';
import { MessageRejectedError } from '../../client/errors';
import type { Acknowledgement, Delivery } from '../../workflows/contract';
import { runsOf } from '../support/chain';
import { cleanUpAfterEach } from '../support/cleanup';
import { newTaskQueue, testClient, testWorker } from '../support/temporal';

jest.setTimeout(120_000);
const atEnd = cleanUpAfterEach();
const people = 20;
const messagesEach = 50;
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Two people queue, each message for a turn of its own; the others steer whatever turn is at work. */
const deliveryOf = (person: number): Delivery => (person < 2 ? 'queue' : 'steer');

/** A hundred may wait at once. */
async function onceThereIsRoom<Result>(send: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof MessageRejectedError) || error.type !== 'QueueFull') throw error;
      await sleep(100);
    }
  }
}

test('each of a thousand messages of twenty clients is there once, in its sender’s order, over runs', async () => {
  const taskQueue = newTaskQueue();
  const model = new ScriptedModel(
    Array.from({ length: people * messagesEach }, () => textResponse('Read.')),
    { by: 'position' },
  );
  const agent = defineAgent({ name: 'reader', model: 'scripted', instructions: 'Read.' });
  const { stop } = await testWorker({ agents: [agent], models: { scripted: model }, taskQueue });
  atEnd(stop);
  const clients = await Promise.all(range(people).map(() => testClient(taskQueue)));
  for (const client of clients) atEnd(() => client.disconnect());
  const [first] = clients;
  const { id } = await first!.start({ agent: 'reader', continueAsNewAfterEvents: 1_000 });

  const acknowledged = await Promise.all(
    clients.map(async (client, person) => {
      const taken: Acknowledgement[] = [];
      for (const nth of range(messagesEach)) {
        const words = `${person}/${nth}`;
        const options = { messageId: words, delivery: deliveryOf(person) };
        taken.push(await onceThereIsRoom(() => client.send(id, words, options)));
      }
      return taken;
    }),
  );
  const deadline = Date.now() + 60_000;
  for (;;) {
    const { status, queued } = await first!.state(id);
    if (status === 'idle' && queued.length === 0) break;
    if (Date.now() > deadline) throw new Error('They were not all answered.');
    await sleep(200);
  }

  const messages = await first!.allMessages(id);
  const said = messages.filter(({ message }) => message.role === 'user');
  expect(said.map(({ messageId }) => messageId)).toEqual(
    said.map(({ message }) => contentToText(message.content)),
  );
  for (const person of range(people)) {
    const own = said.flatMap(({ messageId = '' }) =>
      messageId.startsWith(`${person}/`) ? [messageId] : [],
    );
    expect(own).toEqual(range(messagesEach).map((nth) => `${person}/${nth}`));
  }
  expect(said).toHaveLength(people * messagesEach);
  const queued = said.filter(
    ({ messageId = '' }) => deliveryOf(Number.parseInt(messageId)) === 'queue',
  );
  expect(new Set(queued.map(({ turn }) => turn)).size).toBe(queued.length);
  const { turns } = await first!.state(id);
  expect(new Set(turns.map(({ status }) => status))).toEqual(new Set(['answered']));
  expect(acknowledged.flat().map(({ accepted }) => accepted)).not.toContain('duplicate');
  expect(await first!.state(id)).toMatchObject({ setAside: { count: 0 } });
  expect(await runsOf(first!, id)).toBeGreaterThan(1);
});
