import fc from 'fast-check';
import { textResponse } from '../../activities/models/scripted-model';
import type { Acknowledgement } from '../../workflows/contract';
import { RejectionType } from '../../workflows/contract';
import { Conversation } from '../../workflows/conversation';
import { messageLimitBytes, queueLimit } from '../../workflows/contract';
import { knownIdsLimit } from '../../workflows/inbox';
import { viewMessages, viewState } from '../../workflows/views';
import {
  answers,
  asksForTools,
  callsTools,
  carryOver,
  continued,
  openConversation,
  pinnedAgent,
  said,
} from '../support/workflow-conversation';

const roles = (conversation: Conversation) => conversation.memory.messages.map(({ role }) => role);
const tokens = (inputTokens: number, outputTokens: number) => ({
  usage: { inputTokens, outputTokens },
  costUsd: inputTokens / 1000,
});

describe('a message', () => {
  test('to an agent that is free enters Memory at once and opens a turn', () => {
    const conversation = openConversation();

    expect(conversation.accept(said('m1', 'Hello.'))).toEqual({
      messageId: 'm1',
      accepted: 'appended',
      seq: 0,
    });
    expect(conversation.memory.messages).toEqual([{ role: 'user', content: 'Hello.' }]);
    expect(conversation.runningTurn).toMatchObject({
      turn: 1,
      messages: [{ messageId: 'm1', seq: 0 }],
      status: 'running',
    });
    expect(conversation.step).toBe(1);
  });

  test('waits until the agent is resolved', () => {
    const conversation = new Conversation('conversation');

    expect(conversation.accept(said('m1'))).toMatchObject({ accepted: 'queued', position: 1 });
    expect(conversation.memory.messages).toEqual([]);

    conversation.pinned = pinnedAgent;
    conversation.openNextTurn();
    expect(conversation.runningTurn?.messages).toEqual([{ messageId: 'm1', seq: 0 }]);
  });

  test('during a turn waits for its own, and each of several opens one, in order', () => {
    const conversation = openConversation();
    conversation.accept(said('m1'));
    expect(conversation.accept(said('m2'))).toMatchObject({ accepted: 'queued', position: 1 });
    expect(conversation.accept(said('m3'))).toMatchObject({ accepted: 'queued', position: 2 });

    conversation.openNextTurn();
    expect(conversation.runningTurn?.turn).toBe(1);
    answers(conversation, 'one');
    conversation.openNextTurn();
    answers(conversation, 'two');
    conversation.openNextTurn();
    answers(conversation, 'three');
    conversation.openNextTurn();

    expect(conversation.turns.map(({ turn, messages }) => [turn, messages])).toEqual([
      [1, [{ messageId: 'm1', seq: 0 }]],
      [2, [{ messageId: 'm2', seq: 2 }]],
      [3, [{ messageId: 'm3', seq: 4 }]],
    ]);
    expect(conversation.hasWork).toBe(false);
  });

  test('does not overtake those that wait between two turns', () => {
    const conversation = openConversation();
    conversation.accept(said('m1'));
    conversation.accept(said('m2'));
    answers(conversation, 'one');

    expect(conversation.accept(said('m3'))).toMatchObject({ accepted: 'queued', position: 2 });
    expect(conversation.inbox.waitingIds).toEqual(['m2', 'm3']);
  });

  test('enters Memory as content alone, whatever else was sent', () => {
    const conversation = openConversation();
    const { message } = said('m1', 'Hello.');

    conversation.accept({ messageId: 'm1', message: { ...message, seq: 9 }, delivery: 'queue' });

    expect(conversation.memory.messages).toStrictEqual([{ role: 'user', content: 'Hello.' }]);
  });
});

describe('the same id twice is one message:', () => {
  const duplicate = (rest: Partial<Acknowledgement>) => ({
    messageId: 'm1',
    accepted: 'duplicate',
    ...rest,
  });

  test('while it waits, is answered, and after it has been', () => {
    const conversation = openConversation();
    conversation.accept(said('m0'));
    conversation.accept(said('m1'));
    expect(conversation.accept(said('m1'))).toEqual(duplicate({ position: 1 }));

    answers(conversation, 'zero');
    conversation.openNextTurn();
    expect(conversation.accept(said('m1', 'Other words.'))).toEqual(duplicate({ seq: 2 }));

    answers(conversation, 'one');
    expect(conversation.accept(said('m1'))).toEqual(duplicate({ seq: 2 }));
    expect(conversation.hasWork).toBe(false);
    expect(roles(conversation)).toEqual(['user', 'assistant', 'user', 'assistant']);
  });

  test('also when its turn failed', () => {
    const conversation = openConversation();
    conversation.accept(said('m1'));
    conversation.failTurn({ type: 'ModelError.authentication', message: 'Bad key.' });

    expect(conversation.accept(said('m1'))).toEqual(duplicate({ seq: 0 }));
    expect(conversation.turns).toHaveLength(1);
  });

  test('also in the next run, waiting or answered', () => {
    const first = openConversation();
    first.accept(said('m1'));
    first.accept(said('m2'));
    answers(first, 'one');
    const next = continued(first);

    expect(next.accept(said('m1'))).toEqual(duplicate({ seq: 0 }));
    expect(next.accept(said('m2'))).toMatchObject({ accepted: 'duplicate', position: 1 });
    expect(next.inbox.waitingIds).toEqual(['m2']);
  });

  test('also when it came first as a signal', () => {
    const conversation = openConversation();
    conversation.acceptOrPutAside(said('m1'));
    conversation.acceptOrPutAside(said('m1'));

    expect(conversation.accept(said('m1'))).toEqual(duplicate({ seq: 0 }));
    expect(conversation.turns).toHaveLength(1);
    expect(conversation.inbox.setAside.count).toBe(0);
  });

  test('but for a repeat that is older than the bound', () => {
    const conversation = openConversation();
    for (let index = 0; index <= knownIdsLimit; index += 1) {
      conversation.accept(said(`m${index}`, 'x'));
      answers(conversation, 'y');
    }

    expect(conversation.accept(said('m1', 'x'))).toMatchObject({ accepted: 'duplicate', seq: 2 });
    expect(conversation.accept(said('m0', 'x'))).toMatchObject({
      accepted: 'appended',
      seq: 2 * knownIdsLimit + 2,
    });
    expect(conversation.turns.map(({ turn }) => turn)).toEqual(
      conversation.turns.map((_, index) => index + 1),
    );
  });
});

describe('the door stays shut', () => {
  const large = said('large', 'x'.repeat(messageLimitBytes));
  const typeOf = (conversation: Conversation, raw: unknown) => conversation.rejection(raw)?.type;
  const fill = (conversation: Conversation) => {
    conversation.accept(said('m0'));
    for (let index = 1; index <= queueLimit; index += 1) conversation.accept(said(`m${index}`));
  };

  test('for nothing that is a message', () => {
    expect(openConversation().rejection(said('m1'))).toBeUndefined();
    expect(new Conversation('task').rejection(said('m1'))).toBeUndefined();
  });

  test('with 100 messages waiting, and opens when one is taken', () => {
    const conversation = openConversation();
    fill(conversation);

    expect(conversation.rejection(said('new'))).toEqual({
      type: 'QueueFull',
      message: '100 messages are waiting already. Send again when some are answered.',
    });
    answers(conversation, 'zero');
    conversation.openNextTurn();
    expect(conversation.rejection(said('new'))).toBeUndefined();
    expect(conversation.accept(said('new'))).toMatchObject({ position: queueLimit });
  });

  test('with a mebibyte waiting, to what would make it more, and opens when enough is taken', () => {
    const conversation = openConversation();
    const content = 'x'.repeat(250_000);
    for (const id of ['m0', 'm1', 'm2', 'm3', 'm4']) conversation.accept(said(id, content));

    expect(conversation.rejection(said('m5', content))).toEqual({
      type: 'QueueFull',
      message:
        '1000008 bytes of messages are waiting already; with this one it would be more than 1048576. Send again when some are answered.',
    });
    expect(conversation.rejection(said('m4', content))).toBeUndefined();
    expect(conversation.rejection(said('short'))).toBeUndefined();
    answers(conversation, 'zero');
    conversation.openNextTurn();
    expect(conversation.rejection(said('m5', content))).toBeUndefined();
  });

  test('when the conversation is closed; what waits is still answered', () => {
    const conversation = openConversation();
    conversation.accept(said('m1'));
    conversation.accept(said('m2'));
    conversation.isClosing = true;

    expect(conversation.rejection(said('m3'))).toEqual({
      type: 'ConversationClosed',
      message: 'The conversation is closed.',
    });
    answers(conversation, 'one');
    conversation.openNextTurn();
    expect(conversation.runningTurn?.turn).toBe(2);
  });

  test('for one reason at a time: closed, full, too large, malformed', () => {
    const conversation = openConversation();
    const largeAndMalformed = { ...large, messageId: 7 };
    fill(conversation);
    conversation.isClosing = true;

    expect(typeOf(conversation, largeAndMalformed)).toBe(RejectionType.closed);
    conversation.isClosing = false;
    expect(typeOf(conversation, largeAndMalformed)).toBe(RejectionType.full);
    answers(conversation, 'zero');
    conversation.openNextTurn();
    expect(typeOf(conversation, largeAndMalformed)).toBe(RejectionType.tooLarge);
    expect(typeOf(conversation, large)).toBe(RejectionType.tooLarge);
    expect(typeOf(conversation, { ...said('m'), messageId: 7 })).toBe(RejectionType.malformed);
  });

  test('but never for an id that is known: not full, not closed, not too large, not malformed', () => {
    const conversation = openConversation();
    fill(conversation);
    conversation.isClosing = true;
    const repeats = [
      said('m0'),
      said('m100'),
      said('m7', 'x'.repeat(messageLimitBytes)),
      { messageId: 'm7' },
      { messageId: 'm7', message: null, delivery: 'pigeon' },
    ];

    expect(repeats.map((raw) => conversation.rejection(raw))).toEqual(repeats.map(() => undefined));
    expect(repeats.map((raw) => conversation.accept(raw).accepted)).toEqual(
      repeats.map(() => 'duplicate'),
    );
    expect(conversation.inbox.waitingIds).toHaveLength(queueLimit);
  });

  test('a refused message leaves no trace: its id may be used again', () => {
    const conversation = openConversation();
    const before = JSON.stringify(carryOver(conversation));

    expect(conversation.rejection(said('m1', ' '))).toMatchObject({ type: 'MalformedMessage' });
    expect(JSON.stringify(carryOver(conversation))).toBe(before);
    expect(conversation.accept(said('m1'))).toMatchObject({ accepted: 'appended' });
  });
});

describe('a signal', () => {
  test('that is no message is put aside with its reason, and the next one is heard', () => {
    const conversation = openConversation();
    const wrong = [
      undefined,
      'Hello.',
      { undecodable: 'Unexpected token' },
      said('m1', ''),
      said('m2', 'x'.repeat(messageLimitBytes)),
    ];
    for (const raw of wrong) conversation.acceptOrPutAside(raw);
    conversation.acceptOrPutAside(said('m3'));

    expect(conversation.inbox.setAside.count).toBe(5);
    expect(conversation.inbox.setAside.reasons).toEqual([
      'MalformedMessage: Expected an object { messageId, message, delivery? }, got undefined.',
      'MalformedMessage: Expected an object { messageId, message, delivery? }, got "Hello.".',
      'MalformedMessage: The payload cannot be decoded: Unexpected token',
      'MalformedMessage: `content` is empty.',
      'MessageTooLarge: The message is larger than 262144 bytes of JSON.',
    ]);
    expect(conversation.runningTurn?.messages).toEqual([{ messageId: 'm3', seq: 0 }]);
  });

  test('that comes too late or too often is put aside too', () => {
    const conversation = openConversation();
    for (let index = 0; index < queueLimit + 3; index += 1) {
      conversation.acceptOrPutAside(said(`m${index}`));
    }
    conversation.isClosing = true;
    conversation.acceptOrPutAside(said('late'));

    expect(conversation.inbox.setAside.count).toBe(3);
    expect(conversation.inbox.setAside.reasons.map((reason) => reason.split(':')[0])).toEqual([
      'QueueFull',
      'QueueFull',
      'ConversationClosed',
    ]);
    expect(conversation.inbox.waitingIds).toHaveLength(queueLimit);
  });
});

describe('a turn', () => {
  test('goes through its steps, adds up their tokens and ends with the answer', () => {
    const conversation = openConversation();
    conversation.accept(said('m1'));
    callsTools(conversation, ['dice', 'dice'], tokens(10, 1));
    expect(conversation.step).toBe(2);
    callsTools(conversation, ['dice'], tokens(20, 2));
    expect(conversation.step).toBe(3);
    conversation.activity = 'think · step 3';
    answers(conversation, textResponse('Seven.', tokens(30, 3)));

    const [turn] = conversation.turns;
    expect(turn).toEqual({
      turn: 1,
      messages: [{ messageId: 'm1', seq: 0 }],
      status: 'answered',
      usage: { inputTokens: 60, outputTokens: 6 },
      costUsd: 0.06,
      steps: 3,
      toolCalls: 3,
      startedAtMs: expect.any(Number) as number,
      answerSeq: 6,
    });
    expect(conversation.responseOf(turn!)).toEqual({
      role: 'agent',
      content: 'Seven.',
      turn: 1,
      finishReason: 'stop',
      usage: { inputTokens: 60, outputTokens: 6 },
      costUsd: 0.06,
    });
    expect(conversation.activity).toBeUndefined();
    expect(conversation.runningTurn).toBeUndefined();
  });

  test('begins at step 1, however many the last one took', () => {
    const conversation = openConversation();
    conversation.accept(said('m1'));
    callsTools(conversation, ['dice']);
    answers(conversation, 'one');
    conversation.accept(said('m2'));

    expect(conversation.step).toBe(1);
    expect(conversation.runningTurn?.turn).toBe(2);
  });

  test('that fails leaves Memory sendable, says why, and the next one is heard', () => {
    const conversation = openConversation();
    const error = { type: 'StepLimitError', message: 'Stopped.' };
    conversation.accept(said('m1'));
    asksForTools(conversation, ['dice', 'clock'], tokens(5, 1));
    conversation.failTurn(error);

    expect(conversation.memory.openCalls).toEqual([]);
    expect(conversation.memory.messages.slice(2)).toEqual([
      expect.objectContaining({ toolCallId: 't1s1c0', toolName: 'dice', isError: true }),
      expect.objectContaining({ toolCallId: 't1s1c1', toolName: 'clock', isError: true }),
    ]);
    expect(conversation.responseOf(conversation.turns[0]!)).toEqual({
      role: 'agent',
      content: '',
      turn: 1,
      finishReason: 'error',
      usage: { inputTokens: 5, outputTokens: 1 },
      costUsd: 0.005,
      error,
    });
    expect(conversation.accept(said('m2'))).toMatchObject({ accepted: 'appended', seq: 4 });
    answers(conversation, 'Here I am.');
    expect(conversation.turns.map(({ status }) => status)).toEqual(['failed', 'answered']);
  });

  test('ends with what the model said, also when it was refused or cut', () => {
    const conversation = openConversation();
    conversation.accept(said('m1'));
    answers(conversation, textResponse('I must not', { finishReason: 'refusal' }));

    expect(conversation.responseOf(conversation.turns[0]!)).toMatchObject({
      content: 'I must not',
      finishReason: 'refusal',
    });
  });
});

describe('continue-as-new', () => {
  test('in the middle of a turn takes the turn, its step and its tokens along', () => {
    const first = openConversation({ mode: 'task' });
    first.accept(said('m1'));
    callsTools(first, ['dice'], tokens(10, 1));
    first.accept(said('m2'));
    first.isClosing = true;
    const next = continued(first);

    expect(next.mode).toBe('task');
    expect(next.step).toBe(2);
    expect(next.isClosing).toBe(true);
    expect(next.pinned).toEqual(pinnedAgent);
    expect(next.runningTurn).toMatchObject({ turn: 1, status: 'running' });
    expect(next.memory.messages).toEqual(first.memory.messages);
    expect(carryOver(first).previousRunId).toBe('run-1');

    answers(next, textResponse('Six.', tokens(20, 2)));
    expect(next.responseOf(next.turns[0]!)).toMatchObject({
      content: 'Six.',
      usage: { inputTokens: 30, outputTokens: 3 },
      costUsd: 0.03,
    });
    next.openNextTurn();
    expect(next.runningTurn?.messages).toEqual([{ messageId: 'm2', seq: 4 }]);
  });

  test('from a run that kept no prices goes on: what it cost is not known', () => {
    const first = openConversation();
    first.accept(said('m1'));
    callsTools(first, ['dice'], tokens(10, 1));
    const { turns, ...carried } = carryOver(first);
    const old = turns.map(({ costUsd: _costUsd, ...turn }) => turn);
    const next = openConversation({ carried: { ...carried, turns: old } });
    answers(next, textResponse('Six.', tokens(20, 2)));

    expect(next.responseOf(next.turns[0]!)).toMatchObject({
      usage: { inputTokens: 30, outputTokens: 3 },
      costUsd: null,
    });
    expect(viewState(next, {}).costUsd).toBeNull();
  });

  test('with calls still open keeps them open', () => {
    const first = openConversation();
    first.accept(said('m1'));
    asksForTools(first, ['dice']);

    expect(continued(first).memory.openCalls).toEqual(first.memory.openCalls);
    expect(first.memory.openCalls).toHaveLength(1);
  });

  /** One thing that may happen to a conversation. */
  type Happening = (conversation: Conversation) => unknown;
  const happening: fc.Arbitrary<Happening> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.nat(12).map((id): Happening => (conversation) => {
        const raw = said(`m${id}`);
        return conversation.rejection(raw) ?? conversation.accept(raw);
      }),
    },
    {
      weight: 2,
      arbitrary: fc.nat(12).map((id): Happening => (conversation) => {
        conversation.acceptOrPutAside(said(`m${id}`, id % 3 === 0 ? '' : 'Hello.'));
      }),
    },
    {
      weight: 4,
      arbitrary: fc.nat(2).map((count): Happening => (conversation) => {
        if (conversation.runningTurn) {
          const names = ['dice', 'clock'].slice(0, count);
          if (names.length > 0) callsTools(conversation, names, tokens(1, 1));
          else answers(conversation, textResponse('Done.', tokens(2, 2)));
        } else conversation.openNextTurn();
      }),
    },
    {
      weight: 1,
      arbitrary: fc.constant<Happening>((conversation) => {
        if (conversation.runningTurn) conversation.failTurn({ type: 'Failed', message: 'Lost.' });
      }),
    },
    {
      weight: 1,
      arbitrary: fc.constant<Happening>((conversation) => conversation.openNextTurn()),
    },
  );

  test('at any moment changes nothing that anyone is told, and loses and doubles no message', () => {
    let continuations = 0;
    let appended = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(happening, fc.boolean()), { minLength: 10, maxLength: 60 }),
        (happenings) => {
          const steady = openConversation();
          let moving = openConversation();
          const accepted = new Set<string>();
          for (const [happens, continues] of happenings) {
            const told = happens(steady);
            expect(happens(moving)).toEqual(told);
            const acknowledgement = told as Partial<Acknowledgement> | undefined;
            if (acknowledgement?.messageId) accepted.add(acknowledgement.messageId);
            if (!continues) continue;
            moving = continued(moving);
            continuations += 1;
          }
          const everything = { from: 0, limitBytes: 1e9 };
          expect(viewState(moving, {})).toEqual(viewState(steady, {}));
          expect(viewMessages(moving, everything)).toEqual(viewMessages(steady, everything));
          const sent = viewMessages(moving, everything).messages.flatMap(({ messageId }) =>
            messageId === undefined ? [] : [messageId],
          );
          const all = [...sent, ...moving.inbox.waitingIds];
          expect(new Set(all).size).toBe(all.length);
          expect(all).toEqual(expect.arrayContaining([...accepted]));
          expect(moving.memory.messages.filter(({ role }) => role === 'user')).toHaveLength(
            sent.length,
          );
          appended += sent.length;
        },
      ),
      { numRuns: 500, seed: 20_261_121 },
    );
    expect(continuations).toBeGreaterThan(4_000);
    expect(appended).toBeGreaterThan(1_000);
  });
});

describe('another agent', () => {
  const other = { ...pinnedAgent, hash: 'other' };

  test('is taken at once between turns', () => {
    const conversation = openConversation();

    conversation.adopt(other, { agent: 'other' });

    expect(conversation.pinned).toBe(other);
    expect(carryOver(conversation)).toMatchObject({
      pinned: { hash: 'other' },
      adopted: { agent: 'other' },
    });
  });

  test('is taken when the step at work is over, whether or not the turn is', () => {
    const conversation = openConversation();
    conversation.accept(said('m1'));
    conversation.adopt(other, { agent: 'other' });
    expect(conversation.pinned).toBe(pinnedAgent);

    callsTools(conversation, ['dice']);
    expect(conversation.pinned).toBe(other);

    conversation.adopt(pinnedAgent, { agent: 'first' });
    answers(conversation, 'Six.');
    expect(conversation.pinned).toBe(pinnedAgent);
  });

  test('is taken when the turn fails', () => {
    const conversation = openConversation();
    conversation.accept(said('m1'));
    conversation.adopt(other, { agent: 'other' });

    conversation.failTurn({ type: 'ModelError.authentication', message: 'No.' });

    expect(conversation.pinned).toBe(other);
  });

  test('of two asked for during one step the later is taken', () => {
    const conversation = openConversation();
    conversation.accept(said('m1'));
    conversation.adopt({ ...other, hash: 'earlier' }, { agent: 'earlier' });
    conversation.adopt(other, { agent: 'other' });

    answers(conversation, 'Done.');

    expect(conversation.pinned?.hash).toBe('other');
    expect(continued(conversation).adopted).toEqual({ agent: 'other' });
  });
});

test('“always” is for the tool that it was said of: another agent’s of that name asks again', () => {
  const tool = (name: string, approval: 'always' | 'never') =>
    ({ name, description: '', inputSchema: {}, approval }) as const;
  const pins = (...tools: ReturnType<typeof tool>[]) => ({
    ...pinnedAgent,
    agent: { ...pinnedAgent.agent, tools },
  });
  const conversation = openConversation();
  conversation.pinned = pins(tool('pay', 'always'), tool('sell', 'always'));
  conversation.accept(said('m1'));
  for (const name of ['pay', 'sell']) {
    const item = { callId: name, tool: name, kind: 'approval', arguments: {}, effect: '' } as const;
    conversation.approvals.ask(item, 0, 1_000);
    conversation.approvals.decide({ callId: name, approved: true, remember: true });
  }
  const allowed = () => ['pay', 'sell'].map((name) => conversation.approvals.isAllowed(name));

  conversation.adopt(pins(tool('sell', 'always'), tool('pay', 'never')), { agent: 'other' });
  expect(allowed()).toEqual([true, true]);
  answers(conversation, 'Done.');

  expect(allowed()).toEqual([false, true]);
});

describe('people take part:', () => {
  const steered = (id: string) => ({ ...said(id), delivery: 'steer' });
  const urgent = (id: string) => ({ ...said(id), delivery: 'interrupt' });
  const done = { content: [{ type: 'text', text: 'paid' }] } as const;

  test('who interrupts opens the next turn, before what was steered to the stopped one', () => {
    const conversation = openConversation();
    for (const raw of [said('m1'), said('q'), steered('s')]) conversation.accept(raw);
    expect(conversation.accept(urgent('i'))).toMatchObject({ accepted: 'queued', position: 1 });
    expect(conversation.isInterruptAsked).toBe(true);
    conversation.interruptTurn();

    expect(conversation.inbox.waitingIds).toEqual(['i', 's', 'q']);
    expect(conversation.isInterruptAsked).toBe(false);
  });

  test('what was steered to a turn that fails opens the next one', () => {
    const conversation = openConversation();
    for (const raw of [said('m1'), said('q'), steered('s')]) conversation.accept(raw);
    conversation.failTurn({ type: 'ModelError', message: 'No.' });

    expect(conversation.inbox.waitingIds).toEqual(['s', 'q']);
    expect(conversation.inbox.steeringIds).toEqual([]);
  });

  test('while nobody is at work each delivery opens a turn, and an interruption stops nothing', () => {
    for (const raw of [said('a'), steered('b'), urgent('c')]) {
      const conversation = openConversation();
      expect(conversation.interrupt()).toEqual({});
      expect(conversation.accept(raw)).toMatchObject({ accepted: 'appended', seq: 0 });
      expect(conversation.isInterruptAsked).toBe(false);
    }
  });

  test('a step that is interrupted keeps the results that there are', () => {
    const first = openConversation();
    first.accept(said('m1'));
    asksForTools(first, ['pay', 'dice']);
    first.stepResults.set('t1s1c0', done);
    const next = continued(first);
    next.interruptTurn();

    expect(next.memory.messages.slice(2)).toMatchObject([
      { toolCallId: 't1s1c0', isError: false, content: done.content },
      { toolCallId: 't1s1c1', isError: true },
    ]);
    expect(next.memory.openCalls).toEqual([]);
    expect(next.stepResults.size).toBe(0);
  });

  test('an answer stays one where what came after it is taken back', () => {
    const conversation = openConversation();
    conversation.accept(said('m1'));
    conversation.accept(steered('s'));
    answers(conversation, 'One.');
    expect(conversation.runningTurn).toBeDefined();

    expect(conversation.inbox.cancel(['s'])).toEqual(['s']);
    expect(conversation.isAnswered).toBe(true);
    conversation.endTurn();
    expect(conversation.responseOf(conversation.turns[0]!).content).toBe('One.');
  });

  test('whoever is adopted during a step takes over after it, in the next run too', () => {
    const first = openConversation();
    first.accept(said('m1'));
    asksForTools(first, ['pay']);
    first.adopt({ ...pinnedAgent, hash: 'other' }, { agent: 'other' });
    const next = continued(first);

    expect(next.pinned?.hash).toBe(pinnedAgent.hash);
    next.pinNext();
    expect(next.pinned?.hash).toBe('other');
  });

  test('a message that waits may become no larger than there is room for', () => {
    const conversation = openConversation();
    const content = 'x'.repeat(250_000);
    conversation.accept(said('m0'));
    for (const id of ['m1', 'm2', 'm3', 'm4']) conversation.accept(said(id, content));
    conversation.accept(said('m5', 'short'));

    expect(conversation.editRejection(said('m5', content))).toMatchObject({ type: 'QueueFull' });
    expect(conversation.editRejection(said('m4', content))).toBeUndefined();
    expect(conversation.editRejection(said('m0', content))).toBeUndefined();
    expect(conversation.inbox.edit('m4', said('m4', 'Short.').message)).toBe(true);
    expect(conversation.editRejection(said('m5', content))).toBeUndefined();
  });

  test('all that people left behind is carried as it was', () => {
    const conversation = openConversation();
    for (const raw of [said('m1'), said('q'), steered('s'), said('x')]) conversation.accept(raw);
    conversation.inbox.cancel(['x']);
    asksForTools(conversation, ['pay', 'dice'], tokens(5, 1));
    const item = { kind: 'approval', tool: 'pay', arguments: {}, effect: '' } as const;
    conversation.approvals.ask({ ...item, callId: 't1s1c0' }, 0, 1_000);
    conversation.stepResults.set('t1s1c1', done);
    conversation.isPaused = true;
    conversation.extend('turn');
    conversation.extend('conversation');
    const next = continued(conversation);

    expect(carryOver(next)).toEqual(carryOver(conversation));
    expect(viewState(next, {})).toEqual(viewState(conversation, {}));
    expect(next.accept(said('x'))).toEqual({ messageId: 'x', accepted: 'duplicate' });
  });
});
