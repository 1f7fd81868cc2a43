import { setTimeout as sleep } from 'node:timers/promises';
import { ScriptedModel } from '../../activities/models/scripted-model';
import { defineAgent } from '../../agent/define-agent';
import { AgentClient } from '../../client/agent-client';
import * as contract from '../../workflows/contract';
import { cleanUpAfterEach } from '../support/cleanup';
import { EchoModel } from '../support/echo-model';
import { newTaskQueue, testAddress, testClient, testWorker } from '../support/temporal';

const echo = defineAgent({ name: 'echo', model: 'echo', instructions: '' });
const gated = defineAgent({ name: 'gated', model: 'gated', instructions: '' });
const failing = defineAgent({ name: 'failing', model: 'failing', instructions: '' });
const taskQueue = newTaskQueue();
const echoModel = new EchoModel();
/** Answers a question that begins with `hold` when the test says so. */
const gates = new Map<string, { entered: () => void; opened: Promise<void> }>();
const gatedModel = new EchoModel(async (question) => {
  const gate = gates.get(question);
  gate?.entered();
  await gate?.opened;
});
const afterwards = cleanUpAfterEach();
let client: AgentClient;
let stop: () => Promise<void>;

beforeAll(async () => {
  client = await testClient(taskQueue);
  ({ stop } = await testWorker({
    agents: [echo, gated, failing],
    models: {
      echo: echoModel,
      gated: gatedModel,
      failing: new ScriptedModel([new TypeError('no')], { by: 'position' }),
    },
    execution: { heartbeatTimeoutMs: 5_000, firstRetryDelayMs: 50, maxAttempts: 2 },
    taskQueue,
  }));
});

afterAll(async () => {
  await stop();
  await client.disconnect();
});

/** Makes the model wait at `question`. */
function holdAt(question: string): { entered: Promise<void>; open: () => void } {
  let open = () => {};
  let entered = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  const isEntered = new Promise<void>((resolve) => (entered = resolve));
  gates.set(question, { entered, opened });
  afterwards(() => open());
  return { entered: isEntered, open };
}

async function contents(id: string): Promise<readonly unknown[]> {
  return (await client.allMessages(id)).map(({ message }) => message.content);
}

async function untilAnswered(id: string, messageId: string): Promise<contract.ConversationState> {
  for (;;) {
    const state = await client.state(id, messageId);
    if (state.message?.status === 'answered' || state.message?.status === 'failed') return state;
    await sleep(20);
  }
}

/** A client that shares nothing with the others but the connection: it does not wait for their sends. */
function anotherSender(): AgentClient {
  return new AgentClient({ client: client.temporal, taskQueue });
}

test('messages sent while a turn runs wait in order, and each opens a turn of its own', async () => {
  const gate = holdAt('hold one');
  const { id } = await client.start({ agent: 'gated' });
  await client.send(id, 'hold one', { messageId: 'm1' });
  await gate.entered;
  const waiting = [
    await client.send(id, 'two', { messageId: 'm2' }),
    await client.send(id, 'three', { messageId: 'm3' }),
    await client.send(id, 'four', { messageId: 'm4' }),
  ];
  const meanwhile = await client.state(id);
  gate.open();
  const { turns } = await untilAnswered(id, 'm4');

  expect(waiting).toEqual([
    { messageId: 'm2', accepted: 'queued', position: 1 },
    { messageId: 'm3', accepted: 'queued', position: 2 },
    { messageId: 'm4', accepted: 'queued', position: 3 },
  ]);
  expect(meanwhile).toMatchObject({ status: 'running', turn: 1, queued: ['m2', 'm3', 'm4'] });
  expect(turns).toMatchObject([
    { turn: 1, messageIds: ['m1'], status: 'answered' },
    { turn: 2, messageIds: ['m2'], status: 'answered' },
    { turn: 3, messageIds: ['m3'], status: 'answered' },
    { turn: 4, messageIds: ['m4'], status: 'answered' },
  ]);
  expect(await contents(id)).toEqual([
    'hold one',
    'You said: hold one',
    'two',
    'You said: two',
    'three',
    'You said: three',
    'four',
    'You said: four',
  ]);
  const prompts = gatedModel.prompts.filter(([first]) => first === 'hold one');
  expect(prompts.map((questions) => questions.at(-1))).toEqual([
    'hold one',
    'two',
    'three',
    'four',
  ]);
});

test('a message to an idle conversation is appended at once, with its place in Memory', async () => {
  const { id } = await client.start({ agent: 'echo' });
  await client.ask(id, 'one');
  const acknowledgement = await client.send(id, 'two', { messageId: 'm2' });

  expect(acknowledgement).toEqual({ messageId: 'm2', accepted: 'appended', seq: 2 });
  await untilAnswered(id, 'm2');
});

test('thirty senders at once with ids of their own are each heard exactly once', async () => {
  const gate = holdAt('hold the crowd');
  const { id } = await client.start({ agent: 'gated', message: 'hold the crowd' });
  await gate.entered;
  const ids = Array.from({ length: 30 }, (_, index) => `sender-${index}`);
  const acknowledgements = await Promise.all(
    ids.map((messageId) => anotherSender().send(id, `from ${messageId}`, { messageId })),
  );
  const { queued } = await client.state(id);
  gate.open();
  await untilAnswered(id, queued.at(-1)!);

  const positions = acknowledgements.map(({ position }) => position ?? 0);
  expect(acknowledgements.every(({ accepted }) => accepted === 'queued')).toBe(true);
  expect(positions.toSorted((left, right) => left - right)).toEqual(
    ids.map((_, index) => index + 1),
  );
  expect(queued).toEqual(ids.toSorted((left, right) => placeOf(left) - placeOf(right)));
  const all = await contents(id);
  expect(all).toEqual(
    ['hold the crowd', ...queued.map((messageId) => `from ${messageId}`)].flatMap((said) => [
      said,
      `You said: ${said}`,
    ]),
  );

  function placeOf(messageId: string): number {
    return positions[ids.indexOf(messageId)]!;
  }
});

test('thirty messages without waiting between them keep the order of their one sender', async () => {
  const { id } = await client.start({ agent: 'echo' });
  const ids = Array.from({ length: 30 }, (_, index) => `m${index}`);
  await Promise.all(ids.map((messageId) => client.send(id, messageId, { messageId })));
  await untilAnswered(id, 'm29');

  expect(await contents(id)).toEqual(ids.flatMap((said) => [said, `You said: ${said}`]));
});

test('the same id sent by many at once is one message', async () => {
  const { id } = await client.start({ agent: 'echo' });
  await client.ask(id, 'first');
  const acknowledgements = await Promise.all(
    Array.from({ length: 10 }, () => anotherSender().send(id, 'again', { messageId: 'same' })),
  );
  await untilAnswered(id, 'same');

  expect(await contents(id)).toEqual(['first', 'You said: first', 'again', 'You said: again']);
  // The server itself knows an update id again: all were told the same.
  expect(new Set(acknowledgements.map((it) => JSON.stringify(it))).size).toBe(1);
});

test('the same id again is a duplicate while it waits, while it runs and after it is answered', async () => {
  const gate = holdAt('hold the repeat');
  const { id } = await client.start({ agent: 'gated' });
  const handle = client.temporal.workflow.getHandle(id);
  let repeats = 0;
  // Another update id each time, or the server would answer for the conversation.
  const repeat = (messageId: string): Promise<contract.Acknowledgement> =>
    handle.executeUpdate(contract.sendMessage, {
      updateId: `repeat-${repeats++}`,
      args: [{ messageId, message: { role: 'user', content: 'something else' } }],
    });
  await client.send(id, 'hold the repeat', { messageId: 'runs' });
  await gate.entered;
  await client.send(id, 'waiting', { messageId: 'waits' });
  const meanwhile = [await repeat('runs'), await repeat('waits')];
  gate.open();
  await untilAnswered(id, 'waits');
  const afterwardsTold = [await repeat('runs'), await repeat('waits')];
  await client.close(id);
  await handle.result();

  expect(meanwhile).toEqual([
    { messageId: 'runs', accepted: 'duplicate', seq: 0 },
    { messageId: 'waits', accepted: 'duplicate', position: 1 },
  ]);
  expect(afterwardsTold).toEqual([
    { messageId: 'runs', accepted: 'duplicate', seq: 0 },
    { messageId: 'waits', accepted: 'duplicate', seq: 2 },
  ]);
  expect(await contents(id)).toEqual([
    'hold the repeat',
    'You said: hold the repeat',
    'waiting',
    'You said: waiting',
  ]);
});

test('starting twice with one id is one conversation, and the same first message is one message', async () => {
  const id = `twice-${newTaskQueue()}`;
  const options = { agent: 'echo', id, message: 'hello', messageId: 'hello' } as const;
  const [left, right] = await Promise.all([client.start(options), anotherSender().start(options)]);
  await untilAnswered(id, 'hello');
  await client.start({ ...options, message: 'more', messageId: 'more' });
  await untilAnswered(id, 'more');

  expect(left).toEqual(right);
  expect(await contents(id)).toEqual(['hello', 'You said: hello', 'more', 'You said: more']);
});

test('ids are remembered and queues are kept over continue-as-new', async () => {
  const gate = holdAt('hold the run');
  const { id } = await client.start({ agent: 'gated', continueAsNewAfterEvents: 1 });
  const runIdAtStart = (await client.temporal.workflow.getHandle(id).describe()).runId;
  await client.send(id, 'hold the run', { messageId: 'm1' });
  await gate.entered;
  for (const messageId of ['m2', 'm3']) await client.send(id, messageId, { messageId });
  gate.open();
  await untilAnswered(id, 'm3');
  const repeated = await anotherSender().send(id, 'm2', { messageId: 'm2' });
  const answer = await client.ask(id, 'm4', { messageId: 'm4' });

  const { runId } = await client.temporal.workflow.getHandle(id).describe();
  expect(runId).not.toBe(runIdAtStart);
  expect(repeated).toEqual({ messageId: 'm2', accepted: 'duplicate', seq: 2 });
  expect(answer).toMatchObject({ turn: 4, content: 'You said: m4' });
  expect(await contents(id)).toEqual([
    'hold the run',
    'You said: hold the run',
    'm2',
    'You said: m2',
    'm3',
    'You said: m3',
    'm4',
    'You said: m4',
  ]);
});

test('close answers what is queued, takes nothing more, and ends with the last answer', async () => {
  const gate = holdAt('hold the close');
  const { id } = await client.start({ agent: 'gated' });
  await client.send(id, 'hold the close', { messageId: 'm1' });
  await gate.entered;
  await client.send(id, 'queued', { messageId: 'm2' });
  await client.close(id);
  const closing = await client.state(id);
  const refusal = client.send(id, 'too late', { messageId: 'm3' });
  await expect(refusal).rejects.toMatchObject({
    name: 'MessageRejectedError',
    type: 'ConversationClosed',
  });
  const known = await anotherSender().send(id, 'queued', { messageId: 'm2' });
  await client.temporal.workflow
    .getHandle(id)
    .signal(contract.userMessage, { messageId: 'm4', message: { role: 'user', content: 'late' } });
  gate.open();
  const result = await client.temporal.workflow.getHandle(id).result();

  expect(closing).toMatchObject({ status: 'closing', queued: ['m2'] });
  expect(known).toMatchObject({ messageId: 'm2', position: 1 });
  expect(result).toMatchObject({ role: 'agent', turn: 2, content: 'You said: queued' });
  expect(await client.state(id)).toMatchObject({
    status: 'closed',
    turn: 2,
    queued: [],
    setAside: { count: 1, reasons: [expect.stringMatching(/^ConversationClosed: /) as string] },
  });
  expect(await contents(id)).toEqual([
    'hold the close',
    'You said: hold the close',
    'queued',
    'You said: queued',
  ]);
});

test('closing an idle conversation ends it at once; without a turn its result is null', async () => {
  const { id } = await client.start({ agent: 'echo' });
  await client.close(id);

  expect(await client.temporal.workflow.getHandle(id).result()).toBeNull();
  expect((await client.describe(id)).status).toBe('COMPLETED');
});

test('the state tells of one message: unknown, queued, running, answered with its response', async () => {
  const gate = holdAt('hold the state');
  const { id } = await client.start({ agent: 'gated' });
  await client.send(id, 'hold the state', { messageId: 'm1' });
  await gate.entered;
  await client.send(id, 'two', { messageId: 'm2' });
  await client.send(id, 'three', { messageId: 'm3' });
  const statuses = async () =>
    Promise.all(
      ['m0', 'm1', 'm2', 'm3'].map(
        async (messageId) => (await client.state(id, messageId)).message,
      ),
    );
  const before = await statuses();
  gate.open();
  await untilAnswered(id, 'm3');
  const after = await statuses();

  expect(before).toEqual([
    { status: 'unknown' },
    { status: 'running', turn: 1 },
    { status: 'queued', position: 1 },
    { status: 'queued', position: 2 },
  ]);
  expect(after).toEqual([
    { status: 'unknown' },
    ...['hold the state', 'two', 'three'].map((said, index) => ({
      status: 'answered',
      turn: index + 1,
      response: {
        role: 'agent',
        content: `You said: ${said}`,
        turn: index + 1,
        finishReason: 'stop',
        usage: { inputTokens: 0, outputTokens: 0 },
        costUsd: null,
      },
    })),
  ]);
  expect((await client.state(id)).message).toBeUndefined();
});

test('signals are answered once each, in the order in which they were sent', async () => {
  const { id } = await client.start({ agent: 'echo' });
  const handle = client.temporal.workflow.getHandle(id);
  const ids = Array.from({ length: 20 }, (_, index) => `s${index}`);
  for (const messageId of ids) {
    const message = { role: 'user', content: messageId } as const;
    await handle.signal(contract.userMessage, { messageId, message });
    await handle.signal(contract.userMessage, { messageId, message });
  }
  await untilAnswered(id, 's19');

  expect(await contents(id)).toEqual(ids.flatMap((said) => [said, `You said: ${said}`]));
  expect((await client.state(id)).setAside).toEqual({ count: 0, reasons: [] });
});

test('the hundred-and-first waiting message is refused with the reason, and the queue is answered', async () => {
  const gate = holdAt('hold the queue');
  const { id } = await client.start({ agent: 'gated', message: 'hold the queue' });
  await gate.entered;
  const ids = Array.from({ length: 100 }, (_, index) => `m${index}`);
  await Promise.all(ids.map((messageId) => client.send(id, messageId, { messageId })));
  const refusal = client.send(id, 'one too many', { messageId: 'm100' });

  await expect(refusal).rejects.toMatchObject({ type: 'QueueFull' });
  gate.open();
  await untilAnswered(id, 'm99');
  const late = await client.ask(id, 'one too many', { messageId: 'm100' });
  expect(late).toMatchObject({ turn: 102, content: 'You said: one too many' });
  expect(await contents(id)).toHaveLength(204);
});

test('in task mode the result of the workflow is the answer', async () => {
  const { id } = await client.start({ agent: 'echo', message: 'do it', mode: 'task' });
  const result = await client.temporal.workflow.getHandle(id).result();

  expect(result).toEqual({
    role: 'agent',
    content: 'You said: do it',
    turn: 1,
    finishReason: 'stop',
    usage: { inputTokens: 0, outputTokens: 0 },
    costUsd: null,
  });
});

test('a task that gets more messages while it works answers them too, and results in the last answer', async () => {
  const gate = holdAt('hold the task');
  const { id } = await client.start({ agent: 'gated', message: 'hold the task', mode: 'task' });
  await gate.entered;
  await client.send(id, 'and this', { messageId: 'm2' });
  gate.open();

  expect(await client.temporal.workflow.getHandle(id).result()).toMatchObject({
    turn: 2,
    content: 'You said: and this',
  });
});

test('a task whose turn fails is a failed workflow with the type and message of the error', async () => {
  const { id } = await client.start({ agent: 'failing', message: 'do it', mode: 'task' });

  await expect(client.temporal.workflow.getHandle(id).result()).rejects.toMatchObject({
    cause: { type: 'ModelError.unexpected', message: 'no' },
  });
});

test('ask with the name of an agent is answered by a task of its own', async () => {
  const answers = [await client.ask('echo', 'who is there?'), await client.ask('echo', 'and you?')];

  expect(answers).toMatchObject([
    { turn: 1, content: 'You said: who is there?' },
    { turn: 1, content: 'You said: and you?' },
  ]);
});

test('ask tells what happens as events: the answer enters Memory, then the turn is complete', async () => {
  const { id } = await client.start({ agent: 'echo' });
  await client.ask(id, 'before');
  const events: string[] = [];
  for await (const event of client.stream(id, { message: 'now' })) {
    if (event.type === 'message') events.push(`message ${event.message.seq}`);
    else if (event.type !== 'status') events.push(event.type);
  }

  expect(events).toEqual(['message 2', 'message 3', 'complete']);
});

test('a client on a connection of its own finds the same conversation by its id', async () => {
  const { id } = await client.start({ agent: 'echo' });
  await client.ask(id, 'one');
  const other = await AgentClient.connect({ address: testAddress(), namespace: 'default' });
  afterwards(() => other.disconnect());

  expect(await other.ask(id, 'two')).toMatchObject({ turn: 2, content: 'You said: two' });
  expect((await other.allMessages(id)).map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
});
