import type { ReActAgent } from '../../../agent/agent';
import type { JsonObject } from '../../../agent/json';
import type { ContentBlock, ToolCallMessage } from '../../../agent/messages';
import { text, toolErrorResponse, toolResponse, userMessage } from '../../../agent/messages';
import type { Message, ModelResponse } from '../../../agent/model';
import { noUsage } from '../../../agent/model';
import type { ChatEndpoint } from '../../../activities/models/openai-chat-endpoints';
import { toOpenAIChatRequest } from '../../../activities/models/openai-chat-format';
import { endpoints } from '../../support/openai-chat-fixtures';
import { plainAgent } from '../../support/openai-fixtures';

const weather = {
  name: 'weather',
  description: 'The weather of a city.',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const agent: ReActAgent = { ...plainAgent, tools: [weather] };
const openAI = endpoints['openai-chat'];
const hello = [userMessage('Hello.')];

function requestOf(
  inputs: readonly Message[],
  changes: Partial<ReActAgent> = {},
  endpoint: ChatEndpoint = openAI,
  model = 'gpt-4o',
): JsonObject {
  const request = toOpenAIChatRequest({ ...agent, ...changes }, inputs, endpoint, model);
  return request as unknown as JsonObject;
}

function messagesOf(
  inputs: readonly Message[],
  endpoint: ChatEndpoint = openAI,
  model?: string,
): readonly JsonObject[] {
  const request = requestOf(inputs, { instructions: '' }, endpoint, model);
  return request['messages'] as readonly JsonObject[];
}

function answer(fields: Partial<ModelResponse>): ModelResponse {
  return {
    role: 'assistant',
    content: '',
    toolCalls: [],
    finishReason: 'stop',
    usage: noUsage,
    model: 'gpt-4o-2024-08-06',
    ...fields,
  };
}

function call(index: number, city: string, providerId?: string): ToolCallMessage {
  const id = `t1s1c${index}`;
  return { id, name: 'weather', arguments: { city }, ...(providerId && { providerId }) };
}

function idsOf(messages: readonly JsonObject[]): readonly unknown[] {
  return messages.flatMap((message) =>
    ((message['tool_calls'] ?? []) as readonly JsonObject[]).map(({ id }) => id),
  );
}

const png = 'iVBORw0KGgo=';
const image: ContentBlock = { type: 'image', data: png, mimeType: 'image/png' };
const imagePart = { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } };

describe('what is sent', () => {
  test('instructions, message and tools; nothing that nobody set', () => {
    expect(requestOf(hello)).toEqual({
      model: 'gpt-4o',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hello.' },
      ],
      tools: [
        {
          type: 'function',
          function: {
            name: 'weather',
            description: 'The weather of a city.',
            parameters: weather.inputSchema,
          },
        },
      ],
      stream_options: { include_usage: true },
      stream: true,
    });
  });

  test('without instructions and tools there is no word of them', () => {
    const settings = { toolChoice: 'auto', parallelToolCalls: true, stop: [] } as const;
    const request = requestOf(hello, { instructions: '', tools: [], settings });
    expect(Object.keys(request)).toEqual(['model', 'messages', 'stream_options', 'stream']);
    expect(request['messages']).toHaveLength(1);
  });

  test('settings in the endpoint’s words', () => {
    const settings = {
      temperature: 0,
      maxOutputTokens: 100,
      stop: ['END'],
      reasoning: 'high',
      toolChoice: { tool: 'weather' },
      parallelToolCalls: false,
    } as const;
    const common = {
      temperature: 0,
      stop: ['END'],
      tool_choice: { type: 'function', function: { name: 'weather' } },
      parallel_tool_calls: false,
    };
    const request = requestOf(hello, { settings });
    expect(request).toMatchObject({
      ...common,
      max_completion_tokens: 100,
      reasoning_effort: 'high',
    });
    const other = requestOf(hello, { settings }, endpoints.mistral);
    expect(other).toMatchObject({ ...common, max_tokens: 100 });
    for (const key of ['max_completion_tokens', 'reasoning_effort', 'stream_options']) {
      expect(other).not.toHaveProperty(key);
    }
  });

  test.each<[keyof typeof endpoints, string, JsonObject, JsonObject]>([
    ['openai-chat', 'gpt-5-mini', { reasoning_effort: 'minimal' }, { reasoning_effort: 'low' }],
    ['openai-chat', 'gpt-5.4', { reasoning_effort: 'none' }, { reasoning_effort: 'low' }],
    ['openai-chat', 'gpt-4o', {}, { reasoning_effort: 'low' }],
    ['ollama', 'qwen3:8b', { reasoning_effort: 'none' }, { reasoning_effort: 'low' }],
    ['lmstudio', 'x', {}, { reasoning_effort: 'low' }],
    [
      'vllm',
      'Qwen/Qwen3-8B',
      { chat_template_kwargs: { enable_thinking: false } },
      { reasoning_effort: 'low' },
    ],
    ['openrouter', 'x/y', { reasoning: { effort: 'none' } }, { reasoning: { effort: 'low' } }],
    ['groq', 'qwen/qwen3-32b', { reasoning_effort: 'none' }, { reasoning_effort: 'default' }],
    ['groq', 'openai/gpt-oss-20b', { reasoning_effort: 'low' }, { reasoning_effort: 'low' }],
    ['groq', 'llama-3.3-70b-versatile', {}, {}],
    [
      'deepseek',
      'deepseek-chat',
      { thinking: { type: 'disabled' } },
      { thinking: { type: 'enabled' } },
    ],
    ['mistral', 'magistral-small', {}, {}],
    ['together', 'x', { reasoning: { enabled: false } }, { reasoning_effort: 'low' }],
    ['xai', 'grok-3-mini', {}, { reasoning_effort: 'low' }],
    ['fireworks', 'x', { reasoning_effort: 'none' }, { reasoning_effort: 'low' }],
  ])('reasoning at %s, of %s', (name, model, off, low) => {
    const said = (settings: ReActAgent['settings']) => {
      const request = requestOf(hello, { ...(settings && { settings }) }, endpoints[name], model);
      const words = new Set(['reasoning', 'reasoning_effort', 'thinking', 'chat_template_kwargs']);
      return Object.fromEntries(Object.entries(request).filter(([key]) => words.has(key)));
    };
    expect(said({ reasoning: 'off' })).toEqual(off);
    expect(said({ reasoning: 'low' })).toEqual(low);
    expect(said(undefined)).toEqual({});
  });

  test.each([
    ['gpt-5-mini', 'developer'],
    ['o3', 'developer'],
    ['gpt-4o', 'system'],
  ])('%s takes its instructions as %s', (model, role) => {
    const [first] = requestOf(hello, {}, openAI, model)['messages'] as readonly JsonObject[];
    expect(first).toEqual({ role, content: 'Be brief.' });
    const [other] = requestOf(hello, {}, endpoints.openrouter, model)['messages'] as JsonObject[];
    expect(other?.['role']).toBe('system');
  });

  test('the endpoint’s own options go on top; the stream stays', () => {
    const settings = {
      temperature: 1,
      providerOptions: {
        groq: { service_tier: 'flex', temperature: null, stream: false, stop: ['x'] },
        openai: { store: true },
        'openai-chat': { store: true },
      },
    } as const;
    const request = requestOf(hello, { settings }, endpoints.groq);
    expect(request).toMatchObject({ service_tier: 'flex', stop: ['x'], stream: true });
    expect(request).not.toHaveProperty('store');
    expect(request).not.toHaveProperty('temperature');
  });

  test('names that providers refuse, schemas without an object, lone surrogates', () => {
    const used = { id: 't1s1c0', name: 'github.com/search', arguments: {} };
    const request = requestOf(
      [userMessage('a\uD83D'), answer({ toolCalls: [used] }), toolErrorResponse(used, 'No.')],
      {
        instructions: '\uDE00b',
        tools: [{ ...weather, name: 'github.com/search', inputSchema: {} }],
        settings: { toolChoice: { tool: 'github.com/search' } },
      },
    );
    expect(JSON.stringify(request)).not.toMatch(/\\ud[89a-f]/i);
    expect(request).toMatchObject({
      messages: [
        { content: '\uFFFDb' },
        { content: 'a\uFFFD' },
        { tool_calls: [{ function: { name: 'github_com_search' } }] },
        {},
      ],
      tools: [
        { function: { name: 'github_com_search', parameters: { type: 'object', properties: {} } } },
      ],
      tool_choice: { function: { name: 'github_com_search' } },
    });
  });
});

describe('content', () => {
  const blocks: readonly ContentBlock[] = [
    text('Look.'),
    image,
    { type: 'image', data: 'PHN2Zz4=', mimeType: 'image/svg+xml' },
    { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' },
    { type: 'audio', data: 'AAAA', mimeType: 'audio/mpeg' },
    { type: 'audio', data: 'AAAA', mimeType: 'audio/ogg' },
    { type: 'resource', resource: { uri: 'file:///a.txt', text: 'A.' } },
    {
      type: 'resource',
      resource: { uri: 'file:///a.pdf', mimeType: 'application/pdf', blob: 'JVBE' },
    },
    { type: 'resource', resource: { uri: 'file:///a.bin', blob: 'AAAA' } },
    { type: 'resource_link', uri: 'https://example.org/', name: 'example' },
  ];

  test('every kind of block', () => {
    const [message] = messagesOf([userMessage(blocks)]);
    expect(message?.['content']).toEqual([
      { type: 'text', text: 'Look.' },
      imagePart,
      { type: 'text', text: '[image image/svg+xml]' },
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
      { type: 'text', text: '[audio audio/ogg]' },
      { type: 'text', text: '[resource file:///a.txt]\nA.' },
      {
        type: 'file',
        file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBE' },
      },
      { type: 'text', text: '[resource file:///a.bin]' },
      { type: 'text', text: '[resource example: https://example.org/]' },
    ]);
  });

  test('what an endpoint does not take is named; text alone is a string', () => {
    const [message] = messagesOf([userMessage(blocks.slice(0, 2))], endpoints.deepseek);
    expect(message?.['content']).toBe('Look.\n[image image/png]');
    expect(messagesOf([userMessage([])])).toEqual([{ role: 'user', content: '' }]);
  });
});

describe('calls and results', () => {
  const calls = [call(0, 'Paris', 'call_a'), call(1, 'Oslo', 'call_b')] as const;

  test('parallel calls, each with its result; their images follow the last one', () => {
    const messages = messagesOf([
      userMessage('Weather?'),
      answer({ toolCalls: calls, finishReason: 'tool_calls' }),
      toolResponse(calls[0], { content: [text('Sunny.'), image] }),
      toolErrorResponse(calls[1], 'No such city.'),
      answer({ content: 'Sunny.' }),
    ]);
    const toCall = (id: string, city: string) => ({
      id,
      type: 'function',
      function: { name: 'weather', arguments: JSON.stringify({ city }) },
    });
    expect(messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: null,
        tool_calls: [toCall('call_a', 'Paris'), toCall('call_b', 'Oslo')],
      },
      { role: 'tool', tool_call_id: 'call_a', content: 'Sunny.\n[image image/png]' },
      { role: 'tool', tool_call_id: 'call_b', content: 'Error: No such city.' },
      {
        role: 'user',
        content: [{ type: 'text', text: 'From the result of weather (call_a):' }, imagePart],
      },
      { role: 'assistant', content: 'Sunny.' },
    ]);
  });

  test('images at the end of a prompt follow too, where the endpoint takes them', () => {
    const inputs = [
      answer({ content: 'I look.', toolCalls: [calls[0]] }),
      toolResponse(calls[0], { content: [image] }),
    ];
    expect(messagesOf(inputs).map(({ role }) => role)).toEqual(['assistant', 'tool', 'user']);
    expect(messagesOf(inputs)[0]?.['content']).toBe('I look.');
    const roles = messagesOf(inputs, endpoints.deepseek).map(({ role }) => role);
    expect(roles).toEqual(['assistant', 'tool']);
  });

  test('another provider’s ids, long ones, and ids that stand twice, give way to ours', () => {
    const foreign = { provider: 'anthropic', family: 'claude', items: [] };
    const messages = messagesOf(
      [
        answer({ toolCalls: [call(0, 'Paris', 'toolu_1')], providerData: foreign }),
        answer({ toolCalls: [call(0, 'Oslo')] }),
        answer({ toolCalls: [{ ...call(0, 'Rome', 'call_a'), id: 't3s1c0' }] }),
        answer({ toolCalls: [{ ...call(0, 'Bern', 'call_a'), id: 't4s1c0' }] }),
        answer({ toolCalls: [{ ...call(0, 'Linz', 'x'.repeat(41)), id: 't5s1c0' }] }),
      ].flatMap((message) => [message, toolErrorResponse(message.toolCalls[0]!, 'No.')]),
    );
    const ids = ['t1s1c0', 't1s1c0_2', 'call_a', 't4s1c0', 't5s1c0'];
    expect(idsOf(messages)).toEqual(ids);
    expect(messages.flatMap((message) => message['tool_call_id'] ?? [])).toEqual(ids);
  });

  test('Mistral takes ids of nine letters and digits alone', () => {
    const [own, other] = [call(0, 'Paris', 'D681PevKs'), call(1, 'Oslo', 'call_b')];
    const messages = messagesOf(
      [answer({ toolCalls: [own, other] }), toolErrorResponse(other, 'No.')],
      endpoints.mistral,
    );
    const ids = idsOf(messages);
    expect(ids[0]).toBe('D681PevKs');
    expect(ids[1]).toMatch(/^[a-zA-Z0-9]{9}$/);
    expect(messages[1]?.['tool_call_id']).toBe(ids[1]);
  });

  test('broken arguments are shown to OpenAI as they came, and to nobody who parses them', () => {
    const bad = { ...call(0, '', 'call_a'), arguments: {}, malformedArguments: '{"city":' };
    const inputs = [answer({ toolCalls: [bad] }), toolErrorResponse(bad, 'Not JSON.')];
    const sent = (endpoint: ChatEndpoint) => messagesOf(inputs, endpoint)[0];
    expect(sent(openAI)).toMatchObject({ tool_calls: [{ function: { arguments: '{"city":' } }] });
    expect(sent(endpoints.vllm)).toMatchObject({ tool_calls: [{ function: { arguments: '{}' } }] });
  });

  test('an empty answer is an empty text', () => {
    expect(messagesOf([answer({})])).toEqual([{ role: 'assistant', content: '' }]);
  });
});

describe('reasoning goes back', () => {
  const details = [
    { type: 'reasoning.text', text: 'Hm.', signature: 's' },
    { type: 'reasoning.encrypted', data: 'x', id: 'tool_0' },
  ];
  const items = [{ reasoning_details: details }];
  const own = { provider: 'openrouter', family: 'a/b', items };
  const first = answer({ toolCalls: [call(0, 'Paris', 'tool_0')], providerData: own });
  const again = answer({
    toolCalls: [{ ...call(0, 'Oslo', 'tool_0'), id: 't2s1c0' }],
    providerData: own,
  });

  test('to the endpoint and model that it came from', () => {
    const messages = messagesOf([first], endpoints.openrouter, 'a/b');
    expect(messages[0]).toMatchObject({ content: null, reasoning_details: details });
    expect(messagesOf([first], endpoints.openrouter, 'a/c')[0]).not.toHaveProperty(
      'reasoning_details',
    );
    expect(messagesOf([first], openAI, 'a/b')[0]).not.toHaveProperty('reasoning_details');
  });

  test('under the id that its call has now', () => {
    const [, second] = messagesOf([first, again], endpoints.openrouter, 'a/b');
    expect(second).toMatchObject({
      tool_calls: [{ id: 't2s1c0' }],
      reasoning_details: [{ signature: 's' }, { data: 'x', id: 't2s1c0' }],
    });
  });

  test('as a text, to DeepSeek', () => {
    const kept = [{ reasoning_content: 'Hm.' }];
    const providerData = { provider: 'deepseek', family: 'deepseek-chat', items: kept };
    const inputs = [answer({ content: 'Hi', providerData })];
    expect(messagesOf(inputs, endpoints.deepseek, 'deepseek-chat')).toEqual([
      { role: 'assistant', content: 'Hi', reasoning_content: 'Hm.' },
    ]);
  });
});
