import type { ChatChunkLike } from '../../../activities/models/openai-chat-fold';
import { fromOpenAIChatEvents } from '../../../activities/models/openai-chat-format';
import type { ChatAnswerContext } from '../../../activities/models/openai-chat-response';
import { fromChatCompletion } from '../../../activities/models/openai-chat-response';
import { toolNamesFor } from '../../../activities/models/tool-names';
import type { ModelResponse, StreamEvent } from '../../../agent/model';
import { endpoints, recordedChat, recordedChats } from '../../support/openai-chat-fixtures';
import { readExchange, streamEvents } from '../../support/recordings';

const context: ChatAnswerContext = {
  names: toolNamesFor([]),
  endpoint: endpoints['openai-chat'],
  model: 'gpt-4o',
};

async function* toChunks(chunks: readonly object[]): AsyncGenerator<ChatChunkLike> {
  for (const chunk of chunks) yield await Promise.resolve(chunk as ChatChunkLike);
}

async function fold(
  chunks: readonly object[],
  changes: Partial<ChatAnswerContext> = {},
): Promise<{ pieces: string; response: ModelResponse }> {
  return collect(fromOpenAIChatEvents(toChunks(chunks), { ...context, ...changes }));
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

function delta(fields: object, finish: string | null = null): object {
  return { model: 'm', choices: [{ index: 0, delta: fields, finish_reason: finish }] };
}

function callDelta(fields: object, raw: unknown, name?: string): object {
  const call = { ...fields, function: { ...(name && { name }), arguments: raw } };
  return delta({ tool_calls: [call] });
}

const names = Object.keys(recordedChats) as (keyof typeof recordedChats)[];

describe.each(names)('a recorded stream: %s', (name) => {
  const chunks = streamEvents(recordedChat(name));
  const end = chunks.findIndex((chunk) =>
    (chunk as ChatChunkLike).choices?.some((choice) => choice.finish_reason),
  );

  test('shows piece by piece what the response says in the end', async () => {
    const { pieces, response } = await fold(chunks);
    expect(pieces).toBe(response.content);
    expect(response.usage.inputTokens).toBeGreaterThan(0);
    expect(response.usage.outputTokens).toBeGreaterThan(0);
  });

  test('is never taken for complete before its `finish_reason`, and always after it', async () => {
    const { response } = await fold(chunks);
    for (let length = 0; length <= end; length++) {
      await expect(fold(chunks.slice(0, length))).rejects.toMatchObject({
        fields: { kind: 'incomplete', retryable: true, provider: 'openai-chat' },
      });
    }
    for (let length = end + 1; length <= chunks.length; length++) {
      const { usage: _usage, ...rest } = (await fold(chunks.slice(0, length))).response;
      const { usage: _whole, ...whole } = response;
      expect(rest).toEqual(whole);
    }
  });
});

describe('what recorded streams mean', () => {
  test('a call in pieces', async () => {
    const { response } = await fold(streamEvents(recordedChat('a call')));
    expect(response).toEqual({
      role: 'assistant',
      content: '',
      toolCalls: [
        {
          id: 'call_ZR5UUuTt3pf61kjwAJIYdVMj',
          name: 'get_capital',
          arguments: { country: 'UK' },
        },
      ],
      finishReason: 'tool_calls',
      usage: { inputTokens: expect.any(Number), outputTokens: expect.any(Number) } as object,
      model: 'gpt-4o-mini-2024-07-18',
    });
  });

  test('parallel calls', async () => {
    const { response } = await fold(streamEvents(recordedChat('parallel calls')));
    expect(response.toolCalls.length).toBeGreaterThan(1);
    expect(new Set(response.toolCalls.map(({ id }) => id)).size).toBe(response.toolCalls.length);
    for (const call of response.toolCalls) expect(call.malformedArguments).toBeUndefined();
  });

  test('a refusal is shown, and known as one', async () => {
    const { response } = await fold(streamEvents(recordedChat('a refusal')));
    expect(response.finishReason).toBe('refusal');
    expect(response.content).toMatch(/sorry/i);
  });

  test('an answer whose tokens all went into reasoning is cut and empty', async () => {
    const chunks = streamEvents(recordedChat('an answer cut at its token limit'));
    const { response } = await fold(chunks);
    expect(response).toMatchObject({ content: '', finishReason: 'length', toolCalls: [] });
    expect(response.usage.reasoningTokens).toBeGreaterThan(0);
  });

  test('reasoning is not shown, and is kept where it is wanted back', async () => {
    const chunks = streamEvents(recordedChat('OpenRouter, with reasoning'));
    const endpoint = endpoints.openrouter;
    const { response } = await fold(chunks, { endpoint, model: 'anthropic/claude-sonnet-4.5' });
    expect(response).toMatchObject({ content: '2 + 2 = 4', finishReason: 'stop' });
    expect(response.usage.reasoningTokens).toBe(13);
    const { providerData } = response;
    expect(providerData).toMatchObject({
      provider: 'openrouter',
      family: 'anthropic/claude-sonnet-4.5',
      items: [
        {
          reasoning_details: [
            {
              type: 'reasoning.text',
              text: 'This is a simple arithmetic question. 2+2 equals 4.',
              signature: expect.stringMatching(/^Et0B/) as string,
              format: 'anthropic-claude-v1',
              index: 0,
            },
          ],
        },
      ],
    });
    expect((await fold(chunks)).response.providerData).toBeUndefined();
  });

  test('xAI counts reasoning beside the completion, its totals are inclusive here', async () => {
    const chunks = streamEvents(recordedChat('xAI, with reasoning and a call'));
    const { response } = await fold(chunks, { endpoint: endpoints.xai });
    expect(response.usage).toEqual({
      inputTokens: 307,
      outputTokens: 253,
      cachedInputTokens: 306,
      reasoningTokens: 227,
    });
    expect(response.finishReason).toBe('tool_calls');
    const { responseBody } = readExchange(
      'vercel-ai/openai-chat/packages/openai-compatible/src/chat/__fixtures__/xai-tool-call.json',
    );
    const whole = fromChatCompletion(JSON.parse(responseBody) as object, context);
    expect(whole.toolCalls.map(({ name }) => name)).toEqual(
      response.toolCalls.map(({ name }) => name),
    );
  });

  test('an error after the end is an error', async () => {
    const error = { code: 400, message: 'Token limit reached' };
    await expect(fold([delta({ content: 'Hi' }, 'stop'), { error }])).rejects.toMatchObject({
      fields: { kind: 'bad_request', status: 400, provider: 'openai-chat' },
    });
  });
});

describe('calls, as servers spell them', () => {
  const end = delta({}, 'tool_calls');
  test.each<[string, readonly object[]]>([
    [
      'interleaved by index, the id in the first piece only',
      [
        callDelta({ index: 0, id: 'a' }, '', 'w'),
        callDelta({ index: 1, id: 'b' }, '', 'w'),
        callDelta({ index: 0 }, '{"n":'),
        callDelta({ index: 1 }, '{"n":2}'),
        callDelta({ index: 0 }, '1}'),
        end,
      ],
    ],
    [
      'whole, all at index 0',
      [
        callDelta({ index: 0, id: 'a' }, '{"n":1}', 'w'),
        callDelta({ index: 0, id: 'b' }, '{"n":2}', 'w'),
        end,
      ],
    ],
    [
      'whole, without any index',
      [callDelta({ id: 'a' }, '{"n":1}', 'w'), callDelta({ id: 'b' }, '{"n":2}', 'w'), end],
    ],
    [
      'with id and name in every piece',
      [
        callDelta({ index: 0, id: 'a' }, '{"n"', 'w'),
        callDelta({ index: 0, id: 'a' }, ':1}', 'w'),
        callDelta({ index: 1, id: 'b' }, '{"n":2}', 'w'),
        end,
      ],
    ],
    [
      'as objects, and the end is called `stop`',
      [
        callDelta({ index: 0, id: 'a' }, { n: 1 }, 'w'),
        callDelta({ index: 1, id: 'b' }, { n: 2 }, 'w'),
        delta({}, 'stop'),
      ],
    ],
    [
      'in one message of a server that does not stream',
      [
        {
          choices: [
            {
              finish_reason: 'tool_calls',
              message: {
                tool_calls: [
                  { id: 'a', function: { name: 'w', arguments: '{"n":1}' } },
                  { id: 'b', function: { name: 'w', arguments: '{"n":2}' } },
                ],
              },
            },
          ],
        },
      ],
    ],
  ])('%s', async (_case, chunks) => {
    const { response } = await fold(chunks);
    expect(response.finishReason).toBe('tool_calls');
    expect(response.toolCalls).toEqual([
      { id: 'a', name: 'w', arguments: { n: 1 } },
      { id: 'b', name: 'w', arguments: { n: 2 } },
    ]);
  });

  test('without ids, all at index 0', async () => {
    const { response } = await fold([
      callDelta({ index: 0 }, '{"n":1}', 'w'),
      callDelta({ index: 0 }, '{"n":2}', 'w'),
      end,
    ]);
    expect(response.toolCalls).toEqual([
      { id: '', name: 'w', arguments: { n: 1 } },
      { id: '', name: 'w', arguments: { n: 2 } },
    ]);
  });

  test.each([
    ['{"city": "Paris"', '{"city": "Paris"'],
    ['["Paris"]', '["Paris"]'],
    ['', undefined],
    [null, undefined],
  ])('arguments that are %j', async (raw, malformedArguments) => {
    const { response } = await fold([callDelta({ index: 0, id: 'a' }, raw, 'w'), end]);
    expect(response.toolCalls).toEqual([
      {
        id: 'a',
        name: 'w',
        arguments: {},
        ...(malformedArguments !== undefined && { malformedArguments }),
      },
    ]);
  });

  test('a name that was spelled for the provider is the tool’s own again', async () => {
    const chunks = [callDelta({ index: 0, id: 'a' }, '{}', 'github_com_search'), end];
    const { response } = await fold(chunks, { names: toolNamesFor(['github.com/search']) });
    expect(response.toolCalls[0]?.name).toBe('github.com/search');
  });
});

describe('why it ended', () => {
  const call = callDelta({ index: 0, id: 'a' }, '{"n":1}', 'w');
  test.each([
    ['stop', [], 'stop'],
    ['eos', [], 'stop'],
    ['stop', [call], 'tool_calls'],
    ['function_call', [call], 'tool_calls'],
    ['tool_calls', [], 'other'],
    ['length', [], 'length'],
    ['length', [call], 'length'],
    ['content_filter', [call], 'content_filter'],
    ['error', [], 'error'],
    ['dream', [], 'other'],
  ] as const)('%s', async (finish, chunks, expected) => {
    const { response } = await fold([...chunks, delta({}, finish)]);
    expect(response.finishReason).toBe(expected);
  });

  test('for want of resources: to be tried again', async () => {
    await expect(fold([delta({}, 'insufficient_system_resource')])).rejects.toMatchObject({
      fields: { kind: 'overloaded', retryable: true },
    });
  });

  test('a refusal after text is a paragraph of its own', async () => {
    const { pieces, response } = await fold([
      delta({ content: 'Well.' }),
      delta({ refusal: 'I will ' }),
      delta({ refusal: 'not.' }, 'stop'),
    ]);
    expect(response).toMatchObject({ content: 'Well.\n\nI will not.', finishReason: 'refusal' });
    expect(pieces).toBe(response.content);
  });
});

describe('oddities', () => {
  test('the first piece, and no other, tells what was asked', async () => {
    const digests: unknown[] = [];
    const chunks = [delta({ content: 'a' }), delta({ content: 'b' }, 'stop')];
    const events = fromOpenAIChatEvents(toChunks(chunks), { ...context, promptDigest: 'abc' });
    for await (const event of events) {
      digests.push(event.isFinal ? event.accumulated.promptDigest : event.promptDigest);
    }
    expect(digests).toEqual(['abc', undefined, 'abc']);
  });

  test('content in parts: thoughts are not shown', async () => {
    const thought = { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] };
    const { response } = await fold([
      delta({ content: [thought] }),
      delta({ content: [{ type: 'text', text: 'Hi' }] }, 'stop'),
    ]);
    expect(response.content).toBe('Hi');
  });

  test('other choices, no choices and null everywhere are passed over', async () => {
    const { response } = await fold([
      { choices: null, usage: null },
      { choices: [{ index: 1, delta: { content: 'No.' }, finish_reason: 'stop' }] },
      { choices: [{ index: 0, delta: { content: null, tool_calls: null, refusal: null } }] },
      { choices: [{ delta: { content: 'Hi' } }] },
      { choices: [{ index: 0, finish_reason: 'stop' }] },
      { choices: [], usage: { prompt_tokens: 3, completion_tokens: null } },
    ]);
    expect(response).toMatchObject({
      content: 'Hi',
      usage: { inputTokens: 3, outputTokens: 0 },
      model: 'gpt-4o',
    });
  });

  test('DeepSeek: reasoning in a field of its own, cached tokens too', async () => {
    const { response } = await fold(
      [
        delta({ reasoning_content: 'Let me ' }),
        delta({ reasoning_content: 'think.' }),
        delta({ content: 'Hi' }, 'stop'),
        {
          choices: [],
          usage: { prompt_tokens: 9, completion_tokens: 5, prompt_cache_hit_tokens: 8 },
        },
      ],
      { endpoint: endpoints.deepseek, model: 'deepseek-reasoner' },
    );
    expect(response).toMatchObject({
      content: 'Hi',
      usage: { inputTokens: 9, outputTokens: 5, cachedInputTokens: 8 },
      providerData: {
        provider: 'deepseek',
        family: 'deepseek-reasoner',
        items: [{ reasoning_content: 'Let me think.' }],
      },
    });
  });

  test('details that are no continuation stay apart', async () => {
    const details = [
      { type: 'reasoning.summary', summary: 'A', index: 0 },
      { type: 'reasoning.summary', summary: 'B', index: 0 },
      { type: 'reasoning.encrypted', data: 'x', id: 'rs_1', index: 0 },
      { type: 'reasoning.encrypted', data: 'y', id: 'rs_2', index: 0 },
      { type: 'reasoning.text', text: 'C', index: 1 },
    ];
    const chunks = details.map((detail) => delta({ reasoning_details: [detail] }));
    const endpoint = endpoints.openrouter;
    const { response } = await fold([...chunks, delta({ content: 'Hi' }, 'stop')], { endpoint });
    expect(response.providerData?.items).toEqual([
      {
        reasoning_details: [
          { type: 'reasoning.summary', summary: 'AB', index: 0 },
          ...details.slice(2),
        ],
      },
    ]);
  });

  test('interrupted: the text so far, and no call', async () => {
    const chunks = [delta({ content: 'Hi' }), callDelta({ index: 0, id: 'a' }, '{}', 'w')];
    const { response } = await fold(chunks, { signal: AbortSignal.abort() });
    expect(response).toMatchObject({ content: 'Hi', toolCalls: [], finishReason: 'interrupted' });
  });

  test('a whole completion that is none', () => {
    expect(() => fromChatCompletion({ choices: [] }, context)).toThrow('no `finish_reason`');
    expect(() => fromChatCompletion({ error: { message: 'No.' } }, context)).toThrow('No.');
  });
});
