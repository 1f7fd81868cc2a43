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

function spending(budgets: Budgets, now?: () => number): Conversation {
  const conversation = openConversation({ now });
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
  conversation.extend(scope);
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

describe('the clock', () => {
  const dayMs = 86_400_000;
  const budgets = { turn: { wallMs: 60_000 }, conversation: { wallMs: 100_000 } };
  /** What stops it next, and how many milliseconds before that nothing does. */
  const scopeAt = (conversation: Conversation, ms: number) => [
    spillOf(conversation, ms - 1)?.scope,
    spillOf(conversation, ms)?.scope,
  ];
  function timed() {
    const clock = { ms: 0 };
    const conversation = spending(budgets, () => clock.ms);
    return { clock, conversation, next: () => continued(conversation, () => clock.ms) };
  }

  test('runs from the first message on, and on after an extension', () => {
    const { conversation } = timed();
    expect(scopeAt(conversation, 60_000)).toEqual([undefined, 'turn']);

    conversation.extend('turn');

    expect(scopeAt(conversation, 100_000)).toEqual([undefined, 'conversation']);
  });

  test('stands still while it is paused, in the next run too', () => {
    const { clock, conversation, next } = timed();
    clock.ms = 10_000;
    conversation.pause(true);
    expect(spillOf(conversation, dayMs)).toBeUndefined();
    const later = next();
    expect(spillOf(later, dayMs)).toBeUndefined();
    clock.ms = dayMs;
    later.pause(true);
    later.pause(false);

    expect(scopeAt(later, dayMs + 50_000)).toEqual([undefined, 'turn']);
  });

  test('of a turn that opens meanwhile begins with the resumption, the conversation’s where it stood', () => {
    const { clock, conversation } = timed();
    answers(conversation, 'One.');
    clock.ms = 30_000;
    conversation.pause(true);
    clock.ms = dayMs;
    conversation.accept(said('m2'));
    clock.ms = 2 * dayMs;
    conversation.pause(false);

    expect(scopeAt(conversation, 2 * dayMs + 60_000)).toEqual([undefined, 'turn']);
    conversation.extend('turn');
    expect(scopeAt(conversation, 2 * dayMs + 70_000)).toEqual([undefined, 'conversation']);
  });

  test('goes on when the turn that was asked about is interrupted', () => {
    const { clock, conversation } = timed();
    const item = { kind: 'budget', tool: 'budget', arguments: {}, effect: '' } as const;
    conversation.approvals.ask({ callId: 't1turn1', ...item }, 0, dayMs);
    conversation.settleClocks();
    clock.ms = dayMs;
    conversation.interruptTurn();

    expect(conversation.heldSinceMs).toBeUndefined();
    expect(conversation.startedAtMs).toBe(dayMs);
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
  conversation.memory.append({ ...userMessage('Answer again.'), isRepair: true });
  expect(hasBeenTold(conversation)).toBe(true);
  conversation.memory.append(userMessage('In red.'));
  expect(hasBeenTold(conversation)).toBe(false);
});
