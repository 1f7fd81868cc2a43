import { genaiContextWindows } from '../../activities/genai-prices';

const { windowOf } = genaiContextWindows();

test.each([
  ['anthropic', 'claude-sonnet-4-5', 200_000],
  ['anthropic', 'claude-sonnet-4-5-20250929', 200_000],
  ['openai', 'gpt-4o', 128_000],
  ['openai-chat', 'gpt-4o', 128_000],
  ['gemini', 'models/gemini-2.5-flash', 1_048_576],
])('%s takes with %s %d tokens, as the price list knows', (provider, model, tokens) => {
  expect(windowOf({ provider, model })).toBe(tokens);
});

test.each([
  ['openai', 'gpt-of-tomorrow'],
  ['ollama', 'gpt-4o'],
  ['demo', 'demo'],
  ['nobody', ''],
])('of %s nobody knows what %s takes', (provider, model) => {
  expect(windowOf({ provider, model })).toBeUndefined();
});
