/** Synthetic answers for what no public recording holds, written from the providers' specifications. */
import { readAnswer } from '../support/raw/raw-readings';
import { frameEvents } from '../support/raw/raw-sse';
import type { RawReading, RawWire } from '../support/raw/raw-types';

function read(
  wire: RawWire,
  body: string,
  at: { readonly status?: number; readonly headers?: Record<string, string> } = {},
): RawReading {
  const bytes = Buffer.from(body);
  const { status = 200, headers = {} } = at;
  const isStream = /^(?:event|data):/.test(body);
  const response = { status, headers, isStream, statusRecorded: true };
  return readAnswer({ wire, response: { ...response, body: bytes, wireBody: bytes } });
}

function readJson(wire: RawWire, body: unknown, at?: Parameters<typeof read>[2]): RawReading {
  return read(wire, JSON.stringify(body), at);
}

function readStream(wire: RawWire, events: readonly unknown[]): RawReading {
  return read(
    wire,
    frameEvents(
      events.map((event) => JSON.stringify(event)),
      wire,
    ),
  );
}

function chatDeltas(...deltas: readonly unknown[]): readonly unknown[] {
  return [
    ...deltas.map((delta) => ({ choices: [{ index: 0, delta, finish_reason: null }] })),
    { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
  ];
}

const call = (piece: object) => ({ tool_calls: [piece] });

test.each([
  [
    'pieces interleaved by index',
    [
      call({ index: 0, id: 'a', function: { name: 'one', arguments: '{"x"' } }),
      call({ index: 1, id: 'b', function: { name: 'two', arguments: '' } }),
      call({ index: 0, function: { arguments: ':1}' } }),
    ],
    [
      { name: 'one', arguments: { x: 1 } },
      { name: 'two', arguments: {} },
    ],
  ],
  [
    'whole calls under one index',
    [
      call({ index: 0, id: 'a', function: { name: 'one', arguments: '{}' } }),
      call({ index: 0, id: 'b', function: { name: 'one', arguments: '{"x":2}' } }),
    ],
    [
      { name: 'one', arguments: {} },
      { name: 'one', arguments: { x: 2 } },
    ],
  ],
  [
    'whole calls without index and id, arguments as an object',
    [
      call({ function: { name: 'one', arguments: { x: 1 } } }),
      call({ function: { name: 'two', arguments: 'null' } }),
    ],
    [
      { name: 'one', arguments: { x: 1 } },
      { name: 'two', arguments: { malformed: 'null' } },
    ],
  ],
])('chat: %s', (_what, deltas, toolCalls) => {
  const reading = readStream('openai-chat', chatDeltas(...deltas));

  expect(reading).toMatchObject({ toolCalls, finishReason: 'tool_calls', rawFinishReason: 'stop' });
});

test('chat: reasoning is no text; the end proves itself by finish_reason, not by [DONE]', () => {
  const deltas = chatDeltas({ reasoning_content: 'hm' }, { content: 'Yes' }, { content: '.' });

  expect(readStream('openai-chat', deltas)).toMatchObject({
    text: 'Yes.',
    finishReason: 'stop',
    reasoning: { present: true },
  });
  expect(readStream('openai-chat', deltas.slice(0, -1))).toMatchObject({ outcome: 'incomplete' });
});

test('chat: an error in a body with status 200', () => {
  expect(readJson('openai-chat', { error: { code: 429, message: 'slow' } })).toMatchObject({
    kind: 'rate_limit',
    status: 429,
    retryable: true,
  });
});

const completed = (response: object, type = 'completed') => ({
  type: `response.${type}`,
  response: { object: 'response', status: type, output: [], ...response },
});

test('responses: items of done events stand in for an empty output, by place', () => {
  const message = (text: string) => ({ type: 'message', content: [{ type: 'output_text', text }] });
  const done = (output_index: number, item: object) => ({
    type: 'response.output_item.done',
    output_index,
    item,
  });
  const reading = readStream('openai-responses', [
    done(2, message('b')),
    done(0, message('a')),
    completed({}),
  ]);

  expect(reading).toMatchObject({ textParts: ['a', 'b'], finishReason: 'stop', usage: undefined });
});

test.each([
  [completed({ incomplete_details: { reason: 'content_filter' } }, 'incomplete'), 'content_filter'],
  [completed({ incomplete_details: { reason: 'steered' } }, 'incomplete'), 'other'],
  [completed({ error: { code: 'bio_policy', message: '' } }, 'failed'), 'content_filter'],
  [completed({ error: null }, 'failed'), 'error'],
])('responses: %j finishes as %s', (event, finishReason) => {
  expect(readStream('openai-responses', [event])).toMatchObject({ finishReason });
});

test.each([
  [{ type: 'error', code: 'server_error', message: 'oh' }, 'server', true],
  [
    completed({ error: { code: 'rate_limit_exceeded', message: '' } }, 'failed'),
    'rate_limit',
    true,
  ],
])('responses: %j fails as %s', (event, kind, retryable) => {
  expect(readStream('openai-responses', [event])).toMatchObject({ kind, retryable });
});

const start = { type: 'message_start', message: { content: [], usage: { input_tokens: 3 } } };
const ending = (stop_reason: string | null) => [
  {
    type: 'message_delta',
    delta: { stop_reason },
    usage: { output_tokens: 7, input_tokens: null },
  },
  { type: 'message_stop' },
];

test.each([
  ['pause_turn', 'pause'],
  ['model_context_window_exceeded', 'length'],
  ['never_heard_of', 'other'],
])('anthropic: %s finishes as %s', (reason, finishReason) => {
  expect(readStream('anthropic', [start, ...ending(reason)])).toMatchObject({
    finishReason,
    usage: { inputTokens: 3, outputTokens: 7 },
  });
});

test('anthropic: no stop reason, no answer; an error in the stream is one', () => {
  const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };

  expect(readStream('anthropic', [start, ...ending(null)])).toMatchObject({
    outcome: 'incomplete',
  });
  expect(readStream('anthropic', [start, error])).toMatchObject({
    kind: 'overloaded',
    retryable: true,
  });
});

const candidate = (parts: readonly object[], finishReason?: string, index = 0) => ({
  candidates: [{ index, content: { parts }, ...(finishReason && { finishReason }) }],
});

test.each([
  ['SAFETY', 'content_filter'],
  ['CONTINUATION', 'pause'],
  ['MALFORMED_FUNCTION_CALL', 'error'],
  ['UNEXPECTED_TOOL_CALL', 'error'],
  ['LANGUAGE', 'other'],
])('gemini: %s finishes as %s, whatever calls there are', (reason, finishReason) => {
  const body = candidate([{ functionCall: { name: 'one' } }], reason);

  expect(readJson('gemini', body)).toMatchObject({ finishReason, rawFinishReason: reason });
});

test('gemini: the first candidate, without its thoughts; a block after text', () => {
  const chunks = [
    candidate([{ text: 'hm', thought: true }, { text: 'A' }]),
    candidate([{ text: 'B' }], 'STOP', 1),
  ];
  const end = candidate([{ text: '.' }], 'STOP');
  const block = { promptFeedback: { blockReason: 'SAFETY' } };

  expect(readStream('gemini', chunks)).toMatchObject({ outcome: 'incomplete' });
  expect(readStream('gemini', [...chunks, end])).toMatchObject({ textParts: ['A.'] });
  expect(readJson('gemini', [...chunks, end])).toMatchObject({ text: 'A.' });
  expect(readStream('gemini', [...chunks, block])).toMatchObject({
    text: 'A',
    finishReason: 'content_filter',
  });
});

const anthropicError = (type: string, message = '') => ({
  type: 'error',
  error: { type, message },
});

test.each<[RawWire, number, object, Record<string, string>, object]>([
  ['anthropic', 529, anthropicError('overloaded_error'), {}, { kind: 'overloaded' }],
  [
    'anthropic',
    429,
    anthropicError('rate_limit_error'),
    { 'retry-after': '7' },
    { retryAfterMs: 7000 },
  ],
  ['anthropic', 413, anthropicError('request_too_large'), {}, { kind: 'context_length' }],
  [
    'anthropic',
    400,
    anthropicError('invalid_request_error', 'prompt is too long: 9 tokens > 8 maximum'),
    {},
    { kind: 'context_length', retryable: false },
  ],
  [
    'anthropic',
    500,
    anthropicError('api_error'),
    { 'x-should-retry': 'false' },
    { kind: 'server', retryable: false },
  ],
  [
    'openai-chat',
    400,
    { error: { code: 'context_length_exceeded' } },
    {},
    { kind: 'context_length' },
  ],
  [
    'openai-chat',
    429,
    { error: { code: 'rate_limit_exceeded' } },
    { 'retry-after-ms': '250' },
    { kind: 'rate_limit', retryAfterMs: 250 },
  ],
  [
    'openai-chat',
    403,
    { error: { code: 'unsupported_country_region_territory' } },
    {},
    { kind: 'permission' },
  ],
  [
    'gemini',
    503,
    { error: { status: 'UNAVAILABLE' } },
    {},
    { kind: 'overloaded', retryable: true },
  ],
  [
    'gemini',
    429,
    {
      error: {
        status: 'RESOURCE_EXHAUSTED',
        details: [{ violations: [{ quotaId: 'RequestsPerDay' }] }],
      },
    },
    {},
    { kind: 'quota', retryable: false },
  ],
])('%s %d %j', (wire, status, body, headers, expected) => {
  expect(readJson(wire, body, { status, headers })).toMatchObject({
    outcome: 'error',
    ...expected,
  });
});

test('a failure that is no JSON is told as it is', () => {
  expect(read('openai-chat', '<html>Bad gateway</html>', { status: 502 })).toMatchObject({
    kind: 'server',
    message: '<html>Bad gateway</html>',
  });
});
