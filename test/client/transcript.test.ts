import { emptyDigest, extendDigest } from '../../agent/digest';
import { text, toolResponse } from '../../agent/messages';
import type { Message, ModelResponse } from '../../agent/model';
import { toSummaryMessage } from '../../agent/summary';
import { ModelCalls } from '../../client/model-calls';
import { ofTurn } from '../../client/transcript/of-turn';
import { replayTranscript } from '../../workers/replay-transcript';
import { HistoryScript, agentOf, heartbeatTimeout } from '../support/history-script';
import { keptConversations } from '../support/kept-conversations';
import { quietRuntime, testBundle } from '../support/temporal';
import { outlineOf, transcriptOf, transcriptOfEvents } from '../support/transcripts';

const kept = keptConversations();
const keptNamed = (name: string) => kept.find((it) => it.name === name)!;
const eventsOf = (name: string) => keptNamed(name).runs.flatMap(({ events }) => events);

describe('the kept histories', () => {
  test.each(kept)(
    '$name: complete, in order, each prompt proven by its digest',
    async ({ runs }) => {
      const transcript = await transcriptOfEvents(runs.flatMap(({ events }) => events));

      expect(transcript.messages.length).toBeGreaterThanOrEqual(2);
      expect(transcript.messages.map(({ seq }) => seq)).toEqual(
        transcript.messages.map((_message, index) => index),
      );
      expect(transcript.unproven).toEqual([]);
      expect(transcript.isBeginningLost).toBe(false);
      expect(JSON.parse(JSON.stringify(transcript))).toEqual(transcript);
    },
  );

  test.each(kept)('$name: what a replay of the workflow gives to its cache', async ({ runs }) => {
    quietRuntime();
    const code = { workflowBundle: testBundle() };
    const events = runs.flatMap((run) => run.events);
    const { messages, compactions } = await transcriptOfEvents(events);
    for (const run of runs) {
      const calls = new ModelCalls();
      for (const event of run.events) calls.observe({ runId: run.file, event });
      const pointer = calls.all.at(-1)?.pointer;
      if (!pointer) continue;
      const history = { events: [...run.events] };
      const replayed = await replayTranscript({ id: 'kept', history, pointer, code });
      expect(replayed.isProven).toBe(true);
      if (compactions.length > 0) continue;
      expect(replayed.messages).toEqual(
        messages.slice(0, pointer.length).map(({ message }) => message),
      );
    }
  });

  test('parallel tools, one of them failing, one unknown, over two turns', async () => {
    const transcript = await transcriptOfEvents(eventsOf('parallel-tools'));

    expect(outlineOf(transcript)).toEqual([
      '0 1 user Hello.',
      '1 1/1 assistant Hello. What shall I roll?',
      '2 2 user Everything at once.',
      '3 2/1 assistant  t2s1c0 t2s1c1 t2s1c2 t2s1c3',
      '4 2/1 tool_response a 6-sided die shows 6',
      '5 2/1 tool_response a 20-sided die shows 20',
      '6 2/1 tool_response The bank is closed.',
      '7 2/1 tool_response Unknown tool `roulette`. Known tools: dice, bank, notebook, courier.',
      '8 2/2 assistant  t2s2c0',
      '9 2/2 tool_response a 4-sided die shows 4',
      '10 2/3 assistant Six, twenty and four; the bank is closed.',
    ]);
    expect(transcript.messages.map(({ work }) => work?.status)).toEqual([
      undefined,
      'done',
      undefined,
      ...['done', 'done', 'done', 'done', 'not_run', 'done', 'done', 'done'],
    ]);
    expect(transcript.messages[6]).toMatchObject({
      message: { role: 'tool_response', toolName: 'bank', isError: true },
      work: { attempts: 1, startedAt: expect.stringMatching(/^2026-/), durationMs: 16 },
    });
    expect(transcript.messages[2]?.messageId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a retried model call has its attempts, why the first one failed, and what it cost', async () => {
    const transcript = await transcriptOfEvents(eventsOf('retried-model-call'));
    const [, first, , second] = transcript.messages;
    expect([first?.work?.attempts, second?.work?.attempts]).toEqual([2, 2]);
    expect(first?.work?.failure).toMatchObject({ attempt: 1, type: 'ModelError.overloaded' });
    expect(first).toMatchObject({ usage: { inputTokens: expect.any(Number) }, costUsd: null });
    expect(transcript.usage).toEqual(transcript.turns[0]?.usage);
  });

  test('a tool whose worker or time ran out, as the model was told of it', async () => {
    const { messages } = await transcriptOfEvents(eventsOf('unknown-outcome'));
    expect(messages[2]?.message).toMatchObject({
      isError: true,
      content: [
        { text: expect.stringMatching(/^The outcome of `courier` is unknown: it did not finish/) },
      ],
    });
  });

  test('a failed turn says why; an answer that was sent back stands with what was said of it', async () => {
    const failed = await transcriptOfEvents(eventsOf('failed-turn'));
    expect(failed.turns).toMatchObject([
      { status: 'failed', error: { type: 'ModelError.authentication' } },
      { status: 'answered' },
    ]);
    const repaired = await transcriptOfEvents(eventsOf('repaired'));
    expect(repaired.messages[2]).toMatchObject({ turn: 1, step: 1, message: { isRepair: true } });
  });

  test('over five runs: once each, and as much as was carried over when the first runs are gone', async () => {
    const { runs } = keptNamed('continued');
    const whole = await transcriptOfEvents(runs.flatMap(({ events }) => events));
    expect(whole).toMatchObject({ runs: 5, isBeginningLost: false });
    expect(whole.messages).toHaveLength(11);

    for (const lost of [1, 2, 3]) {
      const rest = await transcriptOfEvents(runs.slice(lost).flatMap(({ events }) => events));
      expect(rest).toMatchObject({ isBeginningLost: true, unproven: [] });
      const known = ({ messages }: typeof whole) =>
        messages.map(({ work: _work, acceptedAt: _at, ...message }) => message);
      expect(known(rest)).toEqual(known(whole));
      expect(rest.messages[1]?.work).toBeUndefined();
      expect(rest.messages.at(-1)?.work).toEqual(whole.messages.at(-1)?.work);
    }
  });

  test('one turn alone', async () => {
    const transcript = await transcriptOfEvents(eventsOf('queued'));
    const second = ofTurn(transcript, 2);
    expect(outlineOf(second)).toEqual(['2 2 user Second.', '3 2/1 assistant Two.']);
    expect(second.turns.map(({ turn }) => turn)).toEqual([2]);
    expect(second.usage).toEqual(transcript.turns[1]?.usage);
    expect(() => ofTurn(transcript, 4)).toThrow(
      'Conversation `demo-1` has no turn 4. Its last one is turn 3.',
    );
  });
});

describe('while it runs', () => {
  test('results enter when all of a step are there, as they enter Memory', async () => {
    const script = new HistoryScript().start().message('a');
    script.think(1, 1, { tools: ['one', 'two'] });
    const one = script.scheduleTool('t1s1c0', 'one');
    const two = script.scheduleTool('t1s1c1', 'two');
    script.complete(two, { content: [{ type: 'text', text: 'second' }] }).task();
    const open = ['0 1 user a', '1 1/1 assistant  t1s1c0 t1s1c1'];
    expect(outlineOf(await transcriptOf(script.facts))).toEqual(open);

    script.complete(one, { content: [{ type: 'text', text: 'first' }] }).task();
    const both = ['2 1/1 tool_response first', '3 1/1 tool_response second'];
    expect(outlineOf(await transcriptOf(script.facts))).toEqual([...open, ...both]);
  });

  test('messages that wait are told apart from those that were taken', async () => {
    const script = new HistoryScript().start().message('a').message('b', 'Later.');
    script.scheduleThink(1, 1);
    const { messages, waiting, status } = await transcriptOf(script.facts);
    expect(messages.map(({ messageId }) => messageId)).toEqual(['a']);
    expect(waiting).toMatchObject([
      { messageId: 'b', message: { role: 'user', content: 'Later.' } },
    ]);
    expect(status).toBe('running');
  });

  test('a lost tool without an end leaves its answer without a result', async () => {
    const script = new HistoryScript().start().message('a');
    script.think(1, 1, { tools: ['pay'] });
    script.fail(script.scheduleTool('t1s1c0', 'pay'), heartbeatTimeout);
    expect(outlineOf(await transcriptOf(script.facts)).at(-1)).toBe(
      '2 1/1 tool_response The outcome of `pay` is unknown: its worker was lost while it ran. It may or may not have taken effect, and it was not run again.',
    );
  });
});

describe('the proof', () => {
  const said: Message = { role: 'user', content: 'a' };

  test('a digest of other messages is told, by turn and step', async () => {
    const script = new HistoryScript().start().message('a').message('b');
    answer(script, script.scheduleThink(1, 1, pointerTo([said])), 'to a');
    const other = pointerTo([said, { role: 'user', content: 'something else' }, said]);
    answer(script, script.scheduleThink(2, 1, other), 'to b');
    const { unproven, messages } = await transcriptOf(script.facts);
    expect(unproven).toEqual([{ turn: 2, step: 1 }]);
    expect(messages).toHaveLength(4);
  });

  test('in doubt, what was carried over is believed', async () => {
    const script = new HistoryScript().start().message('a');
    answer(script, script.scheduleThink(1, 1, pointerTo([said, said])), 'to a');
    script.end('continued_as_new');
    const carried = {
      pinned: { agent: agentOf() },
      memory: { firstSeq: 0, messages: [said, assistant('another answer')] },
      turns: [{ turn: 1, status: 'answered', messages: [{ messageId: 'a', seq: 0 }] }],
    };
    script.start({ carried }, 'run-1');
    const { messages } = await transcriptOf(script.facts);
    expect(messages[1]).toMatchObject({ seq: 1, step: 1, message: { content: 'another answer' } });
  });
});

describe('compaction', () => {
  const a: Message = { role: 'user', content: 'a' };
  const b: Message = { role: 'user', content: 'b' };
  const toA = assistant('to a');
  const toB = assistant('to b');

  test('originals stay in order; the summary stands where it was written', async () => {
    const script = new HistoryScript().start().message('a').message('b');
    answer(script, script.scheduleThink(1, 1, pointerTo([a])), 'to a');
    answer(script, script.scheduleSummary(2, 1, pointerTo([a, toA])), 'They said a.');
    const summary = toSummaryMessage('They said a.', 2);
    answer(script, script.scheduleThink(2, 1, pointerTo([summary, b])), 'to b');
    const transcript = await transcriptOf(script.facts);

    expect(transcript.unproven).toEqual([]);
    expect(outlineOf(transcript)).toEqual([
      '0 1 user a',
      '1 1/1 assistant to a',
      '2 2 user b',
      '3 2/1 assistant to b',
    ]);
    expect(transcript.compactions).toMatchObject([
      { turn: 2, step: 1, beforeSeq: 3, untilSeq: 1, keptSeqs: [], summary, work: { attempts: 1 } },
    ]);
    // Three calls of 100 and 10 tokens.
    expect(transcript.usage).toEqual({ inputTokens: 300, outputTokens: 30 });
    expect(transcript.turns[1]?.usage).toEqual({ inputTokens: 200, outputTokens: 20 });
  });

  test('in mid-turn the message that opened the turn stays beside the summary', async () => {
    const script = new HistoryScript().start().message('a');
    const asks = (step: number, id = `t1s${step}c0`): ModelResponse => ({
      ...assistant('', 'tool_calls'),
      toolCalls: [{ name: 'dice', arguments: {}, id }],
    });
    const rolled = (step: number) =>
      toolResponse({ id: `t1s${step}c0`, name: 'dice' }, { content: [text(`${step}`)] });
    const takeStep = (step: number, prompt: readonly Message[]) => {
      const eventId = script.scheduleThink(1, step, pointerTo(prompt));
      script.complete(eventId, asks(step, '')).task();
      script.tool(`t1s${step}c0`, 'dice', { content: [text(`${step}`)] });
    };
    const first = [a, asks(1), rolled(1)];
    takeStep(1, [a]);
    takeStep(2, first);
    answer(script, script.scheduleSummary(1, 3, pointerTo(first)), 'Rolled 1.');
    const rest = [toSummaryMessage('Rolled 1.', 3), a, asks(2), rolled(2)];
    answer(script, script.scheduleThink(1, 3, pointerTo(rest)), 'Done.');
    const transcript = await transcriptOf(script.facts);

    expect(transcript.unproven).toEqual([]);
    expect(transcript.messages.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(transcript.compactions).toMatchObject([
      { turn: 1, step: 3, beforeSeq: 5, untilSeq: 2, keptSeqs: [0] },
    ]);
  });

  test('while idle nothing is kept, and the first compaction may be gone with its run', async () => {
    const script = new HistoryScript().start().message('a');
    answer(script, script.scheduleThink(1, 1, pointerTo([a])), 'to a');
    answer(script, script.scheduleSummary(1, 1, pointerTo([a, toA])), 'Old.');
    script.end('continued_as_new');
    const summary = toSummaryMessage('Old.', 2);
    const next = new HistoryScript().start(
      {
        carried: {
          pinned: { agent: agentOf() },
          memory: { firstSeq: 2, messages: [], head: { summary, kept: [], writtenAt: 2 } },
          turns: [],
          earlierTurns: { turns: 1, usage: { inputTokens: 200, outputTokens: 20 }, costUsd: 0 },
        },
      },
      'run-1',
    );
    answer(next.message('b'), next.scheduleThink(2, 1, pointerTo([summary, b])), 'to b');

    const rest = await transcriptOf(next.facts);
    expect(rest.unproven).toEqual([]);
    expect(outlineOf(rest)).toEqual(['2 2 user b', '3 2/1 assistant to b']);
    expect(rest.usage).toEqual({ inputTokens: 300, outputTokens: 30 });
    expect(rest.compactions).toEqual([{ beforeSeq: 2, untilSeq: 1, keptSeqs: [], summary }]);

    const whole = await transcriptOf([...script.facts, ...next.facts]);
    expect(whole.unproven).toEqual([]);
    expect(whole.messages.map(({ message }) => message)).toEqual([a, toA, b, toB]);
    expect(whole.usage).toEqual(rest.usage);
    expect(whole.compactions).toMatchObject([{ turn: 1, untilSeq: 1, keptSeqs: [] }]);
  });

  test('a summary that failed for good fails the turn that needed it', async () => {
    const script = new HistoryScript().start().message('a').message('b');
    answer(script, script.scheduleThink(1, 1), 'to a');
    const failure = { type: 'ModelError.server', message: '500' };
    script.fail(script.scheduleSummary(2, 1), failure);
    const { turns, messages, compactions } = await transcriptOf(script.facts);
    expect(turns[1]).toMatchObject({ status: 'failed', error: { type: 'CompactionError' } });
    expect(messages.at(-1)).toMatchObject({ seq: 2, turn: 2, messageId: 'b' });
    expect(compactions).toEqual([]);
  });
});

describe('what cannot be read', () => {
  test('anything at all as input, result or carry is no reason to throw', async () => {
    for (const junk of [undefined, null, 1, 'text', [], [null], { turns: 1 }, { turns: [null] }]) {
      const memory = { firstSeq: junk, messages: [junk, { role: 'tool_response', content: [] }] };
      const script = new HistoryScript().start({ carried: { memory, pinned: junk, turns: junk } });
      script.raw(junk).raw({ messageId: 'a', message: junk });
      script.complete(script.scheduleThink(1, 1, junk), junk);
      script.complete(script.scheduleTool('c', 't'), junk);
      script.complete(script.scheduleSummary(1, 1, junk), junk);
      const asks = { role: 'assistant', content: '', toolCalls: junk, usage: junk };
      script.complete(script.scheduleThink(1, 2), asks);
      script.end('continued_as_new').start({ carried: junk, messages: junk, agent: junk });
      await expect(transcriptOf(script.facts)).resolves.toMatchObject({ id: 'demo-1' });
    }
  });

  test('a result that nobody here can decode is one all the same', async () => {
    const script = new HistoryScript().start().message('a');
    script.think(1, 1, { tools: ['dice'] }).tool('t1s1c0', 'dice', 'gibberish');
    const { messages } = await transcriptOf(script.facts);
    expect(messages[2]?.message.content).toEqual([{ type: 'text', text: '(It cannot be read.)' }]);
  });
});

test('five thousand messages in one turn are told', async () => {
  const script = new HistoryScript().start().message('a');
  for (let step = 1; step < 2_500; step++) {
    script.think(1, step, { tools: ['dice'] });
    script.tool(`t1s${step}c0`, 'dice', { content: [{ type: 'text', text: 'x'.repeat(2_000) }] });
  }
  script.think(1, 2_500, { content: 'done' });
  const { messages } = await transcriptOf(script.facts);
  expect(messages).toHaveLength(5_000);
});

function pointerTo(messages: readonly Message[]) {
  const digest = messages.reduce<string>(extendDigest, emptyDigest);
  return { epoch: 0, length: messages.length, digest, agentHash: '' };
}

/** As `answer` writes it. */
function assistant(content: string, finishReason: 'stop' | 'tool_calls' = 'stop') {
  return {
    role: 'assistant',
    content,
    toolCalls: [],
    finishReason,
    usage: { inputTokens: 100, outputTokens: 10 },
    model: 'demo-1',
  } as const;
}

function answer(script: HistoryScript, eventId: number, content: string): void {
  script.complete(eventId, assistant(content)).task();
}
