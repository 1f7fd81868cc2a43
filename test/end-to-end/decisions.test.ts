/** People decide while an agent works: approvals, questions, and what survives of them. */
import { z } from 'zod';
import { textResponse, toolCallResponse } from '../../activities/models/scripted-model';
import { askUser, defineTool } from '../../activities/tools';
import { cleanUpAfterEach } from '../support/cleanup';
import { nextPending, openTalk, until } from '../support/talks';

jest.setTimeout(60_000);
const atEnd = cleanUpAfterEach();

/** What was really paid. */
function newBank() {
  const paid: number[] = [];
  const pay = defineTool({
    name: 'pay',
    description: 'Pays out.',
    input: z.object({ amount: z.number() }),
    annotations: { keyed: true },
    approval: { when: { properties: { amount: { minimum: 100 } } } },
    execute: ({ amount }) => {
      paid.push(amount);
      return `paid ${amount}`;
    },
  });
  return { paid, pay };
}

const pays = (...amounts: number[]) =>
  toolCallResponse(amounts.map((amount) => ({ name: 'pay', arguments: { amount } })));

test('a call that needs a word waits for it, beside one that does not', async () => {
  const bank = newBank();
  const talk = await openTalk(atEnd, [pays(5, 500), textResponse('Both.')], {
    agent: { tools: [bank.pay] },
  });
  const { client, id } = talk;
  const answer = client.ask(id, 'Pay five and five hundred.');

  const item = await nextPending(talk);
  expect(item).toMatchObject({
    callId: 't1s1c1',
    kind: 'approval',
    tool: 'pay',
    arguments: { amount: 500 },
    effect: 'changes things, may be tried again',
  });
  expect(bank.paid).toEqual([5]);
  expect(await client.decide(id, { callId: item.callId, approved: true })).toMatchObject({
    approved: true,
    by: 'user',
    isFirst: true,
  });

  expect((await answer).content).toBe('Both.');
  expect(bank.paid).toEqual([5, 500]);
  expect(await client.decide(id, { callId: item.callId, approved: false })).toMatchObject({
    approved: true,
    isFirst: false,
  });
});

test('a no is read by the model, with its reason; other arguments and unknown ids are refused', async () => {
  const bank = newBank();
  const talk = await openTalk(atEnd, [pays(500), textResponse('Then not.')], {
    agent: {
      tools: [bank.pay],
    },
  });
  const { client, id, model } = talk;
  const answer = client.ask(id, 'Pay.');
  const { callId, argumentsHash } = await nextPending(talk);

  await expect(
    client.decide(id, { callId, approved: true, argumentsHash: 'of something else' }),
  ).rejects.toThrow(/no longer those/);
  await expect(client.decide(id, { callId: 't9s9c9', approved: true })).rejects.toThrow(
    'Nothing waits for a decision by the id `t9s9c9`. Waiting: t1s1c0.',
  );
  await client.decide(id, { callId, approved: false, argumentsHash, reason: 'Too much.' });

  expect((await answer).content).toBe('Then not.');
  expect(bank.paid).toEqual([]);
  expect(model.requests.at(-1)?.inputs.at(-1)).toMatchObject({
    role: 'tool_response',
    isError: true,
    content: [
      {
        text: 'The user did not allow this call of `pay`. It was not executed. Their reason: Too much.',
      },
    ],
  });
});

test('nobody’s word within the time means no', async () => {
  const bank = newBank();
  const talk = await openTalk(atEnd, [pays(500), textResponse('Nobody came.')], {
    agent: {
      tools: [bank.pay],
      limits: { decisionMs: 500 },
    },
  });
  const { client, id } = talk;

  expect((await client.ask(id, 'Pay.')).content).toBe('Nobody came.');
  expect(bank.paid).toEqual([]);
  expect(await client.decide(id, { callId: 't1s1c0', approved: true })).toMatchObject({
    approved: false,
    by: 'expiry',
    isFirst: false,
  });
});

test('what is remembered needs no word a second time', async () => {
  const bank = newBank();
  const talk = await openTalk(atEnd, [pays(500), pays(600), textResponse('Both.')], {
    agent: {
      tools: [bank.pay],
    },
  });
  const { client, id } = talk;
  const answer = client.ask(id, 'Pay.');
  const { callId } = await nextPending(talk);

  await client.decide(id, { callId, approved: true, remember: true });

  expect((await answer).content).toBe('Both.');
  expect(bank.paid).toEqual([500, 600]);
});

test('a question parks the run until a person answers', async () => {
  const asks = toolCallResponse([
    { name: 'ask_user', arguments: { question: 'Which colour?', options: ['red', 'blue'] } },
  ]);
  const talk = await openTalk(atEnd, [asks, textResponse('Blue it is.')], {
    agent: {
      tools: [askUser],
    },
  });
  const { client, id, model } = talk;
  const answer = client.ask(id, 'Paint it.');
  const { callId, kind, effect } = await nextPending(talk);

  expect([kind, effect]).toEqual(['question', 'Which colour?']);
  await expect(client.decide(id, { callId, approved: true })).rejects.toThrow('needs an `answer`');
  await client.decide(id, { callId, approved: true, answer: 'blue' });

  expect((await answer).content).toBe('Blue it is.');
  expect(model.requests.at(-1)?.inputs.at(-1)).toMatchObject({ content: [{ text: 'blue' }] });
});

test('an approval outlives its worker, and the run that it was asked in', async () => {
  const bank = newBank();
  const talk = await openTalk(atEnd, [pays(5, 500), textResponse('Both.')], {
    agent: { tools: [bank.pay] },
    continueAsNewAfterEvents: 1,
  });
  const { client, id } = talk;
  const { runId } = await client.temporal.workflow.getHandle(id).describe();
  const sent = await client.send(id, 'Pay.', { messageId: 'm1' });
  expect(sent.messageId).toBe('m1');
  const item = await nextPending(talk);
  await until(talk, () => bank.paid.length === 1);
  await talk.restartWorker();
  for (const messageId of ['m2', 'm3']) await client.send(id, messageId, { messageId });

  const later = await client.temporal.workflow.getHandle(id).describe();
  expect(later.runId).not.toBe(runId);
  expect(later.historyLength).toBeLessThan(40);
  expect(await nextPending(talk)).toEqual(item);
  await client.decide(id, { callId: item.callId, approved: true });
  const { turns } = await until(talk, (state) => state.turns[0]?.status === 'answered');

  expect(turns[0]?.messageIds).toEqual(['m1']);
  expect(bank.paid).toEqual([5, 500]);
});
