import type { ReActAgent } from '../../agent/agent';
import { contentToText, userMessage } from '../../agent/messages';
import {
  isSummaryRequest,
  summaryLimitBytes,
  summaryRequest,
  summaryWords,
  toSummarising,
  toSummaryMessage,
} from '../../agent/summary';

const tool = { name: 'look', description: 'Looks.', inputSchema: {} };
const agent: ReActAgent = { name: 'a', model: 'm', instructions: 'Be brief.', tools: [tool] };

test('a summary says who wrote it, how much it stands for, and what its marks mean', () => {
  const message = toSummaryMessage('Sunny.', 42);

  expect(message).toEqual({ role: 'user', isSummary: true, content: expect.any(String) });
  const words = contentToText(message.content);
  expect(words).toContain('Summary of the 42 messages before this one');
  expect(words).toContain('written by the model, not by the user');
  expect(words).toContain('[from tool NAME]');
  expect(words.endsWith('\n\nSunny.')).toBe(true);
});

test('the request for one demands marks, and says how long it may be', () => {
  const words = contentToText(summaryRequest(32_000).content);

  expect(words).toContain('[from tool NAME]');
  expect(words).toContain(`at most ${summaryWords(32_000)} words`);
  expect(isSummaryRequest(summaryRequest(undefined))).toBe(true);
  expect(isSummaryRequest(userMessage('Summarise!'))).toBe(false);
  expect(isSummaryRequest(undefined)).toBe(false);
});

test('its length goes by the window, within reason', () => {
  expect([1_000, 32_000, 200_000, undefined].map(summaryWords)).toEqual([100, 1_920, 2_500, 2_500]);
  // Words of any language, and never more than a third of the window.
  expect(summaryLimitBytes(32_000)).toBeLessThan(32_000);
  expect(summaryLimitBytes(undefined)).toBe(40_000);
});

describe('the agent that writes it', () => {
  test('begins its prompt as the agent does, so that the cache holds', () => {
    const talking = { ...agent, settings: { reasoning: 'low', temperature: 0 } } as const;

    expect(toSummarising(talking, true)).toEqual(talking);
  });

  test('is free to write: no format, no length of its own, no forced call', () => {
    const bound: ReActAgent = {
      ...agent,
      output: { type: 'object' },
      settings: { toolChoice: 'required', maxOutputTokens: 10, stop: ['.'], temperature: 0 },
    };

    expect(toSummarising(bound, true)).toEqual({
      ...agent,
      settings: { toolChoice: 'auto', temperature: 0 },
    });
  });

  test('is forbidden to call tools once it did, if it has any', () => {
    expect(toSummarising(agent, false).settings).toEqual({ toolChoice: 'none' });
    expect(toSummarising({ ...agent, tools: [] }, false).settings).toEqual({});
  });
});
