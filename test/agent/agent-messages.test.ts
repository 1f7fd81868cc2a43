import type { AgentResponseMessage } from '../../agent/agent-messages';
import { toModelClientMessage } from '../../agent/agent-messages';
import { text } from '../../agent/messages';
import { noUsage } from '../../agent/model';

test('what a user says to an agent becomes a user message', () => {
  expect(toModelClientMessage({ role: 'user', content: 'Hello.' })).toEqual({
    role: 'user',
    content: 'Hello.',
  });
  expect(toModelClientMessage({ role: 'user', content: [text('Hello.')] })).toEqual({
    role: 'user',
    content: [text('Hello.')],
  });
});

test('what an agent answered becomes an assistant message, without its turn and usage', () => {
  const answer: AgentResponseMessage = {
    role: 'agent',
    content: 'Hi.',
    turn: 4,
    finishReason: 'stop',
    usage: noUsage,
    costUsd: null,
  };

  expect(toModelClientMessage(answer)).toStrictEqual({
    role: 'assistant',
    content: 'Hi.',
    toolCalls: [],
  });
});

test('only what belongs to a message crosses the bridge', () => {
  const message = { role: 'user', content: 'Hello.', messageId: 'm-1' } as const;

  expect(toModelClientMessage(message)).toStrictEqual({ role: 'user', content: 'Hello.' });
});
