import fc from 'fast-check';
import { cutToBytes, jsonBytes } from '../../agent/json';
import { compactLabel, thinkLabel, toolLabel } from '../../workflows/labels';

/** What the server allows, less the payload's frame: its encoding and the lengths of its fields. */
const summaryBytes = 400 - 30;

test('thinking is labelled with its step and model', () => {
  expect(thinkLabel(2, 'gpt-5-mini')).toBe('think · step 2 · gpt-5-mini');
});

test('a compaction is labelled with how many messages give way', () => {
  expect([compactLabel(42), compactLabel(1)]).toEqual([
    'compact · 42 messages',
    'compact · 1 message',
  ]);
});

test.each([
  ['no argument', {}, 'dice()'],
  ['one text', { expression: '2+3' }, 'dice(2+3)'],
  ['one number', { sides: 6 }, 'dice(6)'],
  ['one truth value', { loaded: false }, 'dice(false)'],
  ['one object', { at: { x: 1 } }, 'dice({"at":{"x":1}})'],
  ['one list', { rolls: [1, 2] }, 'dice({"rolls":[1,2]})'],
  ['one null', { seed: null }, 'dice({"seed":null})'],
  ['two', { from: 'a', to: 'b' }, 'dice({"from":"a","to":"b"})'],
  ['text of several lines', { note: 'a\n\n  b\tc ' }, 'dice(a b c )'],
])('a tool is labelled with its arguments: %s', (_name, toolArguments, label) => {
  expect(toolLabel('dice', toolArguments)).toBe(label);
});

test('a label ends at 200 characters with an ellipsis', () => {
  const label = toolLabel('write', { text: 'x'.repeat(1_000_000) });

  expect(label).toBe(`write(${'x'.repeat(193)}…`);
  expect(label).toHaveLength(200);
  expect(toolLabel('write', { text: 'x'.repeat(193) })).toBe(`write(${'x'.repeat(193)})`);
  expect(thinkLabel(1, 'm'.repeat(300))).toHaveLength(200);
});

test('a pair of surrogates that the cut would divide, or that came divided, is replaced', () => {
  const odd = toolLabel('write', { text: '😀'.repeat(300) });
  const even = toolLabel('writes', { text: '😀'.repeat(300) });

  expect([odd, even].map((label) => label.toWellFormed())).toEqual([odd, even]);
  expect(toolLabel('write', { text: 'a\ud83db' })).toBe('write(a\ufffdb)');
});

test('a label of any script fits the 400 bytes that the server takes', () => {
  let cuts = 0;
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 500 }),
      fc.constantFrom(1, 50, 500),
      (unit, times) => {
        const label = toolLabel('tool', { text: unit.repeat(times) });
        expect(jsonBytes(label)).toBeLessThanOrEqual(summaryBytes);
        expect(label.length).toBeLessThanOrEqual(200);
        expect(label).toBe(label.toWellFormed());
        if (label.endsWith('…')) cuts += 1;
      },
    ),
    { numRuns: 1_000, seed: 7 },
  );
  expect(cuts).toBeGreaterThan(300);
  for (const text of ['你', '\u0000', '\ud83d', '"', '😀']) {
    const label = toolLabel('tool', { text: text.repeat(1_000) });
    expect(jsonBytes(label)).toBeLessThanOrEqual(summaryBytes);
    expect(jsonBytes(label)).toBeGreaterThan(150);
  }
});

test('what fits is not cut, and of what does not a good part is kept', () => {
  const mixed = `${'x'.repeat(5_000)}${'你'.repeat(5_000)}`;

  expect(cutToBytes('你好', 8)).toBe('你好');
  expect(cutToBytes('你好吗', 9)).toBe('你…');
  expect(cutToBytes('', 2)).toBe('');
  expect(cutToBytes('\u0000'.repeat(59), 360)).toHaveLength(59);
  expect(jsonBytes(cutToBytes('\u0000'.repeat(60), 360))).toBeLessThanOrEqual(360);
  expect(cutToBytes(mixed, 9_000)).toMatch(/^x{4000,5000}你*…$/);
});
