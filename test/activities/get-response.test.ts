import type { GetResponseInput } from '../../activities/contract';
import { createGetResponse } from '../../activities/get-response';
import { ScriptedModel, afterThinking, textResponse } from '../../activities/models/scripted-model';
import { TranscriptCache } from '../../activities/transcript-cache';
import { Transcripts } from '../../activities/transcripts';
import type { PricedCall, Prices } from '../../activities/prices';
import { ModelError } from '../../agent/errors';
import type { JsonObject } from '../../agent/json';
import { userMessage } from '../../agent/messages';
import type { ModelCallOptions, StreamEvent } from '../../agent/model';
import { ModelBase, complete, partial, partialThinking } from '../../agent/model';
import { callName } from '../../wire/call-name';
import type { DeltaChannel } from '../../wire/delta-channel';
import { MemoryDeltas } from '../../wire/memory-deltas';
import type { ActivityOptions } from '../support/activity';
import { TestActivity, failureOf, stops, thrownBy } from '../support/activity';
import { FakeConversation, pin } from '../support/fake-conversation';

const pinned = pin({ name: 'clerk', model: 'scripted', instructions: 'Be brief.', tools: [] });
/** The call of the test's one activity. */
const named = { call: callName({ runId: 'run-1', activityId: 'test' }) };
const silence = { turn: 2, step: 3, attempt: 1, offset: 0, text: '' };
const question = userMessage('What is two and three?');

interface WorkerOptions extends Pick<ActivityOptions, 'attempt' | 'heartbeatDetails'> {
  readonly sees?: boolean;
  readonly prices?: Prices;
  readonly deltas?: DeltaChannel;
}

/** A worker, the conversation that it works for, and one call of the activity. */
function newWorker(model: ModelBase, options: WorkerOptions = {}) {
  const transcripts = new Transcripts(new TranscriptCache());
  const sink = options.sees === false ? { append: () => undefined } : transcripts;
  const conversation = new FakeConversation({ sink, pinned });
  if (options.sees !== false) transcripts.pin(pinned);
  const asked: string[] = [];
  const getResponse = createGetResponse({
    transcripts,
    modelForName: (name) => {
      asked.push(name);
      return model;
    },
    prices: options.prices,
    deltas: options.deltas,
  });
  const { attempt = 1, heartbeatDetails } = options;
  const activity = new TestActivity({ attempt, heartbeatDetails, conversation });
  const input = (overrides: Partial<GetResponseInput> = {}): GetResponseInput => ({
    pointer: conversation.publish(question),
    turn: 2,
    step: 3,
    ...overrides,
  });
  return {
    activity,
    asked,
    conversation,
    transcripts,
    call: (overrides?: Partial<GetResponseInput>) => activity.run(getResponse, input(overrides)),
  };
}

/** A model whose stream is what `stream` makes of the signal. */
class StreamingModel extends ModelBase {
  constructor(private readonly stream: (signal: AbortSignal) => AsyncIterable<StreamEvent>) {
    super();
  }
  override streamResponse(_agent: unknown, _inputs: unknown, options: ModelCallOptions = {}) {
    return this.stream(options.signal!);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

describe('a pointer becomes a prompt', () => {
  test('from the cache: the model named by the agent gets agent and messages, and nobody is asked', async () => {
    const answer = textResponse('Five.');
    const model = new ScriptedModel([answer]);
    const { call, asked, activity, transcripts } = newWorker(model);

    expect(await call()).toMatchObject(answer);
    expect(model.requests).toEqual([{ agent: pinned.agent, inputs: [question] }]);
    expect(asked).toEqual(['scripted']);
    expect(activity.handles).toEqual([]);
    expect(transcripts.counts).toEqual({ hits: 1, misses: 0 });
  });

  test('without a cache by asking the very run that scheduled the call, for messages and agent in one question', async () => {
    const model = new ScriptedModel([textResponse('Five.')]);
    const { call, activity, conversation } = newWorker(model, { sees: false });

    await call();

    expect(model.requests).toEqual([{ agent: pinned.agent, inputs: [question] }]);
    expect(activity.handles).toEqual(['chat run-1']);
    expect([conversation.pinnedAgentQueries, conversation.pagesFrom]).toEqual([0, [0]]);
  });

  test('or not at all: then the attempt fails before the model is called, to be retried', async () => {
    const model = new ScriptedModel([textResponse('Five.')]);
    const { call, conversation } = newWorker(model);
    const pointer = { ...conversation.publish(question), digest: 'of another branch' };

    expect(await failureOf(call({ pointer }))).toMatchObject({
      type: 'TranscriptUnavailable',
      nonRetryable: false,
    });
    expect(model.requests).toEqual([]);
  });
});

describe('a model that fails', () => {
  test('names its kind, its verdict and its delay', async () => {
    const fields = {
      provider: 'openai',
      kind: 'rate_limit',
      message: 'openai answered 429: Slow down.',
      retryable: true,
      retryAfterMs: 1_234,
    } as const;

    expect(
      await failureOf(newWorker(new ScriptedModel([new ModelError(fields)])).call()),
    ).toMatchObject({
      type: 'ModelError.rate_limit',
      message: 'openai answered 429: Slow down.',
      nonRetryable: false,
      nextRetryDelay: 1_234,
      details: [fields],
    });
  });

  test('in the middle of its stream fails like one that fails at once', async () => {
    const model = new StreamingModel(async function* () {
      yield partial('The sum');
      throw new ModelError({
        provider: 'x',
        kind: 'incomplete',
        message: 'Cut off.',
        retryable: true,
      });
    });

    expect(await failureOf(newWorker(model).call())).toMatchObject({
      type: 'ModelError.incomplete',
      nonRetryable: false,
    });
  });

  test('to be found is not tried again', async () => {
    const { transcripts, conversation } = newWorker(new ScriptedModel([]));
    const getResponse = createGetResponse({
      transcripts,
      modelForName: (name) => {
        throw new ModelError({
          provider: 'none',
          kind: 'configuration',
          message: `No provider is registered for the model \`${name}\`.`,
          retryable: false,
        });
      },
    });
    const input = { pointer: conversation.publish(question), turn: 1, step: 1 };

    expect(await failureOf(new TestActivity().run(getResponse, input))).toMatchObject({
      type: 'ModelError.configuration',
      message: 'No provider is registered for the model `scripted`.',
      nonRetryable: true,
    });
  });

  test.each([
    { what: 'ends its stream without an answer', events: [partial('The sum')] },
    { what: 'says nothing at all', events: [] },
    {
      what: 'was interrupted by nobody',
      events: [complete(textResponse('The sum', { finishReason: 'interrupted' }))],
    },
  ])('it $what: that is a failure, not a cancellation', async ({ events }) => {
    const model = new StreamingModel(async function* () {
      yield* events;
    });

    expect(await failureOf(newWorker(model).call())).toMatchObject({
      type: 'ModelError.unexpected',
      message: 'The model ended its stream without an answer.',
      nonRetryable: false,
    });
  });
});

describe('while it answers', () => {
  const text = (details: unknown) => (details as { text?: string } | undefined)?.text;

  test('the text so far is in the heartbeats, with turn, step and attempt', async () => {
    const { call, activity } = newWorker(
      new StreamingModel(async function* () {
        yield partial('The sum');
        await activity.heartbeat((details) => text(details) === 'The sum');
        yield partial(' is five.');
        await activity.heartbeat((details) => text(details) === 'The sum is five.');
        yield complete(textResponse('The sum is five.'));
      }),
      { attempt: 4 },
    );

    await call();

    const told = activity.heartbeats.filter((details) => text(details));
    expect(told[0]).toEqual({ turn: 2, step: 3, attempt: 4, ...named, offset: 0, text: 'The sum' });
    expect(told.at(-1)).toMatchObject({ offset: 0, text: 'The sum is five.' });
  });

  test('a silent model does not wipe them: every later beat still carries the text', async () => {
    const { call, activity } = newWorker(
      new StreamingModel(async function* () {
        yield partial('The sum');
        await activity.heartbeat((details) => text(details) === 'The sum');
        const seen = activity.heartbeats.length;
        await activity.heartbeat(() => activity.heartbeats.length >= seen + 2);
        yield complete(textResponse('The sum is five.'));
      }),
    );

    await call();

    const first = activity.heartbeats.findIndex((details) => text(details) === 'The sum');
    const later = activity.heartbeats.slice(first);
    expect(later.length).toBeGreaterThanOrEqual(3);
    expect(later.map(text)).toEqual(Array(later.length).fill('The sum'));
  });

  test('the reasoning is beside it, and no part of the answer', async () => {
    const { call, activity } = newWorker(
      new ScriptedModel([afterThinking('Two and three.', textResponse('Five.'))], {
        streamDelayMs: 20,
      }),
    );

    const answer = await call();

    expect(answer).toMatchObject({ content: 'Five.' });
    expect(JSON.stringify(answer)).not.toContain('Two and');
    const thoughts = activity.heartbeats.map(
      (details) => (details as { thinking?: { text: string } }).thinking?.text,
    );
    expect(thoughts).toContain('Two');
  });

  test('a channel of its own is told each piece and the end, and the heartbeats carry no text', async () => {
    const deltas = new MemoryDeltas();
    const open = jest.spyOn(deltas, 'open');
    const { call, activity } = newWorker(
      new StreamingModel(async function* () {
        yield partial('The sum', 'abc');
        yield partialThinking('Well.');
        yield partial(' is five.');
        await activity.heartbeat(() => true);
        yield complete(textResponse('The sum is five.'));
      }),
      { attempt: 4, deltas },
    );
    const conversation = { namespace: 'default', id: 'chat' };

    await call();

    expect(open).toHaveBeenCalledTimes(1);
    const reading = deltas.read(conversation, new AbortController().signal);
    expect((await reading.next()).value).toEqual({
      ...{ turn: 2, step: 3, attempt: 4, ...named, offset: 0, text: 'The sum is five.' },
      thinking: { offset: 0, text: 'Well.' },
      promptDigest: 'abc',
    });
    await reading.return(undefined);
    const silent = {
      turn: 2,
      step: 3,
      attempt: 4,
      ...named,
      offset: 0,
      text: '',
      promptDigest: 'abc',
    };
    expect(activity.heartbeats.length).toBeGreaterThan(0);
    for (const details of activity.heartbeats) expect(details).toEqual(silent);
  });

  test.each([
    { what: 'answers', model: new ScriptedModel([textResponse('Five.')]) },
    { what: 'fails', model: new ScriptedModel([new Error('It broke.')]) },
  ])('what it holds back may go when the model $what', async ({ model }) => {
    const end = jest.fn();
    const deltas: DeltaChannel = {
      open: () => ({ write: () => undefined, details: silence, end }),
      close: () => Promise.resolve(),
    };

    await newWorker(model, { deltas })
      .call()
      .catch(() => undefined);

    expect(end).toHaveBeenCalledTimes(1);
  });

  test('no beat comes after its end', async () => {
    const { call, activity } = newWorker(
      new ScriptedModel([textResponse('The sum is five.')], { streamDelayMs: 20 }),
    );
    await call();
    const beats = activity.heartbeats.length;

    await new Promise((resolve) => setTimeout(resolve, 600));

    expect(activity.heartbeats).toHaveLength(beats);
  });
});

describe('what it costs', () => {
  const usage = { inputTokens: 100, outputTokens: 10 };
  const spent = { attempts: 2, usage: { inputTokens: 7, outputTokens: 1 }, costUsd: 0.5 };
  const overloaded = new ModelError({
    provider: 'anthropic',
    kind: 'overloaded',
    message: 'Overloaded.',
    retryable: true,
  });
  /** A token costs a dollar. */
  const prices: Prices = {
    costUsd: ({ usage: { inputTokens, outputTokens } }) => inputTokens + outputTokens,
  };
  const countsThenFails = () =>
    new StreamingModel(async function* () {
      yield partial('', undefined, { inputTokens: 100, outputTokens: 1 });
      yield partial('The sum');
      yield partial('', undefined, usage);
      throw overloaded;
    });

  test('stands in the answer, once', async () => {
    const { call } = newWorker(new ScriptedModel([textResponse('Five.', { usage })]), { prices });

    const response = await call();
    expect(response).toMatchObject({ usage, costUsd: 110 });
    expect(response).not.toHaveProperty('failedAttempts');
  });

  test('is asked for with every name of the model', async () => {
    const asked: PricedCall[] = [];
    const model = new (class extends ScriptedModel {
      override get identity() {
        return { provider: 'anthropic', model: 'claude-haiku-4-5' };
      }
    })([textResponse('Five.', { usage, model: 'claude-haiku-4-5-20251001', costUsd: 3 })]);
    const list = { costUsd: (it: PricedCall) => asked.push(it) };

    await newWorker(model, { prices: list }).call();

    expect(asked.at(-1)).toEqual({
      name: 'scripted',
      provider: 'anthropic',
      model: 'claude-haiku-4-5',
      answeredBy: 'claude-haiku-4-5-20251001',
      usage,
      at: expect.any(Date) as Date,
      chargedUsd: 3,
    });
  });

  test('of a model that nobody lists is null', async () => {
    const { call } = newWorker(new ScriptedModel([textResponse('Five.', { usage })]));

    expect(await call()).toMatchObject({ usage, costUsd: null });
  });

  test('by prices that fail is null', async () => {
    const broken = {
      costUsd: () => {
        throw new Error('The list is gone.');
      },
    };
    const model = new ScriptedModel([textResponse('Five.', { usage })]);

    expect(await newWorker(model, { prices: broken }).call()).toMatchObject({
      content: 'Five.',
      costUsd: null,
    });
  });

  test('of an attempt that fails: its last count is in the last heartbeat and in the failure', async () => {
    const { call, activity } = newWorker(countsThenFails(), { prices });

    const { details } = await failureOf(call());

    const bill = { attempts: 1, usage, costUsd: 110 };
    expect(details?.at(-1)).toEqual({ spent: bill });
    expect(details?.[0]).toMatchObject({ kind: 'overloaded' });
    expect(activity.heartbeats.at(-1)).toMatchObject({ text: 'The sum', spent: bill });
  });

  test('of the attempts before is added to it', async () => {
    const heartbeatDetails = { turn: 2, step: 3, attempt: 2, offset: 0, text: '', spent };
    const { call, activity } = newWorker(countsThenFails(), {
      prices,
      attempt: 3,
      heartbeatDetails,
    });

    const { details } = await failureOf(call());

    const all = { attempts: 3, usage: { inputTokens: 107, outputTokens: 11 }, costUsd: 110.5 };
    expect(details?.at(-1)).toEqual({ spent: all });
    expect(activity.heartbeats.at(-1)).toMatchObject({ attempt: 3, spent: all });
  });

  test('of the attempts before comes with the answer, apart', async () => {
    const model = new ScriptedModel([textResponse('Five.', { usage })]);
    const { call } = newWorker(model, { prices, attempt: 3, heartbeatDetails: { spent } });

    expect(await call()).toMatchObject({ usage, costUsd: 110, failedAttempts: spent });
  });

  test('is kept by an attempt that fails before it counts', async () => {
    const model = new ScriptedModel([overloaded]);
    const { call, activity } = newWorker(model, { prices, heartbeatDetails: { spent } });

    const { details } = await failureOf(call());

    expect(details?.at(-1)).toEqual({ spent });
    expect(activity.heartbeats.at(-1)).toMatchObject({ spent });
  });

  test('of an attempt that counts nothing is not told', async () => {
    const { call, activity } = newWorker(new ScriptedModel([overloaded]), { prices });

    const { details } = await failureOf(call());

    expect(details).toEqual([overloaded.fields]);
    expect(activity.heartbeats).toEqual([]);
  });

  test('of an answer that cannot be kept was paid for too', async () => {
    const deep = JSON.parse(`${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}`) as JsonObject;
    const toolCalls = [{ id: 'c', name: 'dig', arguments: deep }];
    const { call } = newWorker(
      new StreamingModel(async function* () {
        yield complete(textResponse('', { usage, toolCalls, finishReason: 'tool_calls' }));
      }),
      { prices },
    );

    expect(await failureOf(call())).toMatchObject({
      type: 'TooDeep',
      nonRetryable: true,
      details: [{ spent: { attempts: 1, usage, costUsd: 110 } }],
    });
  });

  test.each([7, 'spent', { spent: { attempts: 'many' } }, { text: 'Once' }, null])(
    'of the attempts before is nothing when they left %j',
    async (heartbeatDetails) => {
      const model = new ScriptedModel([textResponse('Five.', { usage })]);

      expect(await newWorker(model, { prices, heartbeatDetails }).call()).not.toHaveProperty(
        'failedAttempts',
      );
    },
  );
});

describe('stopped from outside', () => {
  const endings = [
    {
      how: 'ends with what it has',
      model: () =>
        new StreamingModel(async function* (signal) {
          yield partial('The sum');
          await aborted(signal);
          yield complete(textResponse('The sum', { finishReason: 'interrupted' }));
        }),
    },
    {
      how: 'throws an AbortError',
      model: () =>
        new StreamingModel(async function* (signal) {
          yield partial('The sum');
          await aborted(signal);
          throw new DOMException('This operation was aborted', 'AbortError');
        }),
    },
    {
      how: 'calls it a broken connection',
      model: () =>
        new StreamingModel(async function* (signal) {
          yield partial('The sum');
          await aborted(signal);
          throw new ModelError({
            provider: 'x',
            kind: 'network',
            message: 'The connection broke.',
            retryable: true,
          });
        }),
    },
  ];

  describe.each(endings)('a model that $how', ({ how, model }) => {
    const isAnswer = ({ why }: (typeof stops)[number]) =>
      how === 'ends with what it has' && why === 'the workflow cancels it';
    test.each(stops.filter((stop) => !isAnswer(stop)))(
      'because $why: $failure.name',
      async ({ reason, failure }) => {
        const { call, activity } = newWorker(model());
        const answer = thrownBy(call());
        await new Promise((resolve) => setImmediate(resolve));
        activity.stop(reason);

        expect(await answer).toMatchObject(failure);
      },
    );
  });

  test('a model that ends with what it has because the workflow cancels it: the answer so far, fit to be sent again', async () => {
    const providerData = { provider: 'p', family: 'f', items: [{ signature: 'none' }] };
    const toolCalls = [{ id: 'c', name: 'add', arguments: {} }];
    const model = new StreamingModel(async function* (signal) {
      yield partial('The sum');
      await aborted(signal);
      const interrupted = { finishReason: 'interrupted', providerData, toolCalls } as const;
      yield complete(textResponse('The sum', interrupted));
    });
    const { call, activity } = newWorker(model);
    const answer = call();
    await new Promise((resolve) => setImmediate(resolve));
    activity.stop({ cancelRequested: true });

    const response = await answer;
    expect(response).toMatchObject({
      content: 'The sum',
      finishReason: 'interrupted',
      toolCalls: [],
    });
    expect(response).not.toHaveProperty('providerData');
  });

  test('an answer that is whole all the same is not thrown away', async () => {
    const model = new StreamingModel(async function* (signal) {
      await aborted(signal);
      yield complete(textResponse('Five.'));
    });
    const { call, activity } = newWorker(model);
    const answer = call();
    await new Promise((resolve) => setImmediate(resolve));
    activity.stop({ workerShutdown: true });

    expect(await answer).toMatchObject({ content: 'Five.', finishReason: 'stop' });
  });
});
