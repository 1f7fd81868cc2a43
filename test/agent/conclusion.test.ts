import { describeLimit, isConcluding, toConclusion } from '../../agent/conclusion';
import type { Overrun } from '../../agent/budget';
import { userMessage } from '../../agent/messages';

test.each<[Overrun, string]>([
  [{ name: 'steps', limit: 3, spent: 3 }, '3 model calls of this turn'],
  [{ name: 'toolCalls', limit: 5, spent: 6 }, '5 tool calls of this turn'],
  [{ name: 'tokens', limit: 350, spent: 400 }, '350 tokens of this turn'],
  [{ name: 'costUsd', limit: 0.25, spent: 0.3 }, '$0.25 of this turn'],
  [{ name: 'wallMs', limit: 90_000, spent: 91_000 }, '90 s of this turn'],
  [{ name: 'repeatedCalls', limit: 3, spent: 3 }, '3 identical steps of this turn'],
])('a limit in words: %j', (overrun, words) => {
  expect(describeLimit('turn', overrun)).toBe(words);
});

test('only the word to conclude, and only as the last word, makes the next answer the last', () => {
  const conclusion = toConclusion('conversation', { name: 'costUsd', limit: 1, spent: 1.2 });

  expect(conclusion).toEqual({
    role: 'user',
    isConclusion: true,
    content:
      'The limit of $1 of this conversation is reached. No more tools can be called. Conclude now: answer with what you have, and say what is missing.',
  });
  expect(isConcluding([userMessage('Hello.'), conclusion])).toBe(true);
  expect(isConcluding([conclusion, userMessage('Hello.')])).toBe(false);
  expect(isConcluding([])).toBe(false);
});
