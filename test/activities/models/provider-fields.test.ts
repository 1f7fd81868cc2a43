/** What a tool or a user's message says to one provider alone, and what a user links to. */
import { toAnthropicRequest } from '../../../activities/models/anthropic-format';
import { toGeminiRequest } from '../../../activities/models/gemini-format';
import { chatEndpoints } from '../../../activities/models/openai-chat-endpoints';
import { toOpenAIChatRequest } from '../../../activities/models/openai-chat-format';
import { toOpenAIRequest } from '../../../activities/models/openai-format';
import type { ReActAgent } from '../../../agent/agent';
import type { JsonObject } from '../../../agent/json';
import type { ContentBlock } from '../../../agent/messages';
import { text, userMessage } from '../../../agent/messages';
import type { ToolDefinition } from '../../../agent/tool';

type Options = Readonly<Record<string, JsonObject>>;

const weather: ToolDefinition = {
  name: 'weather',
  description: '',
  inputSchema: { type: 'object', properties: {} },
};

function agentWith(tools: readonly ToolDefinition[] = []): ReActAgent {
  return { name: 'tester', model: 'any', instructions: 'Be brief.', tools };
}

const requests = {
  openai: (tools: readonly ToolDefinition[], blocks: readonly ContentBlock[]) =>
    toOpenAIRequest(agentWith(tools), [userMessage(blocks)], 'gpt-5'),
  'openai-chat': (tools: readonly ToolDefinition[], blocks: readonly ContentBlock[]) =>
    toOpenAIChatRequest(
      agentWith(tools),
      [userMessage(blocks)],
      chatEndpoints['openai-chat'],
      'gpt-4o',
    ),
  anthropic: (tools: readonly ToolDefinition[], blocks: readonly ContentBlock[]) =>
    toAnthropicRequest(agentWith(tools), [userMessage(blocks)], 'claude-haiku-4-5'),
  gemini: (tools: readonly ToolDefinition[], blocks: readonly ContentBlock[]) =>
    toGeminiRequest(agentWith(tools), [userMessage(blocks)], 'gemini-2.5-flash'),
};

const hi = [text('Hi')];

describe('a tool’s own fields', () => {
  const schema = weather.inputSchema;
  test.each([
    [
      'openai',
      { strict: true },
      { type: 'function', name: 'weather', parameters: schema, strict: true },
    ],
    ['openai', { strict: null }, { type: 'function', name: 'weather', parameters: schema }],
    [
      'openai-chat',
      { function: { strict: true } },
      { type: 'function', function: { name: 'weather', parameters: schema, strict: true } },
    ],
    [
      'anthropic',
      { defer_loading: true },
      { name: 'weather', input_schema: schema, defer_loading: true },
    ],
    [
      'anthropic',
      { type: 'memory_20250818', input_schema: null },
      { name: 'weather', type: 'memory_20250818' },
    ],
    [
      'gemini',
      { behavior: 'NON_BLOCKING' },
      {
        functionDeclarations: [
          { name: 'weather', parametersJsonSchema: schema, behavior: 'NON_BLOCKING' },
        ],
      },
    ],
  ] as const)('%s: %j stands in its entry, and in no other’s', (provider, fields, entry) => {
    const providerOptions: Options = { [provider]: fields };
    const request = requests[provider]([{ ...weather, providerOptions }], hi);
    expect(request.tools).toEqual([entry]);

    const others: Options = { 'somebody-else': fields };
    const without = requests[provider]([{ ...weather, providerOptions: others }], hi);
    expect(without.tools).toEqual(requests[provider]([weather], hi).tools);
  });
});

describe('a block’s own fields', () => {
  test('the detail of an image, for OpenAI', () => {
    const image = { type: 'image', mimeType: 'image/png', data: 'iVBORw==' } as const;
    const url = 'data:image/png;base64,iVBORw==';
    const own: Options = {
      openai: { detail: 'low' },
      'openai-chat': { image_url: { detail: 'low' } },
    };
    const block = { ...image, providerOptions: own };

    expect(requests.openai([], [block]).input).toEqual([
      { role: 'user', content: [{ type: 'input_image', image_url: url, detail: 'low' }] },
    ]);
    expect(requests['openai-chat']([], [block]).messages.at(-1)).toEqual({
      role: 'user',
      content: [{ type: 'image_url', image_url: { url, detail: 'low' } }],
    });
    expect(requests.gemini([], [block])).toEqual(requests.gemini([], [image]));
  });

  test('a file that was uploaded before, for Anthropic; the others read what stands in its place', () => {
    const own: Options = {
      anthropic: { type: 'container_upload', file_id: 'file_1', text: null },
    };
    const block = { ...text('report.csv'), providerOptions: own };

    expect(requests.anthropic([], [...hi, block]).messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Hi' },
          { type: 'container_upload', file_id: 'file_1', cache_control: { type: 'ephemeral' } },
        ],
      },
    ]);
    expect(requests.gemini([], [block]).contents).toEqual([
      { role: 'user', parts: [{ text: 'report.csv' }] },
    ]);
  });

  test('of a text among texts, it keeps them apart for Chat Completions', () => {
    const own: Options = { 'openai-chat': { prompt_cache_breakpoint: { mode: 'explicit' } } };
    const blocks = [{ ...text('Long.'), providerOptions: own }, text('Short.')];

    expect(requests['openai-chat']([], blocks).messages.at(-1)?.content).toEqual([
      { type: 'text', text: 'Long.', prompt_cache_breakpoint: { mode: 'explicit' } },
      { type: 'text', text: 'Short.' },
    ]);
    expect(requests['openai-chat']([], [text('Long.'), text('Short.')]).messages.at(-1)).toEqual({
      role: 'user',
      content: 'Long.\nShort.',
    });
  });

  test('a video’s rate, for Gemini', () => {
    const own: Options = { gemini: { videoMetadata: { fps: 5 } } };
    const resource = { uri: 'file:///a.mp4', mimeType: 'video/mp4', blob: 'AAAA' };

    expect(
      requests.gemini([], [{ type: 'resource', resource, providerOptions: own }]).contents,
    ).toEqual([
      {
        role: 'user',
        parts: [{ inlineData: { mimeType: 'video/mp4', data: 'AAAA' }, videoMetadata: { fps: 5 } }],
      },
    ]);
  });
});

describe('what a user links to', () => {
  const link = (uri: string, mimeType?: string): ContentBlock => ({
    type: 'resource_link',
    uri,
    name: 'It',
    ...(mimeType && { mimeType }),
  });
  const image = link('https://example.com/a.png', 'image/png');

  test('is fetched by OpenAI where it is an image or a PDF', () => {
    const blocks = [image, link('https://example.com/a.pdf', 'application/pdf')];
    expect(requests.openai([], blocks).input).toEqual([
      {
        role: 'user',
        content: [
          { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'auto' },
          { type: 'input_file', file_url: 'https://example.com/a.pdf' },
        ],
      },
    ]);
    expect(requests['openai-chat']([], [image]).messages.at(-1)).toEqual({
      role: 'user',
      content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }],
    });
  });

  test.each([
    ['anything else', link('https://example.com/a.zip', 'application/zip')],
    ['of no type', link('https://example.com/a')],
    ['at no address of the web', link('file:///a.png', 'image/png')],
  ])('is named: %s', (_case, block) => {
    const { uri } = block as { readonly uri: string };
    expect(requests.openai([], [block]).input).toEqual([
      { role: 'user', content: [{ type: 'input_text', text: `[resource It: ${uri}]` }] },
    ]);
    expect(requests['openai-chat']([], [block]).messages.at(-1)?.content).toBe(
      `[resource It: ${uri}]`,
    );
  });

  test('is named to servers of Chat Completions that see no images', () => {
    const { messages } = toOpenAIChatRequest(
      agentWith(),
      [userMessage([image])],
      chatEndpoints.deepseek,
      'deepseek-chat',
    );
    expect(messages.at(-1)?.content).toBe('[resource It: https://example.com/a.png]');
  });
});

test('a file of text is sent as such where files are taken', () => {
  const resource = { uri: 'file:///notes/a.txt', mimeType: 'text/plain', blob: 'SGk=' };
  const file: ContentBlock = { type: 'resource', resource };

  expect(requests.openai([], [file]).input).toEqual([
    {
      role: 'user',
      content: [
        { type: 'input_file', filename: 'a.txt', file_data: 'data:text/plain;base64,SGk=' },
      ],
    },
  ]);
  expect(requests.gemini([], [file]).contents).toEqual([
    { role: 'user', parts: [{ inlineData: { mimeType: 'text/plain', data: 'SGk=' } }] },
  ]);
});
