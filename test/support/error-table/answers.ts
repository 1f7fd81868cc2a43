/** What is a result and no failure, however little the user likes it; and answers that cannot be kept. */
import type { JsonObject } from '../../../agent/json';
import type { StrictProvider } from '../strict/strict-answer';
import type { By, Condition, Outcome, Play } from './condition';
import { everywhere, final, retried, streams } from './condition';

const text = 'It is sunny.';
const weather = { name: 'weather', arguments: { city: 'Paris' } };

/** A whole answer in `pieces`, with an event of a kind that does not exist yet after each of its own. */
function withUnknownEvents(pieces: readonly string[]): By<Play> {
  return {
    'openai-responses': mixed('openai-responses', openAIEvents(pieces), {
      type: 'response.hologram.delta',
      output_index: 7,
      delta: { x: 1 },
    }),
    'openai-chat': mixed('openai-chat', chatEvents(pieces), {
      object: 'chat.completion.hologram',
      hologram: { x: 1 },
    }),
    anthropic: mixed('anthropic', anthropicEvents(pieces), {
      type: 'hologram_delta',
      index: 7,
      delta: { type: 'x_delta', x: 1 },
    }),
    gemini: mixed('gemini', geminiEvents(pieces), { hologram: { x: 1 } }),
  };
}

function mixed(provider: StrictProvider, events: readonly object[], unknown: object): Play {
  return streams(
    provider,
    events.flatMap((event, index) => (index < events.length - 1 ? [event, unknown] : [event])),
  );
}

function openAIEvents(pieces: readonly string[]): readonly object[] {
  const content = [{ type: 'output_text', text: pieces.join(''), annotations: [] }];
  const item = { type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content };
  const output = pieces.length > 0 ? [item] : [];
  return [
    { type: 'response.created', response: { id: 'resp_1', status: 'in_progress', output: [] } },
    ...pieces.map((delta) => ({
      type: 'response.output_text.delta',
      item_id: 'msg_1',
      output_index: 0,
      content_index: 0,
      delta,
    })),
    ...output.map((done) => ({ type: 'response.output_item.done', output_index: 0, item: done })),
    {
      type: 'response.completed',
      response: { id: 'resp_1', status: 'completed', model: 'gpt-5-mini', output, usage: null },
    },
  ];
}

function chatEvents(pieces: readonly string[]): readonly object[] {
  const chunk = (delta: object, finish_reason: string | null = null) => ({
    object: 'chat.completion.chunk',
    model: 'gpt-4o',
    choices: [{ index: 0, delta, finish_reason }],
  });
  const usage = { prompt_tokens: 9, completion_tokens: 3 };
  return [
    ...pieces.map((content) => chunk({ content })),
    chunk({}, 'stop'),
    { object: 'chat.completion.chunk', model: 'gpt-4o', choices: [], usage },
  ];
}

function anthropicEvents(pieces: readonly string[]): readonly object[] {
  const usage = { input_tokens: 9, output_tokens: 1 };
  const message = { id: 'msg_1', type: 'message', role: 'assistant', content: [], usage };
  const block = [
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ...pieces.map((piece) => ({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'text_delta', text: piece },
    })),
    { type: 'content_block_stop', index: 0 },
  ];
  return [
    { type: 'message_start', message: { ...message, stop_reason: null } },
    ...(pieces.length > 0 ? block : []),
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } },
    { type: 'message_stop' },
  ];
}

function geminiEvents(pieces: readonly string[]): readonly object[] {
  const part = (piece: string) => ({
    candidates: [{ content: { role: 'model', parts: [{ text: piece }] }, index: 0 }],
  });
  return [...pieces.map(part), { candidates: [{ finishReason: 'STOP', index: 0 }] }];
}

/** `{"in":{"in":… }}`, so many levels deep. */
function nested(levels: number): JsonObject {
  let value: JsonObject = {};
  for (let level = 0; level < levels; level++) value = { in: value };
  return value;
}

const cutCall = {
  finishReason: 'length',
  content: text,
  calls: ['weather'],
} as const;
const refused = "I'm sorry, but I can't assist with that request.";

export const answerConditions: readonly Condition[] = [
  {
    name: 'an answer',
    play: everywhere({ text }),
    outcome: everywhere({ finishReason: 'stop', content: text }),
  },
  {
    name: 'a call',
    play: everywhere({ toolCalls: [weather] }),
    outcome: everywhere({ finishReason: 'tool_calls', content: '', calls: ['weather'] }),
  },
  {
    name: 'events that nobody knows yet',
    play: withUnknownEvents(['It is', ' sunny.']),
    outcome: everywhere({ finishReason: 'stop', content: text }),
  },
  {
    name: 'an answer with nothing in it',
    play: withUnknownEvents([]),
    outcome: everywhere({ finishReason: 'stop', content: '' }),
  },
  {
    name: 'a call whose arguments are no JSON',
    play: everywhere<Play>(
      { toolCalls: [{ name: 'weather', arguments: '{"city": Paris' }] },
      { gemini: { finish: 'malformed_tool_call' } },
    ),
    outcome: everywhere<Outcome>(
      { finishReason: 'tool_calls', content: '', calls: ['weather'] },
      { gemini: retried('incomplete', 'MALFORMED_FUNCTION_CALL') },
    ),
  },
  {
    name: 'a refusal by the model',
    play: everywhere<Play>({ finish: 'refusal' }, { gemini: { finish: 'content_filter' } }),
    outcome: everywhere(
      { finishReason: 'refusal', content: refused },
      {
        anthropic: { finishReason: 'refusal', content: '' },
        gemini: { finishReason: 'content_filter', content: '' },
      },
    ),
  },
  {
    name: 'a filter in the middle of the answer',
    play: everywhere<Play>(
      { text, finish: 'content_filter' },
      { anthropic: { text, finish: 'refusal' } },
    ),
    outcome: everywhere(
      { finishReason: 'content_filter', content: text },
      { anthropic: { finishReason: 'refusal', content: text } },
    ),
  },
  {
    name: 'a filter before the answer',
    play: { gemini: { finish: 'prompt_blocked' } },
    outcome: { gemini: { finishReason: 'content_filter', content: '' } },
  },
  {
    name: 'an answer cut at its token limit',
    play: everywhere({ text, finish: 'length' }),
    outcome: everywhere({ finishReason: 'length', content: text }),
  },
  {
    name: 'a call cut at the token limit: it is not run',
    play: everywhere({ text, toolCalls: [weather], finish: 'length' }),
    outcome: everywhere(cutCall),
  },
  {
    name: 'an answer of a megabyte',
    play: everywhere({ text: 'x'.repeat(1_000_000), textDeltas: 20 }),
    outcome: everywhere({ finishReason: 'stop', content: 'x'.repeat(1_000_000) }),
  },
  {
    name: 'an answer too large to be stored',
    play: everywhere({ text: 'x'.repeat(2_200_000), textDeltas: 20 }),
    outcome: everywhere(final('AnswerTooLarge', 'is larger than 1,048,576 bytes of JSON.')),
  },
  {
    name: 'arguments nested too deep to be stored',
    play: everywhere({ toolCalls: [{ name: 'weather', arguments: nested(80) }] }),
    outcome: everywhere(final('TooDeep', 'is nested deeper than 64 levels.')),
  },
];
