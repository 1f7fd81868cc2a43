import type { Budget, Spent } from '../../agent/budget';
import { budgetNames, budgetsProblem, overrunOf } from '../../agent/budget';

const nothing: Spent = {
  steps: 0,
  toolCalls: 0,
  tokens: 0,
  costUsd: 0,
  wallMs: 0,
  repeatedCalls: 0,
};

test.each(Object.keys(budgetNames) as (keyof Budget)[])(
  '%s: reached at the limit itself',
  (name) => {
    const budget = { [name]: 4 };

    expect(overrunOf(budget, { ...nothing, [name]: 3.999 })).toBeUndefined();
    expect(overrunOf(budget, { ...nothing, [name]: 4 })).toEqual({ name, limit: 4, spent: 4 });
    expect(overrunOf(budget, { ...nothing, [name]: 9 })).toEqual({ name, limit: 4, spent: 9 });
    expect(overrunOf({}, { ...nothing, [name]: 9 })).toBeUndefined();
  },
);

test('each time that a person lets it go on, it goes as far again', () => {
  expect(overrunOf({ steps: 3 }, { ...nothing, steps: 5 }, 2)).toBeUndefined();
  expect(overrunOf({ steps: 3 }, { ...nothing, steps: 6 }, 2)).toEqual({
    name: 'steps',
    limit: 6,
    spent: 6,
  });
});

test('of several the first is told', () => {
  const spent = { ...nothing, toolCalls: 5, costUsd: 2 };

  expect(overrunOf({ costUsd: 1, toolCalls: 5 }, spent)).toMatchObject({ name: 'toolCalls' });
});

test.each<[unknown, string | undefined]>([
  [{}, undefined],
  [{ turn: { steps: 1, costUsd: 0.01 }, conversation: { wallMs: 5 }, atLimit: 'ask' }, undefined],
  [null, 'must be an object.'],
  [[], 'must be an object.'],
  [{ turns: {} }, 'has no `turns`. Known: turn, conversation, atLimit.'],
  [{ atLimit: 'stop' }, '`atLimit` must be `conclude` or `ask`.'],
  [{ turn: 5 }, '`turn` must be an object.'],
  [{ conversation: { dollars: 1 } }, '`conversation` has no `dollars`. Known: steps, toolCalls'],
  [{ turn: { toString: 1 } }, '`turn` has no `toString`.'],
  [{ turn: { steps: 0 } }, '`turn` `steps` must be a number above 0.'],
  [{ turn: { tokens: Infinity } }, '`turn` `tokens` must be a number above 0.'],
  [{ turn: { tokens: '5' } }, '`turn` `tokens` must be a number above 0.'],
])('the problem of %j', (budgets, problem) => {
  const found = budgetsProblem(budgets);
  expect(found?.slice(0, problem?.length)).toBe(problem);
});
