import fc from 'fast-check';
import { textResponse, toolCallResponse } from '../../activities/models/scripted-model';
import { Memory } from '../../agent/memory';
import { userMessage } from '../../agent/messages';
import type { Message } from '../../agent/model';
import type { CutPlan, CutRequest } from '../../workflows/compaction';
import { isCut, limitTokens, planCut, tailTokens } from '../../workflows/compaction';
import { rememberTokens } from '../../workflows/prompt-estimate';
import type { Talk } from '../support/long-talk';
import { anyTalk, longTurn } from '../support/long-talk';

const count = rememberTokens();
const tokensOf = (messages: readonly Message[]) =>
  messages.reduce((sum, message) => sum + count(message), 0);
/** What the running turn's user said stays in any case. */
const tailOf = ({ messages, keepFrom }: Talk, { length }: CutPlan) =>
  messages.filter(
    (message, index) =>
      index >= length && !(message.role === 'user' && index >= keepFrom && !message.isRepair),
  );

function plan({ messages, keepFrom }: Talk, overrides: Partial<CutRequest> = {}) {
  return planCut({
    messages,
    keepFrom,
    countedFrom: 0,
    agentTokens: 100,
    count,
    headLength: 0,
    tailTokens: 1_000,
    isForced: true,
    ...overrides,
  });
}

/** Memory before the plan and after it. */
function carriedOut({ messages, keepFrom }: Talk, { length }: CutPlan): Memory {
  const memory = Memory.from({ firstSeq: 0, messages });
  memory.compact({ length, keepFrom, summary: 'S.' });
  return memory;
}

const runs = { numRuns: 2_000, seed: 20_261_121 };

describe('whatever was said', () => {
  test('every message is summarised or kept, and what the running turn’s user said is always kept', () => {
    let cuts = 0;
    fc.assert(
      fc.property(anyTalk, fc.nat({ max: 6_000 }), (talk, tail) => {
        const planned = plan(talk, { tailTokens: tail });
        if (!planned) return;
        cuts += 1;
        const { messages, keepFrom } = talk;
        const memory = carriedOut(talk, planned);
        const kept = messages
          .slice(keepFrom, planned.length)
          .filter((message) => message.role === 'user' && !message.isRepair);

        expect(memory.messages[0]).toMatchObject({ role: 'user', isSummary: true });
        expect(memory.messages.slice(1)).toEqual([...kept, ...messages.slice(planned.length)]);
        expect(planned.length - kept.length).toBeGreaterThan(0);
        expect(memory.nextSeq).toBe(messages.length);
      }),
      runs,
    );
    expect(cuts).toBeGreaterThan(1_000);
  });

  test('no call is parted from its result, no repair from its answers, no pause from its end', () => {
    fc.assert(
      fc.property(anyTalk, fc.nat({ max: 6_000 }), (talk, tail) => {
        const planned = plan(talk, { tailTokens: tail });
        if (!planned) return;
        const { messages } = talk;
        const [before, after] = [messages[planned.length - 1], messages[planned.length]];
        // Memory itself refuses a result without its call, and a call without its result.
        expect(() =>
          Memory.from({
            firstSeq: 0,
            messages: messages.slice(0, planned.length),
          }).requireSendable(),
        ).not.toThrow();
        expect(() => carriedOut(talk, planned).requireSendable()).not.toThrow();
        expect(
          [before, after].some((message) => message?.role === 'user' && message.isRepair),
        ).toBe(false);
        expect(before?.role === 'assistant' && before.finishReason === 'pause').toBe(false);
      }),
      runs,
    );
  });

  test('the tail keeps to its limit, unless the last step alone is longer; and the last step is never cut', () => {
    const seen = { within: 0, beyond: 0 };
    fc.assert(
      fc.property(anyTalk, fc.nat({ max: 6_000 }), (talk, tail) => {
        const planned = plan(talk, { tailTokens: tail });
        if (!planned) return;
        const { messages } = talk;
        const isWithin = tokensOf(tailOf(talk, planned)) <= tail;
        seen[isWithin ? 'within' : 'beyond'] += 1;
        const later = messages.findIndex(
          (message, index) => index > planned.length && isCut(messages[index - 1], message),
        );
        // One cut further on would be the only way to keep to it.
        expect(isWithin || later < 0).toBe(true);
        expect(messages.slice(planned.length).length).toBeGreaterThan(0);
      }),
      runs,
    );
    expect(Math.min(seen.within, seen.beyond)).toBeGreaterThan(100);
  });

  test('a request for a summary keeps to its limit, unless the first messages alone are longer', () => {
    const seen = { pieces: 0, tooLong: 0 };
    fc.assert(
      fc.property(anyTalk, fc.integer({ min: 200, max: 8_000 }), (talk, requestTokens) => {
        const whole = plan(talk);
        const planned = plan(talk, { requestTokens });
        expect(planned === undefined).toBe(whole === undefined);
        if (!planned || !whole) return;
        expect(planned.length).toBeLessThanOrEqual(whole.length);
        expect(planned.isLast).toBe(planned.length === whole.length);
        expect(planned.isTooLong).toBe(planned.promptTokens > requestTokens);
        if (!planned.isLast) seen.pieces += 1;
        if (planned.isTooLong) seen.tooLong += 1;
      }),
      runs,
    );
    expect(Math.min(seen.pieces, seen.tooLong)).toBeGreaterThan(100);
  });

  test('piece by piece it comes to the same, in finitely many steps', () => {
    fc.assert(
      fc.property(anyTalk, (talk) => {
        const whole = plan(talk);
        if (!whole) return;
        const memory = Memory.from({ firstSeq: 0, messages: talk.messages });
        for (let piece = 0; ; piece++) {
          expect(piece).toBeLessThan(100);
          const { headLength } = memory;
          const planned = plan(
            {
              messages: memory.messages,
              keepFrom: headLength + Math.max(0, talk.keepFrom - memory.firstSeq),
            },
            { headLength, requestTokens: 2_000, countedFrom: memory.countedFrom },
          );
          if (!planned) break;
          memory.compact({ length: planned.length, keepFrom: talk.keepFrom, summary: 'S.' });
          if (planned.isLast) break;
        }
        expect(memory.messages.slice(1)).toEqual(carriedOut(talk, whole).messages.slice(1));
      }),
      { ...runs, numRuns: 500 },
    );
  });
});

describe('a turn that is too long by itself', () => {
  const messages = longTurn(100, 600);
  const talk = { messages, keepFrom: 0 };

  test('is cut inside; its question stays', () => {
    const planned = plan(talk, { tailTokens: 2_000 })!;
    const memory = carriedOut(talk, planned);

    expect(memory.messages.slice(0, 2)).toMatchObject([{ isSummary: true }, messages[0]]);
    expect(tokensOf(messages.slice(planned.length))).toBeLessThanOrEqual(2_000);
    expect(planned.messages).toBe(planned.length);
  });

  test('is cut once more when it has grown again, and its question stays', () => {
    const memory = carriedOut(talk, plan(talk, { tailTokens: 2_000 })!);
    for (const message of longTurn(50, 600).slice(1)) memory.append(message);
    const { headLength } = memory;
    const again = plan(
      { messages: memory.messages, keepFrom: headLength },
      { headLength, tailTokens: 1_000 },
    )!;
    memory.compact({ length: again.length, keepFrom: 0, summary: 'S2.' });

    expect(headLength).toBe(2);
    expect(memory.messages[0]!.content).toContain('S2.');
    expect(memory.messages[1]).toBe(messages[0]);
    expect(memory.messages[2]!.role).toBe('assistant');
  });
});

describe('there is nothing to cut', () => {
  const short = [userMessage('1?'), textResponse('1.'), userMessage('2?')];

  test.each([
    ['in a conversation that has just begun', { messages: [userMessage('1?')], keepFrom: 0 }, 0],
    ['before the first answer’s end', { messages: longTurn(1, 10), keepFrom: 0 }, 0],
    ['where all of it may stay', { messages: short, keepFrom: 2 }, 1_000],
  ])('%s', (_what, talk, tail) => {
    expect(plan(talk, { tailTokens: tail })).toBeUndefined();
  });

  test('that would be worth a request, unless somebody asks for it', () => {
    const messages = [...short, textResponse('x'.repeat(30_000)), userMessage('3?')];
    const talk = { messages, keepFrom: 4 };
    const cutBefore = { tailTokens: tokensOf(messages.slice(2)) };

    expect(plan(talk, { ...cutBefore, isForced: false })).toBeUndefined();
    expect(plan(talk, cutBefore)).toMatchObject({ length: 2 });
  });
});

test('neighbours that belong together', () => {
  const calls = toolCallResponse([{ name: 'look', id: 'a' }]);
  const repair: Message = { role: 'user', content: 'Again.', isRepair: true };
  const paused = textResponse('…', { finishReason: 'pause' });
  const answer = textResponse('Yes.');
  const result: Message = {
    role: 'tool_response',
    toolCallId: 'a',
    toolName: 'look',
    content: [],
    isError: false,
  };

  expect(
    [
      [calls, result],
      [result, result],
      [answer, repair],
      [repair, answer],
      [paused, answer],
      [answer, undefined],
      [undefined, answer],
    ].map(([before, after]) => isCut(before, after)),
  ).toEqual(Array(7).fill(false));
  expect(
    [
      [result, answer],
      [result, calls],
      [answer, userMessage('2?')],
      [userMessage('1?'), calls],
    ].map(([before, after]) => isCut(before, after)),
  ).toEqual(Array(4).fill(true));
});

test('the limit is a share of the window, three quarters of it unless the agent says otherwise', () => {
  expect([
    limitTokens(undefined, 32_000),
    limitTokens({ compactAt: 0.5 }, 32_000),
    limitTokens({ compactAt: 1 }, 32_000),
    limitTokens({ compactAt: 0.5 }, undefined),
  ]).toEqual([24_000, 16_000, 32_000, undefined]);
});

test('the tail is a quarter of the window, or of a prompt that is shorter; less of it the harder it has to be', () => {
  expect([0, 1, 2].map((hardness) => tailTokens(40_000, 32_000, hardness))).toEqual([
    8_000, 4_000, 0,
  ]);
  expect(tailTokens(4_000, 32_000, 0)).toBe(1_000);
  expect(tailTokens(4_000, undefined, 0)).toBe(1_000);
});
