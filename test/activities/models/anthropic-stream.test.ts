import { isModelError } from '../../../agent/errors';
import type { JsonObject } from '../../../agent/json';
import { userMessage } from '../../../agent/messages';
import type { ModelResponse, StreamEvent } from '../../../agent/model';
import { fromAnthropicEvents } from '../../../activities/models/anthropic-format';
import { toolNamesFor } from '../../../activities/models/tool-names';
import {
  beginStream,
  collect,
  plainAgent,
  recordedEvents,
  recordedStreams,
  startAnthropic,
  toEvents,
  toStream,
} from '../../support/anthropic-fixtures';
import type { LoopbackServer } from '../../support/loopback-server';

const context = { names: toolNamesFor([]), model: 'claude-haiku-4-5' };
const hello = [userMessage('Hello.')];

let server: LoopbackServer | undefined;
afterEach(() => server?.close());

function itemsOf({ providerData }: ModelResponse): readonly JsonObject[] {
  return (providerData?.items ?? []) as readonly JsonObject[];
}

function fold(
  events: readonly object[],
  signal?: AbortSignal,
): Promise<{ pieces: string; response: ModelResponse }> {
  return collect(fromAnthropicEvents(toEvents(events), { ...context, signal }));
}

describe.each(recordedStreams)('a recorded stream: %s', (_name, events) => {
  test('shows piece by piece what the message says in the end', async () => {
    const { pieces, response } = await fold(events);
    expect(pieces).toBe(response.content);
    expect(response.usage.inputTokens).toBeGreaterThan(0);
    expect(response.finishReason).not.toBe('other');
  });

  test('means over the wire what its events mean, byte by byte too', async () => {
    const { response } = await fold(events);
    const bytes = Buffer.from(toStream(events));
    const sizes = [bytes.length, 7, 301];
    const started = (server = await startAnthropic(async (answer) => {
      beginStream(answer);
      const size = sizes.shift() ?? 1;
      for (let at = 0; at < bytes.length; at += size) {
        if (!answer.write(bytes.subarray(at, at + size))) {
          await new Promise((resolve) => answer.once('drain', resolve));
        }
      }
      answer.end();
    }));
    for (let rest = sizes.length; rest > 0; rest--) {
      const { promptDigest, ...folded } = await started.model.getResponse(plainAgent, hello);
      expect(folded).toEqual(response);
      expect(promptDigest).toMatch(/^[0-9a-f]{64}$/);
    }
    expect(server.requests).toHaveLength(3);
  });

  test('is never taken for complete when it is cut', async () => {
    const end = events.findLastIndex(({ type }) => type === 'message_stop');
    for (let length = 0; length <= end; length++) {
      await expect(fold(events.slice(0, length))).rejects.toMatchObject({
        fields: { kind: 'incomplete', retryable: true },
      });
    }
  });
});

const start = {
  type: 'message_start',
  message: { model: 'claude-sonnet-4-5-20250929', usage: { input_tokens: 10, output_tokens: 1 } },
};
const stop = [
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } },
  { type: 'message_stop' },
];

function stopped(stopReason: string): JsonObject[] {
  const delta = { stop_reason: stopReason };
  return [{ type: 'message_delta', delta, usage: { output_tokens: 5 } }, { type: 'message_stop' }];
}

function block(index: number, contentBlock: JsonObject, ...deltas: JsonObject[]): JsonObject[] {
  return [
    { type: 'content_block_start', index, content_block: contentBlock },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ];
}

function textBlock(index: number, ...texts: string[]): JsonObject[] {
  const deltas = texts.map((text) => ({ type: 'text_delta', text }));
  return block(index, { type: 'text', text: '' }, ...deltas);
}

function callBlock(index: number, ...json: string[]): JsonObject[] {
  const deltas = json.map((it) => ({ type: 'input_json_delta', partial_json: it }));
  const call = { type: 'tool_use', id: `toolu_${index}`, name: 'weather', input: {} };
  return block(index, call, ...deltas);
}

describe('what a stream means', () => {
  test('its first piece, and no other, tells what was asked', async () => {
    const events = toEvents([start, ...textBlock(0, 'a', 'b', 'c'), ...stop]);
    const digests: unknown[] = [];
    for await (const event of fromAnthropicEvents(events, { ...context, promptDigest: 'abc' })) {
      if (!event.content) continue;
      digests.push(event.isFinal ? event.accumulated.promptDigest : event.promptDigest);
    }
    expect(digests).toEqual(['abc', undefined, undefined, 'abc']);
  });

  test('two calls at once', async () => {
    const { response } = await fold(recordedEvents('two calls'));
    expect(response).toMatchObject({
      toolCalls: [{ name: 'secret_retrieval_tool' }, { name: 'secret_retrieval_tool' }],
      finishReason: 'tool_calls',
      model: 'claude-sonnet-4-20250514',
    });
    expect(response.toolCalls.map(({ id }) => id.slice(0, 6))).toEqual(['toolu_', 'toolu_']);
    expect(response.providerData).toBeUndefined();
  });

  test('thinking is kept to the letter and not shown', async () => {
    const { response } = await fold(recordedEvents('thinking'));
    expect(response.providerData).toMatchObject({
      provider: 'anthropic',
      family: 'claude-haiku-4-5',
      items: [
        { type: 'thinking', thinking: expect.any(String), signature: expect.any(String) },
        { type: 'text' },
      ],
    });
    expect(response.providerData?.items[1]).toEqual({ type: 'text' });
  });

  test('hidden thinking is kept too', async () => {
    const { response } = await fold(recordedEvents('hidden thinking'));
    expect(response.providerData?.items).toEqual(
      expect.arrayContaining([{ type: 'redacted_thinking', data: expect.any(String) }]),
    );
  });

  test('a tool of the server is kept with its result, in order', async () => {
    const { response } = await fold(recordedEvents('a tool of the server'));
    const types = itemsOf(response).map(({ type }) => type);
    expect(types).toContain('server_tool_use');
    expect(types.indexOf('server_tool_use')).toBeLessThan(types.lastIndexOf('text'));
    expect(response.toolCalls).toEqual([]);
    const use = itemsOf(response).find(({ type }) => type === 'server_tool_use');
    expect(typeof use?.['input']).toBe('object');
  });

  test('a refusal is known as one', async () => {
    expect((await fold(recordedEvents('a refusal'))).response.finishReason).toBe('refusal');
  });

  test('a call cut at the token limit is not to be run', async () => {
    const { response } = await fold(recordedEvents('a call cut at its token limit'));
    expect(response.finishReason).toBe('length');
    expect(response.toolCalls[0]?.malformedArguments).toMatch(/^\{/);
  });

  test('a second beginning before any text starts anew', async () => {
    const { response } = await fold(recordedEvents('a second beginning'));
    expect(response.toolCalls).toEqual([
      { id: 'toolu_second', name: 'test-tool', arguments: { value: 'Sparkle Day' } },
    ]);
    expect(response.providerData?.items[0]).toMatchObject({ signature: 'sig-second' });
  });

  test('a second beginning after some text is a failure that may be tried again', async () => {
    const events = [start, ...textBlock(0, 'Hel'), start, ...textBlock(0, 'Hello'), ...stop];
    await expect(fold(events)).rejects.toMatchObject({ fields: { kind: 'incomplete' } });
  });

  test.each([
    [[], {}, undefined],
    [[''], {}, undefined],
    [['{"ci', 'ty":"Paris"}'], { city: 'Paris' }, undefined],
    [['{"city": "Paris"'], {}, '{"city": "Paris"'],
    [['["Paris"]'], {}, '["Paris"]'],
  ])('a call whose input comes as %j', async (json, args, malformedArguments) => {
    const { response } = await fold([start, ...callBlock(0, ...json), ...stopped('tool_use')]);
    expect(response.toolCalls).toEqual([
      {
        id: 'toolu_0',
        name: 'weather',
        arguments: args,
        ...(malformedArguments !== undefined && { malformedArguments }),
      },
    ]);
    expect(response.finishReason).toBe('tool_calls');
  });

  test.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'refusal'],
    ['pause_turn', 'pause'],
    ['tired', 'other'],
  ])('stopping by %s', async (stopReason, finishReason) => {
    const { response } = await fold([start, ...textBlock(0, 'Hi'), ...stopped(stopReason)]);
    expect(response.finishReason).toBe(finishReason);
  });

  test('usage counts what the cache had to do with; later counts replace earlier ones', async () => {
    const usage = {
      input_tokens: 3,
      cache_creation_input_tokens: 20,
      cache_read_input_tokens: 100,
    };
    const delta = {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn' },
      usage: {
        input_tokens: null,
        output_tokens: 50,
        output_tokens_details: { thinking_tokens: 30 },
      },
    };
    const message = { model: 'm', usage: { ...usage, output_tokens: 2 } };
    const { response } = await fold([
      { type: 'message_start', message },
      delta,
      { type: 'message_stop' },
    ]);
    expect(response.usage).toEqual({
      inputTokens: 123,
      outputTokens: 50,
      cachedInputTokens: 100,
      cacheWriteTokens: 20,
      reasoningTokens: 30,
    });
    expect(response.content).toBe('');
  });

  test('texts that something came between are two paragraphs, others are one', async () => {
    const search = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} };
    const { pieces, response } = await fold([
      start,
      ...textBlock(0, 'I look.'),
      ...block(1, search, { type: 'input_json_delta', partial_json: '{"q":1}' }),
      ...block(2, { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] }),
      ...textBlock(3, 'It ', 'is '),
      ...block(
        4,
        { type: 'text', text: '' },
        { type: 'text_delta', text: 'so.' },
        { type: 'citations_delta', citation: { type: 'web_search_result_location', url: 'u' } },
      ),
      ...stop,
    ]);
    expect(response.content).toBe('I look.\n\nIt is so.');
    expect(pieces).toBe(response.content);
    expect(response.providerData?.items).toEqual([
      { type: 'text', from: 0, to: 7 },
      { ...search, input: { q: 1 } },
      { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
      { type: 'text', from: 9, to: 15 },
      {
        type: 'text',
        text: 'so.',
        citations: [{ type: 'web_search_result_location', url: 'u' }],
      },
    ]);
  });

  test('events, deltas and blocks that nobody knows yet are passed over or kept', async () => {
    const events = [
      start,
      { type: 'dream', text: 'zzz' },
      ...block(0, { type: 'hologram', data: 'x' }, { type: 'hologram_delta', data: 'y' }),
      ...textBlock(1, 'Hi'),
      ...stop,
    ];
    const { response } = await fold(events);
    expect(response.content).toBe('Hi');
    expect(response.providerData?.items).toEqual([
      { type: 'hologram', data: 'x' },
      { type: 'text' },
    ]);
  });

  test('an end without a reason to stop is none', async () => {
    const events = [start, ...textBlock(0, 'Hi'), { type: 'message_stop' }];
    await expect(fold(events)).rejects.toMatchObject({ fields: { kind: 'incomplete' } });
  });
});

describe('a connection that ends early', () => {
  const body = toStream(recordedEvents('a short answer'));
  const half = body.slice(0, body.indexOf('event: content_block_delta') + 120);

  test.each([
    ['is closed between two events', `${half.slice(0, half.lastIndexOf('\n\n'))}\n\n`],
    ['is closed in the middle of an event', half],
    ['is closed before any event', ''],
    ['says an error as if it were an answer', '{"type":"error","error":{"type":"api_error"}}'],
  ])('%s: retryable, and one request', async (_case, sent) => {
    const { model } = (server = await startAnthropic((answer) => {
      beginStream(answer);
      answer.end(sent);
    }));
    const failure = await model.getResponse(plainAgent, hello).catch((error: unknown) => error);
    expect(isModelError(failure) && failure.fields).toMatchObject({
      kind: 'incomplete',
      retryable: true,
    });
    expect(server.requests).toHaveLength(1);
  });

  test('is reset: a broken network, retryable', async () => {
    const { model } = (server = await startAnthropic((answer) => {
      beginStream(answer);
      answer.write(half, () => setTimeout(() => answer.socket?.resetAndDestroy(), 20));
    }));
    await expect(model.getResponse(plainAgent, hello)).rejects.toMatchObject({
      fields: { kind: 'network', retryable: true },
    });
  });

  test('nobody listens: a broken network, retryable', async () => {
    const { model, close } = await startAnthropic(() => {});
    await close();
    await expect(model.getResponse(plainAgent, hello)).rejects.toMatchObject({
      fields: { kind: 'network', retryable: true, code: 'ECONNREFUSED' },
    });
  });
});

describe('aborting', () => {
  test('closes the connection and returns what was folded so far', async () => {
    const events = [start, ...textBlock(0, 'Hello, ', 'world')];
    const { model, requests } = (server = await startAnthropic((answer) => {
      beginStream(answer);
      answer.write(toStream(events as JsonObject[]));
    }));
    const controller = new AbortController();
    let last: StreamEvent | undefined;
    for await (const event of model.streamResponse(plainAgent, hello, {
      signal: controller.signal,
    })) {
      if (event.content.includes('world')) controller.abort();
      last = event;
    }
    expect(last?.isFinal && last.accumulated).toMatchObject({
      content: 'Hello, world',
      finishReason: 'interrupted',
      model: 'claude-sonnet-4-5-20250929',
      usage: { inputTokens: 10, outputTokens: 1 },
      toolCalls: [],
    });
    await requests[0]?.closedEarly;
  });

  test('before the first byte: an empty answer, and the connection is closed', async () => {
    const { model, requests } = (server = await startAnthropic(() => {}));
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const response = await model.getResponse(plainAgent, hello, { signal: controller.signal });
    expect(response).toMatchObject({ content: '', finishReason: 'interrupted' });
    await requests[0]?.closedEarly;
  });

  test('before the call: no request at all', async () => {
    const { model, requests } = (server = await startAnthropic(() => {}));
    const response = await model.getResponse(plainAgent, hello, { signal: AbortSignal.abort() });
    expect(response.finishReason).toBe('interrupted');
    expect(requests).toHaveLength(0);
  });

  test('keeps calls that were finished, and no half ones', async () => {
    const events = [start, ...callBlock(0, '{"a":1}'), ...callBlock(1, '{"b"').slice(0, -1)];
    const { response } = await fold(events, AbortSignal.abort());
    expect(response.toolCalls).toEqual([{ id: 'toolu_0', name: 'weather', arguments: { a: 1 } }]);
    expect(response.providerData).toBeUndefined();
  });

  test('a listener who leaves closes the connection too', async () => {
    const { model, requests } = (server = await startAnthropic((answer) => {
      beginStream(answer);
      answer.write(toStream([start, ...textBlock(0, 'Hello')] as JsonObject[]));
    }));
    for await (const event of model.streamResponse(plainAgent, hello)) {
      if (!event.isFinal) break;
    }
    await expect(requests[0]?.closedEarly).resolves.toBeUndefined();
  });
});

describe('silence', () => {
  test.each([
    ['before the first event', true],
    ['without even an answer', false],
  ])('%s', async (_case, isBegun) => {
    const { model, requests } = (server = await startAnthropic(
      (answer) => (isBegun ? beginStream(answer) : undefined),
      { firstEventTimeoutMs: 80 },
    ));
    await expect(model.getResponse(plainAgent, hello)).rejects.toMatchObject({
      fields: { kind: 'timeout', retryable: true },
    });
    await requests[0]?.closedEarly;
    expect(requests).toHaveLength(1);
  });

  test('between two events', async () => {
    const { model, requests } = (server = await startAnthropic(
      (answer) => {
        beginStream(answer);
        answer.write(toStream([start, ...textBlock(0, 'Hello')] as JsonObject[]));
      },
      { idleTimeoutMs: 80 },
    ));
    await expect(model.getResponse(plainAgent, hello)).rejects.toThrow('fell silent for 80 ms');
    await requests[0]?.closedEarly;
  });

  test('after the last event is none: the message is complete', async () => {
    const { model } = (server = await startAnthropic((answer) => {
      beginStream(answer);
      answer.write(toStream([start, ...textBlock(0, 'Hello'), ...stop] as JsonObject[]));
    }));
    expect((await model.getResponse(plainAgent, hello)).content).toBe('Hello');
  });
});
