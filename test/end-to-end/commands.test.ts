/** The subcommands by which people decide and steer, in this process. */
import { z } from 'zod';
import { textResponse, toolCallResponse } from '../../activities/models/scripted-model';
import { askUser, defineTool } from '../../activities/tools';
import { eventually } from '../support/eventually';
import { cleanUpAfterEach } from '../support/cleanup';
import { runInProcess } from '../support/run-in-process';
import { nextPending, openTalk, until } from '../support/talks';
import { testAddress } from '../support/temporal';

jest.setTimeout(60_000);
const atEnd = cleanUpAfterEach();

const pay = defineTool({
  name: 'pay',
  description: 'Pays out.',
  input: z.object({ amount: z.number() }),
  annotations: { keyed: true },
  approval: 'always',
  execute: ({ amount }) => `paid ${amount}`,
});

const pays = (amount: number) => toolCallResponse([{ name: 'pay', arguments: { amount } }]);

/** As `holdfast …` in a terminal. */
const holdfast = (...words: readonly string[]) =>
  runInProcess(...words, '--address', testAddress());

test('what waits is listed with the command that answers it; a yes counts for what was shown, a late no is told so', async () => {
  const talk = await openTalk(atEnd, [pays(500), textResponse('Paid.')], {
    agent: { tools: [pay] },
  });
  const { client, id } = talk;
  const answer = client.ask(id, 'Pay.');
  await nextPending(talk);

  const listed = (await holdfast('pending', id)).output.split('\n');
  expect(listed).toEqual([
    expect.stringMatching(`^${id} · t1s1c0 · approval · pay · expires in 7 d 0 h$`) as string,
    '  pay({"amount":500})',
    '  effect: changes things, may be tried again',
    `  npm run -s holdfast -- approve ${id} t1s1c0 (or \`deny\`)`,
    '',
  ]);
  await eventually(async () => {
    const { items } = JSON.parse((await holdfast('pending', '--json')).output) as {
      items: readonly { id: string; callId: string }[];
    };
    return items.some((item) => item.id === id && item.callId === 't1s1c0');
  });
  const state = (await holdfast('state', id)).output;
  expect(state).toContain('waiting for a person · pay');
  expect(state).toContain('t1s1c0 · approval · pay');

  expect((await holdfast('approve', id, 't9s9c9')).failure).toBe(
    'Nothing waits for a decision by the id `t9s9c9`. Waiting: t1s1c0.',
  );
  expect((await holdfast('answer', id, 't1s1c0', 'yes')).failure).toBe(
    '`t1s1c0` is no question: it waits for a yes or a no (`approve` or `deny`).',
  );
  expect(await holdfast('approve', id, 't1s1c0')).toMatchObject({
    output: 't1s1c0 is approved.\n  pay({"amount":500})\n',
    code: 0,
  });
  expect((await answer).content).toBe('Paid.');
  expect(await holdfast('deny', id, 't1s1c0', '--reason', 'No.')).toMatchObject({
    output: 'Too late: t1s1c0 was approved already, by somebody else.\n',
    code: 1,
  });
  expect((await holdfast('pending', id)).output).toBe('Nothing waits for a person.\n');
});

test('a no has a reason, a question an answer, and `--always` needs no word again', async () => {
  const asks = toolCallResponse([{ name: 'ask_user', arguments: { question: 'Which colour?' } }]);
  const steps = [pays(1), asks, pays(2), pays(3), textResponse('Done.')];
  const talk = await openTalk(atEnd, steps, { agent: { tools: [pay, askUser] } });
  const { client, id, model } = talk;
  const answer = client.ask(id, 'Go.');

  await nextPending(talk);
  await holdfast('deny', id, 't1s1c0', '--reason', 'Too much.');
  await until(talk, ({ pending }) => pending?.[0]?.kind === 'question');
  expect((await holdfast('pending', id)).output).toContain(
    `  > Which colour?\n  npm run -s holdfast -- answer ${id} t1s2c0 "…" (or \`deny\`)`,
  );
  expect((await holdfast('approve', id, 't1s2c0')).failure).toContain('needs an `answer`');
  expect((await holdfast('answer', id, 't1s2c0', 'blue')).output).toBe(
    't1s2c0 is answered: blue\n',
  );
  await until(talk, ({ pending }) => pending?.[0]?.callId === 't1s3c0');
  await holdfast('approve', id, 't1s3c0', '--always');

  expect((await answer).content).toBe('Done.');
  const last = JSON.stringify(model.requests.at(-1)?.inputs);
  for (const words of ['Their reason: Too much.', 'blue', 'paid 2', 'paid 3']) {
    expect(last).toContain(words);
  }
});

test('a turn is paused, steered, interrupted; messages that wait are changed and taken back', async () => {
  const talk = await openTalk(atEnd, [pays(1), textResponse('In red.'), textResponse('Next.')], {
    agent: { tools: [pay] },
  });
  const { client, id } = talk;
  const answer = client.ask(id, 'Pay.', { messageId: 'm1' });
  await nextPending(talk);

  expect((await holdfast('pause', id)).output).toMatch(/is paused/);
  expect((await holdfast('send', id, 'In red!', '--steer')).output).toMatch(/running turn/);
  await holdfast('send', id, 'Two.', '--message-id', 'm2');
  await holdfast('send', id, 'Three.', '--message-id', 'm3');
  expect((await holdfast('state', id)).output).toMatch(
    /running · paused · .*\n.*\n.* 2 queued · 1 steering/,
  );
  expect(await holdfast('edit', id, 'm2', 'Zwei.')).toMatchObject({
    output: 'm2 is changed.\n',
    code: 0,
  });
  expect(await holdfast('edit', id, 'm1', 'Eins.')).toMatchObject({
    output: `m1 does not wait in ${id}.\n`,
    code: 1,
  });
  expect(await holdfast('cancel', id, 'm3', 'm1')).toMatchObject({
    output: `m3 is taken back.\nm1 does not wait in ${id}.\n`,
    code: 1,
  });
  await holdfast('deny', id, 't1s1c0');
  expect((await holdfast('resume', id)).output).toBe(`${id} goes on.\n`);

  expect((await answer).content).toBe('In red.');
  await until(talk, ({ turns }) => turns[1]?.status === 'answered');
  const texts = (await client.allMessages(id)).map(({ message }) => message.content);
  expect(texts).toEqual(expect.arrayContaining(['In red!', 'Zwei.']));
  expect(texts).not.toContain('Three.');
  expect((await holdfast('interrupt', id)).output).toBe(
    `${id} has no turn at work: nothing was stopped.\n`,
  );
});

test('an interruption stops the turn, with a message to go on with or without one', async () => {
  const long = textResponse(Array.from({ length: 300 }, (_, n) => `word${n}`).join(' '));
  const talk = await openTalk(atEnd, [long, long, textResponse('Short.')], { streamDelayMs: 50 });
  const { client, id } = talk;
  const first = client.ask(id, 'Talk.');
  await until(talk, ({ activity }) => activity?.startsWith('think') === true);
  expect((await holdfast('interrupt', id)).output).toBe(`Turn 1 of ${id} is stopped.\n`);
  expect((await first).finishReason).toBe('interrupted');
  const second = client.ask(id, 'Talk again.');
  await until(talk, ({ turn, activity }) => turn === 2 && activity?.startsWith('think') === true);
  await holdfast('interrupt', id, 'Be short.');

  expect((await second).finishReason).toBe('interrupted');
  const { turns } = await until(talk, (state) => state.turns[2]?.status === 'answered');
  expect(turns.map(({ status }) => status)).toEqual(['interrupted', 'interrupted', 'answered']);
});
