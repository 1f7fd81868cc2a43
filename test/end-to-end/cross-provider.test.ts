/** One conversation that goes from provider to provider, each of which refuses what the real one refuses. */
import { z } from 'zod';
import { defineTool } from '../../activities/tools/define-tool';
import type { AgentClient } from '../../client/agent-client';
import { defineAgent } from '../../agent/define-agent';
import type { JsonObject } from '../../agent/json';
import type { ContentBlock, ImageContent } from '../../agent/messages';
import { cleanUpAfterEach } from '../support/cleanup';
import type { ScriptedAnswer, StrictServer } from '../support/strict/strict-server';
import { startStrictServer } from '../support/strict/strict-server';
import { newTaskQueue, testClient, testWorker } from '../support/temporal';
import { strictEnvironment } from '../support/strict/strict-environment';

const afterwards = cleanUpAfterEach();

/** One transparent pixel. */
const pixel: ImageContent = {
  type: 'image',
  mimeType: 'image/png',
  data: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
};

const weather = defineTool({
  name: 'weather',
  description: 'The weather of a city.',
  input: z.object({ city: z.string() }),
  annotations: { readOnlyHint: true },
  execute: ({ city }) => `Sunny in ${city}.`,
});
const camera = defineTool({
  name: 'camera',
  description: 'A picture of a city.',
  input: z.object({ city: z.string() }),
  annotations: { readOnlyHint: true },
  execute: ({ city }) => ({ content: [{ type: 'text', text: city }, pixel] }),
});

/** A tool that runs until it is let go. */
function newGate() {
  let open = () => {};
  let reached = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  const isRunning = new Promise<void>((resolve) => (reached = resolve));
  const tool = defineTool({
    name: 'wait',
    description: 'Waits.',
    input: z.object({}),
    annotations: { readOnlyHint: true },
    execute: async () => {
      reached();
      await opened;
      return 'Waited.';
    },
  });
  return { tool, isRunning, open: () => open() };
}

async function newScene(answers: readonly ScriptedAnswer[]) {
  const server = await startStrictServer();
  afterwards(server.stop);
  server.script(answers);
  const gate = newGate();
  afterwards(gate.open);
  const traveller = defineAgent({
    name: 'traveller',
    model: 'gpt-5',
    instructions: 'You travel.',
    tools: [weather, camera, gate.tool],
    settings: { reasoning: 'medium' },
  });
  const taskQueue = newTaskQueue();
  const { stop } = await testWorker({
    taskQueue,
    agents: [traveller],
    environment: strictEnvironment(server.url),
  });
  afterwards(stop);
  const client = await testClient(taskQueue);
  afterwards(() => client.disconnect());
  const { id } = await client.start({ agent: 'traveller' });
  return { server, client, id, gate };
}

const call = (name: string, toolArguments: JsonObject = {}) => ({ name, arguments: toolArguments });

const paris = { city: 'Paris' };
const rome = { city: 'Rome' };

async function talk(client: AgentClient, id: string, said: string | readonly ContentBlock[]) {
  const { content, finishReason, error } = await client.ask(id, said);
  if (error) throw new Error(`${error.type}: ${error.message}`);
  return [content, finishReason];
}

function asked({ requests }: StrictServer): readonly (readonly unknown[])[] {
  return requests.map(({ provider, status, refusedBy }) => [provider, status, refusedBy]);
}

test('five turns with tools, images and reasoning: OpenAI → Anthropic → Gemini → OpenAI, and nothing is refused', async () => {
  const { server, client, id } = await newScene([
    { reasoning: 'It asks what this is.', toolCalls: [call('weather', paris)] },
    { reasoning: 'Now I know.', text: 'A pixel; and Paris is sunny.' },
    { reasoning: 'I need both.', toolCalls: [call('weather', rome), call('camera', rome)] },
    { reasoning: 'Fine.', text: 'Rome is sunny, and here is a picture.' },
    { reasoning: 'Twice.', toolCalls: [call('camera', paris), call('camera', rome)] },
    { reasoning: 'Two pictures.', text: 'Both look alike.' },
    { reasoning: 'Once more.', toolCalls: [call('weather', { city: 'Oslo' })] },
    { reasoning: 'Done.', text: 'Oslo is sunny too.' },
    { text: 'You are welcome.' },
  ]);

  const answers = [
    await talk(client, id, [{ type: 'text', text: 'What is this, and how is Paris?' }, pixel]),
  ];
  await client.adopt(id, { model: 'claude-sonnet-4-6' });
  answers.push(await talk(client, id, 'And Rome?'));
  await client.adopt(id, { model: 'gemini-2.5-flash' });
  answers.push(await talk(client, id, 'Compare them.'));
  await client.adopt(id, { model: 'openai:gpt-5' });
  answers.push(await talk(client, id, 'And Oslo?'));
  answers.push(await talk(client, id, 'Thanks.'));

  expect(answers).toEqual([
    ['A pixel; and Paris is sunny.', 'stop'],
    ['Rome is sunny, and here is a picture.', 'stop'],
    ['Both look alike.', 'stop'],
    ['Oslo is sunny too.', 'stop'],
    ['You are welcome.', 'stop'],
  ]);
  const times = (provider: string, count: number) =>
    Array.from({ length: count }, () => [provider, 200, undefined]);
  expect(asked(server)).toEqual([
    ...times('openai-responses', 2),
    ...times('anthropic', 2),
    ...times('gemini', 2),
    ...times('openai-responses', 3),
  ]);
  expect(server.requests.filter(({ bytes }) => bytes.includes(pixel.data))).toHaveLength(9);
  // Its own reasoning went back to OpenAI, the others' did not.
  const last = JSON.stringify(server.requests.at(-1)?.body);
  expect(last.match(/"encrypted_content"/g)).toHaveLength(4);
  expect(last).not.toContain('I need both.');
  expect(await client.state(id)).toMatchObject({ turn: 5, agent: { model: 'openai:gpt-5' } });
});

test('a model adopted in mid-turn answers from the next step on', async () => {
  const { server, client, id, gate } = await newScene([
    { reasoning: 'I wait.', toolCalls: [call('wait')] },
    { reasoning: 'It waited.', text: 'Done waiting.' },
    { text: 'And nothing.' },
  ]);
  await client.send(id, 'Wait.');
  await gate.isRunning;

  const adopted = await client.adopt(id, { model: 'claude-sonnet-4-6' });
  const during = await client.state(id);
  gate.open();
  const next = await talk(client, id, 'And?');

  expect(adopted.agent).toMatchObject({ name: 'traveller', model: 'claude-sonnet-4-6' });
  expect(during.agent?.model).toBe('gpt-5');
  expect(next).toEqual(['And nothing.', 'stop']);
  expect(asked(server)).toEqual([
    ['openai-responses', 200, undefined],
    ['anthropic', 200, undefined],
    ['anthropic', 200, undefined],
  ]);
  expect((await client.state(id)).turns[0]).toMatchObject({ turn: 1, status: 'answered' });
});

test('what the worker does not know is not adopted, and the conversation goes on as it was', async () => {
  const { client, id } = await newScene([{ text: 'Still here.' }]);

  const unknownAgent = client.adopt(id, { agent: 'nobody' });
  await expect(unknownAgent).rejects.toThrow(
    'Unknown agent `nobody`. This worker knows: traveller.',
  );
  const unknownModel = client.adopt(id, { model: 'gtp-5' });
  await expect(unknownModel).rejects.toThrow('Did you mean `gpt-5`');
  const malformed = client.adopt(id, { model: 5 as unknown as string });
  await expect(malformed).rejects.toThrow('`model` must be a name.');

  expect(await talk(client, id, 'Are you there?')).toEqual(['Still here.', 'stop']);
  expect((await client.state(id)).agent?.model).toBe('gpt-5');
});
