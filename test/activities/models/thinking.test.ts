import { fromAnthropicEvents } from '../../../activities/models/anthropic-format';
import { DemoModel } from '../../../activities/models/demo-model';
import { fromGeminiEvents } from '../../../activities/models/gemini-format';
import { fromOpenAIChatEvents } from '../../../activities/models/openai-chat-format';
import { fromOpenAIEvents } from '../../../activities/models/openai-format';
import {
  ScriptedModel,
  afterThinking,
  textResponse,
} from '../../../activities/models/scripted-model';
import { toolNamesFor } from '../../../activities/models/tool-names';
import { userMessage } from '../../../agent/messages';
import type { ModelResponse, StreamEvent } from '../../../agent/model';
import { plainAgent } from '../../support/anthropic-fixtures';
import { endpoints } from '../../support/openai-chat-fixtures';

interface Told {
  /** Each piece with its kind, in order. */
  readonly pieces: readonly string[];
  readonly digests: readonly (string | undefined)[];
  readonly response: ModelResponse;
}

async function tell(events: AsyncIterable<StreamEvent>): Promise<Told> {
  const pieces: string[] = [];
  const digests: (string | undefined)[] = [];
  for await (const event of events) {
    if (event.isFinal) return { pieces, digests, response: event.accumulated };
    const { content, thinking, promptDigest } = event;
    if (!content && !thinking) continue;
    digests.push(promptDigest);
    pieces.push(thinking ? `thinks ${thinking}` : `says ${content}`);
  }
  throw new Error('The stream ended without a `complete` event.');
}

async function* streamOf<Event>(events: readonly object[]): AsyncGenerator<Event> {
  for (const event of events) yield await Promise.resolve(event as Event);
}

const context = { names: toolNamesFor([]), model: 'm', promptDigest: 'abc' };

const anthropic = [
  { type: 'message_start', message: { model: 'm', usage: { input_tokens: 1, output_tokens: 1 } } },
  { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Two' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: ' and' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 's' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'content_block_start', index: 1, content_block: { type: 'thinking', thinking: '' } },
  { type: 'content_block_delta', index: 1, delta: { type: 'thinking_delta', thinking: 'three.' } },
  { type: 'content_block_stop', index: 1 },
  { type: 'content_block_start', index: 2, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 2, delta: { type: 'text_delta', text: 'Five.' } },
  { type: 'content_block_stop', index: 2 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } },
  { type: 'message_stop' },
];

const summary = { type: 'response.reasoning_summary_text.delta', output_index: 0 };
const answer = {
  id: 'r',
  model: 'm',
  status: 'completed',
  output: [
    {
      type: 'message',
      id: 'msg',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'Five.', annotations: [] }],
    },
  ],
};
const openAI = [
  { type: 'response.created', response: { model: 'm' } },
  { ...summary, summary_index: 0, delta: 'Two' },
  { ...summary, summary_index: 0, delta: ' and' },
  { ...summary, summary_index: 1, delta: 'three.' },
  { type: 'response.output_text.delta', output_index: 1, delta: 'Five.' },
  { type: 'response.completed', response: answer },
];

function geminiChunk(part: object, finishReason?: string): object {
  return { candidates: [{ index: 0, content: { parts: [part] }, finishReason }] };
}

const gemini = [
  geminiChunk({ text: 'Two', thought: true }),
  geminiChunk({ text: ' and', thought: true }),
  geminiChunk({ text: 'three.', thought: true }),
  geminiChunk({ text: 'Five.' }, 'STOP'),
];

function delta(fields: object, finish: string | null = null): object {
  return { model: 'm', choices: [{ index: 0, delta: fields, finish_reason: finish }] };
}

const chatEnd = [delta({ content: 'Five.' }), delta({}, 'stop')];
const chat = [
  delta({ role: 'assistant', reasoning_content: 'Two' }),
  delta({ reasoning_content: ' and' }),
  delta({ reasoning_content: 'three.' }),
  ...chatEnd,
];
const openRouter = ['Two', ' and', 'three.'].map((text) =>
  delta({ reasoning: text, reasoning_details: [{ type: 'reasoning.text', text, index: 0 }] }),
);
const inDetails = ['Two', ' and', 'three.'].map((text) =>
  delta({ reasoning_details: [{ type: 'reasoning.summary', summary: text, index: 0 }] }),
);
const chatContext = { ...context, endpoint: endpoints['openai-chat'] };

test.each([
  {
    what: 'Anthropic, in two blocks',
    events: fromAnthropicEvents(streamOf(anthropic), context),
    third: '\n\nthree.',
  },
  {
    what: 'OpenAI, in two summaries',
    events: fromOpenAIEvents(streamOf(openAI), context),
    third: '\n\nthree.',
  },
  { what: 'Gemini', events: fromGeminiEvents(streamOf(gemini), context), third: 'three.' },
  {
    what: 'chat completions',
    events: fromOpenAIChatEvents(streamOf(chat), chatContext),
    third: 'three.',
  },
  {
    what: 'a router that says it twice',
    events: fromOpenAIChatEvents(streamOf([...openRouter, ...chatEnd]), chatContext),
    third: 'three.',
  },
  {
    what: 'a router that says it in details',
    events: fromOpenAIChatEvents(streamOf([...inDetails, ...chatEnd]), chatContext),
    third: 'three.',
  },
])(
  'the reasoning of $what is told piece by piece, and is no part of the answer',
  async ({ events, third }) => {
    const { pieces, digests, response } = await tell(events);

    expect(pieces).toEqual(['thinks Two', 'thinks  and', `thinks ${third}`, 'says Five.']);
    expect(digests).toEqual(['abc', undefined, undefined, undefined]);
    expect(response.content).toBe('Five.');
    expect(Object.keys(response)).not.toContain('thinking');
  },
);

test('a scripted model thinks by script, and nothing of it is in its response', async () => {
  const response = textResponse('It is five.');
  const model = new ScriptedModel([afterThinking('Two and three.', response), response]);

  const { pieces, response: told } = await tell(model.streamResponse(plainAgent, []));

  expect(pieces).toEqual([
    'thinks Two',
    'thinks  and',
    'thinks  three.',
    'says It',
    'says  is',
    'says  five.',
  ]);
  expect(told).toMatchObject(response);
  const again = await tell(model.streamResponse(plainAgent, []));
  expect(again.pieces.filter((piece) => piece.startsWith('thinks'))).toEqual([]);
  expect({ ...again.response }).toEqual(told);
});

test('the demo model thinks when it is asked to, and says what it would have said', async () => {
  const model = new DemoModel({ wordDelayMs: 0 });
  const say = (content: string) => tell(model.streamResponse(plainAgent, [userMessage(content)]));

  const thinking = await say('Think, and tell me a story.');
  const plain = await say('Tell me a story.');

  const thoughts = thinking.pieces.filter((piece) => piece.startsWith('thinks'));
  expect(thoughts.join('')).toContain('asked');
  expect(plain.pieces.filter((piece) => piece.startsWith('thinks'))).toEqual([]);
  expect(thinking.response.content).toBe(plain.response.content);
});
