import { z } from 'zod';
import { defineTool } from '../../../activities/tools/define-tool';
import type { ReActAgent } from '../../../agent/agent';
import { sha256Hex } from '../../../agent/digest';
import type { JsonObject } from '../../../agent/json';
import type { ContentBlock, ToolCallMessage } from '../../../agent/messages';
import { text, toolErrorResponse, toolResponse, userMessage } from '../../../agent/messages';
import type { Message, ModelResponse } from '../../../agent/model';
import { noUsage } from '../../../agent/model';
import { toOpenAIRequest } from '../../../activities/models/openai-format';
import type { LoopbackServer } from '../../support/loopback-server';
import {
  beginStream,
  plainAgent,
  recordedStream,
  startOpenAI,
} from '../../support/openai-fixtures';
import { findFault } from '../../support/openai-request-check';
import { readExchange } from '../../support/recordings';

const weather = {
  name: 'weather',
  description: 'The weather of a city.',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const agent: ReActAgent = { ...plainAgent, tools: [weather] };

function requestOf(
  inputs: readonly Message[],
  changes: Partial<ReActAgent> = {},
  model = 'gpt-5-mini',
): JsonObject {
  return toOpenAIRequest({ ...agent, ...changes }, inputs, model) as unknown as JsonObject;
}

function inputOf(inputs: readonly Message[], model?: string): readonly JsonObject[] {
  const request = requestOf(inputs, {}, model);
  expect(findFault(request)).toBeUndefined();
  return request['input'] as readonly JsonObject[];
}

function answer(fields: Partial<ModelResponse>): ModelResponse {
  return {
    role: 'assistant',
    content: '',
    toolCalls: [],
    finishReason: 'stop',
    usage: noUsage,
    model: 'gpt-5-mini-2025-08-07',
    ...fields,
  };
}

function call(index: number, city: string, providerId?: string): ToolCallMessage {
  const id = `t1s1c${index}`;
  return { id, name: 'weather', arguments: { city }, ...(providerId && { providerId }) };
}

const png = 'iVBORw0KGgo=';

describe('what is sent', () => {
  test('instructions, message and tools; nothing that nobody set', () => {
    expect(requestOf([userMessage('Hello.')])).toEqual({
      model: 'gpt-5-mini',
      instructions: 'Be brief.',
      input: [{ role: 'user', content: 'Hello.' }],
      tools: [
        {
          type: 'function',
          name: 'weather',
          description: 'The weather of a city.',
          parameters: weather.inputSchema,
          strict: false,
        },
      ],
      store: false,
      include: ['reasoning.encrypted_content'],
      stream: true,
    });
  });

  test('without instructions and tools there is no word of them', () => {
    const request = requestOf([userMessage('Hello.')], { instructions: '', tools: [] }, 'gpt-4o');
    expect(Object.keys(request)).toEqual(['model', 'input', 'store', 'stream']);
  });

  test.each([
    ['gpt-5-mini', true],
    ['gpt-5.6-sol', true],
    ['gpt-6-astra', true],
    ['o4-mini', true],
    ['codex-mini-latest', true],
    ['ft:gpt-5-mini:us:x', true],
    ['gpt-4o', false],
    ['gpt-4.1-nano', false],
    ['gpt-5-chat-latest', false],
    ['zai-org/glm-4.7-flash', false],
  ])('%s is asked for its encrypted reasoning: %s', (model, isAsked) => {
    expect('include' in requestOf([userMessage('Hello.')], {}, model)).toBe(isAsked);
  });

  test('settings in OpenAI’s words', () => {
    const settings = {
      temperature: 0,
      maxOutputTokens: 100,
      reasoning: 'high',
      toolChoice: { tool: 'weather' },
      parallelToolCalls: false,
    } as const;
    expect(requestOf([userMessage('Hello.')], { settings })).toMatchObject({
      temperature: 0,
      max_output_tokens: 100,
      reasoning: { effort: 'high' },
      tool_choice: { type: 'function', name: 'weather' },
      parallel_tool_calls: false,
    });
  });

  test.each([
    ['gpt-5-mini', { effort: 'minimal' }],
    ['gpt-5-2025-08-07', { effort: 'minimal' }],
    ['gpt-5.4', { effort: 'none' }],
    ['gpt-6-astra', { effort: 'none' }],
    ['o4-mini', { effort: 'low' }],
    ['gpt-5-codex', { effort: 'low' }],
    ['gpt-4o', undefined],
  ])('reasoning off, said to %s', (model, reasoning) => {
    const settings = { reasoning: 'off' } as const;
    expect(requestOf([userMessage('Hi')], { settings }, model)['reasoning']).toEqual(reasoning);
  });

  test('a provider’s own options go on top: objects merge, lists grow, the stream stays', () => {
    const settings = {
      reasoning: 'low',
      providerOptions: {
        openai: {
          reasoning: { summary: 'auto' },
          tools: [{ type: 'web_search' }],
          prompt_cache_key: 'k',
          store: null,
          stream: false,
        },
        anthropic: { speed: 'fast' },
      },
    } as const;
    const request = requestOf([userMessage('Hi')], { settings });
    expect(request).toMatchObject({
      reasoning: { effort: 'low', summary: 'auto' },
      prompt_cache_key: 'k',
      stream: true,
    });
    expect(Object.keys(request)).not.toContain('store');
    expect(Object.keys(request)).not.toContain('speed');
    expect((request['tools'] as JsonObject[]).map(({ type }) => type)).toEqual([
      'function',
      'web_search',
    ]);
  });

  test.each([
    ['nothing', {}, {}],
    ['no type', { properties: { a: {} } }, { a: {} }],
    [
      'alternatives',
      {
        anyOf: [
          { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
          { type: 'object', properties: { b: { type: 'number' } } },
        ],
      },
      { a: { type: 'string' }, b: { type: 'number' } },
    ],
  ])('a schema with %s at its root becomes an object', (_case, inputSchema, properties) => {
    const request = requestOf([userMessage('Hi')], { tools: [{ ...weather, inputSchema }] });
    const [tool] = request['tools'] as JsonObject[];
    expect(tool?.['parameters']).toEqual({ type: 'object', properties });
    expect(findFault(request)).toBeUndefined();
  });

  test('tool names that OpenAI refuses are spelled so that it takes them', () => {
    const calls = [{ id: 't1s1c0', name: 'github.com/search', arguments: {} }];
    const [first] = calls;
    const request = requestOf(
      [userMessage('Hi'), answer({ toolCalls: calls }), toolErrorResponse(first!, 'No.')],
      {
        tools: [{ ...weather, name: 'github.com/search' }],
        settings: { toolChoice: { tool: 'github.com/search' } },
      },
    );
    expect(findFault(request)).toBeUndefined();
    expect(request).toMatchObject({
      tools: [{ name: 'github_com_search' }],
      tool_choice: { name: 'github_com_search' },
    });
    expect((request['input'] as JsonObject[])[1]).toMatchObject({ name: 'github_com_search' });
  });

  test('lone surrogates never leave the house', () => {
    const request = requestOf([userMessage('a\uD83D')], { instructions: '\uDE00b' });
    expect(JSON.stringify(request)).not.toMatch(/\\ud[89a-f]/i);
    expect(request).toMatchObject({ instructions: '\uFFFDb', input: [{ content: 'a\uFFFD' }] });
  });

  test('the same call gives the same bytes, and their digest', async () => {
    const server: LoopbackServer = await startOpenAI((response) => {
      beginStream(response);
      response.end(recordedStream('a short answer'));
    });
    const { model } = server as Awaited<ReturnType<typeof startOpenAI>>;
    const first = await model.getResponse(agent, [userMessage('Grüße 👋')]);
    const second = await model.getResponse(agent, [userMessage('Grüße 👋')]);
    await server.close();
    const [one, two] = server.requests.map(({ body }) => body.toString('utf8'));
    expect(one).toBe(two);
    expect(first.promptDigest).toBe(sha256Hex(one ?? ''));
    expect(second.promptDigest).toBe(first.promptDigest);
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer sk-test-0123456789',
      'x-stainless-retry-count': '0',
    });
  });
});

describe('content', () => {
  test('an image, as the official SDK’s user sent it', () => {
    const recorded = readExchange('mirascope/encodes-base64-image.har').request as JsonObject;
    const [sent] = recorded['input'] as readonly JsonObject[];
    const parts = sent?.['content'] as readonly JsonObject[];
    const blocks = parts.map((part): ContentBlock => {
      if (part['type'] === 'input_text') return text(part['text'] as string);
      const [, mimeType = '', data = ''] =
        /^data:(.+?);base64,(.+)$/.exec(part['image_url'] as string) ?? [];
      return { type: 'image', mimeType, data };
    });
    const [ours] = inputOf([userMessage(blocks)]);
    expect(ours?.['content']).toEqual(
      parts.map((it) => ({ ...it, ...(it['image_url'] !== undefined && { detail: 'auto' }) })),
    );
  });

  test('every kind of block', () => {
    const [message] = inputOf([
      userMessage([
        text('Look.'),
        { type: 'image', data: png, mimeType: 'image/png' },
        { type: 'image', data: 'PHN2Zz4=', mimeType: 'image/svg+xml' },
        { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' },
        { type: 'resource', resource: { uri: 'file:///a.txt', text: 'A.' } },
        {
          type: 'resource',
          resource: { uri: 'file:///a.pdf', mimeType: 'application/pdf', blob: 'JVBE' },
        },
        { type: 'resource', resource: { uri: 'file:///a.bin', blob: 'AAAA' } },
        { type: 'resource_link', uri: 'https://example.org/', name: 'example' },
      ]),
    ]);
    expect(message?.['content']).toEqual([
      { type: 'input_text', text: 'Look.' },
      { type: 'input_image', image_url: `data:image/png;base64,${png}`, detail: 'auto' },
      { type: 'input_text', text: '[image image/svg+xml]' },
      { type: 'input_text', text: '[audio audio/wav]' },
      { type: 'input_text', text: '[resource file:///a.txt]\nA.' },
      { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBE' },
      { type: 'input_text', text: '[resource file:///a.bin]' },
      { type: 'input_text', text: '[resource example: https://example.org/]' },
    ]);
  });

  test('no blocks are an empty text', () => {
    expect(inputOf([userMessage([])])).toEqual([{ role: 'user', content: '' }]);
  });
});

describe('calls and results', () => {
  test('parallel calls, each with its result under the provider’s id', () => {
    const calls = [call(0, 'Paris', 'call_a'), call(1, 'Oslo', 'call_b')] as const;
    const input = inputOf([
      userMessage('Weather?'),
      answer({ content: 'I look.', toolCalls: calls, finishReason: 'tool_calls' }),
      toolResponse(calls[0], { content: [text('Sunny.'), text('22 °C')] }),
      toolErrorResponse(calls[1], 'No such city.'),
    ]);
    expect(input.slice(1)).toEqual([
      { role: 'assistant', content: 'I look.' },
      { type: 'function_call', call_id: 'call_a', name: 'weather', arguments: '{"city":"Paris"}' },
      { type: 'function_call', call_id: 'call_b', name: 'weather', arguments: '{"city":"Oslo"}' },
      { type: 'function_call_output', call_id: 'call_a', output: 'Sunny.\n22 °C' },
      { type: 'function_call_output', call_id: 'call_b', output: 'Error: No such city.' },
    ]);
  });

  test.each<[string, Parameters<typeof toolResponse>[1], unknown]>([
    ['nothing', { content: [] }, '(no content)'],
    ['a structure alone', { content: [], structuredContent: { a: 1 } }, '{"a":1}'],
    [
      'an image',
      { content: [text('Here.'), { type: 'image', data: png, mimeType: 'image/png' }] },
      [
        { type: 'input_text', text: 'Here.' },
        { type: 'input_image', image_url: `data:image/png;base64,${png}`, detail: 'auto' },
      ],
    ],
    [
      'an image of a failure',
      { content: [{ type: 'image', data: png, mimeType: 'image/png' }], isError: true },
      [
        { type: 'input_text', text: 'Error:' },
        { type: 'input_image', image_url: `data:image/png;base64,${png}`, detail: 'auto' },
      ],
    ],
  ])('a result of %s', (_case, result, output) => {
    const only = call(0, 'Paris', 'call_a');
    const input = inputOf([
      userMessage('?'),
      answer({ toolCalls: [only] }),
      toolResponse(only, result),
    ]);
    expect(input.at(-1)?.['output']).toEqual(output);
  });

  test('another provider’s ids, and ids that stand twice, give way to ours', () => {
    const foreign = call(0, 'Paris', 'toolu_1');
    const again = call(0, 'Oslo');
    const twice = { ...call(0, 'Rome', 'call_a'), id: 't3s1c0' };
    const thrice = { ...call(0, 'Bern', 'call_a'), id: 't4s1c0' };
    const providerData = { provider: 'anthropic', family: 'claude', items: [] };
    const input = inputOf(
      [
        answer({ toolCalls: [foreign], providerData }),
        answer({ toolCalls: [again] }),
        answer({ toolCalls: [twice] }),
        answer({ toolCalls: [thrice] }),
      ].flatMap((message) => [message, toolErrorResponse(message.toolCalls[0]!, 'No.')]),
    );
    const ids = input.flatMap((item) =>
      item['type'] === 'function_call' ? [item['call_id']] : [],
    );
    expect(ids).toEqual(['t1s1c0', 't1s1c0_2', 'call_a', 'call_a_2']);
  });

  test('malformed arguments are shown to the model as it wrote them', () => {
    const bad = { ...call(0, '', 'call_a'), arguments: {}, malformedArguments: '{"city":' };
    const input = inputOf([answer({ toolCalls: [bad] }), toolErrorResponse(bad, 'Not JSON.')]);
    expect(input[0]).toMatchObject({ arguments: '{"city":' });
  });

  test('an answer of nothing is not sent', () => {
    expect(inputOf([userMessage('Hi'), answer({ finishReason: 'other' })])).toHaveLength(1);
  });

  test('an answer that was interrupted says so', () => {
    const note = '[The user interrupted this answer.]';
    const contents = ['', 'Well,'].map(
      (content) =>
        inputOf([userMessage('Hi'), answer({ content, finishReason: 'interrupted' })])[1],
    );

    expect(contents).toEqual([
      expect.objectContaining({ role: 'assistant', content: note }),
      expect.objectContaining({ role: 'assistant', content: `Well,\n\n${note}` }),
    ]);
  });
});

test('a pattern that newer models refuse is left out of a tool, and said where no format says it', () => {
  const contact = defineTool({
    name: 'contact',
    description: 'Writes to somebody.',
    input: z.object({
      email: z.email({ pattern: /^(?!\.)\S+@\S+$/ }),
      code: z.string().regex(/^(?!0)\d{4}$/),
      city: z.string().regex(/^[A-Z]/),
    }),
    execute: () => 'done',
  });
  const request = toOpenAIRequest(
    { name: 'clerk', model: 'gpt-5', instructions: '', tools: [contact] },
    [userMessage('Hi')],
  );
  const [tool] = (request.tools ?? []) as unknown as { parameters: { properties: unknown } }[];

  expect(tool?.parameters.properties).toEqual({
    email: { type: 'string', format: 'email' },
    code: { type: 'string', description: 'Rules: {"pattern":"^(?!0)\\\\d{4}$"}' },
    city: { type: 'string', pattern: '^[A-Z]' },
  });
});
