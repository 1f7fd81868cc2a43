import {
  textResponse,
  toolCallResponse,
  ScriptedModel,
} from '../../activities/models/scripted-model';
import { defineTool } from '../../activities/tools/define-tool';
import { defineAgent } from '../../agent/define-agent';
import { newTaskQueue, testClient, testWorker } from '../support/temporal';
import { z } from 'zod';

const dice = defineTool({
  name: 'dice',
  description: 'Rolls a die.',
  input: z.object({ sides: z.number() }),
  execute: ({ sides }) => `a ${sides}-sided die shows ${sides}`,
});

test('start, query, message, answer: a conversation on a real server', async () => {
  const taskQueue = newTaskQueue();
  const model = new ScriptedModel([
    textResponse('Hello. What shall I roll?'),
    toolCallResponse([{ name: 'dice', arguments: { sides: 6 } }]),
    textResponse('You rolled a six.'),
  ]);
  const gambler = defineAgent({
    name: 'gambler',
    model: 'scripted',
    instructions: 'Roll.',
    tools: [dice],
  });
  const { stop } = await testWorker({ agents: [gambler], models: { scripted: model }, taskQueue });
  const client = await testClient(taskQueue);

  const { id } = await client.start({ agent: 'gambler' });
  const first = await client.ask(id, 'Hello.');
  const second = await client.ask(id, 'A die with six sides.');
  const state = await client.state(id);
  const messages = await client.allMessages(id);

  expect(first.content).toBe('Hello. What shall I roll?');
  expect(second).toMatchObject({
    role: 'agent',
    turn: 2,
    content: 'You rolled a six.',
    finishReason: 'stop',
  });
  expect(state).toMatchObject({ status: 'idle', turn: 2, messages: 6, queued: [] });
  expect(messages.map(({ seq, turn, message }) => [seq, turn, message.role])).toEqual([
    [0, 1, 'user'],
    [1, 1, 'assistant'],
    [2, 2, 'user'],
    [3, 2, 'assistant'],
    [4, 2, 'tool_response'],
    [5, 2, 'assistant'],
  ]);
  expect(messages[4]?.message).toMatchObject({
    toolCallId: 't2s1c0',
    content: [{ type: 'text', text: 'a 6-sided die shows 6' }],
    isError: false,
  });
  model.assertComplete();
  await client.close(id);
  await client.disconnect();
  await stop();
});

test('the id of a conversation that has ended does not silently begin an empty one', async () => {
  const taskQueue = newTaskQueue();
  const echo = defineAgent({ name: 'echo', model: 'scripted', instructions: '' });
  const model = new ScriptedModel([textResponse('Once.')]);
  const { stop } = await testWorker({ agents: [echo], models: { scripted: model }, taskQueue });
  const client = await testClient(taskQueue);
  const id = `ended-${taskQueue}`;
  await client.start({ agent: 'echo', id });
  await client.ask(id, 'Hello.');
  await client.close(id);
  await client.temporal.workflow.getHandle(id).result();

  const again = client.start({ agent: 'echo', id });
  const withMessage = client.start({ agent: 'echo', id, message: 'Hello?' });

  await expect(again).rejects.toThrow(`Conversation \`${id}\` has ended.`);
  await expect(withMessage).rejects.toThrow(`Conversation \`${id}\` has ended.`);
  expect(await client.allMessages(id)).toHaveLength(2);
  await client.disconnect();
  await stop();
});
