import type { DeltaSnapshot } from '../../wire/delta-channel';
import { DeltaFeed, isOutdated } from '../../wire/delta-feeds';

function piece(call: string | undefined, attempt: number, text: string, offset = 0): DeltaSnapshot {
  return { turn: 1, step: 1, attempt, text, offset, ...(call !== undefined && { call }) };
}

/** What a feed has of `pieces`, as a channel puts them there. */
function newest(...pieces: readonly DeltaSnapshot[]): DeltaSnapshot | undefined {
  const feed = new DeltaFeed();
  for (const one of pieces) if (!isOutdated(one, feed.newest)) feed.put(one);
  return feed.newest;
}

test('a call that a reset starts once more is another one: no text of both, and nothing late of the first', () => {
  const first = [piece('a', 1, ''), piece('a', 1, 'The sum is')];

  expect(newest(...first, piece('b', 1, ''))).toEqual(piece('b', 1, ''));
  expect(
    newest(...first, piece('b', 1, ''), piece('b', 1, 'Five'), piece('a', 1, ' five.', 10)),
  ).toEqual(piece('b', 1, 'Five'));
});

test('a call whose attempts are named is not begun anew by what is late of an earlier one', () => {
  const pieces = [piece('a', 2, ''), piece('a', 2, 'Five'), piece('a', 1, '')];

  expect(newest(...pieces)).toEqual(piece('a', 2, 'Five'));
});

test('an older worker does not name them: whatever begins is new', () => {
  const pieces = [piece(undefined, 2, ''), piece(undefined, 2, 'Five')];

  expect(newest(...pieces, piece(undefined, 1, ''))).toEqual(piece(undefined, 1, ''));
  expect(newest(...pieces, piece(undefined, 1, 'Late'))).toEqual(piece(undefined, 2, 'Five'));
});

test('who is slow finds the new call alone', async () => {
  const feed = new DeltaFeed();
  const leaving = new AbortController();
  const reading = feed.read(leaving.signal);
  feed.put(piece('a', 1, 'The sum'));
  const first = await reading.next();
  for (const one of [piece('a', 1, ' is', 7), piece('b', 1, ''), piece('b', 1, 'Five')])
    feed.put(one);
  const second = await reading.next();
  leaving.abort();

  expect([first.value, second.value]).toEqual([piece('a', 1, 'The sum'), piece('b', 1, 'Five')]);
});
