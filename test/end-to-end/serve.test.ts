/** The HTTP door on a real server: what `holdfast serve` serves, by a caller who knows nothing but HTTP. */
import Ajv2020 from 'ajv/dist/2020';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import {
  type ScriptedStep,
  textResponse,
  toolCallResponse,
} from '../../activities/models/scripted-model';
import { defineTool } from '../../activities/tools';
import type { ConversationEvent } from '../../client/conversation-events';
import { routes } from '../../client/serve/create-app';
import { createOpenApi } from '../../client/serve/openapi';
import { openDoor } from '../../client/serve/open-door';
import { serve } from '../../client/serve/serve';
import type { ConversationState } from '../../workflows/contract';
import { cleanUpAfterEach } from '../support/cleanup';
import { spawnScript } from '../support/processes';
import { openTalk, until } from '../support/talks';
import { newTaskQueue, testAddress, testClient } from '../support/temporal';

jest.setTimeout(60_000);
const atEnd = cleanUpAfterEach();

const description = createOpenApi({ routes, version: '1', needsKey: false });
const ajv = new Ajv2020({ strict: false });
ajv.addSchema({ $id: 'openapi', ...description }, 'openapi');

async function serveTalk(
  steps: readonly ScriptedStep[],
  options: Parameters<typeof openTalk>[2] = {},
) {
  const talk = await openTalk(atEnd, steps, options);
  const door = openDoor({ client: talk.client, agents: ['clerk'], log: () => undefined });
  const server = await serve({ door, host: '127.0.0.1', port: 0, version: '1' });
  atEnd(() => server.close());
  return { ...talk, url: server.url, of: `${server.url}/conversations/${talk.id}` };
}

/** The answer, which must be as the description says. */
async function call<Answer = unknown>(
  method: string,
  url: string,
  body?: unknown,
): Promise<{ status: number; answer: Answer }> {
  const response = await fetch(url, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const answer = (await response.json()) as Answer;
  requireDescribed(method, new URL(url).pathname, response.status, answer);
  return { status: response.status, answer };
}

function requireDescribed(method: string, pathname: string, status: number, answer: unknown): void {
  const route = routes.find(
    (one) =>
      one.method.toUpperCase() === method &&
      new RegExp(`^${one.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
  );
  const operation = description.paths[route!.path]![route!.method] as {
    responses: Record<string, { content: Record<string, { schema: { $ref: string } }> }>;
  };
  const content = operation.responses[status]?.content ?? {};
  const { schema } = content['application/json'] ?? content['application/problem+json'] ?? {};
  expect({ method, pathname, status, isDescribed: schema !== undefined }).toMatchObject({
    isDescribed: true,
  });
  const isValid = ajv.validate({ $ref: `openapi${schema!.$ref}` }, answer);
  expect({ pathname, answer, errors: isValid ? [] : ajv.errors }).toMatchObject({ errors: [] });
}

interface ReadOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly stopAt?: (event: ConversationEvent) => boolean;
}

/** The events of a stream, up to its end or to where the reader leaves. */
async function readEvents(url: string, { headers = {}, stopAt }: ReadOptions = {}) {
  const events: ConversationEvent[] = [];
  const response = await fetch(url, { headers });
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data === undefined) continue;
      const event = JSON.parse(data) as ConversationEvent;
      expect(block).toContain(`id: ${event.offset}\nevent: ${event.type}\n`);
      events.push(event);
      // Who leaves the loop closes the connection.
      if (stopAt?.(event)) return events;
    }
  }
  return events;
}

const textOf = (events: readonly ConversationEvent[]) =>
  events.map((event) => (event.type === 'partial' ? event.content : '')).join('');

test('a caller starts a conversation, streams the answer, leaves in the middle, and misses nothing', async () => {
  const answer = Array.from({ length: 60 }, (_, index) => `word${index}`).join(' ');
  const { url } = await serveTalk([textResponse(answer)], { streamDelayMs: 15 });

  const started = await call<{ id: string }>('POST', `${url}/conversations`, {
    agent: 'clerk',
    message: 'Speak.',
    messageId: 'm1',
  });
  expect(started).toMatchObject({ status: 201, answer: { messageId: 'm1' } });
  const of = `${url}/conversations/${started.answer.id}`;

  let pieces = 0;
  const first = await readEvents(`${of}/events`, {
    stopAt: (event) => event.type === 'partial' && ++pieces === 2,
  });
  const headers = { 'last-event-id': first.at(-1)!.offset };
  const rest = await readEvents(`${of}/events`, { headers });

  expect(answer.startsWith(textOf(first))).toBe(true);
  expect(answer).toContain(textOf([...first, ...rest]));
  expect(rest.at(-1)).toMatchObject({ type: 'complete', response: { content: answer } });
  const durable = [...first, ...rest].filter(({ type }) => type === 'message');
  expect(new Set(durable.map(({ offset }) => offset)).size).toBe(durable.length);

  expect((await call('GET', of)).answer).toMatchObject({ status: 'idle', turn: 1 });
  expect((await call('GET', `${of}/messages`)).answer).toMatchObject({
    messages: [
      { seq: 0, messageId: 'm1' },
      { seq: 1, message: { content: answer } },
    ],
  });
  expect((await call('GET', `${of}/run`)).answer).toMatchObject({ status: 'RUNNING' });
  expect((await call('GET', `${of}/transcript`)).answer).toMatchObject({ turns: [{ turn: 1 }] });
  expect((await call('GET', `${of}/timeline`)).answer).toMatchObject({ turns: [{ turn: 1 }] });
  expect((await call('GET', `${url}/worker`)).answer).toEqual({ isRunning: true });
  const again = await call('POST', `${of}/messages`, { content: 'Speak.', messageId: 'm1' });
  expect(again).toMatchObject({ status: 202, answer: { messageId: 'm1' } });
  expect((await call('POST', `${of}/close`)).answer).toEqual({ closed: true });
});

test('a person decides over HTTP: on the arguments that were shown, once', async () => {
  const paid: number[] = [];
  const pay = defineTool({
    name: 'pay',
    description: 'Pays out.',
    input: z.object({ amount: z.number() }),
    annotations: { keyed: true },
    approval: 'always',
    execute: ({ amount }) => {
      paid.push(amount);
      return `paid ${amount}`;
    },
  });
  const { of, url, id } = await serveTalk(
    [toolCallResponse([{ name: 'pay', arguments: { amount: 5 } }]), textResponse('Paid.')],
    { agent: { tools: [pay] } },
  );
  await call('POST', `${of}/messages`, { content: 'Pay.' });

  const events = await readEvents(`${of}/events?from=0`, {
    stopAt: ({ type }) => type === 'pending',
  });
  const asked = events.at(-1);
  expect(asked).toMatchObject({ item: { callId: 't1s1c0', arguments: { amount: 5 } } });
  const { argumentsHash } = (asked as Extract<ConversationEvent, { type: 'pending' }>).item;
  const everywhere = await call<{ items: { id: string }[] }>('GET', `${url}/pending`);
  expect(everywhere.answer.items.filter((item) => item.id === id)).toHaveLength(1);
  expect((await call('GET', `${of}/pending`)).answer).toMatchObject({ items: [{ argumentsHash }] });

  const decide = (body: object) =>
    call('POST', `${of}/decisions`, { callId: 't1s1c0', approved: true, ...body });
  expect(await decide({ argumentsHash: 'of others' })).toMatchObject({
    status: 409,
    answer: { title: 'ArgumentsChanged' },
  });
  expect(await decide({ callId: 't9s9c9' })).toMatchObject({
    status: 404,
    answer: { title: 'UnknownCall' },
  });
  expect(paid).toEqual([]);
  expect(await decide({ argumentsHash })).toMatchObject({ status: 200, answer: { isFirst: true } });
  expect(await decide({ argumentsHash })).toMatchObject({
    status: 409,
    answer: { title: 'AlreadyDecided' },
  });
  const rest = await readEvents(`${of}/events`, {
    headers: { 'last-event-id': asked!.offset },
  });

  expect(paid).toEqual([5]);
  expect(rest.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['settled', 'tool_finished', 'message', 'complete']),
  );
});

test('what runs is paused, queued behind, taken back, edited, interrupted', async () => {
  const endless = Array.from({ length: 2_000 }, () => 'on').join(' ');
  const talk = await serveTalk([textResponse(endless), textResponse('Then this.')], {
    streamDelayMs: 20,
  });
  const { of } = talk;
  await call('POST', `${of}/messages`, { content: 'Go on.', messageId: 'm1' });
  await until(talk, ({ status }) => status === 'running');
  for (const messageId of ['m2', 'm3']) {
    const queued = await call('POST', `${of}/messages`, { content: messageId, messageId });
    expect(queued).toMatchObject({ status: 202, answer: { accepted: 'queued' } });
  }

  expect((await call('POST', `${of}/cancel`, { messageIds: ['m2', 'm1'] })).answer).toEqual({
    cancelled: ['m2'],
  });
  expect((await call('PUT', `${of}/messages/m3`, { content: 'Stop.' })).answer).toEqual({
    edited: true,
  });
  expect(await call('PUT', `${of}/messages/m1`, { content: 'Late.' })).toMatchObject({
    status: 409,
    answer: { title: 'MessageNotWaiting' },
  });
  expect((await call('POST', `${of}/pause`)).answer).toEqual({ isPaused: true });
  expect((await call('POST', `${of}/interrupt`)).answer).toEqual({ interrupted: 1 });
  expect((await call('GET', of)).answer).toMatchObject({ isPaused: true });
  expect((await call('POST', `${of}/resume`)).answer).toEqual({ isPaused: false });

  const state = await until(talk, ({ turns }) => turns.at(-1)?.status === 'answered');
  expect(state.turns.map(({ status }: ConversationState['turns'][number]) => status)).toEqual([
    'interrupted',
    'answered',
  ]);
  expect((await call('POST', `${of}/adopt`, { agent: 'nobody' })).status).toBe(422);
  expect((await call('POST', `${of}/adopt`)).answer).toMatchObject({ agent: { name: 'clerk' } });
  expect((await call('POST', `${of}/compact`)).status).toBe(200);
});

test('`ask` answers, and what is not there or over has a status of its own', async () => {
  const { url, of, client, model } = await serveTalk([textResponse('Hello.')]);

  const question = { to: 'clerk', content: 'Hi', messageId: 'asked' };
  const asked = await call('POST', `${url}/ask`, question);
  expect(asked).toMatchObject({ status: 200, answer: { role: 'agent', content: 'Hello.' } });
  // The answer was lost, and it is asked once more: of the agent, of its conversation that is over, as a start.
  expect(await call('POST', `${url}/ask`, question)).toEqual(asked);
  const start = { agent: 'clerk', message: 'Hi', messageId: 'asked' };
  const started = await call<{ id: string }>('POST', `${url}/conversations`, start);
  expect(started).toMatchObject({ status: 201, answer: { messageId: 'asked' } });
  const { id } = started.answer;
  expect(await call('POST', `${url}/ask`, { ...question, to: id })).toEqual(asked);
  const late = { to: id, content: 'Hi', messageId: 'another' };
  expect(await call('POST', `${url}/ask`, late)).toMatchObject({
    answer: { title: 'ConversationEndedError' },
  });
  expect(await client.allMessages(id)).toHaveLength(2);
  expect(model.requests).toHaveLength(1);
  const unknown = `${url}/conversations/nobody-${newTaskQueue()}`;
  for (const [method, path] of [
    ['GET', ''],
    ['GET', '/messages'],
    ['GET', '/events'],
    ['GET', '/transcript'],
    ['POST', '/pause'],
  ] as const) {
    expect(await call(method, `${unknown}${path}`)).toMatchObject({
      status: 404,
      answer: { title: 'UnknownConversationError' },
    });
  }
  await call('POST', `${of}/close`);
  await sleep(0);
  expect((await call('POST', `${of}/messages`, { content: 'Hi' })).status).toBe(409);
});

test('`holdfast serve` serves, wants the key of its environment, and says what is missing', async () => {
  const taskQueue = newTaskQueue();
  const client = await testClient(taskQueue);
  atEnd(() => client.disconnect());
  const key = 'a-key-of-some-length';
  const environment = {
    TEMPORAL_ADDRESS: testAddress(),
    HOLDFAST_TASK_QUEUE: taskQueue,
    HOLDFAST_API_KEY: key,
  };
  const process = spawnScript('client/main.ts', ['serve', '--port', '0', '--json'], {
    environment,
  });
  atEnd(() => process.kill('SIGKILL'));
  const [, url] = await process.waitFor(/"url": "(.+?)",\n {2}"needsKey": true/);

  const headers = { authorization: `Bearer ${key}` };
  expect((await fetch(`${url}/agents`)).status).toBe(401);
  expect(await (await fetch(`${url}/agents`, { headers })).json()).toMatchObject({
    agents: expect.arrayContaining(['demo']) as string[],
  });
  const { id } = await client.start({ agent: 'demo' });
  const paused = await fetch(`${url}/conversations/${id}/pause`, { method: 'POST', headers });
  expect(await paused.json()).toMatchObject({
    status: 503,
    title: 'NoWorkerError',
    detail: expect.stringContaining(
      `No worker is running on task queue \`${taskQueue}\``,
    ) as string,
  });
  expect(await (await fetch(url!)).text()).toContain('<title>Holdfast</title>');

  process.kill('SIGTERM');
  expect(await process.ended).toBe(0);
  expect(process.errors()).toContain('No worker is running');
  expect(`${process.output()}${process.errors()}`).not.toContain(key);

  const open = spawnScript('client/main.ts', ['serve', '--host', '0.0.0.0', '--port', '0'], {
    environment: { ...environment, HOLDFAST_API_KEY: undefined },
  });
  expect(await open.ended).toBe(1);
  expect(open.errors()).toMatch(
    /^holdfast: On 0\.0\.0\.0 others reach this server: set HOLDFAST_API_KEY/,
  );
});
