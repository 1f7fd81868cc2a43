import { AnswerPrinter } from '../../client/chat/answer-printer';
import { Screen, type ScreenSize } from '../support/screen';

const prefix = 'agent › ';
const notice = 'worker 1 lost · attempt 2 on 2';
const question = 'you › Well?';

interface Show {
  readonly screen: Screen;
  readonly printer: AnswerPrinter;
  /** The lines on the screen below the question. */
  readonly below: () => Promise<readonly string[]>;
}

/** A printer on a real terminal's screen, under a question. */
function show(size: Partial<ScreenSize> = {}): Show {
  const screen = new Screen({ columns: 20, rows: 16, ...size });
  screen.write(`${question}\n`);
  return {
    screen,
    printer: new AnswerPrinter(screen, prefix, prefix.length),
    async below() {
      await screen.settle();
      const [first, ...rest] = screen.lines();
      expect(first).toBe(question);
      return rest;
    },
  };
}

/** Six words of a letter each, and so on: `words('a', 3)` is “a a a”. */
function words(letter: string, count: number): string {
  return Array.from({ length: count }, () => letter).join(' ');
}

describe('an answer that is shown piece by piece', () => {
  test('is what the durable answer says, and the cursor goes to a line of its own', async () => {
    const { printer, screen, below } = show();
    for (const piece of ['It ', 'is ', 'twelve.']) printer.partial(piece);
    printer.finish('It is twelve.');
    screen.write('you ›');

    expect(await below()).toEqual([`${prefix}It is twelve.`, 'you ›']);
  });

  test('is completed by what the durable answer has more', async () => {
    const { printer, below } = show();
    printer.partial('It is');
    printer.finish('It is twelve.');

    expect(await below()).toEqual([`${prefix}It is twelve.`]);
  });

  test('gives way to a durable answer that says something else', async () => {
    const { printer, below } = show();
    printer.partial('It is eleven, and this takes more than one row.');
    printer.finish('It is twelve.');

    expect(await below()).toEqual([`${prefix}It is twelve.`]);
  });

  test('goes when the step ends without words', async () => {
    const { printer, screen, below } = show();
    printer.partial('Let me');
    printer.finish('');
    screen.write('  → calculator\n');

    expect(await below()).toEqual(['  → calculator']);
  });

  test('stands as far as it came when nothing more is to be had, and what follows has a line of its own', async () => {
    const { printer, screen, below } = show();
    printer.partial('It is');
    printer.leave();
    printer.leave();
    screen.write('The server is gone.\n');

    expect(await below()).toEqual([`${prefix}It is`, 'The server is gone.']);
  });

  test('does not break an emoji whose halves arrive apart', async () => {
    const { printer, below } = show();
    const [first, second] = ['🙂'[0]!, '🙂'[1]!];
    printer.partial(`Hi ${first}`);
    printer.partial(`${second}!`);
    printer.finish('Hi 🙂!');

    expect(await below()).toEqual([`${prefix}Hi 🙂!`]);
  });

  test('cannot move the cursor, clear the screen or ring the bell: what controls a terminal is left out', async () => {
    const { printer, below } = show({ columns: 60 });
    printer.partial('a\u001b[2J\u001b[Hb\u0007\rc\u009bd');
    printer.finish('a\u001b[2J\u001b[Hb\u0007\rc\u009bd');

    expect(await below()).toEqual([`${prefix}a[2J[Hbcd`]);
  });
});

describe('an attempt that was lost', () => {
  /** In a terminal of 20 columns 12 are left in the first row. */
  const partials: readonly (readonly [what: string, text: string])[] = [
    ['a word', 'It'],
    ['one column less than a row', 'x'.repeat(11)],
    ['exactly a row', 'x'.repeat(12)],
    ['one column more than a row', 'x'.repeat(13)],
    ['exactly two rows', 'x'.repeat(32)],
    ['one column more than two rows', 'x'.repeat(33)],
    ['words over many rows', words('word', 30)],
    ['a line break at its end', 'It is\n'],
    ['line breaks, and an empty line', 'one\n\nthree\nfour'],
    ['a full row and a line break', `${'x'.repeat(12)}\nnext`],
    ['full rows with line breaks', `${'x'.repeat(32)}\n${'y'.repeat(20)}\n${'z'.repeat(40)}`],
    ['carriage returns', 'one\r\ntwo\r\nthree'],
    ['wide characters', '你好，世界。'.repeat(3)],
    ['wide characters that fill the first row', '好'.repeat(6)],
    ['wide characters that do not fit at the end of a row', `x${'好'.repeat(40)}`],
    ['emoji', '🙂🚀'.repeat(12)],
    ['emoji that do not fit at the end of a row', `x${'🙂'.repeat(25)}`],
    ['accents that combine', 'e\u0301'.repeat(30)],
    ['tabs', 'a\tb\tc\td\te\tf'],
    ['nothing but blanks', ' '.repeat(30)],
  ];

  describe.each([20, 21, 40])('in a terminal of %i columns', (columns) => {
    test.each(partials)(
      'leaves nothing but its notice, where it had shown %s',
      async (_what, text) => {
        const { printer, below } = show({ columns });
        printer.partial(text);
        printer.restart(notice);
        printer.partial('Anew.');
        printer.finish('Anew.');

        expect(await below()).toEqual([notice, `${prefix}Anew.`]);
      },
    );

    test.each(partials)('is shown again whole and once, be it %s', async (_what, text) => {
      const { printer, below } = show({ columns });
      const whole = `${text} And so on.`;
      printer.partial(text);
      printer.restart(notice);
      printer.partial(text);
      printer.partial(' And so');
      printer.finish(whole);
      const alone = show({ columns });
      alone.printer.finish(whole);

      expect(await below()).toEqual([notice, ...(await alone.below())]);
    });
  });

  test('that had not said a word leaves its notice', async () => {
    const { printer, below } = show();
    printer.restart(notice);
    printer.finish('Here.');

    expect(await below()).toEqual([notice, `${prefix}Here.`]);
  });

  test('is taken back at the bottom of the screen too, where its rows have scrolled but stand in sight', async () => {
    const { printer, screen, below } = show({ rows: 8 });
    screen.write('one\ntwo\nthree\nfour\nfive\n');
    printer.partial('x'.repeat(12 + 5 * 20));
    printer.restart(notice);
    printer.finish('Anew.');

    expect(await below()).toEqual([
      ...'one two three four five'.split(' '),
      notice,
      `${prefix}Anew.`,
    ]);
  });

  test.each([0, 1, 2, 3])(
    'that fills the screen up to %i rows is taken back, or parted by a rule from what follows',
    async (missing) => {
      const rows = 8;
      const { printer, below } = show({ rows });
      const text = 'x'.repeat(12 + (rows - 1 - missing) * 20);
      printer.partial(text);
      printer.restart(notice);
      printer.finish(`${text}!`);

      const lines = await below();
      expect(lines.slice(-2)).toEqual([notice, `${prefix}${text}!`]);
      expect([[], [`${prefix}${text}`, '──']]).toContainEqual(lines.slice(0, -2));
    },
  );

  test('that is taller than the screen stays above a rule, and the answer follows whole', async () => {
    const { printer, below } = show({ rows: 6 });
    const text = words('word', 60);
    printer.partial(text);
    printer.restart(notice);
    printer.partial(words('word', 40));
    printer.finish(text);

    expect(await below()).toEqual([`${prefix}${text}`, '──', notice, `${prefix}${text}`]);
  });

  test('is parted by a rule from what follows when the terminal has changed its width meanwhile', async () => {
    const { printer, screen, below } = show({ columns: 40 });
    printer.partial('It is');
    await screen.settle();
    screen.resize({ columns: 30, rows: 12 });
    printer.restart(notice);
    printer.finish('It is twelve.');

    expect(await below()).toEqual([`${prefix}It is`, '──', notice, `${prefix}It is twelve.`]);
  });
});
