import fc from 'fast-check';
import {
  parseCancelQueued,
  parseDecide,
  parseEditQueued,
  parseInterrupt,
} from '../../workflows/decision-guards';
import type { Parsed } from '../../workflows/guard-values';
import { candidates, twins } from '../support/guard-twins';

const cases = 2_000;

test.each<[keyof typeof candidates, (raw: unknown) => Parsed<unknown>]>([
  ['decide', parseDecide],
  ['cancelQueued', parseCancelQueued],
  ['editQueued', parseEditQueued],
])('the guard of %s and its zod twin agree, and its reasons are short', (name, guard) => {
  let accepted = 0;
  const reasons = new Set<string>();
  fc.assert(
    fc.property(candidates[name], (raw) => {
      const parsed = guard(raw);
      expect(parsed.ok).toBe(twins[name](raw));
      if (parsed.ok) accepted += 1;
      else reasons.add(parsed.reason);
    }),
    { numRuns: cases, seed: 20_261_121 },
  );
  expect(accepted).toBeGreaterThan(cases / 4);
  expect(accepted).toBeLessThan((cases * 3) / 4);
  expect([...reasons].filter((it) => it.length > 300 || it.includes('cannot be read'))).toEqual([]);
});

test('what is taken is what was sent', () => {
  const message = { role: 'user', content: 'Hello.' };

  expect(parseDecide({ callId: 'a', approved: true, answer: 'Red.' })).toEqual({
    ok: true,
    value: { callId: 'a', approved: true, answer: 'Red.' },
  });
  expect(parseCancelQueued({ messageIds: ['m1'], more: 1 })).toEqual({
    ok: true,
    value: { messageIds: ['m1'] },
  });
  expect(parseEditQueued({ messageId: 'm1', message: { ...message, seq: 4 } })).toEqual({
    ok: true,
    value: { messageId: 'm1', message },
  });
});

test('what throws when it is read is refused', () => {
  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error('no');
      },
    },
  );

  for (const parse of [parseDecide, parseCancelQueued, parseEditQueued, parseInterrupt]) {
    expect(parse(hostile).ok).toBe(false);
    expect(parse({ undecodable: 'no JSON' })).toEqual({
      ok: false,
      reason: 'The payload cannot be decoded: no JSON',
    });
  }
});

test.each<[unknown, object]>([
  [undefined, { ok: true, value: {} }],
  [null, { ok: true, value: {} }],
  [{ more: 1 }, { ok: true, value: {} }],
  [
    { turn: 3, more: 1 },
    { ok: true, value: { turn: 3 } },
  ],
  [{ turn: '3' }, { ok: false, reason: '`turn` must be the number of a turn.' }],
  [{ turn: -1 }, { ok: false, reason: '`turn` must be the number of a turn.' }],
  ['now', { ok: false, reason: 'Expected nothing or { turn? }, got "now".' }],
])('who interrupts may say which turn: %j', (raw, parsed) => {
  expect(parseInterrupt(raw)).toEqual(parsed);
});
