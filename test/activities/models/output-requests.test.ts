/** How an agent's `output` is said to each provider, and that the strict servers take every schema. */
import { z } from 'zod';
import { toAnthropicRequest } from '../../../activities/models/anthropic-format';
import { AnthropicModel } from '../../../activities/models/anthropic-model';
import { toGeminiRequest } from '../../../activities/models/gemini-format';
import { GeminiModel } from '../../../activities/models/gemini-model';
import { chatEndpoints } from '../../../activities/models/openai-chat-endpoints';
import type { ChatEndpoint } from '../../../activities/models/openai-chat-endpoints';
import { toOpenAIChatRequest } from '../../../activities/models/openai-chat-format';
import { OpenAIChatModel } from '../../../activities/models/openai-chat-model';
import { toOpenAIRequest } from '../../../activities/models/openai-format';
import { OpenAIModel } from '../../../activities/models/openai-model';
import type { ReActAgent } from '../../../agent/agent';
import { defineAgent } from '../../../agent/define-agent';
import type { JsonObject, JsonSchema } from '../../../agent/json';
import { userMessage } from '../../../agent/messages';
import type { SchemaSource } from '../../../agent/define-agent';
import { cleanUpAfterEach } from '../../support/cleanup';
import { startStrictServer } from '../../support/strict/strict-server';

const question = [userMessage('Where to?')];
const look = {
  name: 'look',
  description: 'Looks.',
  inputSchema: { type: 'object', properties: {} },
  execute: () => Promise.resolve({ content: [] }),
};
const trip = z.object({ city: z.string(), days: z.number() });

function agentWith(
  output: SchemaSource | JsonSchema | undefined,
  fields: Partial<ReActAgent> = {},
): ReActAgent {
  const agent = { name: 'clerk', model: 'any', instructions: 'Be exact.' };
  return { ...defineAgent({ ...agent, ...(output && { output }) }), ...fields };
}

/** The sentence that says the schema where nothing else can. */
function toldOf({ output }: ReActAgent): string {
  return `Your final answer must be one JSON object that fits this JSON Schema, and nothing else, without a code fence: ${JSON.stringify(output)}`;
}

const closedTrip = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'number' } },
  required: ['city', 'days'],
  additionalProperties: false,
};

describe('OpenAI Responses', () => {
  const format = (output: SchemaSource | JsonSchema, model = 'gpt-5-mini') =>
    toOpenAIRequest(agentWith(output), question, model).text?.format as JsonObject | undefined;

  test('is told by `text.format`, strictly where nothing may be left out', () => {
    expect(format(trip)).toEqual({
      type: 'json_schema',
      name: 'answer',
      schema: closedTrip,
      strict: true,
    });
    expect(toOpenAIRequest(agentWith(trip), question, 'gpt-5-mini').instructions).toBe('Be exact.');
  });

  test('by the title that the schema has, where it is a name', () => {
    expect(format(trip.meta({ title: 'Trip' }))).toMatchObject({ name: 'Trip' });
    expect(format(trip.meta({ title: 'A trip' }))).toMatchObject({ name: 'answer' });
  });

  test.each<[string, z.ZodObject]>([
    ['a field that may be left out', z.object({ note: z.string().optional() })],
    ['any value', z.object({ note: z.unknown() })],
    ['fields of any name', z.object({ stars: z.record(z.string(), z.number()) })],
    ['a list of unlike parts', z.object({ at: z.tuple([z.number(), z.string()]) })],
  ])('with %s not strictly, and with the schema as it is', (_what, output) => {
    const { output: schema } = agentWith(output);
    expect(format(output)).toEqual({ type: 'json_schema', name: 'answer', schema, strict: false });
  });

  test('a pattern that the API refuses is said in words, and left out beside a format', () => {
    const given = format(
      z.object({
        mail: z.email().describe('Where to write.'),
        site: z.url(),
        code: z.string().regex(/^(?!0)\d+$/),
        plain: z.string().regex(/^\d+$/),
      }),
    );
    expect(given).toEqual({
      type: 'json_schema',
      name: 'answer',
      strict: true,
      schema: {
        type: 'object',
        properties: {
          mail: { type: 'string', format: 'email', description: 'Where to write.' },
          site: { type: 'string', description: 'Rules: {"format":"uri"}' },
          code: { type: 'string', description: String.raw`Rules: {"pattern":"^(?!0)\\d+$"}` },
          plain: { type: 'string', pattern: String.raw`^\d+$` },
        },
        required: ['mail', 'site', 'code', 'plain'],
        additionalProperties: false,
      },
    });
  });

  test.each(['gpt-4', 'gpt-4-turbo', 'gpt-3.5-turbo', 'o1-mini', 'gpt-4o-2024-05-13'])(
    '%s knows no such thing and is told in words',
    (model) => {
      const agent = agentWith(trip);
      const request = toOpenAIRequest(agent, question, model);
      expect(request).not.toHaveProperty('text');
      expect(request.instructions).toBe(`Be exact.\n\n${toldOf(agent)}`);
    },
  );

  test('what is asked of `text` besides stays', () => {
    const settings = { providerOptions: { openai: { text: { verbosity: 'low' } } } };
    const request = toOpenAIRequest(agentWith(trip, { settings }), question, 'gpt-5-mini');
    expect(request.text).toMatchObject({ verbosity: 'low', format: { name: 'answer' } });
  });
});

describe('Chat Completions', () => {
  const request = (agent: ReActAgent, endpoint: ChatEndpoint, model: string) => {
    const { messages, response_format: format } = toOpenAIChatRequest(
      agent,
      question,
      endpoint,
      model,
    );
    return { format, instructions: messages[0]?.content };
  };
  const { ollama, groq, 'openai-chat': openai } = chatEndpoints;

  test('OpenAI is told by `response_format`, tools or not', () => {
    for (const tools of [[], [look]]) {
      expect(request(agentWith(trip, { tools }), openai, 'gpt-4o')).toEqual({
        format: {
          type: 'json_schema',
          json_schema: { name: 'answer', schema: closedTrip, strict: true },
        },
        instructions: 'Be exact.',
      });
    }
  });

  test('a server that does not show the schema is told both ways, and no patterns', () => {
    const agent = agentWith(z.object({ code: z.string().regex(/^\d+$/) }));
    const { format, instructions } = request(agent, ollama, 'qwen3:8b');
    expect(format).toMatchObject({
      json_schema: {
        schema: {
          properties: {
            code: { type: 'string', description: String.raw`Rules: {"pattern":"^\\d+$"}` },
          },
        },
      },
    });
    expect(instructions).toBe(`Be exact.\n\n${toldOf(agent)}`);
  });

  test('with tools it is told in words alone: held to the schema it could not call them', () => {
    const agent = agentWith(trip, { tools: [look] });
    expect(request(agent, ollama, 'qwen3:8b')).toEqual({
      instructions: `Be exact.\n\n${toldOf(agent)}`,
    });
  });

  test('an endpoint that is not known to take a schema is told in words', () => {
    const agent = agentWith(trip, { instructions: '' });
    expect(request(agent, groq, 'openai/gpt-oss-120b')).toEqual({ instructions: toldOf(agent) });
  });
});

describe('Anthropic', () => {
  const request = (output: SchemaSource | JsonSchema, model: string, fields = {}) =>
    toAnthropicRequest(agentWith(output, fields), question, model);

  test.each(['claude-opus-4-1', 'claude-haiku-4-5', 'claude-sonnet-5', 'claude-opus-9'])(
    '%s is told by `output_config.format`',
    (model) => {
      expect(request(trip, model)).toMatchObject({
        output_config: { format: { type: 'json_schema', schema: closedTrip } },
        system: [{ text: 'Be exact.' }],
      });
    },
  );

  test('beside the effort', () => {
    const settings = { reasoning: 'low' as const };
    expect(request(trip, 'claude-sonnet-5', { settings }).output_config).toMatchObject({
      effort: 'low',
      format: { type: 'json_schema' },
    });
  });

  test('rules that the API does not take are said in words', () => {
    const output = z.object({ days: z.number().min(1), note: z.string().optional() });
    expect(request(output, 'claude-sonnet-5').output_config?.format?.schema).toEqual({
      type: 'object',
      properties: {
        days: { type: 'number', description: '{minimum: 1}' },
        note: { type: 'string' },
      },
      required: ['days'],
      additionalProperties: false,
    });
  });

  interface Tree {
    readonly name: string;
    readonly parts: readonly Tree[];
  }
  const tree: z.ZodType<Tree> = z.lazy(() => z.object({ name: z.string(), parts: z.array(tree) }));
  test.each<[string, SchemaSource | JsonSchema, string]>([
    ['fields of any name', z.object({ a: z.record(z.string(), z.number()) }), 'claude-sonnet-5'],
    ['more fields than it says', z.looseObject({ city: z.string() }), 'claude-sonnet-5'],
    ['itself in it', z.object({ tree }), 'claude-sonnet-5'],
    ['any value', z.object({ note: z.unknown() }), 'claude-sonnet-5'],
    ['an object or null as one type', nullable(), 'claude-sonnet-5'],
    ['nothing special, and a model that knows no such thing', trip, 'claude-sonnet-4-0'],
  ])('a schema with %s is told in words', (_what, output, model) => {
    const agent = agentWith(output);
    const sent = toAnthropicRequest(agent, question, model);
    expect(sent).not.toHaveProperty('output_config');
    expect(sent.system).toMatchObject([{ text: `Be exact.\n\n${toldOf(agent)}` }]);
  });
});

function nullable(): JsonSchema {
  const stop = { type: ['object', 'null'], properties: { name: { type: 'string' } } };
  return { type: 'object', properties: { stop } };
}

describe('Gemini', () => {
  const generationConfig = (agent: ReActAgent, model: string) =>
    toGeminiRequest(agent, question, model).generationConfig;

  test.each([
    ['gemini-2.0-flash', []],
    ['gemini-2.5-flash', []],
    ['gemini-3-flash-preview', []],
    ['gemini-3-flash-preview', [look]],
  ])('%s is told by `responseJsonSchema`, with %j', (model, tools) => {
    const agent = agentWith(trip, { tools });
    expect(generationConfig(agent, model)).toEqual({
      responseMimeType: 'application/json',
      responseJsonSchema: agent.output,
    });
    expect(toGeminiRequest(agent, question, model).systemInstruction).toEqual({
      parts: [{ text: 'Be exact.' }],
    });
  });

  test.each([
    ['gemini-2.5-flash', [look]],
    ['gemini-1.5-pro', []],
    ['gemma-4-31b-it', []],
  ])('%s with %j is told in words', (model, tools) => {
    const agent = agentWith(trip, { tools });
    expect(generationConfig(agent, model)).toBeUndefined();
    expect(toGeminiRequest(agent, question, model).systemInstruction).toEqual({
      parts: [{ text: `Be exact.\n\n${toldOf(agent)}` }],
    });
  });

  test('keywords that Google does not name are said in words', () => {
    const agent = agentWith(
      z.object({ kind: z.literal('trip'), code: z.string().min(2), is: z.literal(true) }),
    );
    expect(generationConfig(agent, 'gemini-2.5-flash')?.responseJsonSchema).toMatchObject({
      properties: {
        kind: { type: 'string', enum: ['trip'] },
        code: { type: 'string', description: 'Rules: {"minLength":2}' },
        is: { type: 'boolean', description: 'Rules: {"const":true}' },
      },
    });
  });
});

test('equal agents give equal bytes', () => {
  const bytes = () => JSON.stringify(toOpenAIRequest(agentWith(trip), question, 'gpt-5'));
  expect(bytes()).toBe(bytes());
});

describe('no strict server refuses the schema of', () => {
  const cleanUp = cleanUpAfterEach();
  interface Comment {
    readonly text: string;
    readonly answers?: readonly Comment[] | undefined;
  }
  const comment: z.ZodType<Comment> = z.lazy(() =>
    z.object({ text: z.string(), answers: z.array(comment).optional() }),
  );
  const schemas: Readonly<Record<string, z.ZodObject>> = {
    'plain fields': trip,
    'no fields': z.object({}),
    'optional, nullable and default': z.object({
      a: z.string().optional(),
      b: z.string().nullable(),
      c: z.string().default('c'),
    }),
    'numbers with limits': z.object({ a: z.number().int().min(1).max(9), b: z.number().gt(0) }),
    'texts with limits': z.object({ a: z.string().min(1).max(9).startsWith('x') }),
    formats: z.object({
      mail: z.email(),
      site: z.url(),
      id: z.uuid(),
      day: z.iso.date(),
      at: z.iso.datetime(),
      address: z.ipv4(),
      word: z.base64(),
    }),
    'enums and literals': z.object({
      a: z.enum(['x', 'y']),
      b: z.literal('z'),
      c: z.literal([1, 2]),
      d: z.literal(true),
      e: z.null(),
    }),
    lists: z.object({ a: z.array(z.string()).min(2).max(5), b: z.tuple([z.string(), z.number()]) }),
    'open objects': z.object({ a: z.record(z.string(), z.number()), b: z.looseObject({}) }),
    unions: z.object({
      a: z.union([z.string(), z.number()]),
      b: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('x'), x: z.string() }),
        z.object({ kind: z.literal('y'), y: z.number() }),
      ]),
    }),
    intersections: z.object({
      a: z.intersection(z.object({ x: z.string() }), z.object({ y: z.string() })),
    }),
    'a schema that holds itself': z.object({ comment }),
    'a schema used twice': z.object({ a: trip.meta({ id: 'Trip' }), b: z.array(trip) }),
    'any value': z.object({ a: z.unknown(), b: z.any() }),
    descriptions: z.object({ a: z.string().describe('The first.') }).describe('An answer.'),
  };

  test.each(Object.entries(schemas))('%s', async (_what, output) => {
    const server = await startStrictServer();
    cleanUp(() => server.stop());
    server.script(() => ({ text: '{}' }));
    const apiKey = 'key';
    const models = [
      new OpenAIModel({ model: 'gpt-5-mini', apiKey, baseURL: `${server.url}/v1` }),
      new OpenAIModel({ model: 'gpt-4-turbo', apiKey, baseURL: `${server.url}/v1` }),
      new OpenAIChatModel({ model: 'gpt-4o', apiKey, baseURL: `${server.url}/v1` }),
      new AnthropicModel({ model: 'claude-haiku-4-5', apiKey, baseURL: server.url }),
      new AnthropicModel({ model: 'claude-opus-5', apiKey, baseURL: server.url }),
      new GeminiModel({ model: 'gemini-2.5-flash', apiKey, baseURL: server.url }),
      new GeminiModel({ model: 'gemini-3-flash-preview', apiKey, baseURL: server.url }),
    ];

    for (const tools of [[], [look]]) {
      for (const model of models) await model.getResponse(agentWith(output, { tools }), question);
    }

    expect(server.requests.map(({ status }) => status)).toEqual(models.flatMap(() => [200, 200]));
  });
});
