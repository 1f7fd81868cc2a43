import { textResponse } from '../../activities/models/scripted-model';
import { Conversation } from '../../workflows/conversation';
import { rememberLines, toDetails } from '../../workflows/details';
import {
  answers,
  asksForTools,
  callsTools,
  openConversation,
  said,
} from '../support/workflow-conversation';

const lines = (conversation: Conversation) => toDetails(conversation).split('\n\n');

test('a conversation that has just begun waits for a message', () => {
  expect(toDetails(new Conversation('conversation'))).toBe(
    '### agent · …\n\nturn 0 · step 1 · **waiting for a message**',
  );
});

test('a conversation at work shows its agent, what goes on, who waits and what was said', () => {
  const conversation = openConversation();
  conversation.accept(said('m1', 'Roll a die,\nplease.'));
  conversation.accept(said('m2'));
  callsTools(conversation, ['dice']);
  conversation.activity = 'think · step 2 · scripted';

  expect(lines(conversation)).toEqual([
    '### gambler · scripted',
    'turn 1 · step 2 · **think · step 2 · scripted** · 1 waiting',
    '**user** Roll a die, please.',
    '**agent** `dice()`',
    '**dice** dice did it.',
  ]);
});

test('a failed turn says why, and a result that is an error is marked', () => {
  const conversation = openConversation();
  conversation.accept(said('m1'));
  asksForTools(conversation, ['dice']);
  conversation.failTurn({ type: 'ModelError.quota', message: 'No money left.' });

  expect(toDetails(conversation)).toContain(
    '\n**Turn 1 failed** · ModelError.quota: No money left.',
  );
  expect(lines(conversation).at(-1)).toBe('**dice** ⚠ Not executed: the turn failed.');
});

test('only the last eight messages are shown, and how many came before', () => {
  const conversation = openConversation();
  for (let turn = 1; turn <= 6; turn += 1) {
    conversation.accept(said(`m${turn}`, `question ${turn}`));
    answers(conversation, `answer ${turn}`);
  }

  const shown = lines(conversation);
  expect(shown[2]).toBe('_4 earlier messages_');
  expect(shown.slice(3)).toHaveLength(8);
  expect(shown[3]).toBe('**user** question 3');
  expect(shown.at(-1)).toBe('**agent** answer 6');
});

test('each message is cut at 240 characters', () => {
  const conversation = openConversation();
  conversation.accept(said('m1', 'x'.repeat(10_000)));

  expect(lines(conversation).at(-1)).toBe(`**user** ${'x'.repeat(239)}…`);
});

test.each([
  ['Latin letters', 'x'],
  ['Chinese', '你'],
  ['emoji', '😀'],
  ['control characters', '\u0000'],
  ['lone surrogates', '\ud83d'],
])('all of it fits in 16 KiB and is well-formed, in %s too', (_name, unit) => {
  const conversation = openConversation();
  for (let turn = 1; turn <= 5; turn += 1) {
    conversation.accept(said(`m${turn}`, unit.repeat(5_000)));
    const calls = Array.from({ length: 40 }, (_, index) => ({
      id: `t${turn}s1c${index}`,
      name: `tool_${index}`,
      arguments: { text: unit.repeat(500) },
    }));
    callsTools(conversation, ['dice'], { content: unit.repeat(5_000) });
    asksForTools(conversation, [], { toolCalls: calls, content: unit.repeat(5_000) });
    conversation.failTurn({ type: 'Failed', message: unit.repeat(5_000) });
  }
  conversation.accept(said('m6', unit.repeat(5_000)));
  answers(conversation, textResponse(unit.repeat(5_000)));

  const details = toDetails(conversation);
  expect(Buffer.byteLength(details)).toBeLessThanOrEqual(16 * 1024);
  expect(details).toBe(details.toWellFormed());
  expect(details.startsWith('### gambler · scripted\n\nturn 6 ')).toBe(true);
});

test('a step with many calls is cut at 16 KiB, and not much below it', () => {
  const conversation = openConversation();
  conversation.accept(said('m1', 'Do it all.'));
  const toolCalls = Array.from({ length: 200 }, (_, index) => ({
    id: `t1s1c${index}`,
    name: 'write',
    arguments: { text: '你'.repeat(150) },
  }));
  asksForTools(conversation, [], { toolCalls });

  const bytes = Buffer.byteLength(toDetails(conversation));
  expect(bytes).toBeLessThanOrEqual(16 * 1024);
  expect(bytes).toBeGreaterThan(14 * 1024);
});

test('with remembered lines they read the same, and each message is drawn once', () => {
  const lineOf = rememberLines();
  const conversation = openConversation();
  let drawn = 0;
  const content = 'Roll.';
  const message = {
    role: 'user' as const,
    get content() {
      drawn += 1;
      return content;
    },
  };
  conversation.accept(said('m0'));
  answers(conversation, 'zero');
  conversation.memory.append(message);
  for (let turn = 1; turn <= 3; turn += 1) {
    const remembered = toDetails(conversation, lineOf);
    const drawnBefore = drawn;
    expect(toDetails(conversation)).toBe(remembered);
    expect([drawnBefore, drawn]).toEqual([turn, turn + 1]);
    conversation.accept(said(`m${turn}`));
    answers(conversation, `answer ${turn}`);
  }
});
