/** Recordings that a person has opened: what stands in the file, letter by letter. */
import { recordingsFolder } from '../support/recordings';
import { readExchanges } from '../support/raw/raw-exchanges';
import { readAnswer } from '../support/raw/raw-readings';
import type { RawExchange, RawReading } from '../support/raw/raw-types';

let exchanges: readonly RawExchange[];

beforeAll(async () => {
  exchanges = await readExchanges(recordingsFolder);
});

/** The exchange `<id>`, or `<beginning of it> … <end of it>`. */
function find(id: string): RawExchange {
  const [start = '', end = ''] = id.split(' … ');
  const found = exchanges.filter((it) => it.id.startsWith(start) && it.id.endsWith(end));
  const [exchange, ...more] = found;
  if (!exchange || more.length > 0) throw new Error(`${found.length} exchanges are ${id}.`);
  return exchange;
}

function usage(input: number, output: number, cached = 0, written = 0, reasoning = 0) {
  return {
    inputTokens: input,
    outputTokens: output,
    cachedInputTokens: cached,
    cacheWriteTokens: written,
    reasoningTokens: reasoning,
  };
}

const secrets = [
  { name: 'secret_retrieval_tool', arguments: { password: 'mellon' } },
  { name: 'secret_retrieval_tool', arguments: { password: 'radiance' } },
];

const answers: readonly (readonly [string, object])[] = [
  [
    'pydantic-ai/test_openai_responses_phase_streamed_on_part_start.yaml#0',
    {
      text: 'I’ll check the capital lookup tool for “PotatoLand.”',
      toolCalls: [{ name: 'get_capital', arguments: { country: 'PotatoLand' } }],
      finishReason: 'tool_calls',
      usage: usage(63, 69, 0, 0, 26),
    },
  ],
  [
    'mirascope/test_refusal-openai_gpt_4o_responses-stream.yaml#0',
    { text: '', refusal: "I'm sorry, I can't assist with that.", finishReason: 'refusal' },
  ],
  [
    'mirascope/openai-compatible … mirascope_openai/streams-from-underlying-provider.har#0',
    { text: '4242', finishReason: 'stop', usage: usage(22, 3) },
  ],
  [
    'mirascope/openai-chat … test_refusal/openai_gpt_4o_completions/sync.yaml#0',
    {
      text: '',
      refusal: "I'm very sorry, but I can't assist with that request.",
      finishReason: 'refusal',
      usage: usage(64, 13),
    },
  ],
  [
    'mirascope/openai-chat … tool/openai_gpt_4o_completions/async.yaml#0',
    {
      toolCalls: [
        {
          name: '__mirascope_formatted_output_tool__',
          arguments: {
            title: 'THE NAME OF THE WIND',
            author: { first_name: 'Patrick', last_name: 'Rothfuss' },
            rating: 7,
          },
        },
      ],
      finishReason: 'tool_calls',
      rawFinishReason: 'stop',
    },
  ],
  [
    'mirascope/openai-chat … openai_completions/streams-tool-calls-and-resumes-with-results.har#0',
    { toolCalls: secrets, finishReason: 'tool_calls', usage: usage(87, 53) },
  ],
  [
    'vercel-ai/openai-chat … azure-model-router.1.chunks.txt#0',
    { text: 'Capital of Denmark.', usage: usage(15, 78, 0, 0, 64), model: 'gpt-5-nano-2025-08-07' },
  ],
  // Its total of 588 is 307 + 26 + 255.
  [
    'vercel-ai/openai-chat … xai-tool-call.json#0',
    { usage: usage(307, 281, 244, 0, 255), finishReason: 'tool_calls' },
  ],
  [
    'vercel-ai/anthropic … anthropic-fallback-tool-call.sse#0',
    {
      text: 'Reading it.',
      toolCalls: [{ name: 'read_file', arguments: { path: 'a.txt' } }],
      usage: undefined,
    },
  ],
  [
    'mirascope/anthropic … anthropic/calls-tool-and-resumes-with-results.har#0',
    { text: '', toolCalls: secrets, usage: usage(601, 98) },
  ],
  [
    'anthropic-sdk-typescript/anthropic … stream-a-refusal.sse#0',
    { text: 'Hi', finishReason: 'refusal', usage: usage(28, 106, 0, 0, 67) },
  ],
  // The web search ran at Anthropic's.
  [
    'anthropic-sdk-typescript/anthropic … stream-a-toolrefusal.sse#0',
    { toolCalls: [], finishReason: 'refusal' },
  ],
  [
    'vercel-ai/anthropic … spliced-message-start.chunks.txt#0',
    {
      toolCalls: [{ name: 'test-tool', arguments: { value: 'Sparkle Day' } }],
      usage: usage(17, 65),
      reasoning: { present: true, opaque: ['sig-second'] },
    },
  ],
  [
    'vercel-ai/anthropic … anthropic-message-delta-input-tokens.chunks.txt#0',
    { text: 'pong', usage: usage(61, 2) },
  ],
  [
    'vercel-ai/anthropic … anthropic-code-execution-20260120-prompt-cache.1.chunks.txt#0',
    {
      text: 'The sum of the squares of the numbers 1 through 12 is **650**.',
      toolCalls: [],
      usage: usage(6 + 3337 + 6289, 198, 6289, 3337),
    },
  ],
  // The second of fifteen answers in one file: the call stands in message_start.
  [
    'vercel-ai/anthropic … anthropic-programmatic-tool-calling.1.chunks.txt#1',
    {
      toolCalls: [{ name: 'rollDie', arguments: { player: 'player2' } }],
      finishReason: 'tool_calls',
      usage: usage(0, 0),
    },
  ],
  [
    'anthropic-sdk-typescript/anthropic … ToolRunner.json#2',
    {
      text: "I'll use the test_tool twice as requested - first with count 1, then with count 2.",
      toolCalls: [
        { name: 'test_tool', arguments: { count: 1 } },
        { name: 'test_tool', arguments: { count: 2 } },
      ],
    },
  ],
  [
    'mirascope/google … google_gemini_2_5_flash/async.yaml#0',
    { toolCalls: secrets, rawFinishReason: 'STOP', usage: usage(70, 109, 0, 0, 69) },
  ],
  [
    'mirascope/google … max-tokens/google/returns-max-tokens-finish-reason-for-stream.har#0',
    { text: 'Here are all 50 U.S. states:\n\n1', finishReason: 'length' },
  ],
  // Google called the tool itself.
  [
    'js-genai/google … ML_Dev_should_call_server_side_MCP_server.json#0',
    { textParts: expect.arrayContaining(['On February 2']), toolCalls: [], finishReason: 'stop' },
  ],
  [
    'vercel-ai/google … google-stream-tool-call-array-arguments-missing-terminal-function-call.chunks.txt#0',
    {
      toolCalls: [
        {
          name: 'writeItems',
          arguments: {
            operations: [
              { action: 'add', description: 'Fresh red apple', itemid: 'apple_001', price: 0.5 },
              {
                action: 'add',
                description: 'Ripe yellow banana',
                itemid: 'banana_001',
                price: 0.3,
              },
            ],
          },
        },
      ],
    },
  ],
  [
    'vercel-ai/google … google-stream-no-args-tool-call.chunks.txt#0',
    {
      text: '',
      toolCalls: [
        { name: 'read_theme', arguments: {} },
        ...['A', 'B', 'C'].map((id) => ({ name: 'read_screen', arguments: { id } })),
      ],
    },
  ],
  [
    'js-genai/google-vertex … Vertex_AI_AFC_disabled.json#0',
    { toolCalls: [{ name: 'customDivide', arguments: { numerator: 10, denominator: 2 } }] },
  ],
  [
    'pydantic-ai/google-vertex … armor_prompt_template_text_gets_blocked.yaml#1',
    { text: '', finishReason: 'content_filter', rawFinishReason: 'MODEL_ARMOR', usage: undefined },
  ],
];

test.each(answers)('%s', (id, expected) => {
  const reading: RawReading = readAnswer(find(id));

  expect(reading).toMatchObject({ outcome: 'response', ...expected });
});

const failures: readonly (readonly [string, object])[] = [
  [
    'vercel-ai/openai-error.1.chunks.txt#0',
    { kind: 'quota', retryable: false, code: 'insufficient_quota' },
  ],
  ['mirascope/wraps-api-errors-on-stream-call.har#0', { kind: 'not_found', status: 400 }],
  [
    'pydantic-ai/openai-compatible … test_openrouter_stream_error.yaml#0',
    { kind: 'bad_request', message: 'Token limit reached' },
  ],
  [
    'mirascope/anthropic … test_model_not_found/anthropic_claude_sonnet_4_0.yaml#1',
    { kind: 'not_found', status: 404 },
  ],
  [
    'mirascope/google … error/google_gemini_2_5_flash.yaml#0',
    { kind: 'authentication', status: 400 },
  ],
  ['js-genai/google … Send_message_stream_with_error.json#0', { kind: 'not_found', status: 404 }],
  [
    'vercel-ai/google … google-429-retry-info.json#0',
    { kind: 'rate_limit', retryable: true, retryAfterMs: 34400 },
  ],
];

test.each(failures)('%s', (id, expected) => {
  expect(readAnswer(find(id))).toMatchObject({ outcome: 'error', ...expected });
});

test('arguments that were cut are kept as they are', () => {
  const reading = readAnswer(
    find('anthropic-sdk-typescript/anthropic … incomplete_partial_json_response.txt#0'),
  );

  expect(reading).toMatchObject({
    finishReason: 'length',
    toolCalls: [{ name: 'make_file', arguments: { malformed: expect.stringMatching(/taxes$/) } }],
  });
});

test('redacted thinking is reasoning without a text', () => {
  const reading = readAnswer(
    find('pydantic-ai/anthropic … test_anthropic_model_thinking_part_redacted.yaml#0'),
  );

  expect(reading).toMatchObject({
    reasoning: { present: true, opaque: [expect.stringMatching(/^EvgFCkYIBxgC.*VWAgZhgB$/)] },
  });
});
