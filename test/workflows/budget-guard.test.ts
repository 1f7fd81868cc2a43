import { textResponse, toolCallResponse } from '../../activities/models/scripted-model';
import type { Budgets } from '../../agent/budget';
import { toConclusion } from '../../agent/conclusion';
import { text, toolResponse, userMessage } from '../../agent/messages';
import type { Message, ModelResponse } from '../../agent/model';
import { hasBeenTold, repeatedSteps, spillOf, unpriced } from '../../workflows/budget-guard';
import type { Conversation } from '../../workflows/conversation';
import {
  answers,
  callsTools,
  continued,
  openConversation,
  pinnedAgent,
  said,
} from '../support/workflow-conversation';

function spending(budgets: Budgets): Conversation {
  const conversation = openConversation();
  const agent = { ...pinnedAgent.agent, limits: { budgets } };
  conversation.pinned = { ...pinnedAgent, agent };
  conversation.accept(said('m1'));
  return conversation;
}
const spillNow = (conversation: Conversation) => spillOf(conversation, Date.now());
const cent = { usage: { inputTokens: 90, outputTokens: 10 }, costUsd: 0.01 };

test('who has no budget is never stopped', () => {
  const conversation = openConversation();
  conversation.accept(said('m1'));
  for (let step = 0; step < 5; step += 1) callsTools(conversation, ['dice'], cent);

  expect(spillNow(conversation)).toBeUndefined();
});

test.each<[string, Budgets, number]>([
  ['model calls', { turn: { steps: 3 } }, 3],
  ['tool calls', { turn: { toolCalls: 5 } }, 3],
  ['tokens', { turn: { tokens: 201 } }, 3],
  ['dollars', { turn: { costUsd: 0.03 } }, 3],
  ['the conversation’s model calls', { conversation: { steps: 2 } }, 2],
  ['the conversation’s before the turn’s', { conversation: { steps: 2 }, turn: { steps: 2 } }, 2],
])('%s stop at the exact step, in the next run too', (_, budgets, steps) => {
  let conversation = spending(budgets);
  for (let step = 1; step < steps; step += 1) {
    callsTools(conversation, ['dice', 'clock'], cent);
    expect(spillNow(conversation)).toBeUndefined();
  }
  callsTools(conversation, ['dice', 'clock'], cent);
  const scope = budgets.conversation ? 'conversation' : 'turn';

  expect(spillNow(conversation)).toMatchObject({ scope });
  conversation = continued(conversation);
  expect(spillNow(conversation)).toMatchObject({ scope });
  conversation.extend(scope, 0);
  conversation = continued(conversation);
  expect(spillNow(conversation)?.scope).toBe(budgets.turn && budgets.conversation && 'turn');
});

test('a turn’s budget is new with each turn, the conversation’s is not', () => {
  const turns = spending({ turn: { steps: 1 } });
  const whole = spending({ conversation: { steps: 1 } });
  for (const conversation of [turns, whole]) {
    answers(conversation, 'One.');
    conversation.accept(said('m2'));
  }

  expect(spillNow(turns)).toBeUndefined();
  expect(spillNow(whole)).toMatchObject({ scope: 'conversation' });
});

test('a call whose price is not known takes nothing off what is known', () => {
  const conversation = spending({ conversation: { costUsd: 0.02 } });
  callsTools(conversation, ['dice'], cent);
  answers(conversation, textResponse('', { finishReason: 'interrupted', costUsd: null }));
  conversation.accept(said('m2'));
  expect(spillNow(conversation)).toBeUndefined();
  callsTools(conversation, ['dice'], cent);

  expect(conversation.turnLog.spent.costUsd).toBeNull();
  expect(spillNow(conversation)).toMatchObject({ overrun: { name: 'costUsd', spent: 0.02 } });
  expect(spillNow(continued(conversation))).toMatchObject({ overrun: { spent: 0.02 } });
});

test('dollars of a model without a price cannot be held, and that is said', () => {
  const conversation = spending({ turn: { costUsd: 1 } });
  expect(unpriced(conversation)).toBeUndefined();
  callsTools(conversation, ['dice'], { costUsd: null });

  expect(unpriced(conversation)).toBe(1);
});

test('the clock runs, but not while a person is asked about it', () => {
  const conversation = spending({ turn: { wallMs: 60_000 }, conversation: { wallMs: 100_000 } });
  const { startedAtMs = 0 } = conversation.runningTurn!;

  expect(spillOf(conversation, startedAtMs + 59_999)).toBeUndefined();
  expect(spillOf(conversation, startedAtMs + 60_000)).toMatchObject({ scope: 'turn' });
  conversation.extend('turn', 86_400_000);
  expect(spillOf(conversation, startedAtMs + 86_400_000 + 60_000)).toBeUndefined();
  const next = continued(conversation);
  expect(spillOf(next, startedAtMs + 86_400_000 + 99_000)).toBeUndefined();
  expect(spillOf(next, startedAtMs + 86_400_000 + 125_000)).toMatchObject({
    scope: 'conversation',
  });
});

test('steps repeat themselves when they ask for the same calls with the same arguments', () => {
  const asks = (id: string, roll: number): ModelResponse =>
    toolCallResponse([{ id, name: 'dice', arguments: { roll } }]);
  const rolls = (...each: readonly number[]): Message[] =>
    each.flatMap((roll, index) => {
      const response = asks(`c${index}`, roll);
      return [response, toolResponse(response.toolCalls[0]!, { content: [text('one')] })];
    });

  expect(repeatedSteps([])).toBe(0);
  expect(repeatedSteps([userMessage('Roll.'), ...rolls(1)])).toBe(1);
  expect(repeatedSteps([userMessage('Roll.'), ...rolls(2, 1, 1, 1)])).toBe(3);
  expect(repeatedSteps(rolls(1, 1, 2))).toBe(1);
  expect(repeatedSteps([...rolls(1, 1), userMessage('Again.'), ...rolls(1)])).toBe(1);
  expect(repeatedSteps([...rolls(1, 1), textResponse('Done.')])).toBe(0);
});

test('a model has been told until its user says something else', () => {
  const conversation = spending({ turn: { steps: 1 } });
  callsTools(conversation, ['dice']);
  expect(hasBeenTold(conversation)).toBe(false);
  const overrun = { name: 'steps', limit: 1, spent: 1 } as const;
  conversation.memory.append(toConclusion('turn', overrun));
  expect(hasBeenTold(conversation)).toBe(true);
  callsTools(conversation, ['dice']);
  expect(hasBeenTold(conversation)).toBe(true);
  conversation.memory.append(userMessage('In red.'));
  expect(hasBeenTold(conversation)).toBe(false);
});
