import fc from 'fast-check';
import type { FailedAttempts } from '../../agent/usage';
import {
  addFailedAttempts,
  addSpending,
  addUsage,
  noUsage,
  nothingSpent,
  parseFailedAttempts,
  parseUsd,
  spendingOf,
  spentIn,
  usageOf,
} from '../../agent/usage';

const vain: FailedAttempts = {
  attempts: 1,
  usage: { inputTokens: 7, outputTokens: 1 },
  costUsd: 0.3,
};

describe('usage', () => {
  test('is whole, never negative and never NaN, whatever is counted', () => {
    const anything = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.constantFrom(null, undefined, NaN, Infinity, '7', {}),
    );
    const keys = ['inputTokens', 'outputTokens', 'cachedInputTokens', 'reasoningTokens'] as const;
    fc.assert(
      fc.property(fc.tuple(anything, anything, anything, anything), (values) => {
        const usage = usageOf(Object.fromEntries(keys.map((key, index) => [key, values[index]])));
        for (const count of Object.values(usage)) {
          expect(Number.isInteger(count) && (count as number) >= 0).toBe(true);
        }
        expect(usage).toMatchObject({
          inputTokens: expect.any(Number) as number,
          outputTokens: expect.any(Number) as number,
        });
      }),
    );
  });

  test('names no part that is nothing', () => {
    expect(usageOf({ inputTokens: 3, cachedInputTokens: 0, webSearches: null })).toStrictEqual({
      inputTokens: 3,
      outputTokens: 0,
    });
  });

  test('every part adds up', () => {
    const all = {
      inputTokens: 100,
      outputTokens: 50,
      cachedInputTokens: 1,
      cacheWriteTokens: 2,
      cacheWriteHourTokens: 3,
      inputAudioTokens: 4,
      cachedInputAudioTokens: 5,
      reasoningTokens: 6,
      outputAudioTokens: 7,
      webSearches: 8,
    };
    const twice = Object.fromEntries(Object.entries(all).map(([key, value]) => [key, 2 * value]));
    expect(addUsage(all, all)).toStrictEqual(twice);
    expect(addUsage(all, noUsage)).toStrictEqual(all);
  });
});

describe('spending', () => {
  test('adds up without the noise of binary fractions', () => {
    const spent = { usage: noUsage, costUsd: 0.1 };
    expect([spent, spent, spent].reduce(addSpending, nothingSpent).costUsd).toBe(0.3);
  });

  test('with an unknown part is unknown', () => {
    const unknown = { usage: { inputTokens: 1, outputTokens: 1 }, costUsd: null };
    expect(addSpending(vain, unknown)).toEqual({
      usage: { inputTokens: 8, outputTokens: 2 },
      costUsd: null,
    });
    expect(addSpending(unknown, nothingSpent).costUsd).toBeNull();
  });

  test('for a response includes the attempts that failed before it', () => {
    const usage = { inputTokens: 7, outputTokens: 5 };
    expect(spendingOf({ usage, costUsd: 0.4, failedAttempts: vain })).toEqual({
      usage: { inputTokens: 14, outputTokens: 6 },
      costUsd: 0.7,
    });
    expect(spendingOf({ usage, costUsd: 0.4 })).toEqual({ usage, costUsd: 0.4 });
    expect(spendingOf({ usage })).toEqual({ usage, costUsd: null });
  });

  test('failed attempts add up', () => {
    expect(addFailedAttempts(undefined, undefined)).toBeUndefined();
    expect(addFailedAttempts(vain, undefined)).toBe(vain);
    expect(addFailedAttempts(undefined, vain)).toBe(vain);
    expect(addFailedAttempts(vain, vain)).toEqual({
      attempts: 2,
      usage: { inputTokens: 14, outputTokens: 2 },
      costUsd: 0.6,
    });
  });
});

describe('what crossed a process', () => {
  test('is read back as it was', () => {
    expect(parseFailedAttempts(JSON.parse(JSON.stringify(vain)))).toEqual(vain);
    expect(spentIn({ turn: 1, text: 'Once', spent: vain })).toEqual(vain);
  });

  test.each([
    undefined,
    null,
    7,
    'spent',
    [],
    {},
    { attempts: 0, usage: vain.usage },
    { attempts: 1 },
    { attempts: 1, usage: null },
  ])('is nothing when it is %j', (value) => {
    expect(parseFailedAttempts(value)).toBeUndefined();
    expect(spentIn({ spent: value })).toBeUndefined();
    expect(spentIn(value)).toBeUndefined();
  });

  test('a price that is none is unknown', () => {
    expect([0, 0.1, 0.1 + 0.2].map(parseUsd)).toEqual([0, 0.1, 0.3]);
    expect([-1, NaN, Infinity, '1', null, undefined].map(parseUsd)).toEqual(Array(6).fill(null));
    expect(parseFailedAttempts({ ...vain, costUsd: 'a lot' })).toEqual({ ...vain, costUsd: null });
  });
});
