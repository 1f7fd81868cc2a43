import { ApiError } from '@google/genai';
import { userMessage } from '../../../agent/messages';
import type { ModelErrorFields } from '../../../agent/errors';
import { isModelError } from '../../../agent/errors';
import { fromGeminiError } from '../../../activities/models/gemini-error';
import { GeminiModel } from '../../../activities/models/gemini-model';
import {
  beginStream,
  chunk,
  failureOf,
  invalidKey,
  notFound,
  plainAgent,
  rateLimit,
  startGemini,
} from '../../support/gemini-fixtures';
import type { LoopbackServer } from '../../support/loopback-server';
import { readExchange } from '../../support/recordings';

const hello = [userMessage('Hello.')];

let server: LoopbackServer | undefined;
afterEach(() => server?.close());

/** How the model fails when `status` and `body` are answered. */
async function refused(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const started = (server = await startGemini((answer) => {
    answer.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', ...headers });
    answer.end(body);
  }));
  return failureOf(started.model.getResponse(plainAgent, hello));
}

function errorBody(code: number, status: string, message: string, details: object[] = []): string {
  return JSON.stringify({ error: { code, message, status, details } });
}

const quota = (quotaId: string, more: object = {}) => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaId, ...more }],
});
const retryInfo = (retryDelay: string) => ({
  '@type': 'type.googleapis.com/google.rpc.RetryInfo',
  retryDelay,
});

test('recorded: a key that is not valid', async () => {
  expect(await refused(400, readExchange(invalidKey).responseBody)).toEqual({
    provider: 'gemini',
    kind: 'authentication',
    message:
      'The call of `gemini-3-flash-preview` failed: gemini answered 400: API key not valid. Please pass a valid API ' +
      "key. Set GEMINI_API_KEY in the worker's environment to a key that is good.",
    retryable: false,
    status: 400,
    code: 'INVALID_ARGUMENT',
    requestId: undefined,
    retryAfterMs: undefined,
  });
});

test('recorded: a model that is not there', async () => {
  expect(await refused(404, readExchange(notFound).responseBody)).toMatchObject({
    kind: 'not_found',
    retryable: false,
    code: 'NOT_FOUND',
  });
});

test('recorded: a rate limit says when to come again', async () => {
  const body = readExchange(rateLimit).responseBody;
  expect(await refused(429, body)).toMatchObject({
    kind: 'rate_limit',
    retryable: true,
    retryAfterMs: 34_400,
    code: 'RESOURCE_EXHAUSTED',
  });
  await server?.close();
  expect(await refused(429, body, { 'retry-after': '7' })).toMatchObject({ retryAfterMs: 7000 });
});

test.each([
  [
    'the day’s quota',
    [quota('GenerateRequestsPerDayPerProjectPerModel-FreeTier'), retryInfo('3s')],
  ],
  ['a quota of nothing', [quota('InputTokensPerMinute-FreeTier', { quotaValue: '0' })]],
])('%s is not waited for', async (_case, details) => {
  const fields = (await refused(
    429,
    errorBody(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota.', details),
  )) as ModelErrorFields;
  expect(fields).toMatchObject({ kind: 'quota', retryable: false });
  expect(fields.retryAfterMs).toBeUndefined();
});

const tooLong =
  'The input token count (1048577) exceeds the maximum number of tokens allowed (1048576).';

test.each([
  [400, 'INVALID_ARGUMENT', tooLong, 'context_length', false],
  [400, 'INVALID_ARGUMENT', 'Please use a valid role.', 'bad_request', false],
  [400, 'FAILED_PRECONDITION', 'User location is not supported.', 'bad_request', false],
  [401, 'UNAUTHENTICATED', 'No credentials.', 'authentication', false],
  [403, 'PERMISSION_DENIED', 'Not yours.', 'permission', false],
  [499, 'CANCELLED', 'The operation was cancelled.', 'server', true],
  [500, 'INTERNAL', 'An internal error has occurred.', 'server', true],
  [503, 'UNAVAILABLE', 'The model is overloaded.', 'overloaded', true],
  [504, 'DEADLINE_EXCEEDED', 'Too slow.', 'timeout', true],
])('%i %s "%s" is %s', async (status, code, message, kind, retryable) => {
  const body = errorBody(status, code, message);
  const expected = {
    kind,
    retryable,
    status,
    code,
    message: expect.stringContaining(`gemini answered ${status}: ${message}`) as string,
  };
  expect(await refused(status, body)).toMatchObject(expected);
  await server?.close();
  // As a streamed refusal comes: the SDK takes it for a text and wraps it.
  expect(await refused(status, body, { 'content-type': 'text/event-stream' })).toMatchObject(
    expected,
  );
  await server?.close();
  expect(await refused(status, `[${body}]`)).toMatchObject(expected);
});

test('a refusal that is no JSON keeps its status', async () => {
  expect(
    await refused(502, '<html>Bad Gateway</html>', { 'content-type': 'text/html' }),
  ).toMatchObject({
    kind: 'server',
    status: 502,
    message: expect.stringContaining('gemini answered 502: A web page, not the API.') as string,
  });
  await server?.close();
  expect(await refused(400, '{"error":')).toMatchObject({ kind: 'bad_request', retryable: false });
});

test('an error in the stream', async () => {
  const body = errorBody(503, 'UNAVAILABLE', 'The model is overloaded.', [retryInfo('2s')]);
  const started = (server = await startGemini((answer) => {
    beginStream(answer);
    answer.end(`data: ${JSON.stringify(chunk([{ text: 'Well' }]))}\n\ndata: ${body}\n\n`);
  }));
  expect(await failureOf(started.model.getResponse(plainAgent, hello))).toMatchObject({
    kind: 'overloaded',
    retryable: true,
    status: 503,
    retryAfterMs: 2000,
    message: expect.stringContaining('gemini answered 503: The model is overloaded.') as string,
  });
});

test('an error in the answer of a stream that never was one', async () => {
  expect(await refused(200, errorBody(500, 'INTERNAL', 'Oh.'))).toMatchObject({
    kind: 'server',
    status: 500,
  });
});

test.each([
  ['an empty stream', ''],
  ['events without an answer', 'data: {}\n\ndata: {"candidates":[]}\n\n'],
  ['an event that is no JSON', 'data: {"candidates":\n\n'],
  ['no event at all', 'Hello.'],
])('%s is incomplete', async (_case, body) => {
  const started = (server = await startGemini((answer) => {
    beginStream(answer);
    answer.end(body);
  }));
  expect(await failureOf(started.model.getResponse(plainAgent, hello))).toMatchObject({
    kind: 'incomplete',
    retryable: true,
  });
});

test('a connection that breaks is a network failure', async () => {
  const started = (server = await startGemini((answer) => {
    beginStream(answer);
    answer.write(`data: ${JSON.stringify(chunk([{ text: 'Well' }]))}\n\n`, () => answer.destroy());
  }));
  expect(await failureOf(started.model.getResponse(plainAgent, hello))).toMatchObject({
    kind: 'network',
    retryable: true,
  });
  await started.close();
  expect(await failureOf(started.model.getResponse(plainAgent, hello))).toMatchObject({
    kind: 'network',
    code: 'ECONNREFUSED',
  });
});

test('without a key nothing is sent, and no other credentials are looked for', async () => {
  const started = (server = await startGemini(() => undefined));
  const model = new GeminiModel({ model: 'gemini-3', apiKey: undefined, baseURL: started.url });
  expect(await failureOf(model.getResponse(plainAgent, hello))).toEqual({
    provider: 'gemini',
    kind: 'configuration',
    message: "Model `gemini-3` needs GEMINI_API_KEY in the worker's environment.",
    retryable: false,
  });
  expect(started.requests).toHaveLength(0);
});

test('the key goes no further', async () => {
  const body = errorBody(403, 'PERMISSION_DENIED', 'AIza-test-0123456789 was reported as leaked.');
  expect(await refused(403, body)).toMatchObject({
    message: expect.stringContaining(
      'gemini answered 403: [key] was reported as leaked.',
    ) as string,
  });
});

test('what is no error of Gemini’s stays as it is', () => {
  const fault = new TypeError('x is not a function');
  expect(fromGeminiError(fault)).toBe(fault);
  const known = fromGeminiError(new ApiError({ message: 'No.', status: 400 }));
  expect(isModelError(known)).toBe(true);
  expect(fromGeminiError(known)).toBe(known);
});
