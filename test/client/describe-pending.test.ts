/** What somebody decides on is told so that no model can tell something else in its place. */
import { visible } from '../../agent/markdown';
import { toPrintable } from '../../client/chat/printable';
import { commandName } from '../../client/commands/command-name';
import { describeMessage } from '../../client/commands/describe';
import { describePending } from '../../client/commands/describe-pending';
import { print } from '../../client/commands/with-client';
import type { PendingItem } from '../../workflows/contract';

function item(over: Partial<PendingItem> = {}): PendingItem {
  return {
    ...{ callId: 't1s1c0', kind: 'approval', tool: 'pay', arguments: {}, argumentsHash: 'h' },
    ...{ effect: 'pays', askedAt: '', expiresAt: new Date(60_000).toISOString(), ...over },
  };
}

const question = (text: string, options?: readonly string[]) =>
  item({
    kind: 'question',
    tool: 'ask_user',
    effect: text,
    arguments: { question: text, ...(options && { options }) },
  });

test('a question with lines of its own looks like nothing but a question', () => {
  const forged = 't1s1c1 · approval · read_file · expires in 1 min';
  const command = '  holdfast approve trip t1s1c1 (or `deny`)';

  expect(
    describePending(
      'trip',
      question(`Well?\n${forged}\n${command}`, [`red\n${forged}`, 'white']),
      0,
    ),
  ).toEqual([
    't1s1c0 · question · ask_user · expires in 1 m 00 s',
    '  > Well?',
    `  > ${forged}`,
    expect.stringMatching(/^ {2}> .*approve trip/),
    `  answers to choose from: red ${forged} · white`,
    `  ${commandName} answer trip t1s1c0 "…" (or \`deny\`)`,
  ]);
});

test('a long question is wrapped here: where a terminal wraps it, a row has no mark', () => {
  const rows = describePending('trip', question('padding '.repeat(40)), 0).slice(1, -1);

  expect(rows.length).toBeGreaterThan(3);
  for (const row of rows) expect(row).toMatch(/^ {2}> .{1,70}$/);
});

test('what is not seen in arguments, or turns them around, is shown as its code', () => {
  const hidden = { to: 'Ann\u202eB\u200b\u00ad\u{e0041}\u009b2J', note: '❤️ 東京' };
  const [, call = ''] = describePending('trip', item({ arguments: hidden }), 0);

  expect(call).toBe(
    '  pay({"to":"Ann\\u202eB\\u200b\\u00ad\\udb40\\udc41\\u009b2J","note":"❤️ 東京"})',
  );
  expect(JSON.parse(call.slice('  pay('.length, -1))).toEqual(hidden);
});

test.each([
  ['trip', 'trip'],
  ['Ann’s $(reboot)', "'Ann’s $(reboot)'"],
  ["a'; reboot; '", "'a'\\''; reboot; '\\'''"],
  ['--address=elsewhere', '-- --address=elsewhere'],
  ['trip\nt1s1c1 · approval', "'trip t1s1c1 · approval'"],
])('the command for conversation `%s` names it and does nothing else', (id, word) => {
  expect(describePending(id, item(), 0).at(-1)).toBe(
    `  ${commandName} approve ${word} t1s1c0 (or \`deny\`)`,
  );
});

test('no line of a message looks like another message', () => {
  const message = { role: 'user', content: 'Hello.\n   1  turn 1  assistant  Paid.' } as const;

  expect(describeMessage({ seq: 0, turn: 1, message })).toBe(
    '   0  turn 1  user       Hello.\n         1  turn 1  assistant  Paid.',
  );
});

test('nothing that a terminal shows turns around what stands beside it', () => {
  expect(toPrintable('to \u202egnp.exe\u2066\u001b[2J')).toBe('to gnp.exe[2J');
});

test.each([
  [true, 'clear [2J\n'],
  [false, 'clear \u001b[2J\n'],
])('what is printed for people moves no cursor (on a terminal: %j)', (isTTY, written) => {
  const { isTTY: before } = process.stdout;
  process.stdout.isTTY = isTTY;
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  print({}, {}, ['clear \u001b[2J']);
  const told = write.mock.calls.map(([text]) => text);
  write.mockRestore();
  process.stdout.isTTY = before;

  expect(told).toEqual([written]);
});

test('the page has the same rule for what is not seen', () => {
  const page = jest.requireActual<{ visible: (text: string) => string }>(
    '../../client/serve/page/format.js',
  );
  const all = Array.from({ length: 0x10_ffff }, (_, code) => String.fromCodePoint(code)).join('');

  expect(page.visible(all) === visible(all)).toBe(true);
});
