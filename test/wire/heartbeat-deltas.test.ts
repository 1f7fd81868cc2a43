import { defaultPayloadConverter } from '@temporalio/common';
import fc from 'fast-check';
import type { DeltaWriter } from '../../wire/delta-channel';
import {
  HeartbeatDeltas,
  parseDeltaSnapshot,
  textLimitBytes,
  thinkingLimitBytes,
} from '../../wire/heartbeat-deltas';

const source = { turn: 2, step: 3, attempt: 1 };
const conversation = { namespace: 'default', id: 'chat' };

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

function newDeltas(): { deltas: DeltaWriter; beats: () => number } {
  let beats = 0;
  const channel = new HeartbeatDeltas();
  const deltas = channel.open({ conversation, source, onDetails: () => (beats += 1) });
  return { deltas, beats: () => beats };
}

/** Writes `pieces` and checks after each that the snapshot is the end of what was written, within the limit. */
function writeAll(deltas: DeltaWriter, pieces: readonly string[]): string {
  let written = '';
  for (const piece of pieces) {
    const before = deltas.details.offset;
    deltas.write({ text: piece });
    written += piece;
    const { text, offset } = deltas.details;
    if (written.slice(offset) !== text) throw new Error(`The text at ${offset} is another.`);
    if (offset < before) throw new Error(`The offset fell from ${before} to ${offset}.`);
    if (Buffer.byteLength(text) > textLimitBytes) throw new Error('The text is too long.');
  }
  return written;
}

test('the text so far, and where it belongs', () => {
  const { deltas } = newDeltas();
  expect(deltas.details).toEqual({ ...source, offset: 0, text: '' });

  deltas.write({ text: 'The sum' });
  deltas.write({ text: ' is five.' });

  expect(deltas.details).toEqual({ ...source, offset: 0, text: 'The sum is five.' });
});

test('the first piece is told at once, the next ones in the pace of the interval, many in one beat', () => {
  const { deltas, beats } = newDeltas();
  deltas.write({ text: 'The' });
  expect(beats()).toBe(1);

  for (const text of [' sum', ' is', ' five.']) deltas.write({ text });
  expect(beats()).toBe(1);
  jest.advanceTimersByTime(50);
  expect(beats()).toBe(2);
  jest.advanceTimersByTime(5_000);
  expect(beats()).toBe(2);
});

test('a piece every millisecond makes no more than twenty beats a second', () => {
  const { deltas, beats } = newDeltas();
  for (let millisecond = 0; millisecond < 1_000; millisecond++) {
    deltas.write({ text: '·' });
    jest.advanceTimersByTime(1);
  }

  expect(beats()).toBeGreaterThanOrEqual(19);
  expect(beats()).toBeLessThanOrEqual(21);
});

test('what tells nothing that a reader waits for, and what comes after the end, makes no beat', () => {
  const { deltas, beats } = newDeltas();
  deltas.write({ text: '', promptDigest: 'abc' });
  expect(beats()).toBe(0);

  deltas.write({ text: 'The' });
  deltas.write({ text: ' sum' });
  deltas.end();
  jest.advanceTimersByTime(5_000);

  expect(beats()).toBe(1);
  expect(jest.getTimerCount()).toBe(0);
});

test('of a long reasoning the end is told, and where it begins; the text beside it is whole', () => {
  const { deltas } = newDeltas();
  const thinking = '0123456789'.repeat(thinkingLimitBytes / 4);
  deltas.write({ thinking });
  deltas.write({ text: 'Five.' });

  const { details } = deltas;
  const { offset, text } = details.thinking!;
  expect(offset + text.length).toBe(thinking.length);
  expect(thinking.slice(offset)).toBe(text);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(thinkingLimitBytes);
  expect(text.length).toBeGreaterThan(2_000);
  expect(details).toMatchObject({ offset: 0, text: 'Five.' });
});

test('the digest of the prompt is told once it is known, and stays', () => {
  const { deltas } = newDeltas();
  deltas.write({ text: 'The sum' });
  expect(deltas.details).not.toHaveProperty('promptDigest');

  deltas.write({ text: ' is', promptDigest: 'abc' });
  deltas.write({ text: ' five.' });

  expect(deltas.details).toMatchObject({ text: 'The sum is five.', promptDigest: 'abc' });
});

test.each([
  { what: 'one byte', character: 'x' },
  { what: 'two bytes', character: 'é' },
  { what: 'three bytes', character: '€' },
  { what: 'two units and four bytes', character: '😀' },
])('64 KiB of characters of $what are kept whole, one more cuts to the tail', ({ character }) => {
  const { deltas } = newDeltas();
  const whole = character.repeat(Math.floor(textLimitBytes / Buffer.byteLength(character)));
  deltas.write({ text: whole });
  expect(deltas.details).toEqual({ ...source, offset: 0, text: whole });

  deltas.write({ text: character });

  const { text, offset } = deltas.details;
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

    const { text, offset } = deltas.details;
    expect(offset).toBeGreaterThan(0);
    expect(text.isWellFormed()).toBe(true);
    expect(written.slice(0, offset).isWellFormed()).toBe(true);
  },
);

test('a piece longer than the limit leaves its own tail', () => {
  const { deltas } = newDeltas();
  const written = writeAll(deltas, ['Before.', '0123456789'.repeat(100_000)]);

  const { text, offset } = deltas.details;
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
  deltas.write({ text: '\u0000'.repeat(textLimitBytes) });
  deltas.write({ thinking: '\u0000'.repeat(thinkingLimitBytes) });

  const payload = defaultPayloadConverter.toPayload(deltas.details);

  expect(payload.data!.length).toBeGreaterThan(5 * textLimitBytes);
  expect(payload.data!.length).toBeLessThan(1024 * 1024);
});

test('details are read back as they were written, through a payload', () => {
  const { deltas } = newDeltas();
  deltas.write({ text: 'Grüße 😀\n' });
  const payload = defaultPayloadConverter.toPayload(deltas.details);

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
  { ...source, offset: 0, text: '', thinking: 'Well.' },
  { ...source, offset: 0, text: '', thinking: { offset: 0 } },
])('details of another kind are no deltas: %j', (details) => {
  expect(parseDeltaSnapshot(details)).toBeUndefined();
});
