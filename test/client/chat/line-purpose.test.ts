import { LinePurpose, decisionPrompt } from '../../../client/chat/line-purpose';
import type { PendingItem } from '../../../workflows/contract';

function item(callId: string, over: Partial<PendingItem> = {}): PendingItem {
  return {
    ...{ callId, kind: 'approval', tool: 'pay', arguments: {}, argumentsHash: 'h' },
    ...{ effect: '', askedAt: '', expiresAt: '', ...over },
  };
}

const [one, two] = [item('t1s1c0'), item('t1s1c1', { tool: 'delete' })];

test('a `y` that was begun for one call decides on no other one', () => {
  const purpose = new LinePurpose();

  expect(purpose.choose([one, two], false)).toEqual({ kind: 'decide', item: one });
  // It is settled elsewhere while the answer is being typed.
  expect(purpose.choose([two], true)).toEqual({ kind: 'late', item: one });
  expect(purpose.of([two])).toEqual({ kind: 'late', item: one });
  // The line is gone: the next one is for what waits now.
  expect(purpose.choose([two], false)).toEqual({ kind: 'decide', item: two });
});

test('a `y` for what waits no more is no message either', () => {
  const purpose = new LinePurpose();

  purpose.choose([one], false);
  expect(purpose.of([])).toEqual({ kind: 'late', item: one });
  expect(purpose.choose([], false)).toEqual({ kind: 'send' });
});

test('a message that was begun before somebody had to decide stays one', () => {
  const purpose = new LinePurpose();

  expect(purpose.choose([], false)).toEqual({ kind: 'send' });
  expect(purpose.choose([one], true)).toEqual({ kind: 'send' });
  expect(purpose.of([one])).toEqual({ kind: 'send' });
});

test('the prompt says which one is meant where several wait', () => {
  expect(decisionPrompt(one, false)).toBe('y/n › ');
  expect(decisionPrompt(two, true)).toBe('y/n delete t1s1c1 › ');
  expect(decisionPrompt(item('t1s1c2', { kind: 'question', tool: 'ask\u001b[2Jyou' }), true)).toBe(
    'answer ask[2Jyou t1s1c2 › ',
  );
});
