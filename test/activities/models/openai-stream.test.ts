import { setTimeout as sleep } from 'node:timers/promises';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import { isModelError } from '../../../agent/errors';
import { userMessage } from '../../../agent/messages';
import type { ModelResponse, StreamEvent } from '../../../agent/model';
import { fromOpenAIEvents } from '../../../activities/models/openai-format';
import { toolNamesFor } from '../../../activities/models/tool-names';
import type { LoopbackServer } from '../../support/loopback-server';
import {
  beginStream,
  plainAgent,
  recordedStream,
  recordedStreams,
  startOpenAI,
  writeChunks,
} from '../../support/openai-fixtures';
import { readExchange, streamEvents } from '../../support/recordings';

const context = { names: toolNamesFor([]), model: 'gpt-5-mini' };
const hello = [userMessage('Hello.')];

let server: LoopbackServer | undefined;
afterEach(() => server?.close());

/** What the events fold to, and the pieces on the way. */
async function fold(body: string): Promise<{ pieces: string; response: ModelResponse }> {
  return collect(fromOpenAIEvents(toEvents(streamEvents(body)), context));
}

async function* toEvents(events: readonly object[]): AsyncGenerator<ResponseStreamEvent> {
  for (const event of events) yield await Promise.resolve(event as ResponseStreamEvent);
}

async function collect(
  events: AsyncIterable<StreamEvent>,
): Promise<{ pieces: string; response: ModelResponse }> {
  let pieces = '';
  for await (const event of events) {
    if (event.isFinal) return { pieces, response: event.accumulated };
    pieces += event.content;
  }
  throw new Error('The stream ended without a `complete` event.');
}

function* randomChunks(bytes: Buffer, seed: number): Generator<Uint8Array> {
  let state = seed;
  for (let at = 0; at < bytes.length;) {
    state = (state * 48_271) % 2_147_483_647;
    const size = 1 + (state % 700);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

function* singleBytes(bytes: Buffer): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1);
}

describe.each(recordedStreams)('a recorded stream: %s', (_name, body) => {
  test('shows piece by piece what the response says in the end', async () => {
    const { pieces, response } = await fold(body);
    expect(pieces).toBe(response.content);
    expect(response.usage.inputTokens).toBeGreaterThan(0);
  });

  test('folds to the same response whatever its chunks are', async () => {
    const { response } = await fold(body);
    const bytes = Buffer.from(body);
    const cuts = [singleBytes(bytes), randomChunks(bytes, 1), randomChunks(bytes, 2), [bytes]];
    const play = startOpenAI((answer) => {
      beginStream(answer);
      return writeChunks(answer, cuts.shift() ?? []);
    });
    const { model } = (server = await play);
    for (let rest = cuts.length; rest > 0; rest--) {
      const answered = await model.getResponse(plainAgent, hello);
      const { promptDigest, ...folded } = answered;
      expect(folded).toEqual(response);
      expect(promptDigest).toMatch(/^[0-9a-f]{64}$/);
    }
    expect(server.requests).toHaveLength(4);
  });

  test('is never taken for complete when it is cut', async () => {
    const events = streamEvents(body);
    const end = events.findLastIndex(({ response }) => response);
    for (let length = 0; length <= end; length++) {
      const cut = fromOpenAIEvents(toEvents(events.slice(0, length)), context);
      await expect(collect(cut)).rejects.toMatchObject({
        fields: { kind: 'incomplete', retryable: true },
      });
    }
  });
});

describe('what a stream means', () => {
  test('its first piece, and no other, tells what was asked', async () => {
    const events = toEvents(streamEvents(recordedStream('a final answer')));
    const digests: unknown[] = [];
    for await (const event of fromOpenAIEvents(events, { ...context, promptDigest: 'abc' })) {
      digests.push(event.isFinal ? event.accumulated.promptDigest : event.promptDigest);
    }
    expect(digests).toEqual(['abc', ...digests.slice(1, -1).map(() => undefined), 'abc']);
    expect(digests.length).toBeGreaterThan(3);
  });

  test('commentary, reasoning and a call', async () => {
    const { response } = await fold(recordedStream('commentary and a call'));
    expect(response).toMatchObject({
      content: 'I’ll check the capital lookup tool for “PotatoLand.”',
      toolCalls: [
        {
          id: 'call_LabG58Uhrq9kZvR52BYKjToD',
          name: 'get_capital',
          arguments: { country: 'PotatoLand' },
        },
      ],
      finishReason: 'tool_calls',
      model: 'gpt-5.5-2026-04-23',
    });
  });

  test('a refusal is shown, and known as one', async () => {
    const { response } = await fold(recordedStream('a refusal'));
    expect(response.finishReason).toBe('refusal');
    expect(response.content).toMatch(/sorry/i);
  });

  test('an answer whose tokens all went into reasoning is cut and empty', async () => {
    const { response } = await fold(recordedStream('an answer cut at its token limit'));
    expect(response).toMatchObject({ content: '', finishReason: 'length', toolCalls: [] });
    expect(response.providerData).toBeUndefined();
  });

  test('two messages are two paragraphs', async () => {
    const answer = readExchange('vercel-ai/openai-phase.1.json').responseBody;
    const { output } = JSON.parse(answer) as { output: { content: { text: string }[] }[] };
    const events = [
      ...output.map((item, index) => ({
        type: 'response.output_text.delta',
        output_index: index,
        delta: item.content[0]?.text,
      })),
      { type: 'response.completed', response: JSON.parse(answer) as object },
    ];
    const { pieces, response } = await collect(fromOpenAIEvents(toEvents(events), context));
    expect(response.content).toBe(output.map(({ content }) => content[0]?.text).join('\n\n'));
    expect(pieces).toBe(response.content);
  });

  test.each([
    ['{"city": "Paris"', '{"city": "Paris"'],
    ['["Paris"]', '["Paris"]'],
    ['"Paris"', '"Paris"'],
    ['', undefined],
  ])('arguments that are %j', async (raw, malformedArguments) => {
    const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'weather' };
    const output = [{ ...call, arguments: raw }];
    const events = [{ type: 'response.completed', response: { model: 'gpt-5-mini', output } }];
    const { response } = await collect(fromOpenAIEvents(toEvents(events), context));
    expect(response.toolCalls).toEqual([
      {
        id: 'call_1',
        name: 'weather',
        arguments: {},
        ...(malformedArguments !== undefined && { malformedArguments }),
      },
    ]);
    expect(response.finishReason).toBe('tool_calls');
  });

  test('a call in an answer cut at its limit is not to be run', async () => {
    const call = { type: 'function_call', call_id: 'call_1', name: 'w', arguments: '{"a' };
    const details = { reason: 'max_output_tokens' };
    const response = { model: 'gpt-5-mini', output: [call], incomplete_details: details };
    const events = [{ type: 'response.incomplete', response }];
    const folded = await collect(fromOpenAIEvents(toEvents(events), context));
    expect(folded.response.finishReason).toBe('length');
    expect(folded.response.toolCalls[0]?.malformedArguments).toBe('{"a');
  });

  test('events that nobody knows yet are passed over', async () => {
    const body = recordedStream('a short answer');
    const unknown = { type: 'response.dream.delta', delta: 'zzz', output_index: 0 };
    const events = streamEvents(body).flatMap((event) => [unknown, event]);
    const { response } = await collect(fromOpenAIEvents(toEvents(events), context));
    expect(response).toEqual((await fold(body)).response);
  });
});

describe('a connection that ends early', () => {
  const body = recordedStream('a final answer');
  const half = body.slice(0, body.indexOf('response.output_text.delta') + 400);

  test.each([
    ['is closed between two events', `${half.slice(0, half.lastIndexOf('\n\n'))}\n\n`],
    ['is closed in the middle of an event', half],
    ['is closed before any event', ''],
  ])('%s: retryable, and one request', async (_case, sent) => {
    const { model } = (server = await startOpenAI((answer) => {
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
    const { model } = (server = await startOpenAI((answer) => {
      beginStream(answer);
      answer.write(half, () => setTimeout(() => answer.socket?.resetAndDestroy(), 20));
    }));
    await expect(model.getResponse(plainAgent, hello)).rejects.toMatchObject({
      fields: { kind: 'network', retryable: true },
    });
  });

  test('nobody listens: a broken network, retryable', async () => {
    const { model, close } = await startOpenAI(() => {});
    await close();
    await expect(model.getResponse(plainAgent, hello)).rejects.toMatchObject({
      fields: { kind: 'network', retryable: true, code: 'ECONNREFUSED' },
    });
  });
});

describe('aborting', () => {
  const body = recordedStream('a final answer');
  const half = body.slice(0, body.lastIndexOf('event: response.output_text.done'));

  test('closes the connection and returns what was folded so far', async () => {
    const { model, requests } = (server = await startOpenAI((answer) => {
      beginStream(answer);
      answer.write(half);
    }));
    const { signal, abort } = abortable();
    let shown = '';
    let last: StreamEvent | undefined;
    for await (const event of model.streamResponse(plainAgent, hello, { signal })) {
      if (!event.isFinal) shown += event.content;
      if (shown.includes('PotatoLand')) abort();
      last = event;
    }
    expect(last?.isFinal && last.accumulated).toMatchObject({
      content: shown,
      finishReason: 'interrupted',
      model: 'gpt-5.5-2026-04-23',
      toolCalls: [],
    });
    await requests[0]?.closedEarly;
  });

  test('before the first byte: an empty answer, and the connection is closed', async () => {
    const { model, requests } = (server = await startOpenAI(() => {}));
    const { signal, abort } = abortable();
    setTimeout(abort, 50);
    const response = await model.getResponse(plainAgent, hello, { signal });
    expect(response).toMatchObject({ content: '', finishReason: 'interrupted' });
    await requests[0]?.closedEarly;
  });

  test('before the call: no request at all', async () => {
    const { model, requests } = (server = await startOpenAI(() => {}));
    const response = await model.getResponse(plainAgent, hello, { signal: AbortSignal.abort() });
    expect(response.finishReason).toBe('interrupted');
    expect(requests).toHaveLength(0);
  });

  test('keeps calls that were finished, and no half ones', async () => {
    const events = streamEvents(recordedStream('commentary and a call'));
    const done = events.findLastIndex(({ type }) => type === 'response.output_item.done');
    const interrupted = (length: number) =>
      collect(
        fromOpenAIEvents(toEvents(events.slice(0, length)), {
          ...context,
          signal: AbortSignal.abort(),
        }),
      );
    expect((await interrupted(done)).response.toolCalls).toEqual([]);
    const { response } = await interrupted(done + 1);
    expect(response.toolCalls).toMatchObject([{ name: 'get_capital' }]);
    expect(response.providerData).toBeUndefined();
  });

  test('a listener who leaves closes the connection too', async () => {
    const { model, requests } = (server = await startOpenAI((answer) => {
      beginStream(answer);
      answer.write(half);
    }));
    for await (const event of model.streamResponse(plainAgent, hello)) {
      if (!event.isFinal) break;
    }
    await expect(requests[0]?.closedEarly).resolves.toBeUndefined();
  });
});

describe('silence', () => {
  test('before the first event', async () => {
    const { model, requests } = (server = await startOpenAI((answer) => beginStream(answer), {
      firstEventTimeoutMs: 80,
    }));
    await expect(model.getResponse(plainAgent, hello)).rejects.toMatchObject({
      fields: { kind: 'timeout', retryable: true },
    });
    await requests[0]?.closedEarly;
    expect(requests).toHaveLength(1);
  });

  test('without even an answer', async () => {
    const { model } = (server = await startOpenAI(() => {}, { firstEventTimeoutMs: 80 }));
    await expect(model.getResponse(plainAgent, hello)).rejects.toMatchObject({
      fields: { kind: 'timeout', retryable: true },
    });
  });

  test('between two events', async () => {
    const body = recordedStream('a final answer');
    const { model, requests } = (server = await startOpenAI(
      (answer) => {
        beginStream(answer);
        answer.write(body.slice(0, body.indexOf('event: response.output_text.done')));
      },
      { idleTimeoutMs: 80 },
    ));
    await expect(model.getResponse(plainAgent, hello)).rejects.toThrow('fell silent for 80 ms');
    await requests[0]?.closedEarly;
  });

  test('after the last event is none: the answer is complete', async () => {
    const { model } = (server = await startOpenAI((answer) => {
      beginStream(answer);
      answer.write(recordedStream('a final answer'));
    }));
    const { content } = await model.getResponse(plainAgent, hello);
    expect(content).toBe('The capital of PotatoLand is **Potato City**.');
  });
});

test('one connection serves many calls', async () => {
  const sockets = new Set<unknown>();
  const { model } = (server = await startOpenAI((answer) => {
    sockets.add(answer.socket);
    beginStream(answer);
    answer.end(recordedStream('a short answer'));
  }));
  for (let call = 0; call < 3; call++) {
    await model.getResponse(plainAgent, hello);
    await sleep(20);
  }
  expect(sockets.size).toBe(1);
});

function abortable(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
