import fc from 'fast-check';
import { textResponse } from '../../activities/models/scripted-model';
import { describeGauges } from '../../agent/budget-gauges';
import { jsonBytes } from '../../agent/json';
import { text } from '../../agent/messages';
import type { SequencedMessage } from '../../workflows/contract';
import { Conversation } from '../../workflows/conversation';
import { queueLimit } from '../../workflows/contract';
import { viewMessages, viewState } from '../../workflows/views';
import {
  answers,
  callsTools,
  carryOver,
  openConversation,
  pinnedAgent,
  said,
} from '../support/workflow-conversation';

const everything = { from: 0, limitBytes: 512 * 1024 };

describe('the state', () => {
  const statusOf = (conversation: Conversation) => viewState(conversation, {}).status;

  test('of a new conversation names no agent until it is resolved', () => {
    const conversation = new Conversation('task', undefined, () => 0);
    const nothing = { used: 0 };

    expect(viewState(conversation, {})).toStrictEqual({
      status: 'starting',
      mode: 'task',
      turn: 0,
      step: 0,
      messages: 0,
      promptTokens: 0,
      compactions: 0,
      queued: [],
      turns: [],
      usage: { inputTokens: 0, outputTokens: 0 },
      costUsd: 0,
      budgets: {
        conversation: {
          steps: nothing,
          toolCalls: nothing,
          tokens: nothing,
          costUsd: nothing,
          wallMs: nothing,
        },
      },
      setAside: { count: 0, reasons: [] },
    });
    conversation.pinned = pinnedAgent;
    expect(viewState(conversation, {})).toMatchObject({
      status: 'idle',
      agent: { name: 'gambler', model: 'scripted', hash: pinnedAgent.hash },
    });
  });

  test('says what goes on: idle, running, closing, closed', () => {
    const conversation = openConversation();
    const seen = [statusOf(conversation)];
    conversation.accept(said('m1'));
    seen.push(statusOf(conversation));
    answers(conversation, 'one');
    seen.push(statusOf(conversation));
    conversation.accept(said('m2'));
    conversation.isClosing = true;
    seen.push(statusOf(conversation));
    answers(conversation, 'two');
    seen.push(statusOf(conversation));

    expect(seen).toEqual(['idle', 'running', 'idle', 'closing', 'closed']);
  });

  test('says which turn and step are at work, on what, and who waits', () => {
    const conversation = openConversation();
    conversation.accept(said('m1'));
    conversation.accept(said('m2'));
    conversation.accept(said('m3'));
    callsTools(conversation, ['dice']);
    conversation.activity = 'think · step 2 · scripted';
    conversation.inbox.putAside('no JSON');

    expect(viewState(conversation, {})).toMatchObject({
      turn: 1,
      step: 2,
      activity: 'think · step 2 · scripted',
      messages: 3,
      queued: ['m2', 'm3'],
      turns: [{ turn: 1, messageIds: ['m1'], status: 'running' }],
      setAside: { count: 1, reasons: ['no JSON'] },
    });
  });

  test('shows the last 20 turns, and the tokens of all', () => {
    const conversation = openConversation();
    for (let turn = 1; turn <= 25; turn += 1) {
      conversation.accept(said(`m${turn}`));
      const usage = { inputTokens: 10, outputTokens: 1, cachedInputTokens: 4 };
      answers(conversation, textResponse('yes', { usage, costUsd: 0.1 }));
    }

    const { turns, usage, costUsd, turn, ...rest } = viewState(conversation, {});
    expect(turn).toBe(25);
    expect(turns.map((summary) => summary.turn)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 6),
    );
    const sixth = { turn: 6, messageIds: ['m6'], firstSeq: 10, status: 'answered' };
    expect(turns[0]).toStrictEqual(sixth);
    expect(usage).toEqual({ inputTokens: 250, outputTokens: 25, cachedInputTokens: 100 });
    expect(costUsd).toBe(2.5);
    expect(rest).not.toHaveProperty('failedAttempts');
  });

  test('tells what was spent in vain, which is in the totals too', () => {
    const conversation = openConversation();
    const spent = (attempts: number, inputTokens: number, costUsd: number) => ({
      attempts,
      usage: { inputTokens, outputTokens: 1 },
      costUsd,
    });
    const usage = { inputTokens: 10, outputTokens: 5 };
    conversation.accept(said('m1'));
    answers(
      conversation,
      textResponse('yes', { usage, costUsd: 0.01, failedAttempts: spent(2, 20, 0.02) }),
    );
    conversation.accept(said('m2'));
    conversation.failTurn({ type: 'ModelError.server', message: 'No.' }, spent(3, 30, 0.03));

    expect(viewState(conversation, {})).toMatchObject({
      usage: { inputTokens: 60, outputTokens: 7 },
      costUsd: 0.06,
      failedAttempts: { attempts: 5, usage: { inputTokens: 50, outputTokens: 2 }, costUsd: 0.05 },
    });
    expect(conversation.turns.map((turn) => conversation.responseOf(turn))).toMatchObject([
      { usage: { inputTokens: 30, outputTokens: 6 }, costUsd: 0.03 },
      { usage: { inputTokens: 30, outputTokens: 1 }, costUsd: 0.03, content: '' },
    ]);
  });

  test('says what is taken of the budgets, of the turn at work and of all, and how far they go', () => {
    let nowMs = 0;
    const conversation = new Conversation('conversation', undefined, () => nowMs);
    const budgets = {
      turn: { steps: 2, repeatedCalls: 3 },
      conversation: { costUsd: 0.1, tokens: 1_000 },
    };
    conversation.pinned = { ...pinnedAgent, agent: { ...pinnedAgent.agent, limits: { budgets } } };
    const spent = { usage: { inputTokens: 10, outputTokens: 5 }, costUsd: 0.01 };
    conversation.accept(said('m1'));
    answers(conversation, textResponse('one', spent));
    nowMs = 60_000;
    conversation.accept(said('m2'));
    callsTools(conversation, ['dice', 'dice'], spent);
    nowMs = 90_000;

    const shown = viewState(conversation, {}).budgets;
    expect(shown).toStrictEqual({
      turn: {
        steps: { used: 1, limit: 2 },
        toolCalls: { used: 2 },
        tokens: { used: 15 },
        costUsd: { used: 0.01 },
        wallMs: { used: 30_000 },
        repeatedCalls: { used: 1, limit: 3 },
      },
      conversation: {
        steps: { used: 2 },
        toolCalls: { used: 2 },
        tokens: { used: 30, limit: 1_000 },
        costUsd: { used: 0.02, limit: 0.1 },
        wallMs: { used: 90_000 },
      },
    });
    expect(describeGauges(shown.turn!)).toEqual([
      '1 of 2 model calls',
      '2 tool calls',
      '15 tokens',
      '$0.01',
      '30 s',
      '1 of 3 identical steps',
    ]);

    conversation.extend('turn');
    expect(viewState(conversation, {}).budgets.turn?.steps).toEqual({ used: 1, limit: 4 });
    answers(conversation, 'two');
    expect(viewState(conversation, {}).budgets).not.toHaveProperty('turn');
  });

  test('a price that is not known makes the whole unknown', () => {
    const conversation = openConversation();
    const usage = { inputTokens: 10, outputTokens: 5 };
    for (const costUsd of [0.01, null, 0.01]) {
      conversation.accept(said(`m${costUsd}${conversation.turns.length}`));
      answers(conversation, textResponse('yes', { usage, costUsd }));
    }

    expect(viewState(conversation, {}).costUsd).toBeNull();
    expect(conversation.turns.map(({ costUsd }) => costUsd)).toEqual([0.01, null, 0.01]);
  });

  test('follows one message from its place in the queue to its answer', () => {
    const conversation = openConversation();
    const statusOfMessage = () => viewState(conversation, { messageId: 'm2' }).message;
    const seen = [statusOfMessage()];
    conversation.accept(said('m0'));
    conversation.accept(said('m1'));
    conversation.accept(said('m2'));
    seen.push(statusOfMessage());
    answers(conversation, 'zero');
    conversation.openNextTurn();
    seen.push(statusOfMessage());
    answers(conversation, 'one');
    conversation.openNextTurn();
    seen.push(statusOfMessage());
    answers(conversation, 'two');
    seen.push(statusOfMessage());
    conversation.accept(said('m3'));
    answers(conversation, 'three');
    seen.push(statusOfMessage());

    const answered = {
      status: 'answered',
      turn: 3,
      response: expect.objectContaining({ role: 'agent', content: 'two', turn: 3 }),
    };
    expect(seen).toEqual([
      { status: 'unknown' },
      { status: 'queued', position: 2 },
      { status: 'queued', position: 1 },
      { status: 'running', turn: 3 },
      answered,
      answered,
    ]);
    expect(viewState(conversation, {})).not.toHaveProperty('message');
  });

  test('tells the sender of a message why its turn failed', () => {
    const conversation = openConversation();
    const error = { type: 'ModelError.quota', message: 'No money left.' };
    conversation.accept(said('m1'));
    conversation.failTurn(error);

    const { message, turns } = viewState(conversation, { messageId: 'm1' });
    expect(message).toMatchObject({ status: 'failed', turn: 1, response: { content: '', error } });
    expect(turns).toEqual([{ turn: 1, messageIds: ['m1'], firstSeq: 0, status: 'failed', error }]);
  });

  test('stays small with a full queue, long ids and much put aside', () => {
    const conversation = openConversation();
    for (let index = 0; index <= queueLimit; index += 1) {
      conversation.accept(said(`${index}`.padEnd(200, '你'), 'x'.repeat(100_000)));
      conversation.inbox.putAside('y'.repeat(100_000));
    }

    const bytes = jsonBytes(viewState(conversation, {}));
    expect(conversation.inbox.isFull).toBe(true);
    expect(bytes).toBeLessThan(80_000);
  });
});

describe('a page of messages', () => {
  /** Three turns of eight messages together, of very different sizes. */
  const talk = () => {
    const conversation = openConversation();
    conversation.accept(said('m1', 'x'.repeat(5_000)));
    callsTools(conversation, ['dice', 'dice']);
    answers(conversation, 'one');
    conversation.accept(said('m2'));
    answers(conversation, 'é'.repeat(3_000));
    conversation.accept(said('m3'));
    return conversation;
  };

  /** A page after the other, as long as there is a next one; more than there are messages is too many. */
  const pagesFrom = (conversation: Conversation, start: number, limitBytes: number) => {
    const pages: (readonly SequencedMessage[])[] = [];
    for (let from: number | undefined = start; from !== undefined && pages.length < 20;) {
      const page = viewMessages(conversation, { from, limitBytes });
      pages.push(page.messages);
      from = page.next;
    }
    return pages;
  };
  const bytesOf = (page: readonly SequencedMessage[]) =>
    page.reduce((total, entry) => total + jsonBytes(entry), 0);

  test('says of each message its place, its turn and, for a user’s, its id', () => {
    const { messages, next } = viewMessages(talk(), everything);

    expect(next).toBeUndefined();
    expect(
      messages.map(({ seq, turn, messageId, message }) => [seq, turn, messageId, message.role]),
    ).toEqual([
      [0, 1, 'm1', 'user'],
      [1, 1, undefined, 'assistant'],
      [2, 1, undefined, 'tool_response'],
      [3, 1, undefined, 'tool_response'],
      [4, 1, undefined, 'assistant'],
      [5, 2, 'm2', 'user'],
      [6, 2, undefined, 'assistant'],
      [7, 3, 'm3', 'user'],
    ]);
    expect(messages[1]).not.toHaveProperty('messageId');
  });

  test('keeps within its limit, but for a message that is larger than it', () => {
    const conversation = talk();
    const pages = pagesFrom(conversation, 0, 1_000);
    const shared = pages.filter((page) => page.length > 1);

    // The first message and the long answer are larger than a page, and the last message is what is left.
    expect(pages.map((page) => page.length)).toEqual([1, 5, 1, 1]);
    expect(shared.filter((page) => bytesOf(page) > 1_000)).toEqual([]);
  });

  test('may be as large as its limit, to the byte', () => {
    const conversation = talk();
    const limitBytes = bytesOf(viewMessages(conversation, everything).messages.slice(1, 4));
    const countWithin = (limit: number) =>
      viewMessages(conversation, { from: 1, limitBytes: limit }).messages.length;

    expect([countWithin(limitBytes - 1), countWithin(limitBytes)]).toEqual([2, 3]);
  });

  test('and its followers hold every message once and in order, whatever the limit', () => {
    const conversation = talk();
    const all = viewMessages(conversation, everything).messages;
    let pages = 0;
    fc.assert(
      fc.property(fc.nat(8_000), fc.nat(7), (limitBytes, start) => {
        const read = pagesFrom(conversation, start, limitBytes);
        expect(read.filter((page) => page.length === 0)).toEqual([]);
        expect(read.flat()).toEqual(all.slice(start));
        pages += read.length;
      }),
      { numRuns: 300, seed: 7 },
    );
    expect(pages).toBeGreaterThan(600);
  });

  test('from behind the last message is empty, and the last', () => {
    expect(viewMessages(talk(), { from: 8, limitBytes: 1 })).toStrictEqual({ messages: [] });
    expect(viewMessages(talk(), { from: 900, limitBytes: 1 })).toStrictEqual({ messages: [] });
    expect(viewMessages(openConversation(), everything)).toStrictEqual({ messages: [] });
  });

  test('keeps the numbers of messages whose predecessors are no longer carried', () => {
    const whole = carryOver(talk());
    const { messages } = whole.memory;
    const carried = { ...whole, memory: { firstSeq: 5, messages: messages.slice(5) } };
    const conversation = openConversation({ carried });
    const seqsFrom = (from: number) =>
      viewMessages(conversation, { ...everything, from }).messages.map(({ seq, message }) => [
        seq,
        message,
      ]);
    const kept = messages.slice(5).map((message, index) => [index + 5, message]);

    expect(seqsFrom(0)).toEqual(kept);
    expect(seqsFrom(5)).toEqual(kept);
    expect(seqsFrom(6)).toEqual(kept.slice(1));
    expect(viewMessages(conversation, { from: 0, limitBytes: 0 })).toMatchObject({ next: 6 });
  });

  test('holds content blocks as they were sent', () => {
    const conversation = openConversation();
    const content = [text('Look:'), { type: 'image', data: 'eA==', mimeType: 'image/png' }];
    conversation.accept({ messageId: 'm1', message: { role: 'user', content } });

    expect(viewMessages(conversation, everything).messages[0]?.message).toEqual({
      role: 'user',
      content,
    });
  });
});
