import { setTimeout as sleep } from 'node:timers/promises';
import { sha256Hex } from '../../../agent/digest';
import { isModelError } from '../../../agent/errors';
import { userMessage } from '../../../agent/messages';
import type { StreamEvent } from '../../../agent/model';
import type { OpenAIChatModelOptions } from '../../../activities/models/openai-chat-model';
import type { LoopbackServer } from '../../support/loopback-server';
import {
  endpoints,
  recordedChat,
  recordedFailures,
  startChat,
} from '../../support/openai-chat-fixtures';
import { beginStream, plainAgent } from '../../support/openai-fixtures';
import { readExchange } from '../../support/recordings';

const hello = [userMessage('Grüße 👋')];
const answer = recordedChat('an answer');
/** Up to the end of some event in the middle of the answer. */
const half = answer.slice(0, answer.indexOf('\n\n', answer.length / 2) + 2);
const beforeUsage = answer.slice(0, answer.lastIndexOf('data: {'));

let server: LoopbackServer | undefined;
afterEach(() => server?.close());

describe('one call is one request', () => {
  test('the same call gives the same bytes, and their digest', async () => {
    const { model, requests } = (server = await startChat((response) => {
      beginStream(response);
      response.end(answer);
    }));
    const first = await model.getResponse(plainAgent, hello);
    const second = await model.getResponse(plainAgent, hello);
    const [one, two] = requests.map(({ body }) => body.toString('utf8'));
    expect(one).toBe(two);
    expect(first.promptDigest).toBe(sha256Hex(one ?? ''));
    expect(second).toEqual(first);
    expect(first.content).toMatch(/London/);
    expect(requests).toHaveLength(2);
    expect(requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { authorization: 'Bearer sk-test-0123456789', 'x-stainless-retry-count': '0' },
    });
  });

  test('without a key none is sent', async () => {
    const options = { endpoint: endpoints.ollama, apiKey: undefined };
    const { model, requests } = (server = await startChat((response) => {
      beginStream(response);
      response.end(answer);
    }, options));
    await model.getResponse(plainAgent, hello);
    expect(requests[0]?.headers).not.toHaveProperty('authorization');
  });

  test('without a key that is needed there is no call', async () => {
    const { model, requests } = (server = await startChat(() => {}, {
      endpoint: endpoints.groq,
      apiKey: '',
    }));
    await expect(model.getResponse(plainAgent, hello)).rejects.toMatchObject({
      fields: {
        provider: 'groq',
        kind: 'configuration',
        message: "Model `gpt-4o` needs GROQ_API_KEY in the worker's environment.",
      },
    });
    expect(requests).toHaveLength(0);
  });

  test('one connection serves many calls', async () => {
    const sockets = new Set<unknown>();
    const { model } = (server = await startChat((response) => {
      sockets.add(response.socket);
      beginStream(response);
      response.end(answer);
    }));
    for (let call = 0; call < 3; call++) {
      await model.getResponse(plainAgent, hello);
      await sleep(20);
    }
    expect(sockets.size).toBe(1);
  });
});

describe('a stream that ends early', () => {
  const boundaries = [...answer.matchAll(/\n\n/g)].map(({ index }) => answer.slice(0, index + 2));
  const end = boundaries.findIndex((cut) => cut.includes('"finish_reason":"stop"'));

  test('is never complete before its end, wherever it is cut', async () => {
    let body = '';
    const { model, requests } = (server = await startChat((response) => {
      beginStream(response);
      response.end(body);
    }));
    for (const cut of ['', ...boundaries.slice(0, end)]) {
      body = cut;
      await expect(model.getResponse(plainAgent, hello)).rejects.toMatchObject({
        fields: { kind: 'incomplete', retryable: true },
      });
    }
    expect(requests).toHaveLength(end + 1);
    for (const cut of boundaries.slice(end)) {
      body = cut;
      expect(await model.getResponse(plainAgent, hello)).toMatchObject({ finishReason: 'stop' });
    }
  });

  test('in the middle of an event', async () => {
    const { model } = (server = await startChat((response) => {
      beginStream(response);
      response.end(half.slice(0, -10));
    }));
    await expect(model.getResponse(plainAgent, hello)).rejects.toMatchObject({
      fields: { kind: 'incomplete', retryable: true },
    });
  });

  test('by a reset', async () => {
    const { model, requests } = (server = await startChat((response) => {
      beginStream(response);
      response.write(half, () => setTimeout(() => response.socket?.resetAndDestroy(), 20));
    }));
    await expect(model.getResponse(plainAgent, hello)).rejects.toMatchObject({
      fields: { provider: 'openai-chat', kind: 'network', retryable: true },
    });
    expect(requests).toHaveLength(1);
  });

  test('by a reset after its `finish_reason`: only the usage is lost', async () => {
    const { model } = (server = await startChat((response) => {
      beginStream(response);
      response.write(beforeUsage, () => setTimeout(() => response.socket?.resetAndDestroy(), 20));
    }));
    const response = await model.getResponse(plainAgent, hello);
    expect(response).toMatchObject({ finishReason: 'stop', usage: { inputTokens: 0 } });
  });

  test('because nobody listens', async () => {
    const { model, close } = await startChat(() => {}, { endpoint: endpoints.ollama });
    await close();
    await expect(model.getResponse(plainAgent, hello)).rejects.toMatchObject({
      fields: {
        provider: 'ollama',
        kind: 'network',
        code: 'ECONNREFUSED',
        message: expect.stringContaining(
          'ollama: There is no connection (ECONNREFUSED).',
        ) as string,
      },
    });
  });
});

describe('silence', () => {
  async function silentAfter(body: string, timeouts: Partial<OpenAIChatModelOptions>) {
    const { model, requests } = (server = await startChat((response) => {
      beginStream(response);
      response.write(body);
    }, timeouts));
    const outcome: unknown = await model.getResponse(plainAgent, hello).catch((it: unknown) => it);
    await requests[0]?.closedEarly;
    expect(requests).toHaveLength(1);
    return outcome;
  }

  test('before the first event', async () => {
    expect(await silentAfter(': wait\n\n', { firstEventTimeoutMs: 80 })).toMatchObject({
      fields: { kind: 'timeout', retryable: true },
    });
  });

  test('between two events', async () => {
    expect(await silentAfter(half, { idleTimeoutMs: 80 })).toMatchObject({
      fields: { kind: 'timeout', retryable: true },
    });
  });

  test('after the `finish_reason` it is none', async () => {
    expect(await silentAfter(beforeUsage, { idleTimeoutMs: 80 })).toMatchObject({
      finishReason: 'stop',
    });
  });

  test('after the usage: nobody waits for the end', async () => {
    const whole = answer.slice(0, answer.indexOf('data: [DONE]'));
    const { usage } = (await silentAfter(whole, {})) as { usage: { inputTokens: number } };
    expect(usage.inputTokens).toBeGreaterThan(0);
  });
});

describe('aborting', () => {
  test('closes the connection and returns what was folded so far', async () => {
    const { model, requests } = (server = await startChat((response) => {
      beginStream(response);
      response.write(half);
    }));
    const controller = new AbortController();
    let shown = '';
    let last: StreamEvent | undefined;
    for await (const event of model.streamResponse(plainAgent, hello, controller)) {
      if (!event.isFinal) shown += event.content;
      controller.abort();
      last = event;
    }
    expect(shown).not.toBe('');
    expect(last?.isFinal && last.accumulated).toMatchObject({
      content: shown,
      finishReason: 'interrupted',
      promptDigest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    await requests[0]?.closedEarly;
  });

  test('before the first byte: an empty answer, and the connection is closed', async () => {
    const { model, requests } = (server = await startChat(() => {}));
    const signal = AbortSignal.timeout(50);
    const response = await model.getResponse(plainAgent, hello, { signal });
    expect(response).toMatchObject({ content: '', finishReason: 'interrupted' });
    await requests[0]?.closedEarly;
  });

  test('before the call: no request at all', async () => {
    const { model, requests } = (server = await startChat(() => {}));
    const response = await model.getResponse(plainAgent, hello, { signal: AbortSignal.abort() });
    expect(response.finishReason).toBe('interrupted');
    expect(requests).toHaveLength(0);
  });

  test('a listener who leaves closes the connection too', async () => {
    const { model, requests } = (server = await startChat((response) => {
      beginStream(response);
      response.write(half);
    }));
    for await (const event of model.streamResponse(plainAgent, hello)) {
      if (!event.isFinal) break;
    }
    await expect(requests[0]?.closedEarly).resolves.toBeUndefined();
  });
});

/** What a call fails with when the endpoint answers so. There is one request, whatever the answer is. */
async function failure(
  status: number,
  body: string,
  { endpoint = endpoints.openrouter, headers = {} } = {},
): Promise<unknown> {
  const { model, requests } = (server = await startChat(
    (response) => {
      if (status === 200) beginStream(response);
      else response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(body);
    },
    { endpoint },
  ));
  const error: unknown = await model.getResponse(plainAgent, hello).catch((it: unknown) => it);
  expect(requests).toHaveLength(1);
  if (!isModelError(error)) return error;
  expect(JSON.stringify(error.fields)).not.toContain('sk-test');
  return error.fields;
}

describe('errors', () => {
  test('recorded: a bad key', async () => {
    const { status, responseBody } = readExchange(recordedFailures.key);
    const fields = await failure(status, responseBody, { endpoint: endpoints['openai-chat'] });
    expect(fields).toMatchObject({
      provider: 'openai-chat',
      kind: 'authentication',
      status: 401,
      code: 'invalid_api_key',
      retryable: false,
      message: expect.stringMatching(/failed: openai-chat answered 401: .*\[key\]/) as string,
    });
  });

  test('recorded: a model that does not exist', async () => {
    const { status, responseBody } = readExchange(recordedFailures.model);
    expect(await failure(status, responseBody)).toMatchObject({ kind: 'not_found', status: 404 });
  });

  test('recorded: in the stream, after its end, with the status as its code', async () => {
    const { responseBody } = readExchange(recordedFailures.stream);
    expect(await failure(200, responseBody)).toEqual({
      provider: 'openrouter',
      kind: 'bad_request',
      message:
        'The call of `gpt-4o` failed: openrouter answered 400: Token limit reached. ' +
        'The same request would fail again: change it, or name another model.',
      retryable: false,
      status: 400,
    });
  });

  test.each<[string, string, object]>([
    ['a status', '{"error":{"code":429,"message":"Slow down."}}', { kind: 'rate_limit' }],
    ['no credits', '{"error":{"code":402,"message":"Pay."}}', { kind: 'quota', retryable: false }],
    ['a word', '{"error":"The model is out of memory."}', { kind: 'server', retryable: true }],
    [
      'an error of its own shape',
      '{"object":"error","message":"Too long: maximum context length is 9.","code":400}',
      { kind: 'context_length', status: 400 },
    ],
    [
      'an error in a choice',
      '{"choices":[{"index":0,"delta":{},"finish_reason":"error","error":{"code":502,"message":"Upstream."}}]}',
      { kind: 'server', status: 502, retryable: true },
    ],
  ])('in the stream: %s', async (_case, body, expected) => {
    expect(await failure(200, `data: ${body}\n\n`)).toMatchObject(expected);
  });

  test.each<[number, string, object]>([
    [
      400,
      '{"object":"error","message":"This model\'s maximum context length is 9 tokens.","code":400}',
      { kind: 'context_length' },
    ],
    [
      400,
      '{"code":400,"error":{"message":"the request exceeds the available context size","type":"exceed_context_size_error","code":400}}',
      { kind: 'context_length', code: 'exceed_context_size_error' },
    ],
    [404, '{"code":"x","error":"No such model."}', { kind: 'not_found', code: 'x' }],
    [422, '{"detail":[{"msg":"Field required"}]}', { kind: 'bad_request' }],
    [
      400,
      '{"error":{"message":"Failed to call a function.","code":"tool_use_failed"}}',
      { kind: 'bad_request', retryable: true },
    ],
    [429, '{"error":{"message":"Slow."}}', { kind: 'rate_limit', retryAfterMs: 2000 }],
    [502, '<html>Bad gateway</html>', { kind: 'server', retryable: true }],
    [503, '', { kind: 'overloaded', retryable: true }],
  ])('status %i: %s', async (status, body, expected) => {
    const headers = { 'retry-after': '2' };
    const fields = (await failure(status, body, { headers })) as { message: string };
    expect(fields).toMatchObject({ provider: 'openrouter', status, ...expected });
    const said = /"(?:message|error|msg)":"([^"]+)"/.exec(body)?.[1] ?? '';
    expect(fields.message).toContain(said);
  });
});
