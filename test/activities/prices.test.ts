import { readFileSync } from 'node:fs';
import type * as GenaiPrices from '../../activities/genai-prices';
import { genaiPrices } from '../../activities/genai-prices';
import { createPrices } from '../../activities/own-prices';
import type { PricedCall } from '../../activities/prices';

const at = new Date('2026-09-01T12:00:00Z');
const used = { inputTokens: 1_000_000, outputTokens: 100_000 };

function call(fields: Partial<PricedCall> = {}): PricedCall {
  return {
    name: 'gpt-5-mini',
    provider: 'openai',
    model: 'gpt-5-mini',
    usage: used,
    at,
    ...fields,
  };
}

describe('the price list', () => {
  const { costUsd } = genaiPrices();

  test.each([
    ['openai', 'gpt-5-mini', 0.25 + 0.2],
    ['openai', 'gpt-5-mini-2025-08-07', 0.25 + 0.2],
    ['openai-chat', 'gpt-5-mini', 0.25 + 0.2],
    ['anthropic', 'claude-haiku-4-5', 1 + 0.5],
    ['gemini', 'gemini-2.5-flash', 0.3 + 0.25],
    ['gemini', 'models/gemini-2.5-flash', 0.3 + 0.25],
    ['xai', 'grok-4', 3 + 1.5],
    ['groq', 'openai/gpt-oss-120b', 0.15 + 0.06],
    ['deepseek', 'deepseek-chat', 0.27 + 0.11],
    ['mistral', 'mistral-large-latest', 2 + 0.6],
    ['together', 'meta-llama/Llama-3.3-70B-Instruct-Turbo', 0.88 + 0.088],
    ['fireworks', 'accounts/fireworks/models/gpt-oss-120b', 0.15 + 0.06],
    ['openrouter', 'openai/gpt-5-mini', 0.25 + 0.2],
  ])('knows our provider %s: %s', (provider, model, dollars) => {
    expect(costUsd(call({ provider, model }))).toBeCloseTo(dollars, 9);
  });

  test('the model that answered goes before the one that was asked for', () => {
    const asked = call({ model: 'an-alias-of-the-provider', answeredBy: 'gpt-5-mini-2025-08-07' });
    expect(costUsd(asked)).toBe(0.45);
    expect(costUsd(call({ answeredBy: 'a-name-that-nobody-lists' }))).toBe(0.45);
  });

  test('cached tokens are a part of the input, and cheaper', () => {
    const usage = { ...used, cachedInputTokens: 400_000 };
    expect(costUsd(call({ usage }))).toBeCloseTo(0.6 * 0.25 + 0.4 * 0.025 + 0.2, 9);
  });

  test('what is written to a cache costs more, and kept for an hour still more', () => {
    const claude = { provider: 'anthropic', model: 'claude-haiku-4-5' };
    const written = { inputTokens: 1_000_000, outputTokens: 0, cacheWriteTokens: 400_000 };
    const anHour = { ...written, cacheWriteHourTokens: 400_000 };
    expect(costUsd(call({ ...claude, usage: written }))).toBeCloseTo(0.6 + 0.4 * 1.25, 9);
    expect(costUsd(call({ ...claude, usage: anHour }))).toBeCloseTo(0.6 + 0.4 * 2, 9);
  });

  test('reasoning is output and not paid twice', () => {
    expect(costUsd(call({ usage: { ...used, reasoningTokens: 90_000 } }))).toBe(0.45);
  });

  test('what is heard has its own price', () => {
    const gemini = { provider: 'gemini', model: 'gemini-2.5-flash' };
    const heard = { inputTokens: 1_000_000, outputTokens: 0, inputAudioTokens: 400_000 };
    expect(costUsd(call({ ...gemini, usage: heard }))).toBeCloseTo(0.6 * 0.3 + 0.4 * 1, 9);
    const cached = { ...heard, cachedInputTokens: 500_000, cachedInputAudioTokens: 100_000 };
    expect(costUsd(call({ ...gemini, usage: cached }))).toBeCloseTo(
      0.2 * 0.3 + 0.4 * 0.03 + 0.3 * 1 + 0.1 * 0.1,
      9,
    );
  });

  test('a search that the provider ran is paid apart', () => {
    const claude = { provider: 'anthropic', model: 'claude-haiku-4-5' };
    expect(costUsd(call({ ...claude, usage: { ...used, webSearches: 3 } }))).toBeCloseTo(1.53, 9);
  });

  test('a price that depends on the hour is that of the call', () => {
    const deepseek = { provider: 'deepseek', model: 'deepseek-chat' };
    const atNight = new Date('2026-09-01T20:00:00Z');
    expect(costUsd(call({ ...deepseek, at: atNight }))).toBeCloseTo(0.19, 9);
  });

  test('long prompts have their tier', () => {
    const gemini = { provider: 'gemini', model: 'gemini-2.5-pro' };
    const short = { inputTokens: 200_000, outputTokens: 0 };
    const long = { inputTokens: 200_001, outputTokens: 0 };
    const [below, above] = [short, long].map((usage) => costUsd(call({ ...gemini, usage })));
    expect(below).toBe(0.25);
    expect(above).toBeCloseTo(0.5, 4);
  });

  test.each([
    ['a model that it does not list', call({ model: 'gpt-99', name: 'gpt-99' })],
    ['a fine-tuned model, which costs more', call({ model: 'ft:gpt-4o-mini:acme::abc' })],
    ['a model that it lists without a price', call({ provider: 'gemini', model: 'gemma-3-4b-it' })],
    ['a provider that it only resembles', call({ provider: 'my-openai-proxy' })],
    ['ollama', call({ provider: 'ollama', model: 'gpt-oss:20b' })],
    ['lmstudio', call({ provider: 'lmstudio', model: 'openai/gpt-oss-20b' })],
    ['vllm', call({ provider: 'vllm', model: 'Qwen/Qwen3-8B' })],
    ['the demo model', { name: 'demo', model: 'demo', usage: used, at }],
    ['no tokens at all', call({ usage: { inputTokens: 0, outputTokens: 0 } })],
    ['more cached tokens than tokens', call({ usage: { ...used, cachedInputTokens: 2_000_000 } })],
    ['no counts', call({ usage: { inputTokens: NaN, outputTokens: 1 } })],
    ['no date', call({ at: new Date(NaN), provider: 'deepseek', model: 'deepseek-chat' })],
  ])('says nothing of %s', (_what, unknown) => {
    const warn = jest.spyOn(console, 'warn').mockImplementation();
    expect(costUsd(unknown)).toBeNull();
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  test('it is data: the package has no way to the network', () => {
    const source = readFileSync(require.resolve('@pydantic/genai-prices'), 'utf8');
    expect(source).not.toMatch(/\b(fetch|XMLHttpRequest|https?\.request|require)\(/);
  });

  test('is not loaded before something is to be priced', () => {
    jest.isolateModules(() => {
      const loaded = jest.fn();
      jest.doMock('@pydantic/genai-prices', () => {
        loaded();
        return { calcPrice: () => null };
      });
      const { genaiPrices: fresh } = jest.requireActual<typeof GenaiPrices>(
        '../../activities/genai-prices',
      );
      const prices = fresh();
      prices.costUsd(call({ usage: { inputTokens: 0, outputTokens: 0 } }));
      expect(loaded).not.toHaveBeenCalled();
      prices.costUsd(call());
      expect(loaded).toHaveBeenCalledTimes(1);
    });
    jest.dontMock('@pydantic/genai-prices');
  });
});

describe('prices of your own', () => {
  const list = { costUsd: () => 7 };
  const price = { inputPerMillion: 2, outputPerMillion: 10 };

  test.each([
    ['as the agent names it', 'fast'],
    ['as the provider names it', 'gpt-5-mini'],
    ['with its provider', 'openai:gpt-5-mini'],
    ['as it answered', 'gpt-5-mini-2025-08-07'],
    ['as it answered, with its provider', 'openai:gpt-5-mini-2025-08-07'],
  ])('name a model %s', (_how, name) => {
    const { costUsd } = createPrices({ own: { [name]: price }, list });
    const asked = call({ name: 'fast', answeredBy: 'gpt-5-mini-2025-08-07', chargedUsd: 5 });
    expect(costUsd(asked)).toBe(3);
  });

  test('the nearest name goes first', () => {
    const own = {
      'gpt-5-mini': { inputPerMillion: 1, outputPerMillion: 0 },
      fast: { inputPerMillion: 4, outputPerMillion: 0 },
    };
    expect(createPrices({ own, list }).costUsd(call({ name: 'fast' }))).toBe(4);
  });

  test('caches cost what other input costs, unless they say otherwise', () => {
    const usage = { ...used, cachedInputTokens: 400_000, cacheWriteTokens: 100_000 };
    const cachedInputPerMillion = 0.5;
    const cacheWritePerMillion = 3;
    const cost = (own: object) =>
      createPrices({ own: { fast: { ...price, ...own } }, list }).costUsd(
        call({ name: 'fast', usage }),
      );
    expect(cost({})).toBe(3);
    expect(cost({ cachedInputPerMillion })).toBe(0.6 * 2 + 0.4 * 0.5 + 1);
    expect(cost({ cachedInputPerMillion, cacheWritePerMillion })).toBe(
      0.5 * 2 + 0.4 * 0.5 + 0.1 * 3 + 1,
    );
  });

  test('a model that is not in the table: what the provider charged, else the list', () => {
    const { costUsd } = createPrices({ own: { other: price }, list });
    expect(costUsd(call({ chargedUsd: 0.0123 }))).toBe(0.0123);
    expect(costUsd(call({ chargedUsd: 0 }))).toBe(0);
    expect(costUsd(call())).toBe(7);
  });

  test('a free model costs 0, and one that counted nothing is not known', () => {
    const own = { fast: { inputPerMillion: 0, outputPerMillion: 0 } };
    const { costUsd } = createPrices({ own, list: { costUsd: () => null } });
    expect(costUsd(call({ name: 'fast' }))).toBe(0);
    const usage = { inputTokens: 0, outputTokens: 0 };
    expect(costUsd(call({ name: 'fast', usage }))).toBeNull();
  });

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['no number', NaN],
    ['less than nothing', -1],
  ])('a function that says %s does not know', (_what, answer) => {
    expect(createPrices({ own: () => answer, list }).costUsd(call())).toBe(7);
  });

  test('a function is told of the whole call', () => {
    const own = jest.fn(() => 0.5);
    const asked = call({ answeredBy: 'gpt-5-mini-2025-08-07', chargedUsd: 1 });
    expect(createPrices({ own, list }).costUsd(asked)).toBe(0.5);
    expect(own).toHaveBeenCalledWith(asked);
  });

  test('names of every object are no models', () => {
    const { costUsd } = createPrices({ own: {}, list });
    expect(costUsd(call({ name: 'constructor', model: 'toString' }))).toBe(7);
  });
});
