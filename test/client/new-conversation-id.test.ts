import { newConversationId } from '../../client/new-conversation-id';

const start = { agent: 'demo', message: 'Hi', messageId: 'm1' };
const id = newConversationId(start, 'holdfast');

test('a conversation that is started again with the same first message is the same', () => {
  expect(id).toMatch(/^demo-[0-9a-f]{16}$/);
  expect(newConversationId({ ...start }, 'holdfast')).toBe(id);
});

test.each([
  ['message', { messageId: 'm2' }],
  ['agent', { agent: 'other' }],
  ['tenant', { tenant: 'shop' }],
])('of another %s it is another one', (_what, change) => {
  expect(newConversationId({ ...start, ...change }, 'holdfast')).not.toBe(id);
  expect(newConversationId(start, 'other')).not.toBe(id);
});

test.each([
  ['a message id', { agent: 'demo', message: 'Hi' }],
  ['a message', { agent: 'demo', messageId: 'm1' }],
])('without %s each is a new one', (_what, unnamed) => {
  expect(newConversationId(unnamed, 'holdfast')).not.toBe(newConversationId(unnamed, 'holdfast'));
});
