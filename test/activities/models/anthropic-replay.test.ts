import { AgentRunner } from '../../../agent/agent-runner';
import type { JsonObject } from '../../../agent/json';
import type { ToolCallMessage } from '../../../agent/messages';
import { text, toolResponse, userMessage } from '../../../agent/messages';
import type { Message, ModelResponse } from '../../../agent/model';
import { toAnthropicRequest } from '../../../activities/models/anthropic-format';
import type { AnswerMessage } from '../../../activities/models/anthropic-response';
import { fromAnthropicMessage } from '../../../activities/models/anthropic-response';
import { toolNamesFor } from '../../../activities/models/tool-names';
import {
  beginStream,
  plainAgent,
  recordedEvents,
  startAnthropic,
  toStream,
} from '../../support/anthropic-fixtures';
import type { RecordedExchange } from '../../support/recordings';
import { readRecording } from '../../support/recordings';

const model = 'claude-haiku-4-5';
const context = { names: toolNamesFor([]), model };
const settings = {
  reasoning: 'low',
  providerOptions: { anthropic: { cache_control: null } },
} as const;

function messagesOf(inputs: readonly Message[], asked = model): JsonObject[] {
  const agent = { ...plainAgent, settings };
  return toAnthropicRequest(agent, inputs, asked).messages as unknown as JsonObject[];
}

/** An answer of these blocks, with our own ids as the runner gives them. */
function answer(content: readonly JsonObject[], stopReason = 'end_turn'): ModelResponse {
  const message = { content, stop_reason: stopReason } as unknown as AnswerMessage;
  const response = fromAnthropicMessage(message, context);
  const toolCalls = response.toolCalls.map((call, index) => ({
    ...call,
    providerId: call.id,
    id: `t1s1c${index}`,
  }));
  return { ...response, toolCalls };
}

function sentBack(response: ModelResponse, asked?: string): unknown {
  const [, message] = messagesOf([userMessage('Hi'), response], asked);
  return message?.['content'];
}

const thinking = { type: 'thinking', thinking: 'Hm.', signature: 'sig' };
const hidden = { type: 'redacted_thinking', data: 'xyz' };
const call = { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Paris' } };
const direct = { ...call, caller: { type: 'direct' } };
const search = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { q: 1 } };
const found = { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] };
const said = (words: string): JsonObject => ({ type: 'text', text: words });

describe.each([
  [
    'pydantic-ai/anthropic/tests/models/cassettes/test_anthropic/test_anthropic_tool_with_thinking.yaml',
  ],
  [
    'mirascope/anthropic/typescript/tests/e2e/output/cassettes/tools/anthropic/calls-tool-and-resumes-with-results.har',
  ],
])('the recorded conversation: %s', (path) => {
  const [first, second] = readRecording(path) as [RecordedExchange, RecordedExchange];

  test('is carried on as it was recorded', () => {
    const asked = (first.request as JsonObject)['model'] as string;
    const message = JSON.parse(first.responseBody) as AnswerMessage;
    const response = fromAnthropicMessage(message, { ...context, model: asked });
    const recorded = (second.request as JsonObject)['messages'] as readonly JsonObject[];
    const results = blocksOf(recorded[2]);
    const sent = messagesOf(
      [
        userMessage('Hi'),
        response,
        ...response.toolCalls.map((it, index) =>
          toolResponse(it, { content: [text(toText(results[index]?.['content']))] }),
        ),
      ],
      asked,
    );
    expect(sent[1]).toEqual(withoutMarks(recorded[1]));
    expect(response.toolCalls.length).toBeGreaterThan(0);
    const ids = blocksOf(sent[2]).map((it) => it['tool_use_id']);
    expect(ids).toEqual(results.map((it) => it['tool_use_id']));
  });
});

function blocksOf(message: JsonObject | undefined): readonly JsonObject[] {
  return (message?.['content'] ?? []) as readonly JsonObject[];
}

function toText(content: unknown): string {
  return typeof content === 'string' ? content : JSON.stringify(content);
}

/** As it was recorded, but for cache breakpoints and what is the same said or unsaid. */
function withoutMarks(message: JsonObject | undefined): unknown {
  return JSON.parse(JSON.stringify(message), (key, value: unknown) =>
    key === 'cache_control' || (key === 'citations' && value === null) || key === 'caller'
      ? undefined
      : value,
  );
}

describe('what is kept of an answer', () => {
  test.each([
    ['a text', [said('Hi.')]],
    ['texts and calls', [said('Hi '), said('there.'), direct]],
    ['a call alone', [call]],
    ['nothing', []],
  ])('nothing, where the neutral form says it all: %s', (_case, blocks) => {
    expect(answer(blocks).providerData).toBeUndefined();
  });

  test('thinking to the letter; of text and calls where they stand', () => {
    const response = answer([thinking, said('I look.'), hidden, direct], 'tool_use');
    expect(response.providerData).toEqual({
      provider: 'anthropic',
      family: model,
      items: [thinking, { type: 'text' }, hidden, { type: 'tool_use', call: 0 }],
    });
    expect(sentBack(response)).toEqual([thinking, said('I look.'), hidden, call]);
  });

  test('thinking whose text is hidden', () => {
    const omitted = { type: 'thinking', thinking: '', signature: 'sig' };
    expect(sentBack(answer([omitted, said('Hi.')]))).toEqual([omitted, said('Hi.')]);
  });

  test('texts around other blocks, each in its place', () => {
    const blocks = [
      said('One.'),
      search,
      found,
      said('Two '),
      said('\n'),
      thinking,
      said('Three.'),
    ];
    const response = answer(blocks);
    expect(response.content).toBe('One.\n\nTwo \n\n\nThree.');
    expect(sentBack(response)).toEqual(
      blocks.filter((it) => !('text' in it) || it['text'] !== '\n'),
    );
  });

  test('who called, when it was not the model itself', () => {
    const caller = { type: 'code_execution_20260120', tool_id: 'srvtoolu_1' };
    const response = answer([search, { ...call, caller }], 'tool_use');
    expect(sentBack(response)).toEqual([search, { ...call, caller }]);
  });

  test('a text with its sources', () => {
    const cited = { ...said('So.'), citations: [{ type: 'web_search_result_location' }] };
    expect(sentBack(answer([search, found, cited]))).toEqual([search, found, cited]);
  });

  test('no thinking without its signature, and none at the end', () => {
    const unsigned = { type: 'thinking', thinking: 'Hm' };
    expect(answer([unsigned], 'max_tokens').providerData).toBeUndefined();
    expect(sentBack(answer([unsigned, said('Hi.')]))).toEqual([said('Hi.')]);
    expect(sentBack(answer([said('Hi.'), thinking], 'max_tokens'))).toEqual([said('Hi.')]);
    expect(sentBack(answer([thinking]))).toEqual([said('(no content)')]);
  });

  test('no tool of the server that was cut before its result', () => {
    const other = { ...search, id: 'srvtoolu_2' };
    const response = answer([search, found, said('Hm.'), other], 'max_tokens');
    expect(sentBack(response)).toEqual([search, found, said('Hm.')]);
  });

  test('a paused answer goes back as it is, and what follows it is one with it', () => {
    const paused = answer([said('I look.'), search], 'pause_turn');
    expect(paused.finishReason).toBe('pause');
    expect(messagesOf([userMessage('Hi'), paused]).at(-1)).toEqual({
      role: 'assistant',
      content: [said('I look.'), search],
    });
    const messages = messagesOf([userMessage('Hi'), paused, answer([found, said('So.')])]);
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
    expect(messages[1]?.['content']).toEqual([said('I look.'), search, found, said('So.')]);
  });

  test('arguments that were none are sent as none', () => {
    const response = answer([{ ...call, input: '{"city' }], 'tool_use');
    expect(response.toolCalls[0]).toMatchObject({ arguments: {}, malformedArguments: '{"city' });
    expect(sentBack(response)).toEqual([{ ...call, input: {} }]);
  });
});

describe('who may read it', () => {
  const response = answer([thinking, said('I look.'), search, found, call], 'tool_use');
  const plain = [said('I look.'), call];

  test.each([
    ['claude-haiku-4-5-20251001', response.providerData?.items.length],
    ['claude-haiku-4-5-latest', response.providerData?.items.length],
    ['claude-opus-5-5', plain.length],
  ])('%s', (asked, length) => {
    expect(sentBack(response, asked)).toHaveLength(length ?? 0);
  });

  test('another family reads texts and calls', () => {
    expect(sentBack(response, 'claude-sonnet-5')).toEqual(plain);
  });

  test('so does this one of another provider’s answer', () => {
    const providerData = { provider: 'openai', family: model, items: [{ type: 'reasoning' }] };
    const foreign = { ...response, providerData };
    expect(sentBack(foreign)).toEqual([said('I look.'), { ...call, id: 't1s1c0' }]);
  });

  test('dated and undated names of Claude 4 are one family', () => {
    const asked = { ...context, model: 'claude-sonnet-4-0' };
    const message = { content: [thinking, said('Hi.')], stop_reason: 'end_turn' };
    const { providerData } = fromAnthropicMessage(message as unknown as AnswerMessage, asked);
    const kept = { ...answer([said('Hi.')]), ...(providerData && { providerData }) };
    expect(sentBack(kept, 'claude-sonnet-4-20250514')).toEqual([thinking, said('Hi.')]);
  });
});

test('a whole turn: the second request carries the first answer and its results', async () => {
  const bodies = ['two calls', 'an answer after two calls'].map((it) =>
    toStream(recordedEvents(it)),
  );
  const server = await startAnthropic((response) => {
    beginStream(response);
    response.end(bodies.shift());
  });
  const tool = {
    name: 'secret_retrieval_tool',
    description: 'Tells a secret.',
    inputSchema: { type: 'object' },
    execute: (args: JsonObject) => Promise.resolve({ content: [text(JSON.stringify(args))] }),
  };
  const runner = new AgentRunner({ model: server.model, tools: [tool] });
  const { content, messages } = await runner.getResponse({ ...plainAgent, tools: [tool] }, [
    userMessage('Secrets, please.'),
  ]);
  await server.close();

  expect(content).not.toBe('');
  const second = JSON.parse(server.requests[1]?.body.toString('utf8') ?? '') as {
    messages: { content: JsonObject[] }[];
  };
  const calls = messages.flatMap((it): readonly ToolCallMessage[] =>
    it.role === 'assistant' ? it.toolCalls : [],
  );
  expect(calls).toHaveLength(2);
  const results = second.messages[2]?.content.map((it) => it['tool_use_id']);
  expect(results).toEqual(calls.map(({ providerId }) => providerId));
  expect(results).toEqual([expect.stringMatching(/^toolu_/), expect.stringMatching(/^toolu_/)]);
});
