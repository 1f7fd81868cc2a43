/** What the strict server says in the APIs of Anthropic and Google, as their SDKs read it. */
import { cleanUpAfterEach } from '../support/cleanup';
import type { StrictAnswer } from '../support/strict/strict-answer';
import { collect, startClients } from './clients';

const cleanUp = cleanUpAfterEach();

const search = { query: 'news', url: 'https://example.com/', title: 'Example' };
const busy: StrictAnswer = {
  reasoning: 'Two things to find out.',
  text: 'I look that up.',
  toolCalls: [{ name: 'weather', arguments: { city: 'Rome' } }, { name: 'now' }],
  usage: { input: 1000, cached: 600, cacheWrite: 100, output: 50, reasoning: 30 },
};

describe('Anthropic', () => {
  const ask = {
    model: 'claude-opus-4-8',
    max_tokens: 2000,
    messages: [{ role: 'user', content: 'Hi' }],
    thinking: { type: 'adaptive' },
  } as const;

  async function message(answer: StrictAnswer) {
    const { server, anthropic } = await startClients(cleanUp);
    server.script([answer]);
    return anthropic.messages.stream({ ...ask, messages: [...ask.messages] }).finalMessage();
  }

  test('streams thinking, text and parallel calls', async () => {
    const { content, stop_reason, usage } = await message(busy);
    expect(content).toMatchObject([
      {
        type: 'thinking',
        thinking: busy.reasoning,
        signature: expect.stringMatching(/^[\w+/]+=*$/),
      },
      { type: 'text', text: 'I look that up.' },
      { type: 'tool_use', name: 'weather', input: { city: 'Rome' } },
      { type: 'tool_use', name: 'now', input: {} },
    ]);
    expect(stop_reason).toBe('tool_use');
    expect(usage).toMatchObject({
      input_tokens: 300,
      cache_read_input_tokens: 600,
      cache_creation_input_tokens: 100,
      output_tokens: 50,
      output_tokens_details: { thinking_tokens: 30 },
    });
  });

  test.each([
    [{ text: 'Hi', finish: 'length' }, 'max_tokens', ['text']],
    [{ finish: 'refusal' }, 'refusal', []],
    [{ text: 'Hi', finish: 'content_filter' }, 'refusal', ['text']],
    [{ finish: 'pause' }, 'pause_turn', ['server_tool_use', 'web_search_tool_result']],
    [{ reasoning: 'x', isRedacted: true }, 'end_turn', ['redacted_thinking']],
    [{ text: 'Hi', search }, 'end_turn', ['server_tool_use', 'web_search_tool_result', 'text']],
  ] as const)('finishes %j', async (answer, stop_reason, types) => {
    const { content, ...rest } = await message(answer);
    expect(rest).toMatchObject({ stop_reason });
    expect(content.map(({ type }) => type)).toEqual(types);
  });

  test('cuts the arguments of the last call at the limit', async () => {
    const { server, anthropic } = await startClients(cleanUp);
    server.script([{ ...busy, toolCalls: busy.toolCalls!.slice(0, 1), finish: 'length' }]);
    const events = await collect(
      anthropic.messages.create({ ...ask, messages: [...ask.messages], stream: true }),
    );
    const json = events.flatMap((event) =>
      event.type === 'content_block_delta' && event.delta.type === 'input_json_delta'
        ? [event.delta.partial_json]
        : [],
    );
    expect(json.join('')).toBe('{"city"');
  });
});

describe('Gemini', () => {
  const ask = {
    model: 'gemini-3.5-flash',
    contents: 'Hi',
    config: { thinkingConfig: { includeThoughts: true } },
  } as const;

  async function parts(answer: StrictAnswer) {
    const { server, gemini } = await startClients(cleanUp);
    server.script([answer]);
    const chunks = await collect(gemini.models.generateContentStream(ask));
    const all = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
    return { all, last: chunks.at(-1)! };
  }

  test('streams thoughts, text and parallel calls, the first one signed', async () => {
    const { all, last } = await parts(busy);
    const thoughts = all.filter(({ thought }) => thought);
    expect(thoughts.map(({ text }) => text).join('')).toBe(busy.reasoning);
    expect(all.filter(({ functionCall }) => functionCall)).toEqual([
      {
        functionCall: { name: 'weather', args: { city: 'Rome' }, id: expect.any(String) },
        thoughtSignature: expect.any(String),
      },
      { functionCall: { name: 'now', args: {}, id: expect.any(String) } },
    ]);
    expect(last.candidates?.[0]?.finishReason).toBe('STOP');
    expect(last.usageMetadata).toMatchObject({
      promptTokenCount: 1000,
      cachedContentTokenCount: 600,
      candidatesTokenCount: 20,
      thoughtsTokenCount: 30,
    });
  });

  test('signs an empty text at the end of a stream, and the text itself without one', async () => {
    const { all } = await parts({ text: 'Hello there.' });
    expect(all.at(-1)).toEqual({ text: '', thoughtSignature: expect.any(String) });
    const { server, gemini } = await startClients(cleanUp);
    server.script([{ text: 'Hello there.' }]);
    const response = await gemini.models.generateContent(ask);
    expect(response.candidates?.[0]?.content?.parts).toEqual([
      { text: 'Hello there.', thoughtSignature: expect.any(String) },
    ]);
  });

  test.each([
    [{ text: 'Hi', finish: 'length' }, 'MAX_TOKENS'],
    [{ finish: 'length' }, 'MAX_TOKENS'],
    [{ finish: 'refusal' }, 'PROHIBITED_CONTENT'],
    [{ text: 'Hi', finish: 'content_filter' }, 'SAFETY'],
    [{ toolCalls: [{ name: 'now' }], finish: 'malformed_tool_call' }, 'MALFORMED_FUNCTION_CALL'],
  ] as const)('finishes %j', async (answer, finishReason) => {
    const { last } = await parts(answer);
    expect(last.candidates?.[0]?.finishReason).toBe(finishReason);
  });

  test('blocks a prompt without any candidate, and grounds a search', async () => {
    const blocked = await parts({ finish: 'prompt_blocked' });
    expect(blocked.last.candidates).toBeUndefined();
    expect(blocked.last.promptFeedback).toEqual({ blockReason: 'PROHIBITED_CONTENT' });
    const { last } = await parts({ text: 'Found.', search });
    expect(last.candidates?.[0]?.groundingMetadata).toMatchObject({
      webSearchQueries: ['news'],
      groundingChunks: [{ web: { uri: search.url } }],
    });
  });
});
