/** Tools that providers run themselves: how they are asked for, that the strict servers take it, and what is said where there are none. */
import {
  toAnthropicHeaders,
  toAnthropicRequest,
  toToolNames,
} from '../../../activities/models/anthropic-format';
import { AnthropicModel } from '../../../activities/models/anthropic-model';
import { toGeminiRequest } from '../../../activities/models/gemini-format';
import { GeminiModel } from '../../../activities/models/gemini-model';
import { chatEndpoints } from '../../../activities/models/openai-chat-endpoints';
import { toOpenAIChatRequest } from '../../../activities/models/openai-chat-format';
import { toOpenAIRequest } from '../../../activities/models/openai-format';
import { OpenAIModel } from '../../../activities/models/openai-model';
import type { ReActAgent } from '../../../agent/agent';
import { defineAgent } from '../../../agent/define-agent';
import { AgentRunner } from '../../../agent/agent-runner';
import { ModelError } from '../../../agent/errors';
import type { JsonObject } from '../../../agent/json';
import { text, userMessage } from '../../../agent/messages';
import type { ModelBase } from '../../../agent/model';
import type { ProviderTool } from '../../../agent/provider-tools';
import type { Tool } from '../../../agent/tool';
import { cleanUpAfterEach } from '../../support/cleanup';
import { startStrictServer } from '../../support/strict/strict-server';

const cleanUp = cleanUpAfterEach();
const question = [userMessage('What is new?')];
const note = toolNamed('note');

function toolNamed(name: string): Tool {
  return {
    name,
    description: 'Notes.',
    inputSchema: { type: 'object', properties: {} },
    execute: () => Promise.resolve({ content: [text('noted')] }),
  };
}

function agentWith(
  providerTools: readonly ProviderTool[],
  fields: Partial<Parameters<typeof defineAgent>[0]> = {},
): ReActAgent {
  return defineAgent({ name: 'scout', model: 'any', instructions: '', providerTools, ...fields });
}

describe('an agent is not written down with', () => {
  test.each<[string, readonly string[], readonly string[], string]>([
    [
      'an unknown one',
      ['web_search', 'time_travel'],
      [],
      'names an unknown one, "time_travel". Known: web_search, code_execution.',
    ],
    ['one twice', ['web_search', 'web_search'], [], 'names `web_search` twice.'],
    [
      'one that is named like a tool of its own',
      ['web_search'],
      ['note', 'web_search'],
      "names `web_search`, and a tool of the agent's own is named so too. Rename that one.",
    ],
  ])('%s', (_what, given, own, reason) => {
    expect(() => agentWith(given as ProviderTool[], { tools: own.map(toolNamed) })).toThrow(
      new TypeError(`\`providerTools\` of agent \`scout\` ${reason}`),
    );
  });
});

describe('OpenAI Responses', () => {
  const request = (agent: ReActAgent, model = 'gpt-5') => toOpenAIRequest(agent, question, model);

  test('is asked by type, after the functions', () => {
    const { tools, include } = request(
      agentWith(['web_search', 'code_execution'], { tools: [note] }),
    );
    expect(tools).toEqual([
      expect.objectContaining({ type: 'function', name: 'note' }),
      { type: 'web_search' },
      { type: 'code_interpreter', container: { type: 'auto' } },
    ]);
    expect(include).toEqual(['reasoning.encrypted_content', 'code_interpreter_call.outputs']);
  });

  test('what is not asked for is not named', () => {
    expect(request(agentWith([]), 'gpt-4o')).not.toHaveProperty('tools');
    expect(request(agentWith(['web_search']), 'gpt-4o')).not.toHaveProperty('include');
  });

  test('without reasoning as far as the tools allow', () => {
    const settings = { reasoning: 'off' as const };
    const efforts = [[], ['web_search' as const]].map(
      (tools) => request(agentWith(tools, { settings })).reasoning,
    );
    expect(efforts).toEqual([{ effort: 'minimal' }, { effort: 'low' }]);
  });
});

describe('Anthropic', () => {
  const both = ['web_search', 'code_execution'] as const;

  test.each([
    ['claude-sonnet-5', 'web_search_20260209', 'code_execution_20260120', undefined],
    ['claude-sonnet-4-6', 'web_search_20260209', 'code_execution_20260120', undefined],
    ['claude-haiku-4-5', 'web_search_20250305', 'code_execution_20260120', undefined],
    [
      'claude-sonnet-4-0',
      'web_search_20250305',
      'code_execution_20250522',
      'code-execution-2025-05-22',
    ],
  ])('%s is asked for the version that it takes', (model, search, code, beta) => {
    const agent = agentWith(both);
    const request = toAnthropicRequest(agent, question, model);
    const direct = search.endsWith('0209') && { allowed_callers: ['direct'] };
    expect(request.tools?.map(({ cache_control: _cache, ...tool }) => tool)).toEqual([
      { type: search, name: 'web_search', ...direct },
      { type: code, name: 'code_execution' },
    ]);
    expect(toAnthropicHeaders(agent, request)['anthropic-beta']).toBe(beta);
  });

  test('betas that the agent names go along, each once', () => {
    const betas = ['code-execution-2025-05-22', 'context-1m-2025-08-07'];
    const agent = agentWith(both, { settings: { providerOptions: { anthropic: { betas } } } });
    const request = toAnthropicRequest(agent, question, 'claude-sonnet-4-0');
    expect(toAnthropicHeaders(agent, request)['anthropic-beta']).toBe(betas.join(','));
  });

  test('a tool whose name would become the same is given another', () => {
    const names = toToolNames(agentWith(['web_search'], { tools: [toolNamed('web.search')] }));
    expect(names.toProvider('web.search')).toMatch(/^web_search_[0-9a-f]{8}$/);
    expect(names.fromProvider(names.toProvider('web.search'))).toBe('web.search');
  });
});

describe('Gemini', () => {
  test('is asked by field; beside functions its calls are asked for too', () => {
    const both = ['web_search', 'code_execution'] as const;
    expect(toGeminiRequest(agentWith(both), question, 'gemini-2.5-flash')).toMatchObject({
      tools: [{ googleSearch: {} }, { codeExecution: {} }],
    });
    const { tools, toolConfig } = toGeminiRequest(
      agentWith(['web_search'], { tools: [note], settings: { toolChoice: 'required' } }),
      question,
      'gemini-3-flash-preview',
    );
    expect(tools).toEqual([{ functionDeclarations: [expect.anything()] }, { googleSearch: {} }]);
    expect(toolConfig).toEqual({
      includeServerSideToolInvocations: true,
      functionCallingConfig: { mode: 'ANY' },
    });
  });

  test('of the second generation it cannot have them beside functions: the agent is at fault', () => {
    const agent = agentWith(['web_search'], { tools: [note] });
    expect(thrownBy(() => toGeminiRequest(agent, question, 'gemini-2.5-flash'))).toEqual({
      provider: 'gemini',
      kind: 'configuration',
      retryable: false,
      message:
        "Model `gemini-2.5-flash` cannot run `web_search` beside tools of the agent's own. Take a model from Gemini 3 on, or leave one of them out.",
    });
  });

  test('before that, and where it is a Gemma, it has none', () => {
    for (const model of ['gemini-1.5-pro', 'gemma-4-31b-it']) {
      const { kind } = thrownBy(() => toGeminiRequest(agentWith(['web_search']), question, model));
      expect(kind).toBe('configuration');
    }
  });
});

describe('Chat Completions', () => {
  test('an endpoint that has one is asked in its own words', () => {
    const agent = agentWith(['web_search'], { tools: [note] });
    const { tools } = toOpenAIChatRequest(agent, question, chatEndpoints.openrouter, 'x/y');
    expect(tools).toEqual([
      expect.objectContaining({ type: 'function' }),
      { type: 'openrouter:web_search' },
    ]);
  });

  test.each(['openai-chat', 'ollama', 'openrouter'] as const)(
    '%s has no code execution, and who has is said',
    (name) => {
      const ask = () =>
        toOpenAIChatRequest(agentWith(['code_execution']), question, chatEndpoints[name], 'm');
      expect(thrownBy(ask)).toEqual({
        provider: name,
        kind: 'configuration',
        retryable: false,
        message: `Model \`m\` cannot run \`code_execution\` at ${name}. Providers that can: openai, anthropic, gemini.`,
      });
    },
  );
});

function thrownBy(action: () => unknown): Partial<ModelError['fields']> {
  try {
    action();
  } catch (error) {
    if (error instanceof ModelError) return error.fields;
    throw error;
  }
  throw new Error('This was to be refused.');
}

const key = { apiKey: 'key' };
const models: readonly (readonly [model: string, create: (url: string) => ModelBase])[] = [
  ['gpt-5', (url) => new OpenAIModel({ ...key, model: 'gpt-5', baseURL: `${url}/v1` })],
  ['gpt-4o', (url) => new OpenAIModel({ ...key, model: 'gpt-4o', baseURL: `${url}/v1` })],
  [
    'claude-sonnet-5',
    (url) => new AnthropicModel({ ...key, model: 'claude-sonnet-5', baseURL: url }),
  ],
  [
    'claude-haiku-4-5',
    (url) => new AnthropicModel({ ...key, model: 'claude-haiku-4-5', baseURL: url }),
  ],
  [
    'gemini-3-flash-preview',
    (url) => new GeminiModel({ ...key, model: 'gemini-3-flash-preview', baseURL: url }),
  ],
];

test.each(models)(
  '%s: a search, a tool of ours and a question after them, none refused',
  async (name, create) => {
    const server = await startStrictServer();
    cleanUp(() => server.stop());
    const search = { query: 'news', url: 'https://example.com/news', title: 'News' };
    server.script([
      { search, toolCalls: [{ name: 'note' }] },
      { text: 'There is news.', ...(!name.startsWith('gemini') && { search }) },
      { text: 'Nothing more.' },
    ]);
    const agent = agentWith(['web_search'], { tools: [note] });
    const runner = new AgentRunner({ model: create(server.url), tools: [note] });

    const first = await runner.getResponse(agent, question);
    const second = await runner.getResponse(agent, [...first.messages, userMessage('And?')]);

    expect(server.requests.map(({ status, refusedBy }) => refusedBy ?? status)).toEqual([
      200, 200, 200,
    ]);
    expect(first.content).toBe('There is news.');
    // What the provider ran is no call of ours.
    expect(first.messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'tool_response',
      'assistant',
    ]);
    expect(second.content).toBe('Nothing more.');
  },
);

describe('an answer that pauses', () => {
  const start = async () => {
    const server = await startStrictServer();
    cleanUp(() => server.stop());
    const model = new AnthropicModel({ ...key, model: 'claude-sonnet-5', baseURL: server.url });
    return { server, model };
  };

  test('is sent back as it was, and goes on to its end within the turn', async () => {
    const { server, model } = await start();
    server.script([
      { reasoning: 'I search.', finish: 'pause' },
      { reasoning: 'More.', finish: 'pause' },
      { text: 'Here it is.' },
      { text: 'Bye.' },
    ]);
    const agent = agentWith(['web_search'], { settings: { reasoning: 'low' } });
    const runner = new AgentRunner({ model });
    const finished: number[] = [];
    const paused: unknown[] = [];

    const result = await runner.getResponse(agent, question, {
      hooks: {
        onStepFinished: (step) => void finished.push(step),
        onResponse: ({ finishReason }) => void paused.push(finishReason),
      },
    });
    const next = await runner.getResponse(agent, [...result.messages, userMessage('Thanks.')]);

    expect(server.requests.map(({ status, refusedBy }) => refusedBy ?? status)).toEqual([
      200, 200, 200, 200,
    ]);
    expect(paused).toEqual(['pause', 'pause', 'stop']);
    expect(finished).toEqual([1, 2, 3]);
    expect(result.content).toBe('Here it is.');
    expect(next.content).toBe('Bye.');
    const [, resumed, again] = server.requests.map(({ body }) => (body as JsonObject)['messages']);
    const blocks = [
      { type: 'thinking', thinking: 'I search.', signature: expect.any(String) as string },
      {
        type: 'server_tool_use',
        id: expect.stringMatching(/^srvtoolu_/) as string,
        name: 'web_search',
        input: { query: 'news' },
      },
      {
        type: 'web_search_tool_result',
        tool_use_id: expect.stringMatching(/^srvtoolu_/) as string,
        content: [
          {
            type: 'web_search_result',
            title: 'News',
            url: 'https://example.com/news',
            encrypted_content: expect.any(String) as string,
            page_age: null,
          },
        ],
      },
    ];
    expect(resumed).toEqual([
      expect.objectContaining({ role: 'user' }),
      { role: 'assistant', content: blocks },
    ]);
    // One answer, whatever it was paused for.
    expect(again).toHaveLength(2);
  });

  test('of Gemini goes on when its question is sent again with its token', async () => {
    const server = await startStrictServer();
    cleanUp(() => server.stop());
    server.script([
      { text: 'One, two, ', finish: 'pause' },
      { text: 'three, ', finish: 'pause' },
      { text: 'four.' },
      { text: 'Five.' },
    ]);
    const name = 'gemini-3-flash-preview';
    const runner = new AgentRunner({
      model: new GeminiModel({ ...key, model: name, baseURL: server.url }),
    });
    const agent = agentWith([]);

    const result = await runner.getResponse(agent, [userMessage('Count.')]);
    await runner.getResponse(agent, [...result.messages, userMessage('Go on.')]);

    expect(server.requests.map(({ status, refusedBy }) => refusedBy ?? status)).toEqual([
      200, 200, 200, 200,
    ]);
    const bodies = server.requests.map(({ body }) => body as JsonObject);
    const asked = [{ role: 'user', parts: [{ text: 'Count.' }] }];
    expect(bodies.slice(0, 3).map(({ contents }) => contents)).toEqual([asked, asked, asked]);
    const tokens = bodies.map(({ continuationToken }) => continuationToken);
    expect(tokens).toEqual([undefined, expect.any(String), expect.any(String), undefined]);
    expect(JSON.stringify(bodies[3])).not.toContain('continuationToken');
    expect(textsOf(bodies[3]!).join('')).toBe('Count.One, two, three, four.Go on.');
  });

  test('counts against the steps that a turn may take', async () => {
    const { server, model } = await start();
    server.script(() => ({ finish: 'pause' }));
    const agent = agentWith(['web_search'], { limits: { maxSteps: 3 } });

    const turn = new AgentRunner({ model }).getResponse(agent, question);

    await expect(turn).rejects.toMatchObject({ name: 'StepLimitError', maxSteps: 3 });
    expect(server.requests).toHaveLength(3);
  });
});

function textsOf({ contents }: JsonObject): readonly unknown[] {
  const parts = (contents as readonly { readonly parts: readonly JsonObject[] }[]).flatMap(
    (content) => content.parts,
  );
  return parts.map(({ text: said }) => said);
}
