/** How each adapter counts: inclusive totals, their parts, and what is told before the answer is there. */
import type { RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import { fromAnthropicEvents } from '../../../activities/models/anthropic-format';
import { fromGeminiEvents } from '../../../activities/models/gemini-format';
import type { GeminiResponse } from '../../../activities/models/gemini-response';
import { chatEndpoints } from '../../../activities/models/openai-chat-endpoints';
import type { ChatEndpoint } from '../../../activities/models/openai-chat-endpoints';
import type { ChatChunkLike } from '../../../activities/models/openai-chat-fold';
import { fromOpenAIChatEvents } from '../../../activities/models/openai-chat-format';
import { fromOpenAIEvents } from '../../../activities/models/openai-format';
import { toolNamesFor } from '../../../activities/models/tool-names';
import type { ModelResponse, StreamEvent, Usage } from '../../../agent/model';
import { recordedStream } from '../../support/openai-fixtures';
import { readExchange, streamEvents } from '../../support/recordings';

const context = { names: toolNamesFor([]), model: 'm' };

interface Told {
  /** What was counted before the answer was there, in order. */
  readonly counts: readonly Usage[];
  readonly response: ModelResponse | undefined;
  readonly error: unknown;
}

async function tell(events: AsyncIterable<StreamEvent>): Promise<Told> {
  const counts: Usage[] = [];
  try {
    for await (const event of events) {
      if (event.isFinal) return { counts, response: event.accumulated, error: undefined };
      if (event.usage) counts.push(event.usage);
    }
  } catch (error) {
    return { counts, response: undefined, error };
  }
  return { counts, response: undefined, error: undefined };
}

async function* each<Event>(events: readonly object[]): AsyncGenerator<Event> {
  for (const event of events) yield await Promise.resolve(event as Event);
}

const anthropic = (...events: object[]) =>
  tell(fromAnthropicEvents(each<RawMessageStreamEvent>(events), context));
const gemini = (...chunks: object[]) =>
  tell(fromGeminiEvents(each<GeminiResponse>(chunks), context));
const openai = (...events: object[]) =>
  tell(fromOpenAIEvents(each<ResponseStreamEvent>(events), context));
const chat = (endpoint: ChatEndpoint, ...chunks: object[]) =>
  tell(fromOpenAIChatEvents(each<ChatChunkLike>(chunks), { ...context, endpoint }));

describe('Anthropic', () => {
  const start = (usage: object | undefined) => ({
    type: 'message_start',
    message: { model: 'm', content: [], usage },
  });
  const end = (usage?: object) => ({
    type: 'message_delta',
    delta: { stop_reason: 'end_turn' },
    usage,
  });
  const stop = { type: 'message_stop' };
  const prompt = {
    input_tokens: 3,
    cache_creation_input_tokens: 30,
    cache_read_input_tokens: 100,
    cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
  };

  test('what was read from the cache and written to it is input', async () => {
    const search = { server_tool_use: { web_search_requests: 2 } };
    const { response } = await anthropic(
      start({ ...prompt, output_tokens: 1 }),
      end({ ...search, output_tokens: 50, output_tokens_details: { thinking_tokens: 40 } }),
      stop,
    );
    expect(response?.usage).toStrictEqual({
      inputTokens: 133,
      outputTokens: 50,
      cachedInputTokens: 100,
      cacheWriteTokens: 30,
      cacheWriteHourTokens: 20,
      reasoningTokens: 40,
      webSearches: 2,
    });
  });

  test('tells at the beginning what the prompt is, and at the end the rest', async () => {
    const { counts, response } = await anthropic(
      start({ input_tokens: 9, output_tokens: 1 }),
      end({ output_tokens: 7 }),
      stop,
    );
    expect(counts).toEqual([
      { inputTokens: 9, outputTokens: 1 },
      { inputTokens: 9, outputTokens: 7 },
    ]);
    expect(response?.usage).toEqual(counts[1]);
  });

  test('a stream that is cut has told what the prompt is', async () => {
    const { counts, error } = await anthropic(start({ ...prompt, output_tokens: 1 }));
    expect(error).toMatchObject({ fields: { kind: 'incomplete' } });
    expect(counts).toMatchObject([{ inputTokens: 133, outputTokens: 1 }]);
  });

  test('a proxy that counts nothing', async () => {
    const { counts, response } = await anthropic(start(undefined), end(), stop);
    expect(counts).toEqual([]);
    expect(response?.usage).toStrictEqual({ inputTokens: 0, outputTokens: 0 });
  });
});

describe('Gemini', () => {
  const chunk = (usageMetadata?: object, finishReason?: string) => ({
    candidates: [{ content: { parts: [{ text: 'a' }] }, ...(finishReason && { finishReason }) }],
    ...(usageMetadata && { usageMetadata }),
  });

  test('thoughts are output, tools’ tokens input; what is heard and spoken is told apart', async () => {
    const { response } = await gemini(
      chunk(
        {
          promptTokenCount: 100,
          toolUsePromptTokenCount: 5,
          cachedContentTokenCount: 40,
          candidatesTokenCount: 20,
          thoughtsTokenCount: 30,
          promptTokensDetails: [
            { modality: 'TEXT', tokenCount: 40 },
            { modality: 'AUDIO', tokenCount: 60 },
          ],
          cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: 25 }],
          candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 8 }],
        },
        'STOP',
      ),
    );
    expect(response?.usage).toStrictEqual({
      inputTokens: 105,
      outputTokens: 50,
      cachedInputTokens: 40,
      inputAudioTokens: 60,
      cachedInputAudioTokens: 25,
      reasoningTokens: 30,
      outputAudioTokens: 8,
    });
  });

  test('each chunk counts anew, and the last count stands when the stream is cut', async () => {
    const { counts, error } = await gemini(
      chunk({ promptTokenCount: 9 }),
      chunk(),
      chunk({ promptTokenCount: 9, candidatesTokenCount: 4 }),
    );
    expect(error).toMatchObject({ fields: { kind: 'incomplete' } });
    expect(counts).toEqual([
      { inputTokens: 9, outputTokens: 0 },
      { inputTokens: 9, outputTokens: 4 },
    ]);
  });

  test('an answer that is malformed was counted', async () => {
    const usage = { promptTokenCount: 9, candidatesTokenCount: 4 };
    const { counts, error } = await gemini(chunk(usage, 'MALFORMED_FUNCTION_CALL'));
    expect(error).toBeDefined();
    expect(counts).toEqual([{ inputTokens: 9, outputTokens: 4 }]);
  });
});

describe('OpenAI', () => {
  const usage = {
    input_tokens: 100,
    input_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 },
    output_tokens: 50,
    output_tokens_details: { reasoning_tokens: 40 },
    total_tokens: 150,
  };
  const response = { id: 'resp_1', model: 'm', output: [], usage };

  test('its totals are inclusive as they come', async () => {
    const { counts, ...told } = await openai({ type: 'response.completed', response });
    expect(told.response?.usage).toStrictEqual({
      inputTokens: 100,
      outputTokens: 50,
      cachedInputTokens: 60,
      cacheWriteTokens: 30,
      reasoningTokens: 40,
    });
    expect(counts).toEqual([]);
  });

  test('recorded: searches are items, and each is counted', async () => {
    const events = streamEvents(recordedStream('a web search'));
    const searches = events.filter((event) => {
      const { type, item } = event as { type: string; item?: { type: string; action?: object } };
      const isDone = type === 'response.output_item.done' && item?.type === 'web_search_call';
      return isDone && JSON.stringify(item?.action).includes('"type":"search"');
    });
    const told = await openai(...events);
    expect(searches.length).toBeGreaterThan(0);
    expect(told.response?.usage.webSearches).toBe(searches.length);
  });

  test('a response that failed says what it has used', async () => {
    const error = { code: 'server_error', message: 'No.' };
    const failed = await openai({ type: 'response.failed', response: { ...response, error } });
    expect(failed.error).toMatchObject({ fields: { kind: 'server' } });
    expect(failed.counts).toMatchObject([{ inputTokens: 100, outputTokens: 50 }]);
  });

  test('a response that failed may say nothing', async () => {
    const error = { code: 'server_error', message: 'No.' };
    const { counts } = await openai({
      type: 'response.failed',
      response: { ...response, error, usage: null, output: null },
    });
    expect(counts).toEqual([{ inputTokens: 0, outputTokens: 0 }]);
  });
});

describe('Chat Completions', () => {
  const last = { choices: [{ index: 0, delta: { content: 'a' }, finish_reason: 'stop' }] };
  const counted = (usage: object) => ({ choices: [], usage });

  test('parts of the prompt and of the completion', async () => {
    const { response } = await chat(
      chatEndpoints['openai-chat'],
      last,
      counted({
        prompt_tokens: 100,
        prompt_tokens_details: { cached_tokens: 60, audio_tokens: 15 },
        completion_tokens: 50,
        completion_tokens_details: { reasoning_tokens: 20, audio_tokens: 10 },
        total_tokens: 150,
      }),
    );
    expect(response?.usage).toStrictEqual({
      inputTokens: 100,
      outputTokens: 50,
      cachedInputTokens: 60,
      inputAudioTokens: 15,
      reasoningTokens: 20,
      outputAudioTokens: 10,
    });
    expect(response).not.toHaveProperty('costUsd');
  });

  test('reasoning that is counted beside the completion is output too', async () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 50,
      completion_tokens_details: { reasoning_tokens: 20 },
      total_tokens: 170,
    };
    const { response } = await chat(chatEndpoints.xai, last, counted(usage));
    expect(response?.usage).toMatchObject({ outputTokens: 70, reasoningTokens: 20 });
  });

  test('a server that counts as it goes has told it when it is cut', async () => {
    const going = { choices: [{ index: 0, delta: { content: 'a' } }] };
    const { counts, error } = await chat(
      chatEndpoints.vllm,
      { ...going, usage: { prompt_tokens: 9, completion_tokens: 1 } },
      { ...going, usage: { prompt_tokens: 9, completion_tokens: 2 } },
    );
    expect(error).toMatchObject({ fields: { kind: 'incomplete' } });
    expect(counts.at(-1)).toEqual({ inputTokens: 9, outputTokens: 2 });
  });

  test('an error that comes with a count', async () => {
    const usage = { prompt_tokens: 9, completion_tokens: 1 };
    const { counts, error } = await chat(chatEndpoints.openrouter, {
      error: { code: 502, message: 'Upstream.' },
      choices: [],
      usage,
    });
    expect(error).toBeDefined();
    expect(counts).toEqual([{ inputTokens: 9, outputTokens: 1 }]);
  });

  test('recorded: OpenRouter says what it charged', async () => {
    const { responseBody } = readExchange(
      'pydantic-ai/openai-compatible/tests/models/cassettes/test_openrouter/test_openrouter_streaming_reasoning.yaml',
      0,
    );
    const [said] = /"cost":([\d.e-]+)/.exec(responseBody)?.slice(1) ?? [];
    const { response } = await chat(chatEndpoints.openrouter, ...streamEvents(responseBody));
    expect(said).toBeDefined();
    expect(response?.costUsd).toBe(Number(said));
  });

  test.each([
    ['its own', { cost: 0.5 }, 0.5],
    ['nothing', { cost: 0 }, 0],
    ['a fee on top of the vendor’s bill', bill(0.01, true, 0.5), 0.51],
    ['a fee on top of a bill that it does not know', bill(0.01, true, null), null],
    ['all in all', bill(0.5, false, 0.4), 0.5],
  ])('OpenRouter charges %s', async (_what, fields, costUsd) => {
    const usage = { prompt_tokens: 9, completion_tokens: 1, ...fields };
    const { response } = await chat(chatEndpoints.openrouter, last, counted(usage));
    expect(response?.costUsd).toBe(costUsd);
  });

  test('elsewhere `cost` may be anything', async () => {
    const usage = { prompt_tokens: 9, completion_tokens: 1, cost: 0.5 };
    const { response } = await chat(chatEndpoints.together, last, counted(usage));
    expect(response).not.toHaveProperty('costUsd');
  });
});

function bill(cost: number, isByok: boolean, upstream: number | null): object {
  return { cost, is_byok: isByok, cost_details: { upstream_inference_cost: upstream } };
}
