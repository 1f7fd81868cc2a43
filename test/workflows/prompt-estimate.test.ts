import { textResponse } from '../../activities/models/scripted-model';
import { jsonBytes } from '../../agent/json';
import type { ContentBlock } from '../../agent/messages';
import { text, userMessage } from '../../agent/messages';
import type { Message } from '../../agent/model';
import type { PromptParts } from '../../workflows/prompt-estimate';
import {
  agentTokens,
  estimatePrefixes,
  estimateTokens,
  messageTokens,
  rememberTokens,
} from '../../workflows/prompt-estimate';

const counted = (inputTokens: number, outputTokens: number) =>
  textResponse('Yes.', { usage: { inputTokens, outputTokens } });
const guess = (message: Message) => Math.ceil(jsonBytes(message) / 3);

const parts = (
  messages: readonly Message[],
  overrides: Partial<PromptParts> = {},
): PromptParts => ({
  messages,
  countedFrom: 0,
  agentTokens: 1_000,
  count: messageTokens,
  ...overrides,
});

describe('the next prompt is', () => {
  const [first, answer, second] = [userMessage('1?'), counted(500, 20), userMessage('2?')];

  test('what the provider last counted, its answer, and a guess at what came after', () => {
    expect(estimateTokens(parts([first, answer, second]))).toBe(520 + guess(second));
    expect(estimateTokens(parts([first, answer]))).toBe(520);
    expect(estimateTokens(parts([first, answer, second, counted(700, 1)]))).toBe(701);
  });

  test('a guess at all of it, where the provider has not counted', () => {
    const silent = textResponse('Yes.');
    expect(estimateTokens(parts([first, silent]))).toBe(1_000 + guess(first) + guess(silent));
    expect(estimateTokens(parts([]))).toBe(1_000);
  });

  test('not what was counted for another beginning', () => {
    const messages = [first, answer, second];
    expect(estimateTokens(parts(messages, { countedFrom: 2 }))).toBe(
      1_000 + guess(first) + guess(answer) + guess(second),
    );
  });

  test('the same for every beginning of it', () => {
    const messages = [
      first,
      answer,
      second,
      textResponse('No.'),
      userMessage('3?'),
      counted(900, 5),
    ];
    for (const countedFrom of [0, 2, 6]) {
      expect(estimatePrefixes(parts(messages, { countedFrom }))).toEqual(
        [0, 1, 2, 3, 4, 5, 6].map((length) =>
          estimateTokens(parts(messages.slice(0, length), { countedFrom })),
        ),
      );
    }
  });
});

describe('a message', () => {
  test('counts a third of its bytes', () => {
    expect(messageTokens(userMessage('你'.repeat(300)))).toBe(guess(userMessage('你'.repeat(300))));
    expect(messageTokens(userMessage('x'.repeat(3_000)))).toBeGreaterThan(1_000);
  });

  test.each<[string, ContentBlock, number]>([
    [
      'a picture, as a picture',
      { type: 'image', mimeType: 'image/png', data: 'A'.repeat(900_000) },
      2_000,
    ],
    [
      'a sound, by its length',
      { type: 'audio', mimeType: 'audio/mp3', data: 'A'.repeat(90_000) },
      3_000,
    ],
    [
      'a document, by its length',
      { type: 'resource', resource: { uri: 'a:', blob: 'A'.repeat(90_000) } },
      3_000,
    ],
  ])('counts %s', (_what, block, tokens) => {
    const words = messageTokens(userMessage([text('Look.')]));

    expect(messageTokens(userMessage([text('Look.'), block]))).toBeGreaterThan(words + tokens);
    expect(messageTokens(userMessage([text('Look.'), block]))).toBeLessThan(words + tokens + 100);
  });

  test('is looked at once', () => {
    const count = rememberTokens();
    const message = { ...userMessage('x'), toJSON: jest.fn(() => ({ role: 'user' })) };

    expect([count(message), count(message)]).toEqual([5, 5]);
    expect(message.toJSON).toHaveBeenCalledTimes(1);
  });
});

test('an agent counts with its instructions and tools, and whatever else each prompt holds', () => {
  const agent = { name: 'a', model: 'm', instructions: 'x'.repeat(300), tools: [] };
  const tool = { name: 'look', description: 'x'.repeat(3_000), inputSchema: {} };

  expect(agentTokens(agent)).toBeGreaterThan(100);
  expect(agentTokens({ ...agent, tools: [tool] }) - agentTokens(agent)).toBeGreaterThan(1_000);
});
