import { createColors } from 'picocolors';
import { markdownRows } from '../../../client/chat/markdown-rows';

/** Escapes as tags. */
function tagged(text: string, options: { width?: number; isOpen?: boolean } = {}): string[] {
  const rows = markdownRows(text, { width: 40, colors: createColors(true), ...options });
  return rows.map((row) =>
    row
      .replaceAll('\u001b[1m', '<b>')
      .replaceAll('\u001b[22m', '</>')
      .replaceAll('\u001b[36m', '<c>')
      .replaceAll('\u001b[39m', '</c>')
      .replaceAll('\u001b[2m', '<d>'),
  );
}

function plain(text: string, width: number): readonly string[] {
  return markdownRows(text, { width, colors: createColors(false) });
}

test('bold and code have looks of their own, in a heading and in a list too', () => {
  expect(tagged('# The **end**\n\n1. use `a b` or\n- **so** it is')).toEqual([
    '<b>The end</>',
    '',
    '1. use <c>a b</c> or',
    '• <b>so</> it is',
  ]);
});

test('without colours every mark stays', () => {
  const text = '# The **end**\n\n- use `a` or **b**\n> so\n```ts\nlet x;\n```';
  expect(plain(text, 40)).toEqual(text.split('\n'));
});

test.each(['2 ** 3 ** 4', 'f(**kwargs)', 'a ` b', '**', 'x * y * z', '#hashtag', '```'])(
  'what is no markup stays as it is: %s',
  (text) => {
    expect(tagged(text).map((row) => row.replaceAll(/<\/?[bcd]?>/g, ''))).toEqual([text]);
  },
);

test('what is not closed yet looks as it will', () => {
  expect(tagged('so **bo', { isOpen: true })).toEqual(['so <b>bo</>']);
  expect(tagged('so **bold*', { isOpen: true })).toEqual(['so <b>bold</>']);
  expect(tagged('so **bold**', { isOpen: true })).toEqual(['so <b>bold</>']);
  expect(tagged('so `co', { isOpen: true })).toEqual(['so <c>co</c>']);
  expect(tagged('so *', { isOpen: true })).toEqual(['so']);
});

test('rows end between words; what hangs from a list is indented', () => {
  expect(plain('- one two three four five', 12)).toEqual(['- one two', '  three four', '  five']);
});

test('a word longer than a row is cut where the row is full', () => {
  expect(plain(`go ${'x'.repeat(25)} on`, 10)).toEqual([
    'go',
    'xxxxxxxxxx',
    'xxxxxxxxxx',
    'xxxxx on',
  ]);
});

test('code keeps its blanks and is broken anywhere', () => {
  expect(plain('```\n  if (a)  b\n```', 8)).toEqual(['```', '  if (a)', '  b', '```']);
});

test('a piece more never changes the rows before the last line', () => {
  const text = 'One **bold *x** `a` and\n- a `b` c\n\n```\n**no**\n```\n## End **of** it';
  for (let length = 1; length < text.length; length++) {
    const shown = tagged(text.slice(0, length), { isOpen: true, width: 20 });
    const finished = text.slice(0, length).split('\n').slice(0, -1).join('\n');
    const kept = finished === '' ? [] : tagged(finished, { width: 20 });
    expect(shown.slice(0, kept.length)).toEqual(kept);
  }
});
