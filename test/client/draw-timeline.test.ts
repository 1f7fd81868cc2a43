import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { drawTimeline } from '../../client/draw-timeline';
import { toBar } from '../../client/timeline/bar';
import { cellsOf, column, fit } from '../../client/timeline/cells';
import { TimelineFold } from '../../client/timeline/fold';
import { fromHistoryEvent } from '../../client/timeline/from-history';
import type { Timeline } from '../../client/timeline';
import { formatBytes, formatCount, formatDuration } from '../../client/timeline/words';
import { HistoryScript, agentOf, heartbeatTimeout } from '../support/history-script';

test('a conversation whose worker was killed in mid-answer', () => {
  const drawn = drawTimeline(recordedTimeline(), { width: 80, proof: true });
  expect(`\n${drawn.join('\n')}\n`).toBe(`
demo-1 · agent demo · model demo · idle
3 turns · 5 steps · 2 tool calls · 490 → 183 tokens · 13.7 s at work
62 events, 14.6 KiB · 1 attempt lost

● 1  what is 17 * 23?                                     756 ms          45 → 9
  think 1 · demo                          ████▉           132 ms          20 → 4
  └ calculator(17 * 23)                         ▌          12 ms
  think 2 · demo                                 ██████   170 ms          25 → 5
  ↳ 17 * 23 = 391.

● 2  tell me a story                                      11.6 s        34 → 165
  think 1 · demo           ░░░░░░░░░███████████████████   11.6 s        34 → 165
    ↻ attempt 2 on 2857 · worker lost (heartbeat timeout), 2509 not seen again
  ↳ On a rock off the north coast stood a lighthouse with two keepers and one n…

● 3  wait 1 seconds                                       1.36 s         411 → 9
  think 1 · demo           ██▊                            131 ms         202 → 4
  └ slow(1)                    ████████████████████▋      1.01 s
  think 2 · demo                                    ███   168 ms         209 → 5
  ↳ \`slow\` answered: waited 1 second

░ waited, or was lost with an earlier attempt

✓ user messages 3 = answers 3 · ✓ tool calls 2 = results 2
✓ answered steps 5 = prompts known by digest 5
`);
});

test('every line keeps to the width, and the numbers stand under each other', () => {
  for (const width of [60, 80, 97, 120, 140]) {
    const lines = drawTimeline(eventful(), { width, proof: true });
    for (const line of lines) expect(cellsOf(line)).toBeLessThanOrEqual(width);
    const ends = lines.filter((line) => /\d → \d+$/.test(line)).map(cellsOf);
    expect(new Set(ends)).toEqual(new Set([width]));
  }
});

test('a summary of older messages stands where it was written, with its tokens', () => {
  const script = new HistoryScript().start().message('a').think(1, 1, { content: 'one' });
  script
    .message('b')
    .think(2, 1, { tools: ['dice'] })
    .tool('t2s1c0', 'dice');
  const summary = { role: 'assistant', content: 'They said a.', toolCalls: [] };
  const usage = { inputTokens: 50, outputTokens: 5 };
  script.complete(script.scheduleSummary(2, 2), { ...summary, usage }).task();
  script.think(2, 2, { content: 'two' });
  const drawn = drawTimeline(script.timeline(), { width: 80 });
  expect(drawn.filter((line) => /^ {2}(think|compact|└)/.test(line)).map(labelOf)).toEqual([
    'think 1 · demo-1',
    'think 1 · demo-1',
    '└ dice(1)',
    'compact',
    'think 2 · demo-1',
  ]);
  expect(drawn.find((line) => line.includes('compact'))).toMatch(/ 50 → 5$/);
  expect(drawn.find((line) => line.startsWith('● 2'))).toMatch(/ 250 → 25$/);
});

function labelOf(row: string): string {
  return row.trim().split(/ {2,}/)[0] ?? '';
}

test('colour adds nothing but colour', () => {
  const plain = drawTimeline(eventful(), { width: 100, proof: true });
  const coloured = drawTimeline(eventful(), { width: 100, proof: true, colour: true });
  expect(coloured.map(stripVTControlCharacters)).toEqual(plain);
  expect(coloured.join('')).toContain('\u001b[');
});

test('errors, lost workers, calls that were not run and failed turns are told in words', () => {
  const drawn = drawTimeline(eventful(), { width: 100, proof: true }).join('\n');
  expect(drawn).toContain('✗ unknown({"x":1})');
  expect(drawn).toContain('not run');
  expect(drawn).toContain('✗ worker 4711 lost (heartbeat timeout)');
  expect(drawn).toContain('↻ attempt 3 on 4790 · attempt 2 lost its worker (heartbeat timeout)');
  expect(drawn).toContain('history keeps the last failure only');
  expect(drawn).toContain(
    '↻ attempt 2 on 4790 · attempt 1 failed: ModelError.overloaded: 529 overloaded',
  );
  expect(drawn).toContain('● 2  second');
  expect(drawn).toContain('✗ ModelError.authentication: Bad key.');
  expect(drawn).toContain('○ waiting  fourth');
  expect(drawn).toContain('✗ user messages 4 ≠ answers 2');
});

test('what runs now says where, and what it has said so far', () => {
  const script = new HistoryScript().start().message('a', 'tell me a story');
  const activityId = String(script.scheduleThink(1, 1));
  const draw = (pending: {
    attempt: number;
    isStarted: boolean;
    worker?: string;
    text?: string;
  }) => {
    const fold = script.fold();
    const lastFailure = pending.attempt > 1 && { lastFailure: heartbeatTimeout };
    fold.addPending([{ activityId, ...pending, ...lastFailure }]);
    const readAtMs = script.nowMs + 2_000;
    return drawTimeline(fold.toTimeline({ id: 'x', readAtMs, events: 9 }), { width: 100 }).join(
      '\n',
    );
  };

  expect(draw({ attempt: 1, isStarted: false })).toContain('… waiting for a worker');
  expect(draw({ attempt: 1, isStarted: true, worker: '4711@host' })).toContain(
    '… running, attempt 1 on 4711',
  );
  expect(draw({ attempt: 2, isStarted: false, worker: '4711@host' })).toContain(
    '↻ waiting for a worker · worker 4711 lost (heartbeat timeout)',
  );
  const second = draw({ attempt: 2, isStarted: true, worker: '4790@host', text: 'On a rock' });
  expect(second).toContain(
    '… running, attempt 2 on 4790 · worker lost (heartbeat timeout), 4711 not seen again',
  );
  expect(second).toContain('○ 1  tell me a story');
  expect(second).toContain('… On a rock');
});

test('workers of several hosts are named in full', () => {
  const { turns, ...rest } = new HistoryScript()
    .start()
    .message('a')
    .think(1, 1, {}, { attempts: 2, worker: '7@other', lastFailure: heartbeatTimeout })
    .timeline();
  const drawn = drawTimeline({ ...rest, turns }, { width: 100 }).join('\n');
  expect(drawn).toContain('attempt 2 on 7@other');
  expect(drawn).toContain('4711@host not seen again');
});

test('what users and models write cannot move the cursor, colour the terminal or break the columns', () => {
  const nasty = '\u001b[2J\u001b[31mred\r\n\u202egnp.exe\u0007 東京は晴れ 👩‍👩‍👧';
  const timeline = new HistoryScript()
    .start()
    .message('a', nasty)
    .think(1, 1, { content: nasty, model: nasty, tools: [] })
    .timeline();
  const lines = drawTimeline({ ...timeline, id: nasty }, { width: 80 });
  expect(lines.join('')).not.toMatch(/[\p{Cc}\u202e]/u);
  for (const line of lines) expect(cellsOf(line)).toBeLessThanOrEqual(80);
  expect(lines.find((line) => line.startsWith('●'))).toMatch(/ 100 → 10$/);
});

test('the first runs are gone: the drawing says so', () => {
  const carried = { pinned: { agent: agentOf() } };
  const timeline = new HistoryScript().start({ carried }, 'run-1').timeline();
  expect(drawTimeline(timeline, { width: 100 }).join('\n')).toContain(
    'The server has dropped the first runs',
  );
});

test('an empty conversation is a header', () => {
  const timeline = new HistoryScript().start().timeline();
  expect(drawTimeline(timeline, { width: 100 })).toEqual([
    'demo-1 · agent demo · model demo · idle',
    '0 turns · 0 steps · 0 tool calls · 0 → 0 tokens · 0 ms at work · 6 events',
  ]);
});

describe('bars', () => {
  const draw = (start: number, attempt: number, end: number, isWaiting = false) => {
    const { before, lost, work, after } = toBar({ start, attempt, end, isWaiting }, 10);
    return before + lost + work + after;
  };

  test.each([
    [0, 0, 1, '██████████'],
    [0.5, 0.5, 1, '     █████'],
    [0, 0.5, 1, '░░░░░█████'],
    [0, 0, 0.05, '▌         '],
    [0.3, 0.3, 0.3, '   ▏      '],
    [1, 1, 1, '         ▏'],
    [0, 1, 1, '░░░░░░░░░█'],
    [0.99, 0.99, 1, '         ▏'],
    [Number.NaN, Number.NaN, Number.NaN, '▏         '],
  ])('from %d, attempt at %d, to %d', (start, attempt, end, bar) => {
    expect(draw(start, attempt, end)).toBe(bar);
  });

  test('what waits is all shade, and no bar is wider than its column', () => {
    expect(draw(0, 1, 1, true)).toBe('░░░░░░░░░ ');
    for (let start = 0; start <= 1; start += 0.07) {
      for (let end = start; end <= 1; end += 0.07) {
        expect(draw(start, start, end)).toHaveLength(10);
        expect(draw(start, end, end)).toHaveLength(10);
      }
    }
  });
});

describe('words and cells', () => {
  test.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1_000, '1.00 s'],
    [9_994, '9.99 s'],
    [9_996, '10.0 s'],
    [59_949, '59.9 s'],
    [59_960, '1 m 00 s'],
    [125_000, '2 m 05 s'],
    [3_600_000, '1 h 00 m'],
    [11_520_000, '3 h 12 m'],
    [352_800_000, '4 d 2 h'],
  ])('%d ms is %s', (ms, words) => expect(formatDuration(ms)).toBe(words));

  test('counts and bytes', () => {
    expect([0, 999, 1_234, 99_999, 123_456, 999_500, 12_345_678].map(formatCount)).toEqual([
      '0',
      '999',
      '1,234',
      '99,999',
      '123 k',
      '1.0 M',
      '12.3 M',
    ]);
    expect([12, 14_926, 5_000_000].map(formatBytes)).toEqual(['12 B', '14.6 KiB', '4.8 MiB']);
  });

  test('text is cut by cells, not by characters', () => {
    expect(fit('東京は晴れ', 10)).toBe('東京は晴れ');
    expect(fit('東京は晴れ', 9)).toBe('東京は晴…');
    expect(fit('東京は晴れ', 8)).toBe('東京は…');
    expect(cellsOf('👩‍👩‍👧')).toBe(2);
    expect(cellsOf('e\u0301')).toBe(1);
    expect(column('ab', 4)).toBe('ab  ');
    expect(column('ab', 4, 'right')).toBe('  ab');
  });
});

/** Much that can happen, in three turns. */
function eventful(): Timeline {
  const overloaded = { type: 'ModelError.overloaded', message: '529 overloaded' };
  const elsewhere = { worker: '4790@host' };
  const script = new HistoryScript()
    .start()
    .message('a', 'first')
    .think(1, 1, { tools: ['dice', 'unknown', 'pay'] });
  script.complete(script.scheduleTool('t1s1c0', 'dice'), { content: [] });
  script.fail(script.scheduleTool('t1s1c2', 'pay'), heartbeatTimeout);
  script.pass(2_000).think(1, 2, {}, { ...elsewhere, attempts: 3, lastFailure: heartbeatTimeout });
  script.message('b', 'second').message('c', 'third');
  const badKey = { type: 'ModelError.authentication', message: 'Bad key.' };
  script.fail(script.scheduleThink(2, 1), badKey, elsewhere);
  script.think(3, 1, { content: 'fine' }, { ...elsewhere, attempts: 2, lastFailure: overloaded });
  return script.message('d', 'fourth').timeline();
}

function recordedTimeline(): Timeline {
  const file = `${__dirname}/../fixtures/timelines/killed-in-mid-answer.json`;
  const events = historyFromJSON(JSON.parse(readFileSync(file, 'utf8'))).events ?? [];
  const fold = new TimelineFold();
  for (const event of events) {
    const fact = fromHistoryEvent(event);
    if (fact) fold.add(fact);
  }
  const readAtMs = Date.parse('2026-11-21T10:33:00Z');
  return fold.toTimeline({ id: 'demo-1', readAtMs, events: events.length, historyBytes: 14_926 });
}
