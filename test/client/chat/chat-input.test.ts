import { completeChatLine, parseChatCommand } from '../../../client/chat/chat-command';
import { parseDecisionCommand, parseReply } from '../../../client/chat/chat-decision';
import type { PendingItem } from '../../../workflows/contract';

function item(over: Partial<PendingItem> = {}): PendingItem {
  return {
    ...{ callId: 't1s1c0', kind: 'approval', tool: 'pay', arguments: {}, argumentsHash: 'h' },
    ...{ effect: '', askedAt: '', expiresAt: '', ...over },
  };
}

test.each([
  ['y', { approved: true }],
  ['YES', { approved: true }],
  ['a', { approved: true, remember: true }],
  ['n', { approved: false }],
  ['n too much', { approved: false, reason: 'too much' }],
])('`%s` decides on a call', (said, input) => {
  expect(parseReply(item(), said)).toEqual({
    item: item(),
    input: { callId: 't1s1c0', ...input },
  });
});

test.each(['', 'yes please', 'yellow', 'never', 'always 2'])(
  '`%s` decides nothing, and is told what would',
  (said) => {
    expect(parseReply(item(), said)).toMatchObject({
      problem: expect.stringMatching(/waits for y, n, a/) as string,
    });
  },
);

test('nobody allows a budget always', () => {
  expect(parseReply(item({ kind: 'budget' }), 'a')).toMatchObject({
    problem: 't1s1c0 waits for y, n or n and a reason. To say something for later: /queue TEXT.',
  });
});

test('whatever is said to a question is its answer', () => {
  const asked = item({ kind: 'question' });
  expect(parseReply(asked, ' y ')).toMatchObject({ input: { approved: true, answer: 'y' } });
});

test('a decision names its call, or means the only one', () => {
  const [one, two] = [item(), item({ callId: 't1s1c1' })];
  expect(parseDecisionCommand('approve', '', [one])).toMatchObject({ item: one });
  expect(parseDecisionCommand('approve', 't1s1c1 always', [one, two])).toMatchObject({
    item: two,
    input: { callId: 't1s1c1', remember: true },
  });
  expect(parseDecisionCommand('deny', 'too much', [one])).toMatchObject({
    input: { approved: false, reason: 'too much' },
  });
  expect(parseDecisionCommand('deny', '', [one, two])).toEqual({
    problem: 'Which one? Waiting: t1s1c0, t1s1c1.',
  });
  expect(parseDecisionCommand('approve', 't9s9c9', [one])).toEqual({
    problem: 'Which one? Waiting: t1s1c0.',
  });
  expect(parseDecisionCommand('approve', '', [])).toEqual({
    problem: 'Nothing waits for a decision.',
  });
});

test('commands are known by their names; a message may begin with a blank and a slash', () => {
  expect(parseChatCommand('/steer in red')).toEqual({ name: 'steer', rest: 'in red' });
  expect(parseChatCommand('/state')).toEqual({ name: 'state', rest: '' });
  expect(parseChatCommand('hello')).toBeUndefined();
  expect(parseChatCommand(' /etc/hosts')).toBeUndefined();
  expect(parseChatCommand('/etc/hosts')).toMatchObject({
    problem: expect.stringContaining('no `/etc/hosts`') as string,
  });
  expect(parseChatCommand('/constructor')).toMatchObject({
    problem: expect.stringContaining('no `/constructor`') as string,
  });
  expect(parseChatCommand('/steer')).toEqual({ problem: '`/steer` needs a text: /steer TEXT' });
});

test('commands and the ids of what waits are completed', () => {
  expect(completeChatLine('/sta', [])).toEqual(['/state']);
  expect(completeChatLine('/p', [])).toEqual(['/pending', '/pause', '/prompt']);
  expect(completeChatLine('/approve t', ['t1s1c0', 't1s1c1'])).toEqual([
    '/approve t1s1c0 ',
    '/approve t1s1c1 ',
  ]);
  expect(completeChatLine('hello /', ['t1s1c0'])).toEqual([]);
});
