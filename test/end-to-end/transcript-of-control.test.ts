/** What people do while an agent works, read back from history alone: each prompt is proven by its digest. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ScriptedStep } from '../../activities/models/scripted-model';
import { textResponse, toolCallResponse } from '../../activities/models/scripted-model';
import { askUser, defineTool } from '../../activities/tools';
import type { Timeline } from '../../client/timeline';
import type { StepPosition } from '../../client/model-calls';
import { readTimeline } from '../../client/timeline';
import { drawTimeline } from '../../client/draw-timeline';
import type { Transcript } from '../../client/transcript';
import type { SequencedMessage } from '../../workflows/contract';
import { cleanUpAfterEach } from '../support/cleanup';
import type { Talk } from '../support/talks';
import { nextPending, openTalk, until } from '../support/talks';

jest.setTimeout(60_000);
const atEnd = cleanUpAfterEach();

const words = Array.from({ length: 200 }, (_, index) => `word${index}`).join(' ');
const isThinking = ({ activity }: { activity?: string }) => activity?.startsWith('think') === true;
const isAtGate = ({ activity }: { activity?: string }) => activity === 'gate()';
const passes = toolCallResponse([{ name: 'gate' }]);
const pays = (...amounts: number[]) =>
  toolCallResponse(amounts.map((amount) => ({ name: 'pay', arguments: { amount } })));

/** Stays at work until it is let go, or cancelled. */
function newGate() {
  let open = () => {};
  const opened = new Promise<string>((resolve) => (open = () => resolve('open')));
  const gate = defineTool({
    name: 'gate',
    description: 'Waits.',
    input: z.object({}),
    annotations: { readOnlyHint: true },
    execute: (_arguments, { signal }) =>
      Promise.race([
        opened,
        new Promise<never>((_resolve, reject) =>
          signal?.addEventListener('abort', () => reject(new Error('aborted'))),
        ),
      ]),
  });
  return { gate, open: () => open() };
}

const pay = defineTool({
  name: 'pay',
  description: 'Pays out.',
  input: z.object({ amount: z.number() }),
  annotations: { keyed: true },
  approval: { when: { properties: { amount: { minimum: 100 } } } },
  execute: ({ amount }) => `paid ${amount}`,
});

/** History says what the query says, each prompt is proven, and totals are the same. */
async function readBack(talk: Talk): Promise<Transcript> {
  const { client, id } = talk;
  const said = await client.allMessages(id);
  const { usage, costUsd, turns } = await client.state(id);
  const transcript = await client.transcript(id);
  expect(asQueried(transcript)).toEqual(said);
  expect(transcript.unproven).toEqual([]);
  expect(transcript).toMatchObject({ usage, costUsd, waiting: [] });
  expect(transcript.turns.map(outcome)).toEqual(turns.map(outcome));
  return transcript;
}

function outcome({
  turn,
  status,
  error,
}: Pick<Transcript['turns'][number], 'turn' | 'status' | 'error'>) {
  return { turn, status, ...(error && { error }) };
}

function asQueried({ messages }: Transcript): readonly SequencedMessage[] {
  return messages.map(({ seq, turn, messageId, message }) => ({
    seq,
    turn,
    ...(messageId !== undefined && { messageId }),
    message,
  }));
}

/** Of the replay of the workflow over its own history. */
async function verdict({ client, id, model }: Talk, position: StepPosition): Promise<string> {
  return (await client.prompt(id, { ...position, models: { scripted: model } })).verdict;
}

async function drawn({ client, id }: Talk): Promise<[Timeline, string]> {
  const timeline = await readTimeline(client.temporal, id);
  return [timeline, drawTimeline(timeline, { width: 80, proof: true }).join('\n')];
}

test('steered, queued, changed and taken back messages stand where they entered', async () => {
  const { gate, open } = newGate();
  const talk = await openTalk(
    atEnd,
    [passes, textResponse('Through, in red.'), textResponse('Later.'), textResponse('Last.')],
    { agent: { tools: [gate] } },
  );
  const { client, id } = talk;
  const answer = client.ask(id, 'Pass.');
  await until(talk, isAtGate);
  for (const messageId of ['q1', 'q2', 'q3']) await client.send(id, messageId, { messageId });
  await client.send(id, 'In blue!', { messageId: 's', delivery: 'steer' });
  await client.editQueued(id, 's', 'In red!');
  await client.editQueued(id, 'q3', 'drei');
  await client.cancelQueued(id, ['q2']);
  expect((await client.transcript(id)).waiting.map(({ messageId }) => messageId)).toEqual([
    's',
    'q1',
    'q3',
  ]);
  open();
  await answer;
  await until(talk, ({ turns }) => turns[2]?.status === 'answered');

  const { messages } = await readBack(talk);
  expect(
    messages.flatMap(({ messageId, message }) => (messageId ? [message.content] : [])),
  ).toEqual(['Pass.', 'In red!', 'q1', 'drei']);
  const [, picture] = await drawn(talk);
  expect(picture).toContain('\n  ↪ In red!\n');
  expect(picture).toContain('✓ user messages 4 = answers 3 + steered 1');
  expect(await verdict(talk, { turn: 1, step: 2 })).toBe('identical');
});

test('a turn that is steered during its last answer goes on', async () => {
  const late = textResponse('one two three four five six seven eight');
  const talk = await openTalk(atEnd, [late, textResponse('In red.')], { streamDelayMs: 200 });
  const { client, id } = talk;
  const answer = client.ask(id, 'Paint.');
  await until(talk, isThinking);
  await client.send(id, 'In red!', { delivery: 'steer' });
  await answer;

  const { turns } = await readBack(talk);
  expect(turns).toHaveLength(1);
});

test('interrupted answers and tools, one after the other', async () => {
  const { gate } = newGate();
  const talk = await openTalk(
    atEnd,
    [textResponse(words), passes, pays(500), textResponse('Fine.')],
    { agent: { tools: [gate, pay] }, streamDelayMs: 40 },
  );
  const { client, id } = talk;
  let seen = '';
  for await (const event of client.stream(id, { message: 'Talk.' })) {
    if (event.type === 'partial') seen += event.content;
    if (seen.includes('word5')) break;
  }
  await client.send(id, 'Pass.', { delivery: 'interrupt' });
  await until(talk, isAtGate);
  await client.interrupt(id);
  await client.send(id, 'Pay.');
  await nextPending(talk);
  await client.interrupt(id);
  expect((await client.ask(id, 'And now?')).content).toBe('Fine.');

  const { turns } = await readBack(talk);
  expect(turns.map(({ status }) => status)).toEqual([
    'interrupted',
    'interrupted',
    'interrupted',
    'answered',
  ]);
  const [timeline, picture] = await drawn(talk);
  expect(picture).toContain('■ interrupted: word0');
  expect(picture).toContain('✓ user messages 4 = answers 1 + interrupted 3');
  expect(picture).toContain('✓ tool calls 2 = results 2');
  expect(timeline.turns[2]?.waits).toMatchObject([{ kind: 'approval', outcome: 'interrupted' }]);
  for (const turn of [1, 4]) {
    expect(await verdict(talk, { turn })).toBe('identical');
  }
});

test('a model and a tool that do not say how far they came', async () => {
  const deaf: ScriptedStep = async () => {
    await sleep(4_000);
    return textResponse('Late.');
  };
  const mole = defineTool({
    name: 'mole',
    description: 'Hears nothing.',
    input: z.object({}),
    execute: () => sleep(3_000, 'late'),
  });
  const digs = toolCallResponse([{ name: 'mole' }]);
  const talk = await openTalk(atEnd, [deaf, digs, textResponse('Fine.')], {
    agent: { tools: [mole] },
  });
  const { client, id } = talk;
  const first = client.ask(id, 'Think.');
  await until(talk, isThinking);
  await client.interrupt(id);
  await first;
  const second = client.ask(id, 'Dig.');
  await until(talk, ({ activity }) => activity === 'mole()');
  await client.interrupt(id);
  await second;
  await client.ask(id, 'And now?');

  const { messages, turns } = await readBack(talk);
  expect(turns.map(({ status }) => status)).toEqual(['interrupted', 'interrupted', 'answered']);
  expect(messages[1]?.message).toMatchObject({ content: '', finishReason: 'interrupted' });
  expect(await verdict(talk, {})).toBe('identical');
});

test('what people allowed, refused, answered and let expire, over worker and runs', async () => {
  const asks = toolCallResponse([{ name: 'ask_user', arguments: { question: 'Which?' } }]);
  const talk = await openTalk(
    atEnd,
    [pays(5, 500), pays(600), asks, pays(700), textResponse('Done.')],
    {
      agent: { tools: [pay, askUser], limits: { decisionMs: 3_000 } },
      continueAsNewAfterEvents: 1,
    },
  );
  const { client, id } = talk;
  await client.send(id, 'Pay.', { messageId: 'm1' });
  const { callId } = await nextPending(talk);
  const waiting = await readTimeline(client.temporal, id);
  expect(waiting.turns[0]?.waits).toMatchObject([{ callId, outcome: 'waiting' }]);
  for (const messageId of ['m2', 'm3', 'm4']) await client.send(id, messageId, { messageId });
  await client.cancelQueued(id, ['m2', 'm3', 'm4']);
  await client.decide(id, { callId, approved: true });
  await until(talk, ({ pending }) => pending?.[0]?.callId === 't1s2c0');
  await client.decide(id, { callId: 't1s2c0', approved: false, reason: 'Too much.' });
  await until(talk, ({ pending }) => pending?.[0]?.callId === 't1s3c0');
  await client.decide(id, { callId: 't1s3c0', approved: true, answer: 'blue' });
  await until(talk, ({ turns }) => turns[0]?.status === 'answered');

  const { runs } = await readBack(talk);
  expect(runs).toBeGreaterThan(1);
  const [{ turns }, picture] = await drawn(talk);
  expect(turns[0]?.waits.map(({ kind, outcome: came }) => [kind, came])).toEqual([
    ['approval', 'allowed'],
    ['approval', 'refused'],
    ['question', 'answered'],
    ['approval', 'expired'],
  ]);
  expect(turns[0]?.waits[3]?.durationMs).toBeGreaterThanOrEqual(3_000);
  expect(picture).toMatch(/◷ question · answered +▒+/);
  expect(picture).toContain('▒ waited for a person');
});

test('a spent budget: extended, concluded, and turns that fail without a model call', async () => {
  const rolls: ScriptedStep = (agent) =>
    agent.settings?.toolChoice === 'none' ? textResponse('Enough.') : pays(1);
  const talk = await openTalk(atEnd, Array<ScriptedStep>(9).fill(rolls), {
    agent: {
      tools: [pay],
      limits: { budgets: { conversation: { toolCalls: 2 }, atLimit: 'ask' } },
    },
  });
  const { client, id } = talk;
  const answer = client.ask(id, 'Roll.');
  await client.decide(id, { callId: (await nextPending(talk)).callId, approved: true });
  await until(talk, ({ pending }) => pending?.[0]?.callId === 't1conversation2');
  expect((await readTimeline(client.temporal, id)).turns[0]?.waits).toMatchObject([
    { kind: 'budget', outcome: 'allowed' },
    { kind: 'budget', outcome: 'waiting' },
  ]);
  await client.decide(id, { callId: 't1conversation2', approved: false });
  expect((await answer).content).toBe('Enough.');
  const again = client.ask(id, 'Again.');
  await client.decide(id, { callId: (await nextPending(talk)).callId, approved: false });
  expect(await again).toMatchObject({ error: { type: 'BudgetError' } });

  const { messages } = await readBack(talk);
  expect(messages.filter(({ message }) => 'isConclusion' in message)).toHaveLength(1);
  expect(await verdict(talk, { turn: 1, step: 5 })).toBe('identical');
});

test('a pause is drawn, and what was sent meanwhile waits', async () => {
  const talk = await openTalk(atEnd, [textResponse('Hello.')]);
  const { client, id } = talk;
  await client.pause(id);
  await client.send(id, 'Hello?', { messageId: 'm1' });
  const paused = await readBack(talk);
  expect(paused.messages).toHaveLength(1);
  expect((await readTimeline(client.temporal, id)).turns[0]?.waits).toMatchObject([
    { kind: 'pause' },
  ]);
  await client.resume(id);
  await until(talk, ({ turns }) => turns[0]?.status === 'answered');

  await readBack(talk);
  expect((await drawn(talk))[1]).toContain('◷ pause · resumed');
});
