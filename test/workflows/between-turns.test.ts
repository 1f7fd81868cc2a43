/** What is said between two turns: who goes first, and what it stops. */
import type { Delivery } from '../../workflows/contract';
import { Conversation } from '../../workflows/conversation';

/** Its agent is not resolved yet, so whatever comes waits. */
function newConversation(...sent: readonly (readonly [messageId: string, delivery: Delivery])[]) {
  const conversation = new Conversation('conversation');
  const accepted = sent.map(([messageId, delivery]) => {
    const message = { role: 'user', content: messageId };
    return conversation.accept({ messageId, message, delivery }).accepted;
  });
  return { conversation, accepted };
}

test('the first opens the next turn, however it was sent; what is steered behind it enters that turn', () => {
  const { conversation, accepted } = newConversation(
    ['a', 'steer'],
    ['b', 'steer'],
    ['c', 'queue'],
    ['d', 'steer'],
  );
  expect(accepted).toEqual(['queued', 'steering', 'queued', 'steering']);

  conversation.openNextTurn();
  conversation.takeSteering();

  expect(conversation.turns.map(({ messages }) => messages.map((it) => it.messageId))).toEqual([
    ['a', 'b', 'd'],
  ]);
  expect(conversation.inbox.waitingIds).toEqual(['c']);
});

test('a turn that opens before somebody else’s who interrupts is interrupted; the last one’s is not', () => {
  const { conversation } = newConversation(
    ['q', 'queue'],
    ['i1', 'interrupt'],
    ['i2', 'interrupt'],
  );
  const seen = ['i1', 'i2', 'q'].map(() => {
    conversation.openNextTurn();
    const { isInterruptAsked } = conversation;
    conversation.interruptTurn();
    return [conversation.turns.at(-1)?.messages[0]?.messageId, isInterruptAsked];
  });

  expect(seen).toEqual([
    ['i1', true],
    ['i2', false],
    ['q', false],
  ]);
});

test('what was steered behind a message that is taken back opens a turn of its own', () => {
  const { conversation } = newConversation(['a', 'queue'], ['s', 'steer'], ['t', 'steer']);

  expect(conversation.cancelQueued(['a'])).toEqual({ cancelled: ['a'] });

  expect(conversation.hasWork).toBe(true);
  expect(conversation.inbox.waitingIds).toEqual(['s', 't']);
});

test('who stops one turn alone does not stop the next', () => {
  const { conversation } = newConversation(['a', 'queue'], ['b', 'queue']);
  conversation.openNextTurn();
  conversation.endTurn();
  conversation.openNextTurn();

  expect(conversation.interrupt(1)).toEqual({});
  expect(conversation.isInterruptAsked).toBe(false);
  expect(conversation.interrupt(2)).toEqual({ interrupted: 2 });
});

test('who interrupts goes before what was steered to a turn that was stopped', () => {
  const { conversation } = newConversation(['a', 'queue'], ['s', 'steer']);
  conversation.openNextTurn();
  conversation.interruptTurn();
  expect(conversation.inbox.waitingIds).toEqual(['s']);

  conversation.accept({
    messageId: 'i',
    message: { role: 'user', content: 'i' },
    delivery: 'interrupt',
  });

  expect(conversation.inbox.waitingIds).toEqual(['i', 's']);
});
