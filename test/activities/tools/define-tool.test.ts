import { z } from 'zod';
import { defineTool } from '../../../activities/tools';
import { ToolError } from '../../../agent/errors';
import type { JsonObject } from '../../../agent/json';
import { text } from '../../../agent/messages';
import type { Tool, ToolContext } from '../../../agent/tool';
import { toToolDefinition, toolStateLimitBytes } from '../../../agent/tool';

const context: ToolContext = { callId: 't1s1c0', idempotencyKey: 'key', attempt: 1 };
const nothing = z.object({});

function returning(output: unknown): Tool {
  return defineTool({
    name: 'giver',
    description: 'Returns what it was made with.',
    input: nothing,
    execute: () => output as string,
  });
}

function throwing(error: Error): Tool {
  return defineTool({
    name: 'thrower',
    description: 'Throws.',
    input: nothing,
    execute: () => Promise.reject(error),
  });
}

describe('the definition', () => {
  test('is what was given, with the schema as JSON Schema', () => {
    const weather = defineTool({
      name: 'weather',
      description: 'Tells the weather.',
      input: z.object({
        city: z.string().describe('A city.'),
        days: z.number().int().min(1).default(1),
        unit: z.enum(['celsius', 'kelvin']).optional(),
      }),
      annotations: { readOnlyHint: true },
      timeoutMs: 5_000,
      providerOptions: { openai: { strict: true } },
      execute: ({ city }) => city,
    });

    expect(toToolDefinition(weather)).toStrictEqual({
      name: 'weather',
      description: 'Tells the weather.',
      inputSchema: {
        type: 'object',
        properties: {
          city: { type: 'string', description: 'A city.' },
          days: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER, default: 1 },
          unit: { type: 'string', enum: ['celsius', 'kelvin'] },
        },
        required: ['city'],
      },
      annotations: { readOnlyHint: true },
      timeoutMs: 5_000,
      providerOptions: { openai: { strict: true } },
    });
  });

  test('has no keys for what was not given', () => {
    expect(Object.keys(returning('')).toSorted()).toEqual([
      'description',
      'execute',
      'inputSchema',
      'name',
    ]);
  });

  test.each(['a', 'get_weather', 'Maps.Route-v2/plan', 'x'.repeat(128)])(
    'takes the name `%s`',
    (name) => {
      const tool = defineTool({ name, description: '', input: nothing, execute: () => '' });

      expect(tool.name).toBe(name);
    },
  );

  test.each(['', 'two words', 'wetter_für', 'a:b', 'line\nbreak', 'x'.repeat(129)])(
    'refuses the name `%s`',
    (name) => {
      const define = () => defineTool({ name, description: '', input: nothing, execute: () => '' });

      expect(define).toThrow(TypeError);
      expect(define).toThrow(`Invalid tool name \`${name}\`.`);
    },
  );

  test('refuses a schema that JSON Schema cannot express, naming the tool', () => {
    const define = () =>
      defineTool({
        name: 'diary',
        description: '',
        input: z.object({ day: z.date() }),
        execute: () => '',
      });

    expect(define).toThrow(TypeError);
    expect(define).toThrow(
      'The `input` of tool `diary` is not a zod 4 object that JSON Schema can express: Date',
    );
  });
});

describe('arguments', () => {
  const seen: object[] = [];
  const booking = defineTool({
    name: 'book',
    description: 'Books a room.',
    input: z.object({
      guest: z.object({ name: z.string() }),
      nights: z.array(z.number()).min(1),
      breakfast: z.boolean().default(true),
    }),
    execute(toolArguments) {
      const breakfast: boolean = toolArguments.breakfast;
      seen.push(toolArguments);
      return breakfast ? 'With breakfast.' : 'Without.';
    },
  });
  beforeEach(() => seen.splice(0));

  test('reach `execute` as the schema reads them: defaults filled in, strangers left out', async () => {
    const given = { guest: { name: 'Ada' }, nights: [1], pillow: 'soft' };

    expect(await booking.execute(given, context)).toEqual({ content: [text('With breakfast.')] });
    expect(seen).toEqual([{ guest: { name: 'Ada' }, nights: [1], breakfast: true }]);
  });

  test('that are wrong are answered with every problem, its path, and what is expected', async () => {
    const result = await booking.execute({ guest: { name: 7 }, nights: ['one'] }, context);

    expect(result.isError).toBe(true);
    expect(result.content).toEqual([
      text(
        [
          'Invalid arguments for `book`:',
          '- `guest.name`: Invalid input: expected string, received number',
          '- `nights.0`: Invalid input: expected number, received string',
          `Expected: ${JSON.stringify(booking.inputSchema)}`,
        ].join('\n'),
      ),
    ]);
    expect(seen).toEqual([]);
  });

  test.each([[null], [undefined], ['text'], [[1]]])(
    'that are no object (%j) are answered, not thrown',
    async (given) => {
      const result = await booking.execute(given as unknown as JsonObject, context);

      expect(result).toMatchObject({
        isError: true,
        content: [{ text: expect.stringContaining('expected object') }],
      });
    },
  );

  test('that make the schema itself throw are answered, not thrown', async () => {
    const parser = defineTool({
      name: 'parser',
      description: 'Parses JSON.',
      input: z.object({ json: z.string().transform((json): unknown => JSON.parse(json)) }),
      execute: ({ json }) => typeof json,
    });

    expect(await parser.execute({ json: '[1]' }, context)).toEqual({ content: [text('object')] });
    expect(await parser.execute({ json: '[1' }, context)).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/^Invalid arguments for `parser`:\n- .*JSON/) }],
    });
  });

  test('may be checked asynchronously', async () => {
    const known = defineTool({
      name: 'greet',
      description: 'Greets someone known.',
      input: z.object({
        name: z.string().refine((name) => Promise.resolve(name === 'Ada'), 'nobody we know'),
      }),
      execute: ({ name }) => `Hello, ${name}.`,
    });

    expect(await known.execute({ name: 'Ada' }, context)).toEqual({
      content: [text('Hello, Ada.')],
    });
    expect(await known.execute({ name: 'Bob' }, context)).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('- `name`: nobody we know') }],
    });
  });

  test('come with the context of the call', async () => {
    const contexts: ToolContext[] = [];
    const tool = defineTool({
      name: 'look',
      description: '',
      input: nothing,
      execute(_toolArguments, given) {
        contexts.push(given);
        return '';
      },
    });

    await tool.execute({}, context);

    expect(contexts).toEqual([context]);
    expect(contexts[0]).toBe(context);
  });
});

describe('what `execute` returns', () => {
  test.each([
    ['text', 'sunny', { content: [text('sunny')] }],
    ['empty text', '', { content: [text('')] }],
    [
      'an object',
      { celsius: 20 },
      { content: [text('{"celsius":20}')], structuredContent: { celsius: 20 } },
    ],
    [
      'an object with a `content` of its own',
      { content: ['a', 'b'] },
      { content: [text('{"content":["a","b"]}')], structuredContent: { content: ['a', 'b'] } },
    ],
    ['a list', [1, 2], { content: [text('[1,2]')] }],
    ['a number', 5, { content: [text('5')] }],
    ['null', null, { content: [text('null')] }],
    [
      'a whole result',
      { content: [text('no')], isError: true, state: 3 },
      { content: [text('no')], isError: true, state: 3 },
    ],
    ['a result without content', { content: [] }, { content: [] }],
  ])('as %s becomes a result', async (_what, output, expected) => {
    expect(await returning(output).execute({}, context)).toStrictEqual(expected);
  });

  test('as an object is reduced to its JSON', async () => {
    const result = await returning({ day: new Date(0), gone: undefined }).execute({}, context);

    expect(result.structuredContent).toStrictEqual({ day: '1970-01-01T00:00:00.000Z' });
  });

  test('as nothing is a fault of the tool, and says so', async () => {
    await expect(returning(undefined).execute({}, context)).rejects.toThrow(
      new TypeError('Tool `giver` returned undefined. Return text, JSON or a `ToolResult`.'),
    );
  });

  test('may carry 16 KiB of state and not a byte more', async () => {
    const stateOf = (bytes: number) => ({ content: [], state: 'x'.repeat(bytes - 2) });
    const largest = stateOf(toolStateLimitBytes);

    expect(await returning(largest).execute({}, context)).toEqual(largest);
    await expect(returning(stateOf(toolStateLimitBytes + 1)).execute({}, context)).rejects.toThrow(
      'Tool `giver` returned a `state` of 16385 bytes. The limit is 16384 bytes of JSON.',
    );
  });
});

describe('what `execute` throws', () => {
  test('as a `ToolError` is read by the model', async () => {
    expect(await throwing(new ToolError('No rooms left.')).execute({}, context)).toEqual({
      content: [text('No rooms left.')],
      isError: true,
    });
  });

  test('as anything else goes on to whoever retries', async () => {
    const error = new Error('socket hang up');

    await expect(throwing(error).execute({}, context)).rejects.toBe(error);
  });
});
