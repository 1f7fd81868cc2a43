import { Approvals, type AskedItem, hashArguments } from '../../workflows/approvals';
import { toDecidedResult } from '../../workflows/decided-result';

const week = 604_800_000;
const nowMs = Date.parse('2026-01-02T03:04:05.000Z');

function pay(callId: string, amount = 500): AskedItem {
  return { callId, kind: 'approval', tool: 'pay', arguments: { amount }, effect: 'changes things' };
}
const question: AskedItem = {
  callId: 'q',
  kind: 'question',
  tool: 'ask_user',
  arguments: { question: 'Which?' },
  effect: 'Which?',
};

function asking(...items: readonly AskedItem[]): Approvals {
  const approvals = new Approvals();
  for (const item of items) approvals.ask(item, nowMs, week);
  return approvals;
}
/** As the next run has them: through JSON. */
function carried(approvals: Approvals): Approvals {
  return new Approvals(JSON.parse(JSON.stringify(approvals.snapshot() ?? {})) as object);
}
const waiting = (approvals: Approvals) => approvals.pending.map(({ callId }) => callId);

test('what waits shows its arguments, their hash and when its time is over', () => {
  const approvals = asking(pay('a'));

  expect(approvals.pending).toEqual([
    {
      ...pay('a'),
      argumentsHash: hashArguments({ amount: 500 }),
      askedAt: '2026-01-02T03:04:05.000Z',
      expiresAt: '2026-01-09T03:04:05.000Z',
    },
  ]);
});

test('asked again by the next run it is the same item, with its own expiry', () => {
  const first = asking(pay('a'), pay('b'));
  const next = carried(first);

  expect(next.ask(pay('a'), nowMs + 5_000, week)).toEqual(first.pending[0]);
  expect(next.pending).toEqual(first.pending);
});

test('with other arguments it is another item, and what was said of the old ones does not count', () => {
  const approvals = asking(pay('a', 500));
  approvals.decide({ callId: 'a', approved: true });

  expect(approvals.ask(pay('a', 9_000), nowMs, week)).toMatchObject({
    arguments: { amount: 9_000 },
  });
  expect(approvals.decisionOf('a')).toBeUndefined();
});

test('a decision that the run was left with before the call was carried out still counts', () => {
  const approvals = asking(pay('a'), pay('b'));
  approvals.decide({ callId: 'a', approved: true });
  const next = carried(approvals);

  expect(next.ask(pay('a'), nowMs, week)).toBeUndefined();
  expect(next.decisionOf('a')).toMatchObject({ approved: true, by: 'user' });
  expect(waiting(next)).toEqual(['b']);
});

test('the first decision counts, and whoever comes later is told of it', () => {
  const approvals = asking(pay('a'));
  const input = { callId: 'a', approved: false, reason: 'Too much.' };

  expect(approvals.rejection(input)).toBeUndefined();
  expect(approvals.decide(input)).toEqual({
    callId: 'a',
    approved: false,
    by: 'user',
    reason: 'Too much.',
    argumentsHash: hashArguments({ amount: 500 }),
    isFirst: true,
  });
  const second = { callId: 'a', approved: true };
  expect(approvals.rejection(second)).toBeUndefined();
  expect(approvals.decide(second)).toMatchObject({ approved: false, isFirst: false });
  expect(approvals.refuse('a', 'expiry')).toMatchObject({ by: 'user' });
  expect(waiting(approvals)).toEqual([]);
});

test('a decision that cannot be taken says why, and repeats no more than a part of what was sent', () => {
  const approvals = asking(pay('a'), question);
  const { argumentsHash } = approvals.pending[0]!;
  const reason = (input: object) =>
    approvals.rejection({ callId: 'a', approved: true, ...input })?.message;

  expect(reason({ callId: 'z' })).toBe(
    'Nothing waits for a decision by the id `z`. Waiting: a, q.',
  );
  expect(new Approvals().rejection({ callId: 'z', approved: true })?.message).toMatch(/none\.$/);
  expect(reason({ callId: 'z'.repeat(9_000) })?.length).toBeLessThan(200);
  expect(reason({ argumentsHash: 'y'.repeat(9_000) })?.length).toBeLessThan(300);
  expect(reason({ argumentsHash: 'other' })).toContain(`They are those of ${argumentsHash}`);
  expect(reason({ argumentsHash })).toBeUndefined();
  expect(reason({ callId: 'q' })).toContain('needs an `answer`');
  expect(reason({ callId: 'q', answer: ' ' })).toContain('needs an `answer`');
  expect(reason({ callId: 'q', approved: false })).toBeUndefined();
});

test('“always” counts for the calls of that tool that wait already, and for nothing else', () => {
  const approvals = asking(pay('a'), pay('b', 900), { ...pay('c'), tool: 'sell' }, question);
  approvals.decide({ callId: 'a', approved: true, remember: true });

  expect(waiting(approvals)).toEqual(['c', 'q']);
  expect(approvals.decisionOf('b')).toMatchObject({ approved: true, by: 'user' });
  expect(['pay', 'sell', 'ask_user'].map((tool) => approvals.isAllowed(tool))).toEqual([
    true,
    false,
    false,
  ]);
  expect(carried(approvals).isAllowed('pay')).toBe(true);
});

test('a no is not remembered, nor an answer to a question', () => {
  const approvals = asking(pay('a'), question);
  approvals.decide({ callId: 'a', approved: false, remember: true });
  approvals.decide({ callId: 'q', approved: true, answer: 'Red.', remember: true });

  expect(approvals.isAllowed('pay')).toBe(false);
  expect(approvals.isAllowed('ask_user')).toBe(false);
});

test('at the end of a turn nothing waits any more, and long words are forgotten but for a part', () => {
  const approvals = asking(pay('a'), pay('b'), question);
  const answer = 'x'.repeat(60_000);
  approvals.decide({ callId: 'q', approved: true, answer });
  expect(approvals.decisionOf('q')?.answer).toBe(answer);

  approvals.refuseAll('interrupt');
  approvals.forgetWords();

  expect(waiting(approvals)).toEqual([]);
  expect(approvals.decisionOf('b')).toMatchObject({ approved: false, by: 'interrupt' });
  expect(JSON.stringify(approvals.snapshot()).length).toBeLessThan(1_000);
});

test('the latest 256 decisions are remembered: one “always” is a word for every call of a step', () => {
  const approvals = new Approvals();
  const ids = Array.from({ length: 257 }, (_, index) => `c${index}`);
  for (const id of ids) approvals.ask(pay(id), nowMs, week);
  approvals.decide({ callId: 'c0', approved: true });
  approvals.decide({ callId: 'c1', approved: true, remember: true });

  expect(waiting(approvals)).toEqual([]);
  expect(ids.filter((id) => !approvals.decisionOf(id))).toEqual(['c0']);
});

test('what was allowed of a tool does not count for another one of its name', () => {
  const tool = (name: string, description = '') => ({ name, description, inputSchema: {} });
  const approvals = asking(pay('a'), { ...pay('b'), tool: 'sell' });
  for (const callId of ['a', 'b']) approvals.decide({ callId, approved: true, remember: true });

  approvals.keepAllowed(
    [tool('pay'), tool('sell')],
    [tool('look'), tool('sell'), tool('pay', 'Pays twice.')],
  );

  expect(['pay', 'sell'].map((name) => approvals.isAllowed(name))).toEqual([false, true]);
});

test('where nothing was ever asked there is nothing to carry', () => {
  expect(new Approvals().snapshot()).toBeUndefined();
});

test('a call that is allowed is carried out: there is nothing to tell instead', () => {
  expect(toDecidedResult(pay('a'), { callId: 'a', approved: true, by: 'user' })).toBeUndefined();
});
