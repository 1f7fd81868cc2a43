import { isModelError } from '../../../agent/errors';
import { userMessage } from '../../../agent/messages';
import { AnthropicModel } from '../../../activities/models/anthropic-model';
import type { AnswerMessage } from '../../../activities/models/anthropic-response';
import { fromAnthropicMessage } from '../../../activities/models/anthropic-response';
import { toolNamesFor } from '../../../activities/models/tool-names';
import {
  beginStream,
  plainAgent,
  startAnthropic,
  toStream,
} from '../../support/anthropic-fixtures';
import type { LoopbackServer } from '../../support/loopback-server';
import { readRecording } from '../../support/recordings';

const hello = [userMessage('Hello.')];
let server: LoopbackServer | undefined;
afterEach(() => server?.close());

/** What a call fails with when Anthropic answers so. There is one request, whatever the answer is. */
async function failure(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const { model, requests } = (server = await startAnthropic((response) => {
    if (status === 200) beginStream(response);
    else response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body);
  }));
  const error: unknown = await model.getResponse(plainAgent, hello).catch((it: unknown) => it);
  expect(requests).toHaveLength(1);
  if (!isModelError(error)) return error;
  expect(JSON.stringify(error.fields)).not.toContain('sk-ant-test');
  return error.fields;
}

function errorBody(type: string, message: string, code?: string): string {
  const details = code === undefined ? undefined : { error_code: code };
  return JSON.stringify({ type: 'error', error: { type, message, details }, request_id: 'req_1' });
}

describe('recorded refusals', () => {
  test.each([
    [
      'a bad key',
      'mirascope/anthropic/python/tests/e2e/input/cassettes/test_authentication_error/anthropic_claude_sonnet_4_0.yaml',
      { kind: 'authentication', status: 401, code: 'authentication_error' },
    ],
    [
      'a model that does not exist',
      'mirascope/anthropic/python/tests/e2e/input/cassettes/test_model_not_found/anthropic_claude_sonnet_4_0.yaml',
      { kind: 'not_found', status: 404, code: 'not_found_error' },
    ],
    [
      'an empty message',
      'mirascope/anthropic/typescript/tests/e2e/input/cassettes/empty-call/anthropic/handles-empty-string-content.har',
      { kind: 'bad_request', status: 400, code: 'invalid_request_error' },
    ],
  ])('%s', async (_case, path, expected) => {
    const exchange = readRecording(path).find(({ status }) => status !== 200);
    const fields = await failure(exchange?.status ?? 0, exchange?.responseBody ?? '');
    expect(fields).toMatchObject({
      provider: 'anthropic',
      retryable: false,
      requestId: expect.stringMatching(/^req_/),
      ...expected,
    });
    const { message } = JSON.parse(exchange?.responseBody ?? '').error as { message: string };
    expect(fields).toMatchObject({
      message: expect.stringContaining(`anthropic answered ${expected.status}: ${message}`),
    });
  });
});

// Nobody has published recordings of these: they are written from the SDK's types and Anthropic's documents.
describe('synthetic refusals', () => {
  test.each([
    [400, 'invalid_request_error', 'prompt is too long: 9 tokens > 8 maximum', 'context_length'],
    [
      400,
      'invalid_request_error',
      'input length and `max_tokens` exceed context limit: 9 + 8 > 10',
      'context_length',
    ],
    [413, 'request_too_large', 'Request exceeds the maximum size', 'context_length'],
    [400, 'invalid_request_error', 'Your credit balance is too low to access the API.', 'quota'],
    [402, 'billing_error', 'Pay.', 'quota'],
    [403, 'permission_error', 'Not allowed here.', 'permission'],
    [422, 'invalid_request_error', 'Unprocessable.', 'bad_request'],
  ])('%i %s: %s', async (status, type, message, kind) => {
    const fields = await failure(status, errorBody(type, message));
    expect(fields).toMatchObject({ kind, status, retryable: false, requestId: 'req_1' });
  });

  test.each([
    [408, 'timeout_error', 'timeout'],
    [409, 'conflict_error', 'server'],
    [429, 'rate_limit_error', 'rate_limit'],
    [500, 'api_error', 'server'],
    [503, 'api_error', 'overloaded'],
    [504, 'timeout_error', 'timeout'],
    [529, 'overloaded_error', 'overloaded'],
  ])('%i %s may be tried again', async (status, type, kind) => {
    const fields = await failure(status, errorBody(type, 'Hm.'));
    expect(fields).toMatchObject({ kind, status, retryable: true, code: type });
  });

  test.each(['contract_spend_limit_reached', 'enforced_spend_limit_reached'])(
    '429 %s is not tried again, whatever the answer says',
    async (code) => {
      const body = errorBody('rate_limit_error', 'No more.', code);
      expect(await failure(429, body, { 'x-should-retry': 'true' })).toMatchObject({
        kind: 'quota',
        code,
        retryable: false,
      });
    },
  );

  test('429 for growing too fast is tried again when it says so', async () => {
    const body = errorBody('rate_limit_error', 'Slower.', 'ramp_limit_exceeded');
    expect(await failure(429, body, { 'retry-after': '7' })).toMatchObject({
      kind: 'rate_limit',
      code: 'ramp_limit_exceeded',
      retryable: true,
      retryAfterMs: 7000,
    });
  });

  test.each([
    [529, 'false', false],
    [400, 'true', true],
  ])(
    'the provider’s own word goes first: %i, x-should-retry: %s',
    async (status, word, retryable) => {
      const body = errorBody('api_error', 'Hm.');
      expect(await failure(status, body, { 'x-should-retry': word })).toMatchObject({ retryable });
    },
  );

  test('a body that is no JSON', async () => {
    expect(await failure(502, '<html>Bad gateway</html>')).toMatchObject({
      kind: 'server',
      message: expect.stringContaining('anthropic answered 502: '),
    });
  });

  test.each([
    ['overloaded_error', 'overloaded', true],
    ['api_error', 'server', true],
    ['rate_limit_error', 'rate_limit', true],
    ['invalid_request_error', 'bad_request', false],
    ['something_new', 'server', true],
  ])('in the stream: %s', async (type, kind, retryable) => {
    const event = { type: 'error', error: { type, message: 'Overloaded' } };
    expect(await failure(200, toStream([event]))).toMatchObject({
      kind,
      retryable,
      code: type,
      message: expect.stringContaining('anthropic: Overloaded.'),
      requestId: 'req_stream',
    });
  });

  test('a key that is repeated goes no further', async () => {
    const body = errorBody('authentication_error', 'Bad key sk-ant-test-0123456789.');
    expect(await failure(401, body)).toMatchObject({
      message: expect.stringContaining('anthropic answered 401: Bad key [key].'),
    });
  });
});

describe('a whole message', () => {
  const context = { names: toolNamesFor([]), model: 'claude-haiku-4-5' };

  test('that is an error', () => {
    const body = JSON.parse(errorBody('overloaded_error', 'Overloaded')) as AnswerMessage;
    expect(() => fromAnthropicMessage(body, context)).toThrow('anthropic: Overloaded');
  });

  test('that is not finished', () => {
    const unfinished = { content: [], stop_reason: null };
    expect(() => fromAnthropicMessage(unfinished, context)).toThrow('stop_reason');
  });
});

describe('the key', () => {
  test.each([undefined, ''])('is %j: the call fails and says what to set', async (apiKey) => {
    const model = new AnthropicModel({
      model: 'claude-haiku-4-5',
      apiKey,
      baseURL: 'http://127.0.0.1:9',
    });
    await expect(model.getResponse(plainAgent, hello)).rejects.toMatchObject({
      fields: {
        kind: 'configuration',
        retryable: false,
        message: "Model `claude-haiku-4-5` needs ANTHROPIC_API_KEY in the worker's environment.",
      },
    });
  });
});
