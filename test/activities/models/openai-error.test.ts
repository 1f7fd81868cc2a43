import { isModelError } from '../../../agent/errors';
import { userMessage } from '../../../agent/messages';
import { OpenAIModel } from '../../../activities/models/openai-model';
import type { LoopbackServer } from '../../support/loopback-server';
import { beginStream, plainAgent, startOpenAI } from '../../support/openai-fixtures';
import { readExchange, readRecording } from '../../support/recordings';

const hello = [userMessage('Hello.')];
let server: LoopbackServer | undefined;
afterEach(() => server?.close());

/** What a call fails with when OpenAI answers so. There is one request, whatever the answer is. */
async function failure(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const { model, requests } = (server = await startOpenAI((response) => {
    if (status === 200) {
      beginStream(response);
    } else {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
    }
    response.end(body);
  }));
  const error: unknown = await model.getResponse(plainAgent, hello).catch((it: unknown) => it);
  expect(requests).toHaveLength(1);
  if (!isModelError(error)) return error;
  expect(JSON.stringify(error.fields)).not.toContain('sk-test');
  return error.fields;
}

function errorBody(code: string | null, message: string): string {
  return JSON.stringify({ error: { message, type: 'some_error', param: null, code } });
}

function streamOf(...events: readonly object[]): string {
  return events
    .map(
      (event) => `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event)}\n\n`,
    )
    .join('');
}

describe('recorded refusals', () => {
  test.each([
    [
      'a bad key',
      'mirascope/test_authentication_error-openai_gpt_4o_responses.yaml',
      { kind: 'authentication', status: 401, code: 'invalid_api_key' },
    ],
    [
      'a model that does not exist',
      'mirascope/wraps-api-errors-on-stream-call.har',
      { kind: 'not_found', status: 400, code: 'model_not_found' },
    ],
    [
      'a bad temperature',
      'pydantic-ai/test_openai_responses_model_http_error.yaml',
      { kind: 'bad_request', status: 400, code: 'decimal_below_min_value' },
    ],
    [
      'reasoning without what followed it',
      'pydantic-ai/test_openai_responses_thinking_with_modified_history.yaml',
      { kind: 'bad_request', status: 400, code: 'invalid_request_error' },
    ],
    [
      'a temperature for a reasoning model',
      'vercel-ai/reasoning-model-temperature-error.json',
      { kind: 'bad_request', status: 400 },
    ],
  ])('%s', async (_case, path, expected) => {
    const exchange = readRecording(path).find(({ status }) => status !== 200);
    const fields = await failure(exchange?.status ?? 0, exchange?.responseBody ?? '');
    expect(fields).toMatchObject({ provider: 'openai', retryable: false, ...expected });
  });

  test('a refused key is not repeated', async () => {
    const { status, responseBody } = readExchange(
      'mirascope/test_authentication_error-openai_gpt_4o_responses.yaml',
    );
    const fields = (await failure(status, responseBody)) as { message: string };
    expect(fields.message).toBe(
      'The call of `gpt-5-mini` failed: openai answered 401: Incorrect API key provided: [key]. You can find your ' +
        'API key at https://platform.openai.com/account/api-keys. ' +
        "Set OPENAI_API_KEY in the worker's environment to a key that is good.",
    );
  });

  test('no quota, said in the stream', async () => {
    const { responseBody } = readExchange('vercel-ai/openai-error.1.chunks.txt');
    expect(await failure(200, responseBody)).toMatchObject({
      kind: 'quota',
      code: 'insufficient_quota',
      retryable: false,
    });
  });

  test('an event that is no JSON', async () => {
    const { responseBody } = readExchange('vercel-ai/parallel-tool-call-wrapper.1.chunks.txt');
    expect(await failure(200, responseBody)).toMatchObject({ kind: 'incomplete', retryable: true });
  });
});

// Nobody has published recordings of these: they are written from the SDK's types and OpenAI's documents.
describe('synthetic refusals', () => {
  test.each([
    [403, null, 'Not allowed here.', 'permission', false],
    [404, null, 'Not found.', 'not_found', false],
    [408, null, 'Too slow.', 'timeout', true],
    [409, null, 'Conflict.', 'server', true],
    [413, null, 'Too large.', 'context_length', false],
    [422, null, 'Unprocessable.', 'bad_request', false],
    [429, 'rate_limit_exceeded', 'Slow down.', 'rate_limit', true],
    [429, 'insufficient_quota', 'Pay.', 'quota', false],
    [429, 'rate_limit_exceeded', 'Request too large for gpt-4o on TPM.', 'context_length', false],
    [400, 'context_length_exceeded', 'Too long.', 'context_length', false],
    [400, null, 'Your input exceeds the context window of this model.', 'context_length', false],
    [500, null, 'Oops.', 'server', true],
    [502, null, 'Bad gateway.', 'server', true],
    [503, null, 'Busy.', 'overloaded', true],
    [504, null, 'Gateway timeout.', 'timeout', true],
  ])('%i %s: %s', async (status, code, message, kind, retryable) => {
    expect(await failure(status, errorBody(code, message))).toMatchObject({
      kind,
      status,
      retryable,
    });
  });

  test('a body that is no JSON', async () => {
    expect(await failure(502, '<html>Bad gateway</html>')).toMatchObject({ kind: 'server' });
  });

  test.each([
    [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1500],
    [{ 'retry-after': '2' }, 2000],
    [{}, 1200],
  ])('how long to wait: %j', async (headers, retryAfterMs) => {
    const body = errorBody('rate_limit_exceeded', 'Rate limit. Please try again in 1.2s. Bye.');
    const withId = { ...headers, 'x-request-id': 'req_1' };
    expect(await failure(429, body, withId)).toMatchObject({ retryAfterMs, requestId: 'req_1' });
  });

  test('a date to wait for', async () => {
    const date = new Date(Date.now() + 5000).toUTCString();
    const fields = await failure(503, errorBody(null, 'Busy.'), { 'retry-after': date });
    const { retryAfterMs } = fields as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(3000);
    expect(retryAfterMs).toBeLessThanOrEqual(5000);
  });

  test.each([
    [500, 'false', false],
    [400, 'true', true],
  ])(
    'the provider’s own word goes first: %i, x-should-retry: %s',
    async (status, word, retryable) => {
      const fields = await failure(status, errorBody(null, 'Hm.'), { 'x-should-retry': word });
      expect(fields).toMatchObject({ retryable });
    },
  );

  test.each([
    ['rate_limit_exceeded', 'Please try again in 350ms.', 'rate_limit', true, 350],
    ['rate_limit_exceeded', 'Please try again in 6m0s.', 'rate_limit', true, 360_000],
    ['server_error', 'The model failed.', 'server', true, undefined],
    ['vector_store_timeout', 'Too slow.', 'timeout', true, undefined],
    ['invalid_prompt', 'Flagged.', 'bad_request', false, undefined],
    ['image_too_large', 'Too large.', 'bad_request', false, undefined],
    ['context_length_exceeded', 'Too long.', 'context_length', false, undefined],
  ])('a failed response: %s', async (code, message, kind, retryable, retryAfterMs) => {
    const response = { status: 'failed', error: { code, message }, output: [] };
    const fields = await failure(200, streamOf({ type: 'response.failed', response }));
    expect(fields).toMatchObject({ kind, code, retryable });
    expect(fields).toHaveProperty('retryAfterMs', retryAfterMs);
  });

  test('an error event', async () => {
    const event = {
      type: 'error',
      code: 'server_error',
      message: 'The model failed.',
      param: null,
    };
    expect(await failure(200, streamOf(event))).toMatchObject({ kind: 'server', retryable: true });
  });

  test('a failed response that says nothing', async () => {
    const response = { status: 'failed', error: null, output: [] };
    const fields = await failure(200, streamOf({ type: 'response.failed', response }));
    expect(fields).toMatchObject({ kind: 'server', retryable: true });
  });
});

describe('the key', () => {
  test.each([undefined, ''])('is %j: the call fails and says what to set', async (apiKey) => {
    const model = new OpenAIModel({
      model: 'gpt-5-mini',
      apiKey,
      baseURL: 'http://127.0.0.1:9/v1',
    });
    await expect(model.getResponse(plainAgent, hello)).rejects.toMatchObject({
      fields: {
        kind: 'configuration',
        retryable: false,
        message: "Model `gpt-5-mini` needs OPENAI_API_KEY in the worker's environment.",
      },
    });
  });
});
