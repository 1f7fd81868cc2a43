/** The lower end of a terminal: what is typed and pasted, and rows that change above it. */
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { TerminalScreen } from '../../../client/chat/terminal-screen';
import { cleanUpAfterEach } from '../../support/cleanup';
import { Screen, type ScreenSize } from '../../support/screen';

const atEnd = cleanUpAfterEach();

function open(size: ScreenSize) {
  const seen = new Screen(size);
  const { columns, rows } = size;
  const output = Object.assign(new EventEmitter(), {
    ...{ columns, rows },
    write: (text: string) => seen.write(text),
  });
  const input = new PassThrough();
  const said: string[] = [];
  let overflow = 0;
  const screen = new TerminalScreen({
    input: input as unknown as NodeJS.ReadStream,
    output: output as unknown as NodeJS.WriteStream,
    complete: () => [],
    onLine: (line) => said.push(line),
    onInterrupt: () => undefined,
    onEnd: () => undefined,
    onNarrower: () => undefined,
    onOverflow: (count) => (overflow += count),
  });
  atEnd(() => screen.close());
  screen.setPrompt('you › ');
  const type = async (text: string) => {
    input.write(text);
    await new Promise((resolve) => setImmediate(resolve));
    await seen.settle();
  };
  return { screen, seen, said, type, overflow: () => overflow };
}

const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}`);
const pasted = (text: string) => `\u001b[200~${text.replaceAll('\n', '\r')}\u001b[201~`;

test.each([24, 8])('a paste of 40 lines leaves nothing above a screen of %i rows', async (rows) => {
  const { screen, seen, said, type } = open({ columns: 40, rows });
  const text = lines(40).join('\n');

  await type(pasted(text));
  // The rows of a turn at work change several times a second.
  for (let frame = 1; frame <= 20; frame++) screen.draw([], [`  ${frame} thinking`]);
  await seen.settle();
  const shown = seen.lines();
  await type('\r');

  expect(shown.length).toBeLessThanOrEqual(rows);
  expect(shown.slice(0, 2)).toEqual(['  20 thinking', expect.stringMatching(/^ {4}… 3\d more$/)]);
  expect(shown.slice(-2)).toEqual(['    line 39', 'you › line 40']);
  expect(said).toEqual([text]);
});

test('what a paste pushes off the screen is told, and not drawn a second time', async () => {
  const { screen, seen, type, overflow } = open({ columns: 40, rows: 12 });
  const answer = lines(10).map((line) => `answer ${line}`);
  screen.draw([], answer);
  await type(pasted('one\ntwo\nthree'));
  screen.draw([], answer.slice(overflow()));
  await seen.settle();

  expect(overflow()).toBe(2);
  expect(seen.lines()).toEqual([...answer, '    one', '    two', 'you › three']);
});
