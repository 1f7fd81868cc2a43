/** A person speaks, stops and waits while an agent works. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ScriptedStep } from '../../activities/models/scripted-model';
import { textResponse, toolCallResponse } from '../../activities/models/scripted-model';
import { defineTool } from '../../activities/tools';
import { contentToText } from '../../agent/messages';
import type { Message } from '../../agent/model';
import { cleanUpAfterEach } from '../support/cleanup';
import type { Talk } from '../support/talks';
import { nextPending, openTalk, until } from '../support/talks';

jest.setTimeout(60_000);
const atEnd = cleanUpAfterEach();

/** Stays at work until it is let go, or cancelled. */
function newGate(annotations: { readOnlyHint?: boolean } = {}) {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  let cancelled = 0;
  const gate = defineTool({
    name: 'gate',
    description: 'Waits.',
    input: z.object({}),
    annotations,
    async execute(_arguments, { signal }) {
      const aborted = new Promise<void>((_resolve, reject) =>
        signal?.addEventListener('abort', () => {
          cancelled += 1;
          reject(new Error('aborted'));
        }),
      );
      await Promise.race([opened, aborted]);
      return 'open';
    },
  });
  return { gate, open: () => open(), cancelled: () => cancelled };
}

const passes = toolCallResponse([{ name: 'gate' }]);
const isAtGate = ({ activity }: { activity?: string }) => activity === 'gate()';

/** `role: content`, one a message. */
async function told({ client, id }: Talk): Promise<readonly string[]> {
  return (await client.allMessages(id)).map(({ turn, message }) => `${turn} ${line(message)}`);
}

function line(message: Message): string {
  switch (message.role) {
    case 'user':
      return `user: ${contentToText(message.content)}`;
    case 'assistant':
      return `agent: ${message.content || message.toolCalls.map(({ name }) => name).join()}${message.finishReason === 'interrupted' ? ' (interrupted)' : ''}`;
    case 'tool_response':
      return `${message.toolName}: ${message.content.map((block) => (block.type === 'text' ? block.text : '')).join()}`;
  }
}

test('queued messages each get a turn of their own, steered ones join the running turn', async () => {
  const { gate, open } = newGate();
  const talk = await openTalk(
    atEnd,
    [passes, textResponse('Through, in red.'), textResponse('Later.')],
    { agent: { tools: [gate] } },
  );
  const { client, id, model } = talk;
  const answer = client.ask(id, 'Pass.');
  await until(talk, isAtGate);

  expect(await client.send(id, 'And then?', { messageId: 'q' })).toMatchObject({
    accepted: 'queued',
    position: 1,
  });
  expect(await client.send(id, 'In red!', { messageId: 's', delivery: 'steer' })).toEqual({
    messageId: 's',
    accepted: 'steering',
  });
  expect(await client.state(id)).toMatchObject({ queued: ['q'], steering: ['s'] });
  open();

  expect((await answer).content).toBe('Through, in red.');
  await until(talk, ({ turns }) => turns[1]?.status === 'answered');
  expect(await told(talk)).toEqual([
    '1 user: Pass.',
    '1 agent: gate',
    '1 gate: open',
    '1 user: In red!',
    '1 agent: Through, in red.',
    '2 user: And then?',
    '2 agent: Later.',
  ]);
  expect(model.requests).toHaveLength(3);
  expect((await client.state(id, 's')).message).toMatchObject({ status: 'answered', turn: 1 });
});

test('a message that is steered while the last answer is on its way keeps the turn open', async () => {
  const talk = await openTalk(
    atEnd,
    [textResponse('one two three four five six seven eight'), textResponse('In red.')],
    { streamDelayMs: 300 },
  );
  const { client, id } = talk;
  const answer = client.ask(id, 'Paint.');
  await until(talk, ({ activity }) => activity?.startsWith('think') === true);

  await client.send(id, 'In red!', { delivery: 'steer' });

  expect(await answer).toMatchObject({ content: 'In red.', turn: 1 });
  expect(await told(talk)).toEqual([
    '1 user: Paint.',
    '1 agent: one two three four five six seven eight',
    '1 user: In red!',
    '1 agent: In red.',
  ]);
});

test('an interrupted answer is kept as far as it came, and the next turn knows', async () => {
  const words = Array.from({ length: 200 }, (_, index) => `word${index}`).join(' ');
  const talk = await openTalk(atEnd, [textResponse(words), textResponse('Fine.')], {
    streamDelayMs: 50,
  });
  const { client, id, model } = talk;
  const watching = client.stream(id, { message: 'Talk.' });
  let seen = '';
  for await (const event of watching) {
    if (event.type === 'partial') seen += event.content;
    if (seen.includes('word5')) break;
  }

  const answer = client.ask(id, 'Stop that.', { delivery: 'interrupt', messageId: 'stop' });

  expect(await answer).toMatchObject({ content: 'Fine.', turn: 2 });
  const { turns } = await client.state(id);
  expect(turns.map(({ status }) => status)).toEqual(['interrupted', 'answered']);
  const [, partial] = await client.allMessages(id);
  expect(partial?.message).toMatchObject({ role: 'assistant', finishReason: 'interrupted' });
  const content = contentToText(partial?.message.content ?? '');
  expect(content.length).toBeGreaterThan(0);
  expect(words.startsWith(content)).toBe(true);
  expect(content.length).toBeLessThan(words.length);
  expect(model.requests.at(-1)?.inputs).toHaveLength(3);
});

test.each([
  [
    'a read-only tool',
    { readOnlyHint: true },
    '`gate` was interrupted by the user before it had a result.',
  ],
  ['any other tool', {}, '`gate` was interrupted by the user. Whether it took effect is unknown.'],
])(
  '%s is cancelled by an interruption, and the model is told what that means',
  async (_, annotations, words) => {
    const { gate, cancelled } = newGate(annotations);
    const talk = await openTalk(atEnd, [passes, textResponse('Stopped.')], {
      agent: { tools: [gate] },
    });
    const { client, id } = talk;
    const asked = client.ask(id, 'Pass.', { messageId: 'm1' });
    await until(talk, isAtGate);

    expect(await client.interrupt(id)).toEqual({ interrupted: 1 });

    expect(await asked).toMatchObject({ content: '', turn: 1, finishReason: 'interrupted' });
    expect(cancelled()).toBe(1);
    expect(await client.interrupt(id)).toEqual({});
    expect((await client.ask(id, 'And now?')).content).toBe('Stopped.');
    expect(await told(talk)).toEqual([
      '1 user: Pass.',
      '1 agent: gate',
      `1 gate: ${words}`,
      '2 user: And now?',
      '2 agent: Stopped.',
    ]);
  },
);

test('an interruption refuses what waits for a person', async () => {
  const { gate } = newGate();
  const talk = await openTalk(atEnd, [passes, textResponse('Fine.')], {
    agent: { tools: [{ ...gate, approval: 'always' }] },
  });
  const { client, id } = talk;
  const asked = client.ask(id, 'Pass.');
  const { callId } = await nextPending(talk);

  await client.interrupt(id);

  expect((await asked).finishReason).toBe('interrupted');
  expect((await client.state(id)).pending).toBeUndefined();
  expect(await client.decide(id, { callId, approved: true })).toMatchObject({
    approved: false,
    by: 'interrupt',
    isFirst: false,
  });
  expect((await told(talk)).at(-1)).toBe('1 gate: Not executed: the user interrupted.');
});

test('a paused run finishes its step and goes on when it is resumed', async () => {
  const { gate, open } = newGate();
  const talk = await openTalk(atEnd, [passes, textResponse('Through.')], {
    agent: { tools: [gate] },
  });
  const { client, id, model } = talk;
  const answer = client.ask(id, 'Pass.');
  await until(talk, isAtGate);

  expect(await client.pause(id)).toEqual({ isPaused: true });
  open();
  await until(talk, ({ activity }) => activity === 'paused');
  await sleep(300);
  expect(model.requests).toHaveLength(1);
  expect(await client.resume(id)).toEqual({ isPaused: false });

  expect((await answer).content).toBe('Through.');
});

test('waiting messages can be changed and taken back', async () => {
  const { gate, open } = newGate();
  const talk = await openTalk(atEnd, [passes, textResponse('Through.'), textResponse('Second.')], {
    agent: { tools: [gate] },
  });
  const { client, id } = talk;
  const answer = client.ask(id, 'Pass.', { messageId: 'm1' });
  await until(talk, isAtGate);
  await client.send(id, 'two', { messageId: 'm2' });
  const third = client.ask(id, 'three', { messageId: 'm3' });
  await until(talk, ({ queued }) => queued.length === 2);

  expect(await client.editQueued(id, 'm2', 'zwei')).toBe(true);
  expect(await client.editQueued(id, 'm1', 'too late')).toBe(false);
  expect(await client.cancelQueued(id, ['m1', 'm3', 'm9'])).toEqual(['m3']);
  open();

  await expect(third).rejects.toThrow('Message `m3` was taken back before it was answered.');
  expect((await answer).content).toBe('Through.');
  await until(talk, ({ turns }) => turns[1]?.status === 'answered');
  expect((await told(talk)).slice(3)).toEqual([
    '1 agent: Through.',
    '2 user: zwei',
    '2 agent: Second.',
  ]);
  expect((await client.state(id, 'm3')).message).toEqual({ status: 'cancelled' });
});

test('after an interruption there is work between two turns too', async () => {
  const says: ScriptedStep = (_agent, inputs) => {
    const last = inputs.at(-1);
    if (last?.role === 'user' && last.content === 'Pass.') return passes;
    return textResponse('word '.repeat(3_000));
  };
  const talk = await openTalk(atEnd, Array<ScriptedStep>(12).fill(says), {
    agent: { tools: [newGate().gate] },
  });
  const { client, id } = talk;
  for (const words of ['one', 'two', 'three']) await client.ask(id, words);
  const asked = client.ask(id, 'Pass.');
  await until(talk, isAtGate);
  await client.interrupt(id);
  await asked;

  expect(await client.compact(id)).toMatchObject({ compaction: 'accepted' });
  await until(talk, ({ compactions }) => compactions === 1);
  expect((await client.ask(id, 'Are you there?')).content).toContain('word');
});
