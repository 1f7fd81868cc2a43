import { setImmediate as nextRound } from 'node:timers/promises';
import { textResponse } from '../../../activities/models/scripted-model';
import type { ConversationEvent } from '../../../client/conversation-events';
import {
  DeadlineError,
  MessageForgottenError,
  NoWorkerError,
  RunFailedError,
  UnknownConversationError,
} from '../../../client/errors';
import { systemClock } from '../../../client/stream/clock';
import { Feeds } from '../../../client/stream/feeds';
import { formatOffset } from '../../../client/stream/offset';
import { type StreamRequest, streamConversation } from '../../../client/stream/stream-conversation';
import { StrictReader } from '../../support/strict-reader';
import { type Scene, StreamedConversation } from '../../support/streamed-conversation';
import { grpcError } from '../../support/update-errors';

type Wanted = Partial<Pick<StreamRequest, 'from' | 'until' | 'sent' | 'signal'>>;

function open(talk: StreamedConversation, hasChannel = false) {
  const deltas = hasChannel ? talk : undefined;
  const feeds = new Feeds({ reader: talk, namespace: 'default', clock: talk, deltas });
  const stream = (wanted: Wanted = {}) =>
    streamConversation({ reader: talk, feeds, id: 'chat', ...wanted });
  return { feeds, stream };
}

/** Reads to the end. */
async function read(
  talk: StreamedConversation,
  wanted: Wanted = {},
  hasChannel = false,
): Promise<StrictReader> {
  return follow(open(talk, hasChannel).stream(wanted));
}

async function follow(
  events: AsyncIterable<ConversationEvent>,
  reader = new StrictReader(),
): Promise<StrictReader> {
  for await (const event of events) reader.observe(event);
  return reader;
}

/** Events in few words, but for the status and the offsets. */
function told({ events }: StrictReader): readonly string[] {
  return events.flatMap((event) => {
    switch (event.type) {
      case 'partial':
        return [`${event.textOffset} ${event.content}`];
      case 'thinking':
        return [`(${event.textOffset} ${event.content})`];
      case 'message': {
        const { message } = event.message;
        return [`${message.role} ${typeof message.content === 'string' ? message.content : '…'}`];
      }
      case 'complete':
        return [`complete ${event.response.turn} ${event.response.finishReason}`];
      case 'attempt':
        return [`${event.activity} attempt ${event.attempt}`];
      case 'pending':
        return [`pending ${event.item.callId}`];
      case 'settled':
        return [`settled ${event.callId}`];
      case 'trouble':
        return [`trouble ${event.message.slice(0, 22)}`];
      case 'status':
        return [];
      default:
        return [event.type];
    }
  });
}

const begins: readonly Scene[] = [(talk) => talk.hears('m1'), (talk) => talk.thinks()];
const heard = 'user This is m1.';

describe('the pieces of an answer', () => {
  test('are told as they come, each once, and then the durable message', async () => {
    const talk = new StreamedConversation([
      ...begins,
      ...['', 'The', 'The', 'The sum', 'The sum is five.'].map(
        (text): Scene =>
          (it) =>
            it.says(text),
      ),
      (it) => it.answers('The sum is five.'),
    ]);

    const reader = await read(talk);

    expect(told(reader)).toEqual([
      heard,
      '0 The',
      '3  sum',
      '7  is five.',
      'assistant The sum is five.',
      'complete 1 stop',
    ]);
    expect(reader.problems).toEqual([]);
  });

  test('that a reader who comes late has missed come at once', async () => {
    const talk = new StreamedConversation([(it) => it.answers('The sum is five.')]);
    for (const scene of begins) scene(talk);
    talk.says('The sum is', 'Two and three.');

    expect(told(await read(talk)).slice(0, 3)).toEqual([
      heard,
      '(0 Two and three.)',
      '0 The sum is',
    ]);
  });

  test('have a gap where a tail does not reach back, which the message fills', async () => {
    const talk = new StreamedConversation([
      ...begins,
      (it) => it.beats({ text: 'abc' }),
      (it) => it.beats({ offset: 10, text: 'klm' }),
      (it) => it.beats({ offset: 10, text: 'klmno' }),
      (it) => it.beats({ offset: 12, text: 'mnopq' }),
      (it) => it.answers('abcdefghijklmnopq'),
    ]);

    const reader = await read(talk);

    expect(told(reader)).toEqual([
      heard,
      ...['0 abc', '10 klm', '13 no', '15 pq'],
      ...['assistant abcdefghijklmnopq', 'complete 1 stop'],
    ]);
    expect(reader.problems).toEqual([]);
  });

  test('of reasoning are told apart from the answer', async () => {
    const talk = new StreamedConversation([
      ...begins,
      (it) => it.says('', 'Two'),
      (it) => it.says('Fi', 'Two and three.'),
      (it) => it.answers('Five.'),
    ]);

    expect(told(await read(talk)).slice(1, 4)).toEqual(['(0 Two)', '(3  and three.)', '0 Fi']);
  });

  test('of a step that is over are not told behind its message', async () => {
    const talk = new StreamedConversation([
      ...begins,
      (it) => it.says('O'),
      (it) => {
        it.says('One');
        it.stale = it.description();
        it.asksForTools('dice');
        // The server tells of the new history, and of the activity as it was.
        it.stale = { ...it.description(), pending: it.stale.pending };
      },
      (it) => {
        it.stale = undefined;
        it.toolsFinish();
      },
      (it) => it.thinks(),
      (it) => it.says('Tw'),
      (it) => it.answers('Two.'),
    ]);

    const reader = await read(talk);

    expect(told(reader)).toEqual([
      heard,
      ...['0 O', 'assistant ', 'tool_started', 'tool_response …', 'tool_finished'],
      ...['0 Tw', 'assistant Two.', 'complete 1 stop'],
    ]);
  });

  test('of an answer that was interrupted stay, as far as the model could say', async () => {
    const talk = new StreamedConversation([
      ...begins,
      (it) => it.says('One two three'),
      (it) => it.hears('m2', 'interrupt'),
      (it) => it.isInterrupted('One two'),
      (it) => it.thinks(),
      (it) => it.says('Fine'),
      (it) => it.answers('Fine.'),
      (it) => it.ends(),
    ]);

    const reader = await read(talk, { until: 'conversation' });

    expect(told(reader)).toEqual([
      heard,
      ...['0 One two three', 'assistant One two', 'complete 1 interrupted'],
      ...['user This is m2.', '0 Fine', 'assistant Fine.', 'complete 2 stop', 'ended'],
    ]);
  });

  test('of an answer that failed give way to the reason', async () => {
    const talk = new StreamedConversation([
      ...begins,
      (it) => it.says('One'),
      (it) => it.fails('No more.'),
    ]);

    const { events } = await read(talk);

    expect(events.at(-1)).toMatchObject({
      response: { content: '', error: { type: 'ModelError', message: 'No more.' } },
    });
  });
});

describe('an attempt that is lost', () => {
  const dies: readonly Scene[] = [
    (it) => it.says('The sum is'),
    (it) => it.losesWorker(),
    (it) => it.startsAgain(),
    (it) => it.says('The'),
    (it) => it.says('The sum is fi'),
  ];

  test('is told with its worker, and the text begins anew', async () => {
    const talk = new StreamedConversation([
      ...begins,
      ...dies,
      (it) => it.answers('The sum is five.'),
    ]);

    const reader = await read(talk);

    expect(told(reader).slice(1, 5)).toEqual([
      ...['0 The sum is', 'getResponse attempt 2', '0 The', '3  sum is fi'],
    ]);
    expect(reader.events.find(({ type }) => type === 'attempt')).toMatchObject({
      ...{ lostWorker: 'one', worker: 'two', isFinal: false },
    });
    expect(reader.problems).toEqual([]);
  });

  /** Back to just before the model call: the same step, thought once more. */
  const isReset: Scene = (it) => {
    const before = new StreamedConversation();
    before.hears('m1');
    it.isResetTo(before);
    it.thinks();
  };

  test.each([
    ['by heartbeats', false],
    ['by a channel, which is first', true],
  ])('is that of a call that a reset takes back too: no text of two, %s', async (_, hasChannel) => {
    const tells = (text: string, offset: number): Scene =>
      hasChannel ? (it) => it.tells({ text, offset }) : (it) => it.says(text);
    const talk = new StreamedConversation([
      ...begins,
      tells('The sum is', 0),
      (it) => {
        if (hasChannel) it.stale = it.description();
        isReset(it);
        if (hasChannel) it.tells({ text: '' });
      },
      tells('Three and ', 0),
      (it) => (it.stale = undefined),
      tells(hasChannel ? 'two.' : 'Three and two.', hasChannel ? 10 : 0),
      (it) => it.answers('Three and two.'),
    ]);

    const reader = await read(talk, {}, hasChannel);

    expect(told(reader)).toEqual([
      ...[heard, '0 The sum is', 'getResponse attempt 1', '0 Three and ', '10 two.'],
      ...['assistant Three and two.', 'complete 1 stop'],
    ]);
    expect(reader.problems).toEqual([]);
  });

  test('is told to a reader who was away while a reset took back the call whose text it has', async () => {
    const talk = new StreamedConversation([
      ...begins,
      (it) => it.says('The sum is'),
      isReset,
      (it) => it.says('Three and two'),
      (it) => it.answers('Three and two.'),
    ]);
    const { stream } = open(talk);
    const reader = new StrictReader();
    for await (const event of stream()) {
      reader.observe(event);
      if (event.type === 'partial') break;
    }
    for (let scenes = 0; scenes < 2; scenes++) await talk.sleep(1, new AbortController().signal);

    await follow(stream({ from: reader.offset! }), reader);

    expect(told(reader).slice(2, 4)).toEqual(['getResponse attempt 1', '0 Three and two']);
    expect(reader.problems).toEqual([]);
  });

  test('is told to a reader who was away meanwhile, before the new text', async () => {
    const talk = new StreamedConversation([
      ...begins,
      ...dies,
      (it) => it.answers('The sum is five.'),
    ]);
    const { stream } = open(talk);
    const reader = new StrictReader();
    for await (const event of stream()) {
      reader.observe(event);
      if (event.type === 'partial') break;
    }
    for (let scenes = 0; scenes < 4; scenes++) await talk.sleep(1, new AbortController().signal);

    await follow(stream({ from: reader.offset! }), reader);

    expect(told(reader).slice(2, 4)).toEqual(['getResponse attempt 2', '0 The sum is fi']);
    expect(reader.problems).toEqual([]);
  });

  test('is told to a reader who comes back before it has said a word', async () => {
    const talk = new StreamedConversation([
      ...[...begins, ...dies.slice(0, 3), () => undefined],
      (it) => it.answers('The sum is five.'),
    ]);
    const { stream } = open(talk);
    const reader = new StrictReader();
    for await (const event of stream()) {
      reader.observe(event);
      if (event.type === 'partial') break;
    }
    for (let scenes = 0; scenes < 2; scenes++) await talk.sleep(1, new AbortController().signal);

    await follow(stream({ from: reader.offset! }), reader);

    expect(told(reader).slice(2)).toEqual([
      ...['getResponse attempt 2', 'assistant The sum is five.', 'complete 1 stop'],
    ]);
  });

  test('of a tool is told, and the next run’s first activity is no attempt of this one’s', async () => {
    const talk = new StreamedConversation([
      ...begins,
      (it) => it.asksForTools('dice'),
      (it) => it.losesWorker(),
      (it) => it.startsAgain(),
      (it) => it.toolsFinish(),
      (it) => it.continuesAsNew(),
      (it) => it.thinks(),
      (it) => it.answers('Done.'),
    ]);

    const reader = await read(talk);

    expect(told(reader).filter((line) => line.includes('attempt'))).toEqual([
      'executeTool attempt 2',
    ]);
    expect(reader.problems).toEqual([]);
  });

  test('does not hide the attempts of a call that follows it in the same step', async () => {
    const talk = new StreamedConversation([
      ...begins,
      ...dies,
      // The prompt was too long: it is made shorter, and sent once more.
      (it) => {
        it.losesWorker();
        it.beats({});
      },
      (it) => {
        it.givesUp();
        it.thinks();
      },
      (it) => it.says('Five'),
      (it) => it.answers('Five.'),
    ]);

    const reader = await read(talk);

    expect(told(reader).slice(-4)).toEqual([
      ...['getResponse attempt 1', '0 Five', 'assistant Five.', 'complete 1 stop'],
    ]);
    expect(reader.problems).toEqual([]);
  });
});

describe('pieces by a channel', () => {
  test('are told at once, while the server is hardly asked', async () => {
    const words = Array.from({ length: 60 }, (_, index) => `word${index} `);
    const talk = new StreamedConversation([
      ...begins,
      ...words.map(
        (text, index): Scene =>
          (it) =>
            it.tells({ text, offset: words.slice(0, index).join('').length }),
      ),
      (it) => it.answers(words.join('')),
    ]);

    const reader = await read(talk, {}, true);

    expect(told(reader).slice(1, -2).join('')).toHaveLength(
      words.map((text, index) => `${words.slice(0, index).join('').length} ${text}`).join('')
        .length,
    );
    expect(talk.asked.describe).toBeLessThan(40);
    expect(reader.problems).toEqual([]);
  });

  test('wait for what comes before them', async () => {
    const talk = new StreamedConversation([
      ...begins,
      (it) => {
        it.stale = it.description();
        it.asksForTools('dice');
        it.toolsFinish();
        it.thinks();
        it.tells({ text: 'Six' });
        it.stale = undefined;
      },
      (it) => it.answers('Six.'),
    ]);

    const reader = await read(talk, {}, true);

    expect(told(reader).slice(-5)).toEqual([
      ...['tool_response …', 'tool_finished', '0 Six', 'assistant Six.', 'complete 1 stop'],
    ]);
  });

  test('may be of a new attempt before the server says so: it is told once', async () => {
    const talk = new StreamedConversation([
      ...begins,
      (it) => it.tells({ text: 'One' }),
      (it) => it.losesWorker(),
      (it) => {
        it.tells({ text: '' });
        it.tells({ text: 'Two' });
      },
      (it) => it.startsAgain(),
      (it) => it.answers('Two.'),
    ]);

    const reader = await read(talk, {}, true);

    expect(told(reader).slice(1, 4)).toEqual(['0 One', 'getResponse attempt 2', '0 Two']);
    expect(reader.count('attempt')).toBe(1);
    expect(reader.problems).toEqual([]);
  });
});

describe('where a stream begins and ends', () => {
  const twoTurns: readonly Scene[] = [
    ...begins,
    (it) => it.answers('One.'),
    (it) => it.hears('m2'),
    (it) => it.thinks(),
    (it) => it.answers('Two.'),
    (it) => it.ends(),
  ];

  test('with the turn at work, from its beginning, or with the next one', async () => {
    const atWork = new StreamedConversation(twoTurns.slice(2));
    for (const scene of begins) scene(atWork);
    expect(told(await read(atWork))[0]).toBe(heard);

    const idle = new StreamedConversation(twoTurns.slice(3));
    for (const scene of twoTurns.slice(0, 3)) scene(idle);
    expect(told(await read(idle))).toEqual([
      ...['user This is m2.', 'assistant Two.', 'complete 2 stop'],
    ]);
  });

  test('at the beginning of Memory, over all turns, to the end of the conversation', async () => {
    const talk = new StreamedConversation();
    for (const scene of twoTurns) scene(talk);
    talk.pageBytes = 1;

    expect(told(await read(talk, { from: '0', until: 'conversation' }))).toEqual([
      ...[heard, 'assistant One.', 'complete 1 stop'],
      ...['user This is m2.', 'assistant Two.', 'complete 2 stop', 'ended'],
    ]);
  });

  test('with the turn that takes the message that was sent, however many are before it', async () => {
    const talk = new StreamedConversation([
      (it) => it.answers('One.'),
      (it) => it.thinks(),
      (it) => it.says('Tw'),
      (it) => it.answers('Two.'),
    ]);
    for (const scene of begins) scene(talk);
    talk.hears('m2');

    expect(told(await read(talk, { sent: { messageId: 'm2' } }))).toEqual([
      ...['user This is m2.', '0 Tw', 'assistant Two.', 'complete 2 stop'],
    ]);
    // Sent once more, and read by somebody who has no idea where it stands.
    expect(told(await read(talk, { sent: { messageId: 'm1' } }))).toEqual([
      ...[heard, 'assistant One.', 'complete 1 stop'],
    ]);
  });

  test('of a message that was taken back: with that', async () => {
    const talk = new StreamedConversation([
      (it) => {
        it.conversation.inbox.cancel(['m2']);
        it.moves();
      },
    ]);
    for (const scene of begins) scene(talk);
    talk.hears('m2');

    await expect(read(talk, { sent: { messageId: 'm2' } })).rejects.toMatchObject({
      name: 'MessageCancelledError',
    });
  });

  test('without a word when its signal says so', async () => {
    const leaving = new AbortController();
    const talk = new StreamedConversation([
      ...begins,
      (it) => it.says('On'),
      () => leaving.abort(),
    ]);
    const { stream, feeds } = open(talk);

    expect(told(await follow(stream({ signal: leaving.signal })))).toEqual([heard, '0 On']);
    expect(feeds.size).toBe(0);
  });

  test('of a run that failed: with the reason, as an event or for somebody who waits for an answer as an error', async () => {
    const failed = (): StreamedConversation => {
      const talk = new StreamedConversation();
      talk.failure = new RunFailedError('UnknownAgent', 'Unknown agent `x`.');
      talk.status = 'FAILED';
      return talk;
    };

    expect((await read(failed())).events.at(-1)).toMatchObject({
      ...{ type: 'ended', error: { type: 'UnknownAgent', message: 'Unknown agent `x`.' } },
    });
    await expect(read(failed(), { sent: { messageId: 'm1' } })).rejects.toThrow(RunFailedError);
  });

  test('of a task whose worker is gone with the answer that the server has', async () => {
    const talk = new StreamedConversation();
    for (const scene of twoTurns.slice(0, 3)) scene(talk);
    talk.status = 'COMPLETED';
    talk.silent = new NoWorkerError('queue');

    expect(told(await read(talk, { sent: { messageId: 'm1' } }))).toEqual(['complete 1 stop']);
  });

  test('from what is no offset, or of a conversation that is not there: with an error', async () => {
    const talk = new StreamedConversation();
    await expect(read(talk, { from: 'yesterday' })).rejects.toThrow('`yesterday` is no offset');

    talk.away = new UnknownConversationError('chat');
    await expect(read(talk)).rejects.toThrow(UnknownConversationError);
  });
});

describe('who joins', () => {
  /** A feed that has looked, and what happens behind its back: what it knows by then is old. */
  function behindItsBack(hasChannel: boolean, join: (from: string) => Wanted, scenes: Scene[]) {
    const joined: Promise<StrictReader>[] = [];
    const first = new StrictReader();
    const talk = new StreamedConversation([
      ...begins,
      (it) => it.tells({ text: 'One' }),
      (it) => {
        for (const scene of scenes) scene(it);
        joined.push(follow(site.stream(join(first.offset!))));
      },
      (it) => it.conversation.runningTurn && it.answers('Two.'),
      (it) => it.ends(),
    ]);
    const site = open(talk, hasChannel);
    const watching = follow(site.stream({ until: 'conversation' }), first);
    return watching.then(() => joined[0]!);
  }

  const goesOn: Scene[] = [
    (it) => it.answers('One.'),
    (it) => it.hears('m2'),
    // The channel is first: the look that it shows is the old one.
    (it) => void setImmediate(() => it.tells({ text: 'Two' })),
  ];

  test('with a message is not told the end of the turn before it', async () => {
    const sent = { messageId: 'm2', seq: 2 };

    const reader = await behindItsBack(true, () => ({ sent }), goesOn);

    expect(told(reader).filter((line) => !line.startsWith('0 '))).toEqual([
      ...['user This is m2.', 'assistant Two.', 'complete 2 stop'],
    ]);
  });

  test('with an offset that is ahead of what the others have seen is told nothing twice', async () => {
    const ahead = formatOffset({ seq: 2, told: 0, turn: 1, waiting: [] });
    const scenes = [(it: StreamedConversation) => it.answers('One.')];

    const reader = await behindItsBack(
      false,
      () => ({ from: ahead, until: 'conversation' }),
      scenes,
    );

    expect(told(reader)).toEqual(['ended']);
  });

  test('with a message that was answered long ago is told so, though nothing moves any more', async () => {
    const talk = new StreamedConversation();
    for (const scene of begins) scene(talk);
    talk.answers('One.');
    const { stream } = open(talk);
    const leaving = new AbortController();
    const watching = follow(stream({ until: 'conversation', signal: leaving.signal }));
    while (talk.now() < 1_002_000) await nextRound();

    const reader = await follow(stream({ sent: { messageId: 'm1' } }));
    leaving.abort();
    await watching;

    expect(told(reader)).toEqual([heard, 'assistant One.', 'complete 1 stop']);
  });

  test('with a message whose turn is forgotten is told that: nothing more will come of it', async () => {
    const talk = new StreamedConversation(begins.slice(1));
    begins[0]!(talk);

    const error = await read(talk, { sent: { messageId: 'm0' } }).catch(
      (reason: unknown) => reason,
    );

    expect(error).toBeInstanceOf(MessageForgottenError);
    expect(String(error)).toContain('What became of message `m0` is not known any more');
  });

  test('with a message that a reset takes back is told that too', async () => {
    const talk = new StreamedConversation([
      (it) => it.answers('One.'),
      (it) => it.thinks(),
      (it) => {
        const before = new StreamedConversation();
        for (const scene of begins) scene(before);
        it.isResetTo(before);
      },
    ]);
    for (const scene of begins) scene(talk);
    talk.hears('m2');

    await expect(read(talk, { sent: { messageId: 'm2' } })).rejects.toThrow(MessageForgottenError);
  });

  test('in a turn of a long conversation asks for no message before it', async () => {
    const talk = new StreamedConversation([(it) => it.answers('To m50.')]);
    for (let turn = 1; turn < 50; turn++) {
      talk.hears(`m${turn}`);
      talk.answers(`To m${turn}.`);
    }
    talk.hears('m50');
    talk.thinks();
    talk.pageBytes = 1;

    const reader = await read(talk);

    expect(told(reader)).toEqual(['user This is m50.', 'assistant To m50.', 'complete 50 stop']);
    // Two messages, a page each, and the last one once more: what is generated comes behind it.
    expect(talk.asked.messages).toBeLessThanOrEqual(3);
  });
});

describe('steps, people and memory', () => {
  test('who is waited for is told once, and that he is not any more: before the result', async () => {
    const talk = new StreamedConversation([
      ...begins,
      (it) => it.asksForTools('pay', 'dice'),
      (it) => it.asksWhether('t1s1c0'),
      (it) => it.asksWhether('t1s1c1'),
      (it) => it.decides('t1s1c0'),
      (it) => {
        it.decides('t1s1c1');
        it.toolsFinish();
      },
      (it) => it.answers('Done.'),
    ]);

    const reader = await read(talk);

    expect(told(reader)).toEqual([
      heard,
      ...['assistant ', 'tool_started', 'tool_started', 'pending t1s1c0', 'pending t1s1c1'],
      ...['settled t1s1c0', 'settled t1s1c1'],
      ...['tool_response …', 'tool_finished', 'tool_response …', 'tool_finished'],
      ...['assistant Done.', 'complete 1 stop'],
    ]);
    expect(reader.problems).toEqual([]);
  });

  test('who comes back is told whom the conversation waits for no more', async () => {
    const talk = new StreamedConversation([
      ...begins,
      (it) => it.asksForTools('pay'),
      (it) => it.asksWhether('t1s1c0'),
    ]);
    const { stream } = open(talk);
    const reader = new StrictReader();
    for await (const event of stream()) {
      reader.observe(event);
      if (event.type === 'pending') break;
    }
    talk.decides('t1s1c0');
    talk.toolsFinish();
    talk.answers('Done.');

    await follow(stream({ from: reader.offset! }), reader);

    expect(told(reader).slice(3)).toEqual([
      ...['pending t1s1c0', 'settled t1s1c0', 'tool_response …', 'tool_finished'],
      ...['assistant Done.', 'complete 1 stop'],
    ]);
  });

  test('a conversation that is compacted and continued as new goes on for its readers', async () => {
    const talk = new StreamedConversation([
      ...begins,
      (it) => it.asksForTools('dice'),
      (it) => it.toolsFinish(),
      (it) => it.compacts(3),
      (it) => it.continuesAsNew(),
      (it) => it.thinks(),
      (it) => it.says('Do'),
      (it) => it.answers('Done.'),
    ]);

    const reader = await read(talk);

    expect(reader.messages.map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
    expect(told(reader).slice(-3)).toEqual(['0 Do', 'assistant Done.', 'complete 1 stop']);
    expect(reader.problems).toEqual([]);
  });

  test('who was away while messages left Memory gets the ends of their turns, and what is there', async () => {
    const talk = new StreamedConversation([...begins, (it) => it.answers('One.')]);
    const reader = await read(talk);
    for (const name of ['m2', 'm3']) {
      talk.hears(name);
      talk.answers(`To ${name}.`);
    }
    talk.hears('m4');
    talk.compacts(6);
    talk.answers('To m4.');
    talk.ends();

    await follow(open(talk).stream({ from: reader.offset!, until: 'conversation' }), reader);

    expect(told(reader).slice(3)).toEqual([
      ...['complete 2 stop', 'complete 3 stop'],
      ...['user This is m4.', 'assistant To m4.', 'complete 4 stop', 'ended'],
    ]);
    expect(reader.messages.map(({ seq }) => seq)).toEqual([0, 1, 6, 7]);
  });

  test('a conversation that is reset goes on from where it is by then', async () => {
    const talk = new StreamedConversation([
      ...begins,
      (it) => it.answers('One.'),
      (it) => it.hears('m2'),
      (it) => it.thinks(),
      (it) => it.says('Two'),
      (it) => {
        const before = new StreamedConversation();
        for (const scene of begins) scene(before);
        before.answers('One.');
        it.isResetTo(before);
      },
      (it) => it.hears('m3'),
      (it) => it.answers('Three.'),
      (it) => it.ends(),
    ]);

    const events = told(await read(talk, { until: 'conversation' }));

    expect(events.slice(-4)).toEqual([
      ...['user This is m3.', 'assistant Three.', 'complete 2 stop', 'ended'],
    ]);
  });

  test('what happens between two questions to the worker is told in its order', async () => {
    const talk = new StreamedConversation([...begins, (it) => it.thinks(), (it) => it.ends()]);
    const { messages } = talk;
    let asked = 0;
    Object.assign(talk, {
      messages: async (...given: Parameters<typeof messages>) => {
        asked += 1;
        if (asked === 1) {
          talk.answers('One.');
          talk.hears('m2');
          talk.answers('Two.');
        }
        return messages(...given);
      },
    });

    expect(told(await read(talk, { from: '0', until: 'conversation' }))).toEqual([
      ...[heard, 'assistant One.', 'complete 1 stop'],
      ...['user This is m2.', 'assistant Two.', 'complete 2 stop', 'ended'],
    ]);
  });

  test('the status is told after the end of each turn, though it is the same', async () => {
    const talk = new StreamedConversation([
      ...begins,
      (it) => it.hears('m2'),
      (it) => {
        it.answers('One.');
        it.thinks();
      },
      (it) => it.answers('Two.'),
      (it) => it.ends(),
    ]);

    const { events } = await read(talk, { until: 'conversation' });

    const after = events.findIndex(({ type }) => type === 'complete') + 1;
    expect(events.slice(after).find(({ type }) => type === 'status')).toMatchObject({
      ...{ status: 'running', activity: 'think · step 1 · scripted' },
    });
    expect(events.findLast(({ type }) => type === 'status')).toMatchObject({ status: 'closed' });
  });

  test('a steered message is told where it enters', async () => {
    const talk = new StreamedConversation([
      ...begins,
      (it) => it.asksForTools('dice'),
      (it) => it.hears('m2', 'steer'),
      (it) => it.toolsFinish(),
      (it) => it.answers(textResponse('Both.')),
    ]);

    expect(told(await read(talk)).slice(-4)).toEqual([
      ...['tool_finished', 'user This is m2.', 'assistant Both.', 'complete 1 stop'],
    ]);
  });
});

test('time goes on as ever when somebody sets the clock', () => {
  const before = systemClock.now();
  const set = jest.spyOn(Date, 'now').mockReturnValue(0);

  expect(systemClock.now() - before).toBeGreaterThanOrEqual(0);
  set.mockRestore();
});

describe('trouble', () => {
  const noWorker = new NoWorkerError('queue');

  test('is told once, and what happened meanwhile afterwards', async () => {
    const talk = new StreamedConversation([
      ...begins,
      (it) => {
        it.silent = noWorker;
        it.moves();
      },
      () => undefined,
      () => undefined,
      (it) => {
        it.silent = undefined;
        it.answers('One.');
      },
    ]);

    expect(told(await read(talk))).toEqual([
      ...[heard, 'trouble No worker is running o', 'assistant One.', 'complete 1 stop'],
    ]);
  });

  test('of a server that is away is told too, and one late answer is no trouble', async () => {
    const talk = new StreamedConversation([
      ...begins,
      (it) => {
        it.silent = new DeadlineError('It', 5_000);
        it.moves();
      },
      (it) => {
        it.silent = undefined;
        it.away = grpcError(14, 'No connection established.');
      },
      () => undefined,
      (it) => {
        it.away = undefined;
        it.answers('One.');
      },
    ]);

    expect(told(await read(talk))).toEqual([
      ...[heard, 'trouble The Temporal server do', 'assistant One.', 'complete 1 stop'],
    ]);
  });

  test('with the messages is no reason to lose one, not even when it is the last look', async () => {
    const talk = new StreamedConversation(begins);
    const { messages } = talk;
    let failures = 0;
    Object.assign(talk, {
      messages: async (...given: Parameters<typeof messages>) => {
        if (failures++ < 2) throw noWorker;
        return messages(...given);
      },
    });
    for (const scene of begins) scene(talk);
    talk.answers('One.');
    talk.ends();

    expect(told(await read(talk, { from: '0', until: 'conversation' }))).toEqual([
      ...['trouble No worker is running o', heard, 'assistant One.', 'complete 1 stop', 'ended'],
    ]);
  });

  test('is what a late answer is not: the question is asked anew', async () => {
    const talk = new StreamedConversation(begins);
    const { messages } = talk;
    let failures = 0;
    Object.assign(talk, {
      messages: async (...given: Parameters<typeof messages>) => {
        if (failures++ < 1) throw new DeadlineError('It', 5_000);
        return messages(...given);
      },
    });
    for (const scene of begins) scene(talk);
    talk.answers('One.');

    expect(told(await read(talk, { sent: { messageId: 'm1' } }))).toEqual([
      ...[heard, 'assistant One.', 'complete 1 stop'],
    ]);
  });

  test('just as the run has ended is waited out, and its answer told', async () => {
    const talk = new StreamedConversation([...begins, (it) => it.answers('One.')]);
    const { result } = talk;
    let failures = 0;
    Object.assign(talk, {
      result: async () => {
        if (failures++ < 2) throw grpcError(14, 'No connection established.');
        return result();
      },
    });
    for (const scene of begins) scene(talk);
    talk.answers('One.');
    talk.status = 'COMPLETED';
    talk.silent = noWorker;

    expect(told(await read(talk, { sent: { messageId: 'm1' } }))).toEqual([
      ...['trouble The Temporal server do', 'complete 1 stop'],
    ]);

    failures = 0;
    talk.silent = undefined;
    expect(told(await read(talk, { until: 'conversation' }))).toEqual([
      ...['trouble The Temporal server do', 'ended'],
    ]);
  });

  test('that is long over is none of somebody who has just sent a message', async () => {
    const talk = new StreamedConversation([
      (it) => (it.silent = noWorker),
      (it) => it.moves(),
      ...Array.from({ length: 60 }, () => () => undefined),
      (it) => {
        it.silent = undefined;
        it.hears('m1');
        joined.push(follow(site.stream({ sent: { messageId: 'm1', seq: 0 } })));
        setImmediate(() => it.tells({ turn: 1, step: 1, text: 'On' }));
      },
      (it) => it.answers('One.'),
      (it) => it.ends(),
    ]);
    const joined: Promise<StrictReader>[] = [];
    const site = open(talk, true);
    await follow(site.stream({ until: 'conversation' }));

    expect(told(await joined[0]!).at(-1)).toBe('complete 1 stop');
  });

  test('that lasts ends the patience of somebody who waits for an answer', async () => {
    const talk = new StreamedConversation([(it) => (it.silent = noWorker), (it) => it.moves()]);
    for (const scene of begins) scene(talk);

    await expect(read(talk, { sent: { messageId: 'm1' } })).rejects.toBe(noWorker);
    expect(talk.now()).toBeGreaterThan(1_020_000);
  });

  test('of a turn that shows nothing is found out: its worker may be away', async () => {
    const talk = new StreamedConversation([...begins, (it) => (it.silent = noWorker)]);
    const reader = new StrictReader();
    for await (const event of open(talk).stream()) {
      reader.observe(event);
      if (event.type === 'trouble') break;
    }

    expect(told(reader)).toEqual([heard, 'trouble No worker is running o']);
  });
});

describe('what it costs', () => {
  const answer = Array.from({ length: 50 }, (_, index) => `word${index}`).join(' ');
  const speaks: readonly Scene[] = [
    ...begins,
    ...Array.from(
      { length: 50 },
      (_, index): Scene =>
        (it) =>
          it.says(answer.slice(0, (index + 1) * 6)),
    ),
    (it) => it.answers(answer),
  ];

  test('fifty readers cost what one does', async () => {
    const alone = new StreamedConversation(speaks);
    await read(alone);
    const shared = new StreamedConversation(speaks);
    const { stream, feeds } = open(shared);

    const readers = await Promise.all(Array.from({ length: 50 }, () => follow(stream())));

    expect(shared.asked).toEqual(alone.asked);
    expect(alone.asked.describe).toBeLessThan(60);
    // The turn's opening, the model call, its end; and the messages of two of these.
    expect(alone.asked.state).toBeLessThanOrEqual(5);
    expect(alone.asked.messages).toBeLessThanOrEqual(3);
    for (const reader of readers) expect(reader.problems).toEqual([]);
    expect(new Set(readers.map((reader) => JSON.stringify(told(reader)))).size).toBe(1);
    expect(feeds.size).toBe(0);
  });

  test('an idle conversation is described once a second and asked nothing', async () => {
    const minute: Scene[] = Array.from({ length: 60 }, () => () => undefined);
    const talk = new StreamedConversation([...minute, ...begins, (it) => it.answers('One.')]);

    await read(talk);

    expect(talk.asked.state).toBeLessThanOrEqual(5);
    expect(talk.asked.describe).toBeLessThanOrEqual(66);
    expect(talk.now()).toBeGreaterThan(1_060_000);
  });

  test('who reads when the client is disconnected is told so', async () => {
    const talk = new StreamedConversation([...begins, () => feeds.close()]);
    const { stream, feeds } = open(talk);

    await expect(follow(stream())).rejects.toThrow('The client is disconnected.');
    expect(feeds.size).toBe(0);
  });

  test('nobody looks once the last reader has left', async () => {
    const talk = new StreamedConversation(speaks);
    for await (const event of open(talk).stream()) if (event.type === 'partial') break;
    const { describe: before } = talk.asked;
    await talk.sleep(1_000, new AbortController().signal);

    expect(talk.asked.describe - before).toBeLessThanOrEqual(1);
  });
});
