import { userMessage } from '../../../agent/messages';
import {
  beginStream,
  beginning,
  chunk,
  failureOf,
  fold,
  foldBody,
  plainAgent,
  recordedStream,
  recordedStreams,
  startGemini,
} from '../../support/gemini-fixtures';
import type { LoopbackServer } from '../../support/loopback-server';
import { writeChunks } from '../../support/openai-fixtures';
import { streamEvents } from '../../support/recordings';

const hello = [userMessage('Hello.')];

let server: LoopbackServer | undefined;
afterEach(() => server?.close());

function* singleBytes(bytes: Buffer): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1);
}

function* pieces(bytes: Buffer, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function startWith(body: string): Promise<Awaited<ReturnType<typeof startGemini>>> {
  const started = await startGemini((answer) => {
    beginStream(answer);
    answer.end(body);
  });
  server = started;
  return started;
}

describe.each(recordedStreams)('a recorded stream: %s', (_name, body) => {
  test('shows piece by piece what the response says in the end', async () => {
    const { pieces: shown, response } = await foldBody(body);
    expect(shown.join('')).toBe(response.content);
    expect(response.usage.inputTokens).toBeGreaterThan(0);
    expect(response.finishReason).not.toBe('other');
  });

  test('folds to the same response whatever its chunks are', async () => {
    const { response } = await foldBody(body);
    const bytes = Buffer.from(body);
    const cuts = [
      bytes.length < 8_000 ? singleBytes(bytes) : pieces(bytes, 13),
      pieces(bytes, 701),
      [bytes],
    ];
    const play = startGemini((answer) => {
      beginStream(answer);
      return writeChunks(answer, cuts.shift() ?? []);
    });
    const { model } = (server = await play);
    for (let rest = cuts.length; rest > 0; rest--) {
      const { promptDigest, ...folded } = await model.getResponse(plainAgent, hello);
      expect(folded).toEqual(response);
      expect(promptDigest).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  test('is never complete when it is cut between two events', async () => {
    const count = streamEvents(body).length;
    for (let at = 0; at < count; at++) {
      const started = await startWith(beginning(body, at));
      expect(await failureOf(started.model.getResponse(plainAgent, hello))).toMatchObject({
        kind: 'incomplete',
        retryable: true,
      });
      await started.close();
    }
  });
});

test('arguments in fragments are put together', async () => {
  const { response } = await foldBody(recordedStream('arguments in fragments'));
  expect(response.toolCalls.map(({ arguments: given }) => given)).toEqual([
    { location: 'Boston' },
    { location: 'San Francisco' },
  ]);
  const lists = await foldBody(recordedStream('lists in fragments'));
  expect(lists.response.toolCalls[0]?.arguments).toEqual({
    operations: [
      { action: 'add', description: 'Fresh red apple', itemid: 'apple_001', price: 0.5 },
      { action: 'add', description: 'Ripe yellow banana', itemid: 'banana_001', price: 0.3 },
    ],
  });
  const none = await foldBody(recordedStream('a call without arguments'));
  expect(none.response.toolCalls.map(({ name, arguments: given }) => [name, given])).toEqual([
    ['read_theme', {}],
    ['read_screen', { id: 'A' }],
    ['read_screen', { id: 'B' }],
    ['read_screen', { id: 'C' }],
  ]);
  expect(none.response.content).toBe('');
});

test('a fragment’s path does no harm', async () => {
  const fragments = [
    { jsonPath: '$.__proto__.polluted', boolValue: true },
    { jsonPath: '$.list[999999]', numberValue: 1 },
    { jsonPath: '$.list.name', numberValue: 2 },
    { jsonPath: "$['a key']", nullValue: 'NULL_VALUE' },
    { jsonPath: '$', stringValue: 'x' },
  ];
  const { response } = await fold([
    chunk([{ functionCall: { name: 'go', partialArgs: fragments } }], 'STOP'),
  ]);
  expect(response.toolCalls[0]?.arguments).toEqual({ list: [1], 'a key': null });
  expect({}).not.toHaveProperty('polluted');
});

test.each([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['SAFETY', 'content_filter'],
  ['RECITATION', 'content_filter'],
  ['PROHIBITED_CONTENT', 'content_filter'],
  ['BLOCKLIST', 'content_filter'],
  ['SPII', 'content_filter'],
  ['IMAGE_SAFETY', 'content_filter'],
  ['CONTINUATION', 'pause'],
  ['OTHER', 'other'],
  ['LANGUAGE', 'other'],
  ['NEVER_HEARD_OF', 'other'],
])('%s is %s', async (reason, finishReason) => {
  const { response } = await fold([chunk([{ text: 'Hm' }]), chunk([], reason)]);
  expect(response).toMatchObject({ finishReason, content: 'Hm', toolCalls: [] });
});

test('calls end a step; cut by a limit they do not', async () => {
  const call = { functionCall: { name: 'go', args: { a: 1 } } };
  const { response } = await fold([chunk([call], 'STOP')]);
  expect(response.toolCalls).toEqual([{ id: '', name: 'go', arguments: { a: 1 } }]);
  expect(response.finishReason).toBe('tool_calls');
  expect((await fold([chunk([call], 'MAX_TOKENS')])).response.finishReason).toBe('length');
});

test.each(['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'MALFORMED_RESPONSE'])(
  '%s is tried again',
  async (reason) => {
    expect(await failureOf(fold([chunk([], reason)]))).toMatchObject({
      kind: 'incomplete',
      retryable: true,
      message: `gemini: ${reason}.`,
    });
  },
);

test('a blocked prompt is an answer without content', async () => {
  const { response } = await fold([
    {
      promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
      usageMetadata: { promptTokenCount: 7 },
      modelVersion: 'gemini-3-flash',
    },
  ]);
  expect(response).toEqual({
    role: 'assistant',
    content: '',
    toolCalls: [],
    finishReason: 'content_filter',
    usage: { inputTokens: 7, outputTokens: 0 },
    model: 'gemini-3-flash',
  });
});

test('tokens of tools are input, tokens of thoughts output', async () => {
  const usageMetadata = {
    promptTokenCount: 10,
    toolUsePromptTokenCount: 5,
    cachedContentTokenCount: 4,
    candidatesTokenCount: 3,
    thoughtsTokenCount: 2,
  };
  const { response } = await fold([{ ...chunk([{ text: 'a' }], 'STOP'), usageMetadata }]);
  expect(response.usage).toEqual({
    inputTokens: 15,
    outputTokens: 5,
    cachedInputTokens: 4,
    reasoningTokens: 2,
  });
});

test('a call that Google ran itself is none of ours, and its end not the answer’s', async () => {
  const ran = [
    chunk([{ functionCall: { name: 'remote', args: {} } }], 'STOP'),
    chunk([{ functionResponse: { name: 'remote', response: { ok: true } } }]),
  ];
  expect(await failureOf(fold(ran))).toMatchObject({ kind: 'incomplete' });
  const { response } = await fold([...ran, chunk([{ text: 'Done.' }], 'STOP')]);
  expect(response).toMatchObject({ content: 'Done.', toolCalls: [], finishReason: 'stop' });
  expect(response.providerData?.items).toHaveLength(3);
});

test('only the first of several answers counts', async () => {
  const other = { index: 1, content: { parts: [{ text: 'no' }] }, finishReason: 'STOP' };
  const { response } = await fold([
    { candidates: [other] },
    {
      candidates: [
        { index: 0, content: { parts: [{ text: 'yes' }] }, finishReason: 'STOP' },
        other,
      ],
    },
  ]);
  expect(response.content).toBe('yes');
});
