/** What a conversation remembers of the messages that have left it. */
import { textResponse } from '../../activities/models/scripted-model';
import { jsonBytes } from '../../agent/json';
import type { Conversation } from '../../workflows/conversation';
import { fits } from '../../workflows/carry-over';
import { toDetails } from '../../workflows/details';
import { keptAnswersBytes, turnsRemembered } from '../../workflows/turn-log';
import { viewMessages, viewState } from '../../workflows/views';
import {
  answers,
  callsTools,
  carryOver,
  continued,
  openConversation,
  said,
} from '../support/workflow-conversation';

const everything = { from: 0, limitBytes: 512 * 1024 };
const spent = { usage: { inputTokens: 100, outputTokens: 10 }, costUsd: 0.001 };
const summary = (content = 'S.') => textResponse(content, spent);

/** Turns of two messages each. */
function talked(turns: number, answer = (turn: number) => `Answer ${turn}.`): Conversation {
  const conversation = openConversation();
  for (let turn = 1; turn <= turns; turn++) {
    conversation.accept(said(`m${turn}`));
    answers(conversation, textResponse(answer(turn), spent));
  }
  return conversation;
}

const responseTo = (conversation: Conversation, messageId: string) => {
  const { message } = viewState(conversation, { messageId });
  return message && 'response' in message ? message.response : message;
};

test('the answers of the last 20 turns can still be asked for, before and after it is carried', () => {
  const conversation = talked(30);
  const before = responseTo(conversation, 'm11');
  conversation.compact(59, summary());

  for (const it of [conversation, continued(conversation)]) {
    expect(responseTo(it, 'm11')).toEqual(before);
    expect(responseTo(it, 'm29')).toMatchObject({ content: 'Answer 29.', turn: 29, ...spent });
    expect(responseTo(it, 'm10')).toEqual({ status: 'unknown' });
    expect(it.turns).toHaveLength(turnsRemembered);
  }
});

test('a checked answer keeps its value', () => {
  const conversation = openConversation();
  conversation.accept(said('m1'));
  answers(conversation, textResponse('{"sum":5}', { outputProblem: null }));
  conversation.accept(said('m2'));
  conversation.compact(2, summary());

  expect(responseTo(conversation, 'm1')).toMatchObject({
    content: '{"sum":5}',
    output: { sum: 5 },
  });
});

test('the totals stay exact, whatever is forgotten, and the summary’s own price is among them', () => {
  const conversation = talked(50);
  conversation.compact(99, summary());
  const expected = { usage: { inputTokens: 5_100, outputTokens: 510 }, costUsd: 0.051 };

  expect(viewState(conversation, {})).toMatchObject({ ...expected, compactions: 1, messages: 100 });
  expect(viewState(continued(conversation), {})).toEqual(viewState(conversation, {}));
});

test('turns that Memory still holds are remembered, however many', () => {
  const conversation = talked(50);
  conversation.compact(10, summary());

  expect(conversation.turns).toHaveLength(45);
  expect(viewMessages(conversation, everything).messages[0]).toMatchObject({
    seq: 10,
    turn: 6,
    messageId: 'm6',
  });
});

test('a known id stays known, and the next turn gets the next number', () => {
  const conversation = continued(compacted(talked(30)));

  expect(conversation.accept(said('m1'))).toEqual({ messageId: 'm1', accepted: 'duplicate' });
  expect(conversation.accept(said('m31'))).toMatchObject({ accepted: 'appended', seq: 60 });
  expect(conversation.runningTurn).toMatchObject({ turn: 31 });
});

function compacted(conversation: Conversation): Conversation {
  conversation.compact(conversation.memory.messages.length - 1, summary());
  return conversation;
}

test('of many long answers the oldest are cut, so that they can be carried', () => {
  const conversation = compacted(talked(30, (turn) => `Answer ${turn}. ${'x'.repeat(100_000)}`));

  expect(jsonBytes(conversation.turns)).toBeLessThan(keptAnswersBytes + 50_000);
  expect(fits(carryOver(conversation))).toBe(true);
  expect(responseTo(conversation, 'm29')).toMatchObject({
    content: expect.stringMatching(/x{100000}$/),
  });
  expect(responseTo(conversation, 'm12')).toMatchObject({
    content: expect.stringMatching(/^Answer 12\. x+…$/),
  });
});

test('pages begin with the first message that is there, and say what stands for the others', () => {
  const conversation = talked(3);
  conversation.accept(said('m4', 'Now look.'));
  for (let step = 0; step < 4; step++) callsTools(conversation, ['look']);
  conversation.compact(11, summary('What was before.'));

  const page = viewMessages(conversation, everything);
  expect(page.summary).toMatchObject({
    isSummary: true,
    content: expect.stringContaining('What was before.'),
  });
  expect(page.messages.map(({ seq, turn }) => [seq, turn])).toEqual([
    [6, 4],
    [11, 4],
    [12, 4],
    [13, 4],
    [14, 4],
  ]);
  expect(page.messages[0]).toMatchObject({ messageId: 'm4', message: { content: 'Now look.' } });
  const paged = [];
  for (let from: number | undefined = 0; from !== undefined;) {
    const next = viewMessages(conversation, { from, limitBytes: 0 });
    paged.push(...next.messages);
    from = next.next;
  }
  expect(paged).toEqual(page.messages);
  expect(viewMessages(conversation, { ...everything, from: 12 }).summary).toBeUndefined();
});

test('the details show the summary as such', () => {
  const conversation = talked(3);
  conversation.compact(4, summary('What was before.'));

  const details = toDetails(conversation, 'talk-1');
  expect(details).toContain('**summary** \\[Summary of the 4 messages');
  expect(details).toContain('compacted 1×');
});

test('a failed turn stays failed, and says why', () => {
  const conversation = openConversation();
  conversation.accept(said('m1'));
  conversation.failTurn({ type: 'ModelError.quota', message: 'No money left.' });
  conversation.accept(said('m2'));
  answers(conversation, 'Yes.');
  conversation.compact(2, summary());

  expect(responseTo(continued(conversation), 'm1')).toMatchObject({
    content: '',
    finishReason: 'error',
    error: { type: 'ModelError.quota' },
  });
});
