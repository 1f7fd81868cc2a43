import { defaultPayloadConverter } from '@temporalio/common';
import fc from 'fast-check';
import { HeartbeatDeltas, parseDeltaSnapshot, textLimitBytes } from '../../wire/heartbeat-deltas';

const source = { turn: 2, step: 3, attempt: 1 };

function newDeltas(): { deltas: HeartbeatDeltas; changes: () => number } {
  let changes = 0;
  return { deltas: new HeartbeatDeltas(source, () => changes++), changes: () => changes };
}

/** Writes `pieces` and checks after each that the snapshot is the end of what was written, within the limit. */
function writeAll(deltas: HeartbeatDeltas, pieces: readonly string[]): string {
  let written = '';
  for (const piece of pieces) {
    const before = deltas.snapshot().offset;
    deltas.write(piece);
    written += piece;
    const { text, offset } = deltas.snapshot();
    if (written.slice(offset) !== text) throw new Error(`The text at ${offset} is another.`);
    if (offset < before) throw new Error(`The offset fell from ${before} to ${offset}.`);
    if (Buffer.byteLength(text) > textLimitBytes) throw new Error('The text is too long.');
  }
  return written;
}

test('the text so far, where it belongs, and one call for each piece', () => {
  const { deltas, changes } = newDeltas();
  expect(deltas.snapshot()).toEqual({ ...source, offset: 0, text: '' });

  deltas.write('The sum');
  deltas.write(' is five.');

  expect(deltas.snapshot()).toEqual({ ...source, offset: 0, text: 'The sum is five.' });
  expect(changes()).toBe(2);
});

test('the digest of the prompt is told once it is known, and stays', () => {
  const { deltas } = newDeltas();
  deltas.write('The sum');
  expect(deltas.snapshot()).not.toHaveProperty('promptDigest');

  deltas.write(' is', 'abc');
  deltas.write(' five.');

  expect(deltas.snapshot()).toMatchObject({ text: 'The sum is five.', promptDigest: 'abc' });
});

test.each([
  { what: 'one byte', character: 'x' },
  { what: 'two bytes', character: 'é' },
  { what: 'three bytes', character: '€' },
  { what: 'two units and four bytes', character: '😀' },
])('64 KiB of characters of $what are kept whole, one more cuts to the tail', ({ character }) => {
  const { deltas } = newDeltas();
  const whole = character.repeat(Math.floor(textLimitBytes / Buffer.byteLength(character)));
  deltas.write(whole);
  expect(deltas.snapshot()).toEqual({ ...source, offset: 0, text: whole });

  deltas.write(character);

  const { text, offset } = deltas.snapshot();
  expect(offset).toBeGreaterThan(0);
  expect(offset + text.length).toBe(whole.length + character.length);
  expect(text).toBe(character.repeat(text.length / character.length));
  expect(text.length).toBeGreaterThan(10_000);
  expect(text.isWellFormed()).toBe(true);
});

test.each([0, 1, 2, 3])(
  'the cut is never in the middle of a character of two units (%i units before it)',
  (unitsBefore) => {
    const { deltas } = newDeltas();
    const written = writeAll(deltas, [
      'x'.repeat(unitsBefore),
      '😀'.repeat(textLimitBytes / 4),
      '!',
    ]);

    const { text, offset } = deltas.snapshot();
    expect(offset).toBeGreaterThan(0);
    expect(text.isWellFormed()).toBe(true);
    expect(written.slice(0, offset).isWellFormed()).toBe(true);
  },
);

test('a piece longer than the limit leaves its own tail', () => {
  const { deltas } = newDeltas();
  const written = writeAll(deltas, ['Before.', '0123456789'.repeat(100_000)]);

  const { text, offset } = deltas.snapshot();
  expect(offset + text.length).toBe(written.length);
  expect(text).toBe(written.slice(offset));
});

test('whatever is written in whatever pieces, text and offset fit together and to the limit', () => {
  const piece = fc
    .tuple(
      fc.constantFrom('x', 'é', '€', '😀', 'ab\n', '\u0000', '\ud83d', '\ude00', 'e\u0301'),
      fc.integer({ min: 0, max: 30_000 }),
    )
    .map(([character, times]) => character.repeat(times));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      expect(writeAll(newDeltas().deltas, pieces)).toBe(pieces.join(''));
    }),
    { numRuns: 60 },
  );
});

test('the largest details are far below the 2 MiB that would fail the attempt', () => {
  const { deltas } = newDeltas();
  deltas.write('\u0000'.repeat(textLimitBytes));

  const payload = defaultPayloadConverter.toPayload(deltas.snapshot());

  expect(payload.data!.length).toBeGreaterThan(5 * textLimitBytes);
  expect(payload.data!.length).toBeLessThan(1024 * 1024);
});

test('details are read back as they were written, through a payload', () => {
  const { deltas } = newDeltas();
  deltas.write('Grüße 😀\n');
  const payload = defaultPayloadConverter.toPayload(deltas.snapshot());

  expect(parseDeltaSnapshot(defaultPayloadConverter.fromPayload(payload))).toEqual({
    ...source,
    offset: 0,
    text: 'Grüße 😀\n',
  });
});

test.each([
  undefined,
  null,
  'text',
  7,
  [],
  {},
  { ...source, offset: 0 },
  { ...source, offset: 0, text: 7 },
  { ...source, offset: '0', text: '' },
  { ...source, offset: 0.5, text: '' },
  { turn: 1, step: 1, offset: 0, text: '' },
])('details of another kind are no deltas: %j', (details) => {
  expect(parseDeltaSnapshot(details)).toBeUndefined();
});
