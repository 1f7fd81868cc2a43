import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { defineAgent } from '../../agent/define-agent';
import type { AgentClient } from '../../client/agent-client';
import type { ConversationState } from '../../workflows/contract';
import { cleanUpAfterEach } from '../support/cleanup';
import { EchoModel } from '../support/echo-model';
import type { RawPayload } from '../support/raw-calls';
import {
  json,
  jsonText,
  payload,
  rawQuery,
  rawSignal,
  rawStart,
  rawUpdate,
} from '../support/raw-calls';
import { newTaskQueue, testClient, testWorker } from '../support/temporal';
import { cutOff, zlibBytes, zlibPayload } from '../support/zlib-payloads';

const echo = defineAgent({ name: 'echo', model: 'echo', instructions: '' });
const taskQueue = newTaskQueue();
const afterwards = cleanUpAfterEach();
let client: AgentClient;
let stop: () => Promise<void>;

function startWorker(queue: string): Promise<{ stop: () => Promise<void> }> {
  return testWorker({ agents: [echo], models: { echo: new EchoModel() }, taskQueue: queue });
}

beforeAll(async () => {
  client = await testClient(taskQueue);
  ({ stop } = await startWorker(taskQueue));
});

afterAll(async () => {
  await stop();
  await client.disconnect();
});

const megabyte = 1_048_576;
const userText = (content: unknown) => ({ role: 'user', content });
const undecodable = /^MalformedMessage: The payload cannot be decoded: ./;

/** What is no message, whichever way it comes: its payloads, and why it is refused. */
const malformed: readonly (readonly [string, readonly RawPayload[] | undefined, RegExp])[] = [
  ['nothing at all', undefined, /^MalformedMessage: Expected an object .+ got undefined/],
  ['an empty list of payloads', [], /^MalformedMessage: Expected an object .+ got undefined/],
  ['null', [json(null)], /^MalformedMessage: Expected an object .+ got null/],
  ['text', [json('hello')], /^MalformedMessage: Expected an object .+ got "hello"/],
  ['a number', [json(7)], /^MalformedMessage: Expected an object .+ got 7/],
  ['a list', [json([1, 2])], /^MalformedMessage: Expected an object .+ got \[1,2\]/],
  ['an object without a message id', [json({ message: userText('x') })], /messageId/],
  ['an empty message id', [json({ messageId: '', message: userText('x') })], /messageId/],
  ['a message id that is a number', [json({ messageId: 5, message: userText('x') })], /messageId/],
  [
    'a message id of 1,001 characters',
    [json({ messageId: 'i'.repeat(1_001), message: userText('x') })],
    /^MalformedMessage: .*messageId.* 1 to 200 characters/,
  ],
  ['no message', [json({ messageId: 'a' })], /^MalformedMessage: Expected `message`/],
  ['another role', [json({ messageId: 'a', message: { role: 'system', content: 'x' } })], /role/],
  ['no content', [json({ messageId: 'a', message: { role: 'user' } })], /content/],
  ['empty content', [json({ messageId: 'a', message: userText(' \n') })], /`content` is empty/],
  ['content that is a number', [json({ messageId: 'a', message: userText(7) })], /content/],
  [
    'an unknown content block',
    [json({ messageId: 'a', message: userText([{ type: 'hologram' }]) })],
    /`content\[0\]` is no MCP content block/,
  ],
  [
    'an unknown delivery',
    [json({ messageId: 'a', message: userText('x'), delivery: 'pigeon' })],
    /^MalformedMessage: Unknown `delivery` "pigeon"/,
  ],
  [
    'keys named __proto__ instead of fields',
    [jsonText('{"__proto__":{"messageId":"a","message":{"role":"user","content":"x"}}}')],
    /messageId/,
  ],
  [
    'a message nested in __proto__',
    [jsonText('{"messageId":"a","message":{"__proto__":{"role":"user","content":"x"}}}')],
    /^MalformedMessage: Expected `message`/,
  ],
  [
    'a megabyte of text',
    [json({ messageId: 'a', message: userText('x'.repeat(megabyte)) })],
    /^MessageTooLarge: The message is larger than 262144 bytes/,
  ],
  [
    'a megabyte of binary',
    [payload('binary/plain', new Uint8Array(megabyte))],
    /^MessageTooLarge: /,
  ],
  ['nesting ten thousand deep', [jsonText('['.repeat(10_000) + ']'.repeat(10_000))], /Expected/],
  ['broken JSON', [jsonText('{"messageId":')], undecodable],
  ['no data', [payload('json/plain', '')], undecodable],
  ['bytes that are no UTF-8', [payload('json/plain', Uint8Array.of(0xff, 0xfe, 0))], undecodable],
  ['an unknown encoding', [payload('smoke/signals', 'x')], undecodable],
  ['an encoding with a name of 100 KB', [payload('s'.repeat(100_000), 'x')], undecodable],
  ['a payload without metadata', [{ data: new TextEncoder().encode('{}') }], undecodable],
  ['a payload with nothing in it', [{}], undecodable],
  [
    'bytes that are no zlib',
    [payload('binary/zlib', 'x'.repeat(9))],
    damaged('incorrect header check'),
  ],
  ['no bytes, called zlib', [payload('binary/zlib', '')], damaged('unexpected end of file')],
  ['half of a payload in zlib', [cutOff(zlibPayload(json('x')))], damaged('unexpected end')],
  ['no payload in zlib', [zlibBytes(Buffer.from('hello'))], damaged('invalid wire type')],
  ['zlib of too much', [zlibBytes(Buffer.alloc(9 * megabyte))], damaged('more than 8388608 bytes')],
];

function damaged(reason: string): RegExp {
  return new RegExp(
    `cannot be decoded: Unknown encoding: binary/zlib, which is damaged \\(${reason}`,
  );
}

async function answered(id: string, content: string): Promise<void> {
  const answer = await client.ask(id, content);
  expect(answer.content).toBe(`You said: ${content}`);
}

async function userMessages(id: string): Promise<readonly unknown[]> {
  const all = await client.allMessages(id);
  return all.flatMap(({ message }) => (message.role === 'user' ? [message.content] : []));
}

test.each(malformed)(
  'a signal that carries %s is put aside with a reason, and the next message is answered',
  async (_what, payloads, reason) => {
    const { id } = await client.start({ agent: 'echo' });
    await rawSignal(client, id, payloads);
    await answered(id, 'next');

    const { setAside, status } = await client.state(id);
    expect(setAside.count).toBe(1);
    expect(setAside.reasons).toEqual([expect.stringMatching(reason)]);
    expect(setAside.reasons[0]!.length).toBeLessThan(500);
    expect(status).toBe('idle');
    expect(await userMessages(id)).toEqual(['next']);
  },
);

test.each(malformed)(
  'an update that carries %s is refused with a type, and the next message is answered',
  async (_what, payloads, reason) => {
    const { id } = await client.start({ agent: 'echo' });
    const { failure } = await rawUpdate(client, id, payloads);
    await answered(id, 'next');

    expect(`${failure?.type}: ${failure?.message}`).toMatch(reason);
    expect(failure!.message.length).toBeLessThan(500);
    expect((await client.state(id)).setAside.count).toBe(0);
    expect(await userMessages(id)).toEqual(['next']);
  },
);

test('the largest payload that zlib makes small is read in time, and put aside as any that is too large', async () => {
  const { id } = await client.start({ agent: 'echo' });
  const large = { messageId: 'a', message: userText('x'.repeat(8 * megabyte - 1_000)) };
  await rawSignal(client, id, [zlibPayload(json(large))]);
  await answered(id, 'next');

  const { setAside } = await client.state(id);
  expect(setAside.reasons).toEqual([expect.stringMatching(/^MessageTooLarge: /)]);
});

test('a conversation that was sent every malformed signal there is can be replayed by another worker', async () => {
  const queue = newTaskQueue();
  const other = await testClient(queue);
  afterwards(() => other.disconnect());
  const first = await startWorker(queue);
  const { id } = await other.start({ agent: 'echo' });
  for (const [, payloads] of malformed) await rawSignal(other, id, payloads);
  await rawSignal(other, id, [json('x')], '__temporal_workflow_stream_publish');
  const before = await other.ask(id, 'before');
  await first.stop();

  const second = await startWorker(queue);
  afterwards(second.stop);
  const after = await other.ask(id, 'after');
  const { setAside } = await other.state(id);

  expect([before.content, after.content]).toEqual(['You said: before', 'You said: after']);
  expect(setAside.count).toBe(malformed.length);
  expect(setAside.reasons).toHaveLength(10);
});

test.each([
  'noSuchSignal',
  '__temporal_signal',
  '__temporal_workflow_stream_publish',
  '__stack_trace',
  '__proto__',
  'sendMessage',
  's'.repeat(900),
])('a signal with the unknown name %.40s changes nothing', async (name) => {
  const { id } = await client.start({ agent: 'echo' });
  await rawSignal(client, id, [json({ messageId: 'a', message: userText('lost') })], name);
  await answered(id, 'next');

  expect(await userMessages(id)).toEqual(['next']);
  expect(await client.state(id)).toMatchObject({ status: 'idle', turn: 1, queued: [] });
});

test.each(['noSuchUpdate', '__temporal_update', '__proto__', 'userMessage', 'n'.repeat(900)])(
  'an update with the unknown name %.40s is refused, and the next message is answered',
  async (name) => {
    const { id } = await client.start({ agent: 'echo' });
    const payloads = [json({ messageId: 'a', message: userText('lost') })];
    const { failure } = await rawUpdate(client, id, payloads, { name });
    await answered(id, 'next');

    expect(failure?.message).toBe(`No registered handler for update: ${name}`);
    expect(await userMessages(id)).toEqual(['next']);
  },
);

test('a signal or update without a name never reaches the conversation', async () => {
  const { id } = await client.start({ agent: 'echo' });

  await expect(rawSignal(client, id, [json(1)], '')).rejects.toThrow(/INVALID_ARGUMENT/);
  await expect(rawUpdate(client, id, [json(1)], { name: '' })).rejects.toThrow(/INVALID_ARGUMENT/);
  await answered(id, 'next');
});

test.each(['noSuchQuery', '__temporal_query', '__proto__', 'userMessage'])(
  'a query with the unknown name %s is refused, and the next message is answered',
  async (name) => {
    const { id } = await client.start({ agent: 'echo' });
    await expect(rawQuery(client, id, name, [])).rejects.toThrow(name);
    await answered(id, 'next');
  },
);

test('queries that carry any of this answer as if nothing was asked, or refuse', async () => {
  const { id } = await client.start({ agent: 'echo' });
  await answered(id, 'one');

  for (const [, payloads] of malformed) {
    const state = (await rawQuery(client, id, 'state', payloads)) as ConversationState;
    const messages = await rawQuery(client, id, 'messages', payloads);

    expect(state).toMatchObject({ status: 'idle', messages: 2 });
    expect(messages).toMatchObject({ messages: [{ seq: 0 }, { seq: 1 }] });
    await expect(rawQuery(client, id, 'transcript', payloads)).rejects.toThrow(
      /Expected \{ pointer|The pointer is malformed|cannot be decoded/,
    );
  }
  await answered(id, 'next');
});

test('what comes after the first payload of a message is ignored', async () => {
  const { id } = await client.start({ agent: 'echo' });
  const message = (messageId: string) => json({ messageId, message: userText(messageId) });
  const update = await rawUpdate(client, id, [message('u'), jsonText('{'), message('extra')]);
  await rawSignal(client, id, [message('s'), payload('smoke/signals', ''), message('extra')]);
  await answered(id, 'next');

  expect(update.result).toMatchObject({ messageId: 'u' });
  expect(await userMessages(id)).toEqual(['u', 's', 'next']);
  expect((await client.state(id)).setAside.count).toBe(0);
});

test('fields that nobody knows, also __proto__ and constructor, are dropped from a message', async () => {
  const { id } = await client.start({ agent: 'echo' });
  await rawSignal(client, id, [
    jsonText(
      '{"messageId":"a","v":2,"__proto__":{"delivery":"pigeon"},"constructor":1,' +
        '"message":{"role":"user","content":"hello","__proto__":{"x":1},"extra":[1]}}',
    ),
  ]);
  await answered(id, 'next');

  const [first] = (await client.allMessages(id)).map(({ message }) => message);
  expect(first).toEqual({ role: 'user', content: 'hello' });
  expect((await client.state(id)).setAside.count).toBe(0);
});

test('an id that is known is a duplicate whatever else is wrong with the message, by signal and by update', async () => {
  const { id } = await client.start({ agent: 'echo' });
  const good = json({ messageId: 'a', message: userText('once') });
  const first = await rawUpdate(client, id, [good]);
  await answered(id, 'second');
  const again = await rawUpdate(client, id, [json({ messageId: 'a', message: 'broken' })]);
  await rawSignal(client, id, [good]);
  await rawSignal(client, id, [json({ messageId: 'a' })]);
  await answered(id, 'next');

  expect(first.result).toMatchObject({ messageId: 'a' });
  expect(again.result).toMatchObject({ messageId: 'a', accepted: 'duplicate', seq: 0 });
  expect(await userMessages(id)).toEqual(['once', 'second', 'next']);
  expect((await client.state(id)).setAside.count).toBe(0);
});

test('an update id of 1,001 characters is refused by the server, and the next message is answered', async () => {
  const { id } = await client.start({ agent: 'echo' });
  const payloads = [json({ messageId: 'a', message: userText('lost') })];

  await expect(rawUpdate(client, id, payloads, { updateId: 'u'.repeat(1_001) })).rejects.toThrow(
    /INVALID_ARGUMENT/,
  );
  await answered(id, 'next');
  expect(await userMessages(id)).toEqual(['next']);
});

test.each(['', 'x'.repeat(201), 'x'.repeat(1_001)])(
  'the client refuses to send with a message id of unusable length (case %#)',
  async (messageId) => {
    const { id } = await client.start({ agent: 'echo' });

    await expect(client.send(id, 'x', { messageId })).rejects.toMatchObject({
      name: 'MessageRejectedError',
      type: 'MalformedMessage',
      message: expect.stringContaining('1 to 200 characters') as string,
    });
    await answered(id, 'next');
  },
);

const hello = { messageId: 'a', message: userText('hello') };
const inline = { name: 'n', model: 'echo', instructions: '', tools: [] };

test.each<readonly [string, readonly RawPayload[], RegExp]>([
  ['nothing', [], /Expected an object .+ got undefined/],
  ['null', [json(null)], /Expected an object .+ got null/],
  ['text', [json('echo')], /Expected an object .+ got "echo"/],
  ['a list', [json(['echo'])], /Expected an object .+ got \["echo"\]/],
  ['no agent', [json({})], /`agent` must be/],
  ['an empty agent name', [json({ agent: '' })], /`agent` must be/],
  ['an agent that is a number', [json({ agent: 5 })], /`agent` must be/],
  ['an inline agent without tools', [json({ agent: { ...inline, tools: undefined } })], /`agent`/],
  ['an unknown mode', [json({ agent: 'echo', mode: 'trance' })], /Unknown `mode` "trance"/],
  ['messages that are no list', [json({ agent: 'echo', messages: hello })], /must be a list/],
  ['a malformed message', [json({ agent: 'echo', messages: [hello, null] })], /`messages\[1\]`/],
  [
    'a message that is too large',
    [
      json({
        agent: 'echo',
        messages: [{ messageId: 'a', message: userText('x'.repeat(megabyte)) }],
      }),
    ],
    /`messages\[0\]` is larger than 262144 bytes/,
  ],
  ['a negative limit', [json({ agent: 'echo', continueAsNewAfterEvents: -1 })], /whole number/],
  ['a carry that is a number', [json({ agent: 'echo', carried: 5 })], /`carried`/],
  ['an empty carry', [json({ agent: 'echo', carried: {} })], /`carried`/],
  [
    'a carry whose memory is none',
    [json({ agent: 'echo', carried: { memory: { firstSeq: 0, messages: [{}] }, inbox: {} } })],
    /`carried`/,
  ],
  ['broken JSON', [jsonText('{"agent":')], /^The payload cannot be decoded: ./],
  ['an unknown encoding', [payload('smoke/signals', 'x')], /^The payload cannot be decoded: ./],
  ['a payload without metadata', [{}], /^The payload cannot be decoded: ./],
  [
    'damaged zlib',
    [payload('binary/zlib', 'x'.repeat(9))],
    /which is damaged \(incorrect header check\)/,
  ],
  [
    'more messages than may wait',
    [
      zlibPayload(
        json({
          agent: 'echo',
          messages: Array.from({ length: 5 }, (_, index) => ({
            messageId: `m${index}`,
            message: userText('x'.repeat(megabyte / 4.5)),
          })),
        }),
      ),
    ],
    /^`messages` are larger than 1048576 bytes in sum\.$/,
  ],
])('a workflow that is started with %s fails in one clear line', async (_what, payloads, line) => {
  const id = await rawStart(client, taskQueue, payloads);
  const error = await client.temporal.withDeadline(Date.now() + 5_000, () =>
    client.temporal.workflow
      .getHandle(id)
      .result()
      .catch((reason: unknown) => reason),
  );

  expect(error).toBeInstanceOf(WorkflowFailedError);
  const { cause } = error as WorkflowFailedError;
  expect(cause).toBeInstanceOf(ApplicationFailure);
  expect(cause).toMatchObject({
    type: 'InvalidInput',
    message: expect.stringMatching(line) as string,
  });
  expect(cause!.message).not.toContain('\n');
  expect(cause!.message.length).toBeLessThan(500);
});

test('an update and a signal sent before the first workflow task are both accepted and answered', async () => {
  const queue = newTaskQueue();
  const early = await testClient(queue);
  afterwards(() => early.disconnect());
  const { id } = await early.start({ agent: 'echo' });
  await rawSignal(early, id, [json({ messageId: 's', message: userText('signalled') })]);
  const sending = early.send(id, 'updated', { messageId: 'u' });
  // Nothing tells that an update is admitted; the history below shows that it was.
  await sleep(500);
  const worker = await startWorker(queue);
  afterwards(worker.stop);
  const acknowledgement = await sending;
  await early.ask(id, 'next');

  const { events } = await early.temporal.workflow.getHandle(id).fetchHistory();
  const accepted = events!.findIndex(
    (event) => event.workflowExecutionUpdateAcceptedEventAttributes,
  );
  const firstActivity = events!.findIndex((event) => event.activityTaskScheduledEventAttributes);
  expect(accepted).toBeGreaterThan(0);
  expect(accepted).toBeLessThan(firstActivity);
  expect(acknowledgement).toEqual({
    messageId: 'u',
    accepted: 'queued',
    position: expect.any(Number) as number,
  });
  const contents = (await early.allMessages(id)).map(({ message }) => message.content);
  expect(contents).toHaveLength(6);
  // Between a signal and an update there is no order.
  expect(contents.slice(0, 4)).toEqual(
    expect.arrayContaining(['signalled', 'You said: signalled', 'updated', 'You said: updated']),
  );
});
