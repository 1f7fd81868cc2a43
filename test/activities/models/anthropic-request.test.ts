import type { ModelSettings, ReActAgent } from '../../../agent/agent';
import { sha256Hex } from '../../../agent/digest';
import type { JsonObject } from '../../../agent/json';
import type { ContentBlock, ToolCallMessage } from '../../../agent/messages';
import { text, toolErrorResponse, toolResponse, userMessage } from '../../../agent/messages';
import type { Message, ModelResponse } from '../../../agent/model';
import { noUsage } from '../../../agent/model';
import {
  toAnthropicHeaders,
  toAnthropicRequest,
} from '../../../activities/models/anthropic-format';
import {
  beginStream,
  plainAgent,
  recordedEvents,
  startAnthropic,
  toStream,
} from '../../support/anthropic-fixtures';

const weather = {
  name: 'weather',
  description: 'The weather of a city.',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const agent: ReActAgent = { ...plainAgent, tools: [weather] };
const newest = 'claude-opus-5-5';
const cache_control = { type: 'ephemeral' };

function requestOf(
  inputs: readonly Message[],
  changes: Partial<ReActAgent> = {},
  model = 'claude-haiku-4-5',
): JsonObject {
  return toAnthropicRequest({ ...agent, ...changes }, inputs, model) as unknown as JsonObject;
}

function withSettings(settings: ModelSettings, model?: string, inputs?: Message[]): JsonObject {
  return requestOf(inputs ?? [userMessage('Hi')], { settings }, model);
}

/** The messages without their cache breakpoints. */
function messagesOf(inputs: readonly Message[], model?: string): JsonObject[] {
  const uncached = { providerOptions: { anthropic: { cache_control: null } } };
  return requestOf(inputs, { settings: uncached }, model)['messages'] as unknown as JsonObject[];
}

function answer(fields: Partial<ModelResponse>): ModelResponse {
  return {
    role: 'assistant',
    content: '',
    toolCalls: [],
    finishReason: 'stop',
    usage: noUsage,
    model: 'claude-haiku-4-5-20251001',
    ...fields,
  };
}

function call(index: number, providerId?: string): ToolCallMessage {
  const args = { city: `City ${index}` };
  return {
    id: `t1s1c${index}`,
    name: 'weather',
    arguments: args,
    ...(providerId && { providerId }),
  };
}

const png = 'iVBORw0KGgo=';

describe('what is sent', () => {
  test('instructions, message and tools; nothing that nobody set', () => {
    expect(requestOf([userMessage('Hello.')])).toEqual({
      model: 'claude-haiku-4-5',
      max_tokens: 16_000,
      system: [{ type: 'text', text: 'Be brief.', cache_control }],
      tools: [
        {
          name: 'weather',
          description: 'The weather of a city.',
          input_schema: weather.inputSchema,
        },
      ],
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello.', cache_control }] }],
      stream: true,
    });
  });

  test('without instructions the cache is told of the tools', () => {
    const request = requestOf([userMessage('Hello.')], { instructions: ' ' });
    expect(request).not.toHaveProperty('system');
    expect(request['tools']).toMatchObject([{ name: 'weather', cache_control }]);
  });

  test('without instructions and tools there is no word of them', () => {
    const request = requestOf([userMessage('Hello.')], { instructions: '', tools: [] });
    expect(Object.keys(request)).toEqual(['model', 'max_tokens', 'messages', 'stream']);
  });

  test('the last thing that the user says is cached, and nothing of what came before', () => {
    const { messages } = requestOf([
      userMessage('One.'),
      answer({ content: 'Two.' }),
      userMessage([text('Three.'), { type: 'image', mimeType: 'image/png', data: png }]),
    ]) as { messages?: JsonObject[] };
    expect(JSON.stringify(messages?.slice(0, 2))).not.toContain('cache_control');
    expect(messages?.[2]?.['content']).toMatchObject([{ type: 'text' }, { cache_control }]);
    expect(JSON.stringify(messages).split('cache_control')).toHaveLength(2);
  });

  test.each([
    [null, 0],
    [{ type: 'ephemeral', ttl: '1h' }, 2],
  ])('the cache is told %j', (given, times) => {
    const settings = { providerOptions: { anthropic: { cache_control: given } } };
    const request = withSettings(settings);
    expect(request).not.toHaveProperty('cache_control');
    expect(JSON.stringify(request).split(JSON.stringify(given))).toHaveLength(times + 1);
  });

  test.each([
    ['claude-3-haiku-20240307', 4096],
    ['claude-3-5-sonnet-20241022', 8192],
    ['claude-3-7-sonnet-latest', 16_000],
    ['claude-opus-4-1-20250805', 16_000],
    ['claude-sonnet-4-20250514', 16_000],
    ['claude-sonnet-4-6', 32_000],
    ['claude-opus-5-5', 32_000],
    ['claude-quark-7', 32_000],
  ])('%s may say %i tokens when nobody limits it', (model, tokens) => {
    expect(withSettings({}, model)['max_tokens']).toBe(tokens);
    expect(withSettings({ maxOutputTokens: 100 }, model)['max_tokens']).toBe(100);
  });

  test.each<[ModelSettings, JsonObject | undefined]>([
    [{}, undefined],
    [{ toolChoice: 'auto' }, { type: 'auto' }],
    [{ toolChoice: 'none', parallelToolCalls: false }, { type: 'none' }],
    [{ toolChoice: 'required' }, { type: 'any' }],
    [{ toolChoice: { tool: 'weather' } }, { type: 'tool', name: 'weather' }],
    [{ parallelToolCalls: true }, undefined],
    [{ parallelToolCalls: false }, { type: 'auto', disable_parallel_tool_use: true }],
    [
      { toolChoice: 'required', parallelToolCalls: false },
      { type: 'any', disable_parallel_tool_use: true },
    ],
  ])('the choice of tools: %j', (settings, choice) => {
    expect(withSettings(settings)['tool_choice']).toEqual(choice);
    expect(requestOf([userMessage('Hi')], { settings, tools: [] })).not.toHaveProperty(
      'tool_choice',
    );
  });

  test.each(['claude-opus-5-5', 'claude-sonnet-5-5', 'claude-fable-5-1', 'claude-mythos-5-2'])(
    '%s refuses to be forced and is left the choice',
    (model) => {
      expect(withSettings({ toolChoice: 'required' }, model)['tool_choice']).toEqual({
        type: 'auto',
      });
    },
  );

  test.each([
    ['claude-haiku-4-5', {}, 0],
    ['claude-sonnet-4-6', {}, 0],
    ['claude-haiku-4-5', { reasoning: 'low' }, undefined],
    ['claude-sonnet-4-6', { reasoning: 'low' }, undefined],
    ['claude-opus-4-7', {}, undefined],
    ['claude-opus-5-5', {}, undefined],
  ] as const)('a temperature for %s with %j: %j', (model, settings, sent) => {
    expect(withSettings({ ...settings, temperature: 0 }, model)['temperature']).toBe(sent);
  });

  test('texts that end the answer', () => {
    expect(withSettings({ stop: ['END'] })['stop_sequences']).toEqual(['END']);
    expect(withSettings({ stop: [] })).not.toHaveProperty('stop_sequences');
  });

  test('a provider’s own options go on top: objects merge, lists grow, the stream stays', () => {
    const anthropic = {
      thinking: { display: 'summarized' },
      tools: [{ type: 'web_search_20260318', name: 'web_search' }],
      metadata: { user_id: 'u' },
      betas: ['one', 'two'],
      stream: false,
    };
    const settings = {
      reasoning: 'low',
      providerOptions: { anthropic, openai: { a: 1 } },
    } as const;
    const request = withSettings(settings, newest);
    expect(request).toMatchObject({
      thinking: { type: 'adaptive', display: 'summarized' },
      metadata: { user_id: 'u' },
      stream: true,
    });
    expect(request).not.toHaveProperty('betas');
    expect(request).not.toHaveProperty('a');
    expect((request['tools'] as JsonObject[]).map(({ name }) => name)).toEqual([
      'weather',
      'web_search',
    ]);
    const headers = toAnthropicHeaders({ ...agent, settings }, request as never);
    expect(headers).toEqual({ 'anthropic-beta': 'one,two' });
  });

  test('what Anthropic takes as headers is no part of the body', () => {
    const settings = {
      providerOptions: { anthropic: { user_profile_id: 'u', workspace_id: 'w', betas: ['one'] } },
    };
    const request = withSettings(settings, newest);
    expect(Object.keys(request)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/user_profile_id|workspace_id|betas/)]),
    );
    expect(toAnthropicHeaders({ ...agent, settings }, request as never)).toEqual({
      'anthropic-beta': 'one',
      'anthropic-user-profile-id': 'u',
      'anthropic-workspace-id': 'w',
    });
  });

  test('a schema with alternatives at its root becomes an object', () => {
    const inputSchema = { anyOf: [{ type: 'object', properties: { a: { type: 'string' } } }] };
    const request = requestOf([userMessage('Hi')], { tools: [{ ...weather, inputSchema }] });
    expect(request['tools']).toMatchObject([
      { input_schema: { type: 'object', properties: { a: { type: 'string' } } } },
    ]);
    expect(JSON.stringify(request)).not.toContain('anyOf');
  });

  test('tool names that Anthropic refuses are spelled so that it takes them', () => {
    const toolCalls = [{ id: 't1s1c0', name: 'github.com/search', arguments: {} }];
    const request = requestOf(
      [userMessage('Hi'), answer({ toolCalls }), toolErrorResponse(toolCalls[0]!, 'No.')],
      {
        tools: [{ ...weather, name: 'github.com/search' }],
        settings: { toolChoice: { tool: 'github.com/search' } },
      },
    );
    expect(request).toMatchObject({
      tools: [{ name: 'github_com_search' }],
      tool_choice: { name: 'github_com_search' },
    });
    expect(JSON.stringify(request['messages'])).toContain('"name":"github_com_search"');
  });

  test('lone surrogates never leave the house', () => {
    const request = requestOf([userMessage('a\uD83D')], { instructions: '\uDE00b' });
    expect(JSON.stringify(request)).not.toMatch(/\\ud[89a-f]/i);
  });
});

describe('reasoning', () => {
  test.each<[string, ModelSettings['reasoning'], JsonObject]>([
    ['claude-3-5-haiku-latest', 'high', {}],
    ['claude-haiku-4-5', 'low', { thinking: { type: 'enabled', budget_tokens: 2048 } }],
    ['claude-haiku-4-5', 'off', {}],
    [
      'claude-opus-4-1',
      'high',
      { max_tokens: 32_000, thinking: { type: 'enabled', budget_tokens: 16_000 } },
    ],
    [
      'claude-sonnet-4-6',
      'medium',
      { thinking: { type: 'adaptive' }, output_config: { effort: 'medium' } },
    ],
    ['claude-opus-4-8', 'off', {}],
    ['claude-opus-5', 'off', { thinking: { type: 'disabled' } }],
    ['claude-sonnet-5', 'off', { thinking: { type: 'disabled' } }],
    ['claude-haiku-5-5', 'off', { thinking: { type: 'disabled' } }],
    ['claude-sonnet-5-5', 'off', { thinking: { type: 'between_tools' } }],
    ['claude-opus-5-5', 'off', { output_config: { effort: 'low' } }],
    ['claude-fable-5', 'off', { output_config: { effort: 'low' } }],
    ['claude-quark-7', 'off', { output_config: { effort: 'low' } }],
    [
      'claude-quark-7',
      'high',
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
    ],
  ])('%s, %s', (model, reasoning, expected) => {
    const { max_tokens, thinking, output_config } = withSettings({ reasoning: reasoning! }, model);
    expect({ max_tokens, thinking, output_config }).toEqual({
      max_tokens: withSettings({}, model)['max_tokens'],
      thinking: undefined,
      output_config: undefined,
      ...expected,
    });
  });

  test.each([
    [500, 2548],
    [2048, 4096],
    [2049, 2049],
  ])('a limit of %i tokens leaves room for a budget', (maxOutputTokens, tokens) => {
    const request = withSettings({ reasoning: 'low', maxOutputTokens });
    expect(request).toMatchObject({ max_tokens: tokens, thinking: { budget_tokens: 2048 } });
  });

  test('a forced call goes without a budget, but with adaptive thinking', () => {
    const settings = { reasoning: 'low', toolChoice: 'required' } as const;
    expect(withSettings(settings)).not.toHaveProperty('thinking');
    expect(withSettings(settings, 'claude-opus-4-6')).toMatchObject({
      thinking: { type: 'adaptive' },
      tool_choice: { type: 'any' },
    });
  });

  test('what was begun without thinking goes on without a budget, until it is answered', () => {
    const toolCalls = [call(0, 'toolu_0')];
    const result = toolResponse(toolCalls[0]!, { content: [text('Sunny.')] });
    const turn = [userMessage('Hi'), answer({ toolCalls, finishReason: 'tool_calls' }), result];
    expect(withSettings({ reasoning: 'low' }, undefined, turn)).not.toHaveProperty('thinking');
    expect(withSettings({ reasoning: 'low' }, newest, turn)).toHaveProperty('thinking');

    const providerData = {
      provider: 'anthropic',
      family: 'claude-haiku-4-5',
      items: [
        { type: 'thinking', thinking: 'Hm.', signature: 's' },
        { type: 'tool_use', call: 0 },
      ],
    };
    const thought = [turn[0]!, answer({ toolCalls, providerData }), result];
    expect(withSettings({ reasoning: 'low' }, undefined, thought)).toHaveProperty('thinking');
    const forced = { reasoning: 'low', toolChoice: 'required' } as const;
    for (const settings of [{}, { reasoning: 'off' as const }, forced]) {
      expect(JSON.stringify(withSettings(settings, undefined, thought))).not.toContain('thinking');
    }
    const budget = { type: 'enabled', budget_tokens: 1024 };
    const own = { providerOptions: { anthropic: { thinking: budget } } };
    expect(JSON.stringify(withSettings(own, undefined, thought))).toContain('"signature"');
    // Of one answer, only the first of its calls has to be thought about.
    const more = [call(1, 'toolu_1')];
    const goesOn = [answer({ toolCalls: more }), toolResponse(more[0]!, { content: [] })];
    const longer = [...thought, ...goesOn];
    expect(withSettings({ reasoning: 'low' }, undefined, longer)).toHaveProperty('thinking');
    const without = [...turn, ...goesOn];
    expect(withSettings({ reasoning: 'low' }, undefined, without)).not.toHaveProperty('thinking');
    const next = [...turn, answer({ content: 'Sunny.' }), userMessage('And?')];
    expect(withSettings({ reasoning: 'low' }, undefined, next)).toHaveProperty('thinking');
  });
});

describe('over the wire', () => {
  async function send(settings: ModelSettings) {
    const { model, requests, close } = await startAnthropic((response) => {
      beginStream(response);
      response.end(toStream(recordedEvents('a short answer')));
    });
    const first = await model.getResponse({ ...agent, settings }, [userMessage('Grüße 👋')]);
    const second = await model.getResponse({ ...agent, settings }, [userMessage('Grüße 👋')]);
    await close();
    return { first, second, requests };
  }

  test('the same call gives the same bytes, and their digest', async () => {
    const { first, second, requests } = await send({});
    const [one, two] = requests.map(({ body }) => body.toString('utf8'));
    expect(one).toBe(two);
    expect(first.promptDigest).toBe(sha256Hex(one ?? ''));
    expect(second.promptDigest).toBe(first.promptDigest);
    expect(requests[0]).toMatchObject({
      path: '/v1/messages',
      headers: {
        authorization: 'Bearer sk-ant-test-0123456789',
        'anthropic-version': '2026-10-21',
        'x-stainless-retry-count': '0',
      },
    });
  });

  test('a temperature is told to the version of the API that knows it', async () => {
    const { requests, first } = await send({ temperature: 0 });
    const body = requests[0]?.body.toString('utf8') ?? '';
    expect(JSON.parse(body)).toMatchObject({ temperature: 0 });
    expect(requests[0]?.headers['anthropic-version']).toBe('2023-06-01');
    expect(first.promptDigest).toBe(sha256Hex(body));
  });
});

describe('messages', () => {
  test('all results of a turn stand in one message, before what the user says next', () => {
    const toolCalls = [call(0, 'toolu_a'), call(1, 'toolu_b')];
    const [first, second] = toolCalls as [ToolCallMessage, ToolCallMessage];
    expect(
      messagesOf([
        userMessage('Hi'),
        answer({ content: 'I look.', toolCalls, finishReason: 'tool_calls' }),
        toolResponse(first, { content: [text('Sunny.'), text('Warm.')] }),
        toolErrorResponse(second, 'No such city.'),
        userMessage('Never mind.'),
        userMessage([text('Really.'), text('')]),
      ]),
    ).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'I look.' },
          { type: 'tool_use', id: 'toolu_a', name: 'weather', input: { city: 'City 0' } },
          { type: 'tool_use', id: 'toolu_b', name: 'weather', input: { city: 'City 1' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_a', content: 'Sunny.\nWarm.' },
          {
            type: 'tool_result',
            tool_use_id: 'toolu_b',
            content: 'No such city.',
            is_error: true,
          },
          { type: 'text', text: 'Never mind.' },
          { type: 'text', text: 'Really.' },
        ],
      },
    ]);
  });

  test.each<[string, readonly ContentBlock[], JsonObject | undefined, string]>([
    ['nothing', [], undefined, '(no content)'],
    ['blanks', [text(' \n')], undefined, '(no content)'],
    ['data alone', [], { ok: true }, '{"ok":true}'],
    ['data beside a text', [text('Yes.')], { ok: true }, 'Yes.'],
  ])('a result that is %s', (_case, content, structuredContent, expected) => {
    const toolCalls = [call(0)];
    const result = toolResponse(toolCalls[0]!, {
      content,
      ...(structuredContent && { structuredContent }),
    });
    const [, , last] = messagesOf([userMessage('Hi'), answer({ toolCalls }), result]);
    expect(last?.['content']).toMatchObject([{ type: 'tool_result', content: expected }]);
  });

  test('a picture in a result; in an error it is named, since errors hold text alone', () => {
    const toolCalls = [call(0), call(1)];
    const content = [text(' '), { type: 'image', mimeType: 'image/png', data: png } as const];
    const [, , last] = messagesOf([
      userMessage('Hi'),
      answer({ toolCalls }),
      toolResponse(toolCalls[0]!, { content }),
      toolResponse(toolCalls[1]!, { content, isError: true }),
    ]);
    expect(last?.['content']).toMatchObject([
      {
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
        ],
      },
      { content: ' \n[image image/png]', is_error: true },
    ]);
  });

  test('nothing is ever empty, and the user is first', () => {
    const placeholder = [{ type: 'text', text: '(no content)' }];
    expect(messagesOf([answer({}), userMessage(' '), answer({ content: '\n' })])).toEqual([
      { role: 'user', content: placeholder },
      { role: 'assistant', content: placeholder },
      { role: 'user', content: placeholder },
      { role: 'assistant', content: placeholder },
    ]);
    expect(messagesOf([])).toEqual([{ role: 'user', content: placeholder }]);
  });

  test('every kind of block', () => {
    const blocks: ContentBlock[] = [
      text('Look:'),
      { type: 'image', mimeType: 'image/jpg', data: `data:image/jpeg;base64,iVBO\n Rw0KGgo=` },
      { type: 'image', mimeType: 'image/tiff', data: png },
      { type: 'audio', mimeType: 'audio/wav', data: png },
      { type: 'resource', resource: { uri: 'a.pdf', mimeType: 'application/pdf', blob: 'JVBE' } },
      { type: 'resource', resource: { uri: 'b.webp', mimeType: 'image/webp', blob: png } },
      { type: 'resource', resource: { uri: 'c.txt', text: 'Text.' } },
      { type: 'resource_link', uri: 'https://x/y.png', name: 'y', mimeType: 'image/png' },
      { type: 'resource_link', uri: 'https://x/y.pdf', name: 'z', mimeType: 'application/pdf' },
      { type: 'resource_link', uri: 'file:///y.png', name: 'f', mimeType: 'image/png' },
      { type: 'resource_link', uri: 'https://x/y', name: 'h' },
    ];
    const [message] = messagesOf([userMessage(blocks)]);
    expect(message?.['content']).toEqual([
      { type: 'text', text: 'Look:' },
      { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: png } },
      { type: 'text', text: '[image image/tiff]' },
      { type: 'text', text: '[audio audio/wav]' },
      {
        type: 'document',
        source: { type: 'base64', media_type: 'application/pdf', data: 'JVBE' },
      },
      { type: 'image', source: { type: 'base64', media_type: 'image/webp', data: png } },
      { type: 'text', text: '[resource c.txt]\nText.' },
      { type: 'image', source: { type: 'url', url: 'https://x/y.png' } },
      { type: 'document', source: { type: 'url', url: 'https://x/y.pdf' } },
      { type: 'text', text: '[resource f: file:///y.png]' },
      { type: 'text', text: '[resource h: https://x/y]' },
    ]);
  });

  test('ids: Anthropic’s own where they can be, else ours, and none twice', () => {
    const turn = (toolCall: ToolCallMessage, fields: Partial<ModelResponse> = {}): Message[] => [
      answer({ toolCalls: [toolCall], ...fields }),
      toolResponse(toolCall, { content: [text('x')] }),
    ];
    const foreign = { provider: 'openai', family: 'gpt-5', items: [] };
    const messages = messagesOf([
      userMessage('Hi'),
      ...turn(call(0, 'toolu_a')),
      ...turn(call(1, 'toolu_a')),
      ...turn(call(2, 'call_x'), { providerData: foreign }),
      ...turn(call(3, 'functions.weather:0')),
      ...turn({ ...call(4), id: 'a/b' }),
    ]);
    const ids = ['toolu_a', 't1s1c1', 't1s1c2', 't1s1c3', 'a_b'];
    const found = (key: string) =>
      messages
        .flatMap(({ content }) => content as readonly JsonObject[])
        .flatMap((it) => it[key] ?? []);
    expect(found('id')).toEqual(ids);
    expect(found('tool_use_id')).toEqual(ids);
  });
});
