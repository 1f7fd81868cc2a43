/** What the strict server says in OpenAI's two APIs, as OpenAI's SDK reads it. */
import { cleanUpAfterEach } from '../support/cleanup';
import type { StrictAnswer } from '../support/strict/strict-answer';
import { collect, rejection, startClients } from './clients';

const cleanUp = cleanUpAfterEach();

const search = { query: 'news', url: 'https://example.com/', title: 'Example' };
const busy: StrictAnswer = {
  reasoning: 'Two things to find out.',
  text: 'I look that up.',
  toolCalls: [{ name: 'weather', arguments: { city: 'Rome' } }, { name: 'now' }],
  usage: { input: 1000, cached: 600, cacheWrite: 100, output: 50, reasoning: 30 },
};

describe('OpenAI Responses', () => {
  const ask = { model: 'gpt-5', input: 'Hi', store: false } as const;
  const encrypted = {
    include: ['reasoning.encrypted_content' as const],
    reasoning: { summary: 'auto' as const },
  };

  async function stream(answer: StrictAnswer) {
    const { server, openai } = await startClients(cleanUp);
    server.script([answer]);
    return collect(openai.responses.create({ ...ask, ...encrypted, stream: true }));
  }

  test('streams reasoning, text and parallel calls', async () => {
    const events = await stream(busy);
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        'response.created',
        'response.reasoning_summary_text.delta',
        'response.output_text.delta',
        'response.function_call_arguments.done',
      ]),
    );
    expect(events.map((event) => event.sequence_number)).toEqual([...events.keys()]);
    const last = events.at(-1);
    if (last?.type !== 'response.completed') throw new Error('not completed');
    expect(last.response.output).toMatchObject([
      { type: 'reasoning', summary: [{ text: 'Two things to find out.' }] },
      { type: 'message', content: [{ text: 'I look that up.' }] },
      { type: 'function_call', name: 'weather', arguments: '{"city":"Rome"}' },
      { type: 'function_call', name: 'now', arguments: '{}' },
    ]);
    expect(last.response.usage).toMatchObject({
      input_tokens: 1000,
      input_tokens_details: { cached_tokens: 600, cache_write_tokens: 100 },
      output_tokens: 50,
      output_tokens_details: { reasoning_tokens: 30 },
    });
  });

  test('deltas add up to the final items', async () => {
    const events = await stream({ ...busy, textDeltas: 3 });
    const texts = events.flatMap((event) =>
      event.type === 'response.output_text.delta' ? [event.delta] : [],
    );
    expect(texts).toHaveLength(3);
    expect(texts.join('')).toBe('I look that up.');
  });

  test.each([
    ['length', 'max_output_tokens'],
    ['content_filter', 'content_filter'],
  ] as const)('is incomplete by %s', async (finish, reason) => {
    const events = await stream({ text: 'So far', finish });
    expect(events.at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: { status: 'incomplete', incomplete_details: { reason } },
    });
  });

  test('refuses in a part of its own, and cites what it found', async () => {
    const refused = (await stream({ finish: 'refusal' })).at(-1);
    expect(refused).toMatchObject({ response: { output: [{ content: [{ type: 'refusal' }] }] } });
    const found = (await stream({ text: 'Found.', search })).at(-1);
    expect(found).toMatchObject({
      response: {
        output: [
          { type: 'web_search_call', action: { query: 'news' } },
          { content: [{ annotations: [{ type: 'url_citation', url: search.url }] }] },
        ],
      },
    });
  });

  test('says the same without a stream', async () => {
    const { server, openai } = await startClients(cleanUp);
    server.script([busy]);
    const response = await openai.responses.create(ask);
    expect(response.output_text).toBe('I look that up.');
    expect(response.output.map(({ type }) => type)).toEqual([
      'reasoning',
      'message',
      'function_call',
      'function_call',
    ]);
  });
});

describe('OpenAI Chat Completions', () => {
  const ask = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] } as const;

  test('streams text and parallel calls, then the usage', async () => {
    const { server, openai } = await startClients(cleanUp);
    server.script([busy]);
    const runner = openai.chat.completions.stream({
      ...ask,
      messages: [...ask.messages],
      stream_options: { include_usage: true },
    });
    const completion = await runner.finalChatCompletion();
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: 'I look that up.',
        tool_calls: [
          { function: { name: 'weather', arguments: '{"city":"Rome"}' } },
          { function: { name: 'now', arguments: '{}' } },
        ],
      },
    });
    expect(completion.usage).toMatchObject({
      prompt_tokens: 1000,
      prompt_tokens_details: { cached_tokens: 600 },
      completion_tokens_details: { reasoning_tokens: 30 },
    });
  });

  test.each([
    [{ text: 'Hi', finish: 'length' }, 'length', 'Hi', null],
    [{ text: 'Hi', finish: 'content_filter' }, 'content_filter', 'Hi', null],
    [{ text: 'No.', finish: 'refusal' }, 'stop', null, 'No.'],
  ] as const)('finishes %j', async (answer, finish_reason, content, refusal) => {
    const { server, openai } = await startClients(cleanUp);
    server.script([answer]);
    const { choices } = await openai.chat.completions.create({
      ...ask,
      messages: [...ask.messages],
    });
    expect(choices[0]).toMatchObject({ finish_reason, message: { content, refusal } });
  });

  test('shows reasoning behind a gateway only', async () => {
    const { server, openai, gateway } = await startClients(cleanUp);
    server.script([busy, busy]);
    const request = { ...ask, messages: [...ask.messages] };
    const plain = await openai.chat.completions.create(request);
    const shown = await gateway.chat.completions.create({ ...request, model: 'vendor/model' });
    expect(plain.choices[0]?.message).not.toHaveProperty('reasoning_content');
    expect(shown.choices[0]?.message).toHaveProperty('reasoning_content', busy.reasoning);
  });

  test('cannot pause', async () => {
    const { server, openai } = await startClients(cleanUp);
    server.script([{ finish: 'pause' }]);
    const error = await rejection(
      openai.chat.completions.create({ ...ask, messages: [...ask.messages] }),
    );
    expect(error['message']).toContain('The API openai-chat cannot finish with "pause".');
  });
});
