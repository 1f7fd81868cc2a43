import { text, toolErrorResponse, toolResponse } from '../../agent/messages';
import type { ToolDefinition } from '../../agent/tool';
import {
  mayRunAgain,
  toMcpFormat,
  toOpenAIFormat,
  toToolDefinition,
  toolResultText,
} from '../../agent/tool';

const call = { id: 't1s1c0', name: 'weather' };
const weather: ToolDefinition = {
  name: 'weather',
  description: 'Tells the weather.',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } } },
};

describe('a tool may run again after an attempt with unknown outcome', () => {
  test.each([
    ['nothing is declared', undefined, false],
    ['it is read-only', { readOnlyHint: true }, true],
    ['it is idempotent', { idempotentHint: true }, true],
    ['it is keyed', { keyed: true }, true],
    ['it declares the opposite', { readOnlyHint: false, idempotentHint: false }, false],
    ['it only says that it is not destructive', { destructiveHint: false }, false],
  ])('when %s: %s → %s', (_when, annotations, expected) => {
    expect(mayRunAgain({ ...weather, ...(annotations && { annotations }) })).toBe(expected);
  });
});

describe('toToolDefinition', () => {
  test('keeps the data and leaves `execute` behind', () => {
    const executable = {
      ...weather,
      timeoutMs: 0,
      annotations: { keyed: true },
      providerOptions: { openai: { strict: true } },
      execute: () => undefined,
    };

    expect(toToolDefinition(executable)).toStrictEqual({
      ...weather,
      timeoutMs: 0,
      annotations: { keyed: true },
      providerOptions: { openai: { strict: true } },
    });
    expect(toToolDefinition(weather)).toStrictEqual(weather);
  });
});

describe('toMcpFormat', () => {
  test('writes a tool as in `tools/list`, without what only we know', () => {
    expect(toMcpFormat({ ...weather, timeoutMs: 5 })).toStrictEqual(weather);
    expect(
      toMcpFormat({ ...weather, annotations: { readOnlyHint: true, keyed: true } }),
    ).toStrictEqual({ ...weather, annotations: { readOnlyHint: true } });
    expect(toMcpFormat({ ...weather, annotations: { keyed: true } })).toStrictEqual(weather);
  });

  test('writes a result as in `tools/call`', () => {
    const result = toolResponse(call, {
      content: [text('{"celsius":20}')],
      structuredContent: { celsius: 20 },
      state: 'ours',
    });

    expect(toMcpFormat(result)).toStrictEqual({
      content: [text('{"celsius":20}')],
      isError: false,
      structuredContent: { celsius: 20 },
    });
    expect(toMcpFormat(toolErrorResponse(call, 'No.'))).toStrictEqual({
      content: [text('No.')],
      isError: true,
    });
  });
});

describe('toOpenAIFormat', () => {
  test('nests a tool under `function`', () => {
    expect(toOpenAIFormat(weather)).toStrictEqual({
      type: 'function',
      function: {
        name: 'weather',
        description: 'Tells the weather.',
        parameters: weather.inputSchema,
      },
    });
  });

  test('writes a result as a `tool` message, which has no flag for errors', () => {
    expect(toOpenAIFormat(toolResponse(call, { content: [text('sunny')] }))).toStrictEqual({
      role: 'tool',
      tool_call_id: 't1s1c0',
      content: 'sunny',
    });
    expect(toOpenAIFormat(toolErrorResponse(call, 'No such city.')).content).toBe(
      'Error: No such city.',
    );
  });
});

describe('a result as text', () => {
  test('is never empty', () => {
    expect(toolResultText(toolResponse(call, { content: [] }))).toBe('(no content)');
    expect(toolResultText(toolErrorResponse(call, ''))).toBe('Error: (no content)');
  });

  test('is the structured content when there is nothing else', () => {
    const result = toolResponse(call, { content: [], structuredContent: { celsius: 20 } });

    expect(toolResultText(result)).toBe('{"celsius":20}');
  });
});
