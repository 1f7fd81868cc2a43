/** What a turn may take: a model that would never stop stops at the exact step, call, token and dollar. */
import { z } from 'zod';
import { textResponse, toolCallResponse } from '../../activities/models/scripted-model';
import type { ScriptedStep } from '../../activities/models/scripted-model';
import { defineTool } from '../../activities/tools';
import type { Budgets } from '../../agent/budget';
import { cleanUpAfterEach } from '../support/cleanup';
import type { Talk } from '../support/talks';
import { nextPending, openTalk } from '../support/talks';

jest.setTimeout(60_000);
const atEnd = cleanUpAfterEach();

const dice = defineTool({
  name: 'dice',
  description: 'Rolls a die.',
  input: z.object({ roll: z.number() }),
  annotations: { readOnlyHint: true },
  execute: ({ roll }) => `roll ${roll}`,
});

/** Rolls twice a step for ever; without tools it says how often it has rolled. */
const rolls: ScriptedStep = (agent, inputs) => {
  const steps = inputs.filter(({ role }) => role === 'assistant').length;
  const spent = { usage: { inputTokens: 90, outputTokens: 10 }, costUsd: 0.01 };
  if (agent.settings?.toolChoice === 'none') return textResponse(`${steps} steps.`, spent);
  const calls = [1, 2].map((n) => ({ name: 'dice', arguments: { roll: steps * 2 + n } }));
  return toolCallResponse(calls, spent);
};

function roll(
  budgets: Budgets,
  steps: readonly ScriptedStep[] = Array<ScriptedStep>(40).fill(rolls),
): Promise<Talk> {
  return openTalk(atEnd, steps, { agent: { tools: [dice], limits: { budgets } } });
}

test.each<[string, Budgets['turn'] & object, number, string]>([
  ['model calls', { steps: 3 }, 3, '3 model calls of this turn'],
  ['tool calls', { toolCalls: 5 }, 3, '5 tool calls of this turn'],
  ['tokens', { tokens: 350 }, 4, '350 tokens of this turn'],
])('%s: the model is told to conclude, and does', async (_, turn, steps, limit) => {
  const talk = await roll({ turn });
  const { client, id, model } = talk;

  const answer = await client.ask(id, 'Roll.');

  expect(answer).toMatchObject({ content: `${steps} steps.`, finishReason: 'stop' });
  expect(model.requests).toHaveLength(steps + 1);
  expect(model.requests.at(-1)?.inputs.at(-1)).toEqual({
    role: 'user',
    isConclusion: true,
    content: `The limit of ${limit} is reached. No more tools can be called. Conclude now: answer with what you have, and say what is missing.`,
  });
  expect(answer.usage.inputTokens + answer.usage.outputTokens).toBe(100 * (steps + 1));
});

test('the same calls again and again count as such', async () => {
  const same = toolCallResponse([{ name: 'dice', arguments: { roll: 1 } }]);
  const talk = await roll({ turn: { repeatedCalls: 3 } }, [
    rolls,
    same,
    same,
    same,
    textResponse('I was going in circles.'),
  ]);

  expect((await talk.client.ask(talk.id, 'Roll.')).content).toBe('I was going in circles.');
});

test('who is asked may let it go on as far again, or not', async () => {
  const talk = await roll({ turn: { steps: 2 }, atLimit: 'ask' });
  const { client, id } = talk;
  const answer = client.ask(id, 'Roll.');

  const first = await nextPending(talk);
  expect(first).toMatchObject({
    callId: 't1turn1',
    kind: 'budget',
    arguments: { scope: 'turn', name: 'steps', limit: 2, spent: 2 },
  });
  await client.decide(id, { callId: first.callId, approved: true });
  const second = await nextPending(talk);
  expect(second).toMatchObject({ callId: 't1turn2', arguments: { limit: 4, spent: 4 } });
  await client.decide(id, { callId: second.callId, approved: false });

  expect((await answer).content).toBe('4 steps.');
});

test('a conversation whose budget is spent fails each further turn, without a model call', async () => {
  const talk = await roll({ conversation: { toolCalls: 4 } });
  const { client, id, model } = talk;
  expect((await client.ask(id, 'Roll.')).content).toBe('2 steps.');
  const calls = model.requests.length;

  expect(await client.ask(id, 'Again.')).toMatchObject({
    error: {
      type: 'BudgetError',
      message: expect.stringContaining('4 tool calls of this conversation') as string,
    },
  });
  expect(model.requests).toHaveLength(calls);
});

test('a model that asks for tools all the same ends its turn, and the conversation lives', async () => {
  const always: ScriptedStep = (agent, inputs) =>
    inputs.at(-1)?.role === 'user' && inputs.length > 30
      ? textResponse('Well.')
      : (rolls as (...args: unknown[]) => never)({ ...agent, settings: {} }, inputs);
  const talk = await roll({ turn: { steps: 2 } }, Array<ScriptedStep>(40).fill(always));

  expect(await talk.client.ask(talk.id, 'Roll.')).toMatchObject({ error: { type: 'BudgetError' } });
  expect(talk.model.requests).toHaveLength(3);
  expect((await talk.client.state(talk.id)).status).toBe('idle');
});
