import type { Response } from 'openai/resources/responses/responses';
import type { JsonObject, JsonValue } from '../../../agent/json';
import { jsonBytes } from '../../../agent/json';
import { toolErrorResponse } from '../../../agent/messages';
import type { ModelResponse } from '../../../agent/model';
import { toOpenAIRequest } from '../../../activities/models/openai-format';
import { fromOpenAIResponse } from '../../../activities/models/openai-response';
import { toolNamesFor } from '../../../activities/models/tool-names';
import { plainAgent, recordedStream, recordedStreams } from '../../support/openai-fixtures';
import { streamEvents } from '../../support/recordings';

function answered(output: readonly JsonValue[], model = 'gpt-5-mini'): ModelResponse {
  const response = { status: 'completed', model, output, usage: null };
  const context = { names: toolNamesFor([]), model };
  return fromOpenAIResponse(response as unknown as Response, context);
}

/** What is sent of `response` in the next request, without the results of its calls. */
function replayed(response: ModelResponse, model = 'gpt-5-mini'): readonly JsonObject[] {
  const results = response.toolCalls.map((call) => toolErrorResponse(call, 'No.'));
  const { input } = toOpenAIRequest(plainAgent, [response, ...results], model);
  const items = input as unknown as readonly JsonObject[];
  return items.filter(({ type }) => type !== 'function_call_output');
}

function recordedOutput(stream: string): readonly JsonObject[] {
  const response = streamEvents(stream).findLast((event) => event['response'])?.['response'];
  return (response as JsonObject)['output'] as readonly JsonObject[];
}

const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' };
const message = (id: string, text: string, more: JsonObject = {}) => ({
  type: 'message',
  id,
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
  ...more,
});
const functionCall = {
  type: 'function_call',
  id: 'fc_1',
  call_id: 'call_1',
  name: 'weather',
  arguments: '{"city":"Paris"}',
};

test.each(
  recordedStreams
    .map(([name, stream]) => [name, recordedOutput(stream)] as const)
    .filter(([, output]) => answered(output).providerData && output.every(isReadable)),
)('the next request carries %s as it was recorded', (_name, output) => {
  expect(replayed(answered(output)).map(comparable)).toEqual(output.map(comparable));
});

function isReadable(item: JsonObject): boolean {
  const { type, encrypted_content: encrypted, content } = item;
  return (
    type !== 'reasoning' || Boolean(encrypted) || (Array.isArray(content) && content.length > 0)
  );
}

/** Without what OpenAI says and need not hear again. */
function comparable({ status: _status, ...item }: JsonObject): JsonObject {
  const withoutLogprobs = (part: JsonObject) => ({ ...part, logprobs: undefined });
  const content = item['type'] === 'message' && {
    content: (item['content'] as readonly JsonObject[]).map(withoutLogprobs),
  };
  return { ...item, ...content };
}

describe('what is kept of an answer', () => {
  test('nothing where text and calls say it all', () => {
    expect(answered([message('msg_1', 'Hello.'), functionCall]).providerData).toBeUndefined();
  });

  test('reasoning verbatim; of a message and a call their ids alone', () => {
    expect(answered([reasoning, message('msg_1', 'I look.'), functionCall]).providerData).toEqual({
      provider: 'openai',
      family: 'gpt-5-mini',
      items: [
        reasoning,
        { type: 'message', id: 'msg_1' },
        { type: 'function_call', id: 'fc_1', call: 0 },
      ],
    });
  });

  test('less than a third of the bytes that would double', () => {
    const long = message('msg_1', 'word '.repeat(1000));
    expect(jsonBytes(answered([reasoning, long]).providerData)).toBeLessThan(jsonBytes(long) / 3);
  });

  test('several messages with their phases come apart again', () => {
    const output = [
      message('msg_1', 'I look.', { phase: 'commentary' }),
      message('msg_2', 'Sunny.', { phase: 'final_answer' }),
    ];
    const response = answered(output);
    expect(response.content).toBe('I look.\n\nSunny.');
    expect(replayed(response)).toEqual(output);
  });

  test('a message with annotations between two plain ones', () => {
    const cited = message('msg_2', 'Cited.');
    const annotations = [{ type: 'url_citation', url: 'https://example.org/' }];
    const withCitation = { ...cited, content: [{ ...cited.content[0], annotations }] };
    const output = [message('msg_1', 'One.'), withCitation, message('msg_3', 'Three.')];
    expect(replayed(answered(output))).toEqual(output);
  });

  test('arguments in the model’s own spelling', () => {
    const spaced = { ...functionCall, arguments: '{"city": "Paris", "days": 1.0}' };
    const response = answered([spaced]);
    expect(response.toolCalls[0]?.arguments).toEqual({ city: 'Paris', days: 1 });
    expect(replayed(response)).toEqual([spaced]);
  });

  test('not the reasoning that led to nothing', () => {
    expect(answered([message('msg_1', 'Hello.'), reasoning]).providerData).toBeUndefined();
  });

  test('not reasoning that nobody can read back, nor ids that point to it', () => {
    const unreadable = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: null };
    const output = [unreadable, message('msg_1', 'Hi.', { phase: 'final_answer' }), functionCall];
    expect(replayed(answered(output))).toEqual([
      { role: 'assistant', content: 'Hi.', phase: 'final_answer' },
      { ...functionCall, id: undefined },
    ]);
  });
});

describe('who gets it back', () => {
  const output = recordedOutput(recordedStream('commentary and a call'));
  const response = answered(output, 'gpt-5.5');

  test.each(['gpt-5.5', 'gpt-5.5-2026-04-23'])('%s does', (model) => {
    expect(replayed(response, model).map(({ type }) => type)).toEqual([
      'reasoning',
      'message',
      'function_call',
    ]);
  });

  test.each(['gpt-5.4', 'gpt-5.5-pro', 'gpt-4o'])('%s gets the neutral form', (model) => {
    expect(replayed(response, model)).toEqual([
      { role: 'assistant', content: response.content },
      expect.objectContaining({ type: 'function_call', name: 'get_capital' }),
    ]);
  });

  test('OpenAI does not get what another provider kept', () => {
    const providerData = {
      provider: 'anthropic',
      family: 'gpt-5.5',
      items: [{ type: 'thinking' }],
    };
    expect(replayed({ ...response, providerData }, 'gpt-5.5')).toHaveLength(2);
  });
});
