import { readFileSync } from 'node:fs';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { countsOf } from '../../client/timeline';
import { TimelineFold } from '../../client/timeline/fold';
import { fromHistoryEvent } from '../../client/timeline/from-history';
import { fromPendingActivity } from '../../client/timeline/from-pending-activity';
import { messageLimitBytes } from '../../workflows/contract';
import { HistoryScript, agentOf, heartbeatTimeout } from '../support/history-script';

describe('a recorded conversation, its worker killed in mid-answer', () => {
  const timeline = recordedTimeline('killed-in-mid-answer');

  test('turns, steps, answers and tokens are told from history alone', () => {
    expect(timeline).toMatchObject({
      agent: 'demo',
      model: 'demo',
      status: 'idle',
      runs: 1,
      events: 62,
    });
    expect(
      timeline.turns.map(({ turn, status, userMessages, steps, usage }) => [
        turn,
        status,
        userMessages.map(({ text }) => text),
        steps.map(({ act }) => act.map(({ label }) => label)),
        usage,
      ]),
    ).toEqual([
      [
        1,
        'answered',
        ['what is 17 * 23?'],
        [['calculator(17 * 23)'], []],
        { inputTokens: 45, outputTokens: 9 },
      ],
      [2, 'answered', ['tell me a story'], [[]], { inputTokens: 34, outputTokens: 165 }],
      [3, 'answered', ['wait 1 seconds'], [['slow(1)'], []], { inputTokens: 411, outputTokens: 9 }],
    ]);
    expect(timeline.turns.map(({ answer }) => answer?.slice(0, 24))).toEqual([
      '17 * 23 = 391.',
      'On a rock off the north ',
      '`slow` answered: waited ',
    ]);
  });

  test('the model call that was cut off shows its second attempt and the worker that was lost', () => {
    expect(timeline.turns[1]?.steps[0]?.think).toEqual({
      startedAt: '2026-11-21T10:31:48.979Z',
      durationMs: 11_613,
      beforeLastAttemptMs: 3_834,
      // It was recorded before prices were kept.
      costUsd: null,
      status: 'done',
      attempts: 2,
      worker: '2857@vm',
      lostWorkers: [
        { attempt: 1, reason: 'heartbeat timeout', worker: '2509@vm', isInferred: true },
      ],
      model: 'demo',
      finishReason: 'stop',
      usage: { inputTokens: 34, outputTokens: 165 },
      promptDigest: '76e50d73bb27e9f109dd3ea0dd480eebb1d3592bc980ecd5ebb7e821f14ccd80',
      text: expect.stringMatching(/^On a rock .*…$/),
    });
  });

  test('the counts prove that nothing was lost or doubled', () => {
    expect(countsOf(timeline)).toEqual({
      userMessages: 3,
      turns: 3,
      answers: 3,
      failedTurns: 0,
      interruptedTurns: 0,
      steeredMessages: 0,
      steps: 5,
      toolCalls: 2,
      toolResults: 2,
      lostAttempts: 1,
      retries: 1,
      answeredSteps: 5,
      promptDigests: 5,
      costUsd: null,
      usage: { inputTokens: 490, outputTokens: 183 },
      atWorkMs: expect.any(Number),
    });
  });

  test('it is JSON, and the same whatever the time zone', () => {
    expect(JSON.parse(JSON.stringify(timeline))).toEqual(timeline);
    expect(timeline.startedAt).toBe('2026-11-21T10:31:47.368Z');
  });
});

describe('turns', () => {
  test('queued messages open their turns in the order in which they were accepted', () => {
    const { turns, waiting } = new HistoryScript()
      .start({ messages: [{ messageId: 'a', message: { role: 'user', content: 'a' } }] })
      .message('b')
      .message('c')
      .message('b')
      .think(1, 1, { content: 'to a' })
      .think(2, 1, { content: 'to b' })
      .timeline();

    expect(turns.map(({ userMessages, answer }) => [userMessages[0]?.messageId, answer])).toEqual([
      ['a', 'to a'],
      ['b', 'to b'],
    ]);
    expect(waiting.map(({ messageId }) => messageId)).toEqual(['c']);
  });

  test('a queued turn begins when the turn before it is over', () => {
    const script = new HistoryScript().start().message('a').message('b').think(1, 1);
    const { turns } = script.pass(500).think(2, 1).timeline();
    const [first, second] = turns;
    const firstEndMs = Date.parse(first!.startedAt) + first!.durationMs;
    expect(Date.parse(second!.startedAt)).toBe(firstEndMs);
  });

  test('what the conversation set aside opens no turn', () => {
    const { turns, waiting } = new HistoryScript()
      .start()
      .raw(undefined)
      .raw({ messageId: '', message: { role: 'user', content: 'x' } })
      .raw({ messageId: 'x', message: { role: 'user', content: ' ' } })
      .raw({ messageId: 'y', message: { role: 'agent', content: 'x' } })
      .raw({
        messageId: 'z',
        message: { role: 'user', content: 'x'.repeat(messageLimitBytes) },
      })
      .message('a')
      .think(1, 1)
      .closeAsked()
      .message('late')
      .timeline();

    expect(turns.map(({ userMessages }) => userMessages[0]?.messageId)).toEqual(['a']);
    expect(waiting).toEqual([]);
  });

  test('a full queue takes no more: the one being taken up and a hundred that wait', () => {
    const script = new HistoryScript().start();
    for (let index = 0; index < 150; index++) script.message(`m${index}`);
    expect(script.timeline().waiting).toHaveLength(101);
  });

  test('a queue is full with a mebibyte too; what is short still finds room, and what was carried counts', () => {
    const content = 'x'.repeat(250_000);
    const ids = ['m0', 'm1', 'm2', 'm3', 'm4', 'too much', 'again'];
    const script = new HistoryScript().start();
    for (const id of ids) script.message(id, content);
    const { waiting } = script.message('short').timeline();
    const carriedInbox = {
      waiting: ids
        .slice(1, 5)
        .map((messageId) => ({ messageId, message: { role: 'user', content } })),
      knownIds: ids.slice(0, 5),
    };
    const carried = { turns: [{ turn: 1, status: 'running', messages: [] }], inbox: carriedInbox };
    const next = new HistoryScript().start({ carried }, 'before').message('too much', content);

    expect(waiting.map(({ messageId }) => messageId)).toEqual([...ids.slice(0, 5), 'short']);
    expect(
      next
        .message('short')
        .timeline()
        .waiting.map(({ messageId }) => messageId),
    ).toEqual([...ids.slice(1, 5), 'short']);
  });

  test('content blocks are shown as text, cut, on one line', () => {
    const content = [
      { type: 'text', text: 'look\nat' },
      { type: 'image', data: '', mimeType: 'image/png' },
      { type: 'text', text: 'x'.repeat(300) },
    ];
    const { turns } = new HistoryScript()
      .start()
      .raw({ messageId: 'a', message: { role: 'user', content } })
      .think(1, 1)
      .timeline();
    const text = turns[0]?.userMessages[0]?.text ?? '';
    expect(text).toMatch(/^look at \[image image\/png\] x+…$/);
    expect(text).toHaveLength(200);
  });

  test('a model call that failed for good fails its turn with the reason; the next turn goes on', () => {
    const script = new HistoryScript().start().message('a').message('b');
    const failure = { type: 'ModelError.authentication', message: 'Bad key.' };
    const { turns, status } = script
      .fail(script.scheduleThink(1, 1), failure)
      .think(2, 1, { content: 'fine' })
      .timeline();

    expect(turns[0]).toMatchObject({ status: 'failed', error: failure });
    expect(turns[0]?.steps[0]?.think).toMatchObject({
      status: 'failed',
      failure: { attempt: 1, ...failure },
    });
    expect(turns[1]).toMatchObject({ status: 'answered', answer: 'fine' });
    expect(status).toBe('idle');
  });

  test('a turn that ran into its step limit is failed, although history has no event for it', () => {
    const limited = { pinned: { agent: agentOf({ limits: { maxSteps: 2 } }) } };
    const script = new HistoryScript().start({ carried: limited }).message('a');
    script
      .think(1, 1, { tools: ['dice'] })
      .tool('t1s1c0', 'dice')
      .think(1, 2, { tools: ['dice'] });
    const lastTool = script.scheduleTool('t1s2c0', 'dice');
    expect(script.timeline().turns[0]?.status).toBe('running');
    script.complete(lastTool, { content: [] }).task();
    expect(script.timeline().turns[0]).toMatchObject({
      status: 'failed',
      error: { type: 'StepLimitError', message: expect.stringContaining('2 steps') },
    });
    expect(script.closeAsked().end('completed').timeline()).toMatchObject({
      status: 'closed',
      turns: [{ status: 'failed', error: { type: 'StepLimitError' } }],
    });
  });

  test('a conversation that was ended from outside fails the turn that was at work', () => {
    const script = new HistoryScript().start().message('a');
    script.scheduleThink(1, 1);
    const { status, endedAt, turns } = script.pass(300).end('terminated').timeline();
    expect(status).toBe('terminated');
    expect(endedAt).toBeDefined();
    expect(turns[0]).toMatchObject({
      status: 'failed',
      error: { type: 'terminated' },
      steps: [{ think: { status: 'cancelled', attempts: 0 } }],
    });
  });

  test('an agent that cannot be resolved is why the conversation failed', () => {
    const failure = { type: 'UnknownAgent', message: 'Unknown agent `x`.' };
    const { status, error, turns } = new HistoryScript()
      .start({ agent: 'x' })
      .end('failed', failure)
      .timeline();
    expect({ status, error, turns }).toEqual({ status: 'failed', error: failure, turns: [] });
  });
});

describe('tool calls', () => {
  test('stand in the order in which the model asked, with errors and calls that were never run', () => {
    const script = new HistoryScript().start().message('a');
    script.think(1, 1, { tools: ['one', 'unknown', 'two'] });
    const two = script.scheduleTool('t1s1c2', 'two');
    const one = script.scheduleTool('t1s1c0', 'one');
    script.complete(two, { content: [], isError: true }).complete(one, { content: [] }).task();
    const { turns } = script.think(1, 2, { content: 'done' }).timeline();

    expect(
      turns[0]?.steps[0]?.act.map(({ callId, tool, status, isError }) => [
        callId,
        tool,
        status,
        isError,
      ]),
    ).toEqual([
      ['t1s1c0', 'one', 'done', false],
      ['t1s1c1', 'unknown', 'not_run', true],
      ['t1s1c2', 'two', 'done', true],
    ]);
    const counts = countsOf(script.timeline());
    expect(counts).toMatchObject({ toolCalls: 3, toolResults: 3 });
  });

  test('a tool that must not run twice loses its only attempt with its worker, whose name history has', () => {
    const script = new HistoryScript()
      .start()
      .message('a')
      .think(1, 1, { tools: ['pay'] });
    script.fail(script.scheduleTool('t1s1c0', 'pay'), heartbeatTimeout, { worker: '4711@host' });
    expect(script.timeline().turns[0]?.steps[0]?.act[0]).toMatchObject({
      status: 'failed',
      isError: true,
      lostWorkers: [
        { attempt: 1, reason: 'heartbeat timeout', worker: '4711@host', isInferred: false },
      ],
    });
  });
});

describe('attempts', () => {
  test('a worker that gave a sign of life later was not lost: its name is not guessed', () => {
    const script = new HistoryScript().start().message('a');
    const think = script.scheduleThink(1, 1);
    script.pass(100).task('4711@host').pass(-50);
    script.complete(think, {}, { attempts: 2, worker: '4790@host', lastFailure: heartbeatTimeout });
    expect(script.timeline().turns[0]?.steps[0]?.think.lostWorkers).toEqual([
      { attempt: 1, reason: 'heartbeat timeout', isInferred: false },
    ]);
  });

  test('of three attempts the second one alone is known, and nobody is named for it', () => {
    const { turns } = new HistoryScript()
      .start()
      .message('a')
      .think(1, 1, {}, { attempts: 3, worker: '4790@host', lastFailure: heartbeatTimeout })
      .timeline();
    expect(turns[0]?.steps[0]?.think).toMatchObject({
      attempts: 3,
      lostWorkers: [{ attempt: 2, reason: 'heartbeat timeout', isInferred: false }],
    });
  });

  test('a worker that shut down counts as lost, an error of the provider does not', () => {
    const shutdown = { type: 'WorkerShutdown', message: 'The worker shut down.' };
    const busy = { type: 'ModelError.overloaded', message: '529' };
    const { turns } = new HistoryScript()
      .start()
      .message('a')
      .message('b')
      .think(1, 1, {}, { attempts: 2, worker: '4790@host', lastFailure: shutdown })
      .think(2, 1, {}, { attempts: 2, worker: '4790@host', lastFailure: busy })
      .timeline();
    expect(turns[0]?.steps[0]?.think.lostWorkers).toMatchObject([
      { reason: 'the worker shut down' },
    ]);
    expect(turns[1]?.steps[0]?.think).toMatchObject({
      lostWorkers: [],
      failure: { attempt: 1, ...busy },
    });
  });

  test('what runs now is described by the server: the attempt, its worker, the words so far', () => {
    const script = new HistoryScript().start().message('a');
    const activityId = String(script.scheduleThink(1, 1));
    const startedAtMs = script.nowMs + 490;
    const fold = script.fold();
    fold.addPending([
      {
        activityId,
        attempt: 2,
        isStarted: true,
        startedAtMs,
        worker: '4790@host',
        lastFailure: heartbeatTimeout,
        text: 'On a rock',
      },
    ]);
    const { status, turns } = fold.toTimeline({ id: 'x', readAtMs: script.nowMs + 990, events: 1 });
    expect(status).toBe('running');
    expect(turns[0]?.steps[0]?.think).toMatchObject({
      status: 'running',
      attempts: 2,
      worker: '4790@host',
      durationMs: 1_000,
      beforeLastAttemptMs: 500,
      text: 'On a rock',
      lostWorkers: [{ attempt: 1, worker: '4711@host', isInferred: true }],
    });
  });

  test('between two attempts the server still names the worker that was lost', () => {
    const script = new HistoryScript().start().message('a');
    const activityId = String(script.scheduleThink(1, 1));
    const fold = script.fold();
    const worker = '4711@host';
    fold.addPending([
      { activityId, attempt: 2, isStarted: false, worker, lastFailure: heartbeatTimeout },
    ]);
    const { turns } = fold.toTimeline({ id: 'x', readAtMs: script.nowMs, events: 1 });
    expect(turns[0]?.steps[0]?.think).toMatchObject({
      status: 'running',
      attempts: 1,
      lostWorkers: [{ attempt: 1, worker, isInferred: false }],
    });
  });

  test('heartbeat details of an earlier attempt are not the words of this one', () => {
    const details = (attempt: number) => ({
      payloads: [jsonPayload({ turn: 1, step: 1, attempt, offset: 0, text: 'words' })],
    });
    const pending = { activityId: '7', state: 2, attempt: 2 };
    expect(fromPendingActivity({ ...pending, heartbeatDetails: details(1) })).not.toHaveProperty(
      'text',
    );
    expect(fromPendingActivity({ ...pending, heartbeatDetails: details(2) })).toEqual({
      activityId: '7',
      attempt: 2,
      isStarted: true,
      text: 'words',
    });
  });
});

describe('continue-as-new', () => {
  const carried = {
    pinned: { agent: agentOf() },
    memory: {
      firstSeq: 0,
      messages: [
        { role: 'user', content: 'first' },
        { role: 'assistant', content: 'one', toolCalls: [] },
        { role: 'user', content: 'second' },
      ],
    },
    inbox: {
      waiting: [{ messageId: 'c', message: { role: 'user', content: 'third' } }],
      knownIds: ['a', 'b', 'c'],
      setAside: { count: 0, reasons: [] },
    },
    turns: [
      {
        turn: 1,
        messages: [{ messageId: 'a', seq: 0 }],
        status: 'answered',
        answerSeq: 1,
        usage: { inputTokens: 7, outputTokens: 1 },
      },
      {
        turn: 2,
        messages: [{ messageId: 'b', seq: 2 }],
        status: 'running',
        usage: { inputTokens: 0, outputTokens: 0 },
      },
    ],
    nextStep: 1,
    isClosing: false,
    previousRunId: 'run-1',
  };

  test('a turn goes on over runs, and a message that is sent twice stays one', () => {
    const script = new HistoryScript()
      .start()
      .message('a', 'first')
      .think(1, 1, { content: 'one' });
    script
      .message('b', 'second')
      .message('c', 'third')
      .think(2, 1, { tools: ['dice'] });
    script.tool('t2s1c0', 'dice').end('continued_as_new');
    script.start({ carried }, 'run-1').message('a', 'first').think(2, 2, { content: 'two' });
    const timeline = script.think(3, 1, { content: 'three' }).timeline();

    expect(timeline).toMatchObject({ runs: 2, isBeginningLost: false, status: 'idle' });
    expect(
      timeline.turns.map(({ userMessages, steps, answer }) => [
        userMessages.map(({ text }) => text),
        steps.map(({ step }) => step),
        answer,
      ]),
    ).toEqual([
      [['first'], [1], 'one'],
      [['second'], [1, 2], 'two'],
      [['third'], [1], 'three'],
    ]);
    expect(countsOf(timeline)).toMatchObject({ userMessages: 3, answers: 3, toolResults: 1 });
  });

  test('what the server has dropped is told as far as it was carried over', () => {
    const script = new HistoryScript().start({ carried }, 'run-1').think(2, 1, { content: 'two' });
    const timeline = script.timeline();
    expect(timeline.isBeginningLost).toBe(true);
    expect(timeline.turns).toMatchObject([
      {
        turn: 1,
        userMessages: [{ messageId: 'a', text: 'first' }],
        status: 'answered',
        answer: 'one',
        steps: [],
        usage: { inputTokens: 7, outputTokens: 1 },
      },
      { turn: 2, userMessages: [{ text: 'second' }], status: 'answered', answer: 'two' },
    ]);
    expect(timeline.waiting).toMatchObject([{ messageId: 'c', text: 'third' }]);
  });
});

describe('what cannot be read', () => {
  test('payloads of an unknown encoding leave a timeline without words, not an error', () => {
    const events = recordedEvents('killed-in-mid-answer').map(encrypted);
    const fold = foldOf(events);
    const { turns, status } = fold.toTimeline({ id: 'x', readAtMs: 0, events: events.length });
    expect(status).toBe('running');
    expect(turns[0]?.steps).toHaveLength(5);
    expect(turns[0]?.steps[2]?.think).toMatchObject({ attempts: 2, status: 'done' });
  });

  test('anything at all as input, result or carry is no reason to throw', () => {
    for (const junk of [undefined, null, 1, 'text', [], [null], { turns: 1 }, { turns: [null] }]) {
      const script = new HistoryScript().start({ carried: junk, messages: junk, agent: junk });
      script.raw(junk).raw({ messageId: 'a', message: junk });
      script
        .complete(script.scheduleThink(1, 1), junk)
        .complete(script.scheduleTool('c', 't'), junk);
      script.complete(script.scheduleThink(1, 2), {
        role: 'assistant',
        toolCalls: junk,
        usage: junk,
      });
      expect(() => script.timeline()).not.toThrow();
    }
  });
});

test('thousands of events are folded', () => {
  const script = new HistoryScript().start();
  for (let turn = 1; turn <= 600; turn++) {
    script.message(`m${turn}`).think(turn, 1, { tools: ['dice'] });
    script.tool(`t${turn}s1c0`, 'dice').think(turn, 2, { content: 'done' });
  }
  expect(script.facts.length).toBeGreaterThan(7_500);
  const { turns } = script.timeline();
  expect(turns).toHaveLength(600);
});

function recordedEvents(name: string) {
  const file = `${__dirname}/../fixtures/timelines/${name}.json`;
  return historyFromJSON(JSON.parse(readFileSync(file, 'utf8'))).events ?? [];
}

function foldOf(events: ReturnType<typeof recordedEvents>): TimelineFold {
  const fold = new TimelineFold();
  for (const event of events) {
    const fact = fromHistoryEvent(event);
    if (fact) fold.add(fact);
  }
  return fold;
}

function recordedTimeline(name: string) {
  const events = recordedEvents(name);
  const readAtMs = Date.parse('2026-11-21T10:33:00Z');
  return foldOf(events).toTimeline({ id: 'demo-1', readAtMs, events: events.length });
}

function jsonPayload(value: unknown) {
  return {
    metadata: { encoding: Buffer.from('json/plain') },
    data: Buffer.from(JSON.stringify(value)),
  };
}

/** The same event with payloads that nobody here can decode. */
function encrypted<Event>(event: Event): Event {
  const unreadable = {
    metadata: { encoding: Buffer.from('binary/encrypted') },
    data: Buffer.from('?'),
  };
  const walk = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
    if ('metadata' in value && 'data' in value) return unreadable;
    if (Array.isArray(value)) return value.map(walk);
    const isPlain =
      Object.getPrototypeOf(value) === Object.prototype || 'eventId' in value || !('low' in value);
    return isPlain
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner)]))
      : value;
  };
  return walk(event) as Event;
}
