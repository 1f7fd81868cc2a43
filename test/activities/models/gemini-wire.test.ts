import { userMessage } from '../../../agent/messages';
import type { JsonObject } from '../../../agent/json';
import type { StreamEvent } from '../../../agent/model';
import { promptDigestOf } from '../../../activities/models/prompt-digest';
import { toGeminiRequest } from '../../../activities/models/gemini-format';
import { sha256Hex } from '../../../agent/digest';
import {
  beginStream,
  beginning,
  collect,
  failureOf,
  plainAgent,
  recordedStream,
  startGemini,
} from '../../support/gemini-fixtures';
import type { LoopbackServer } from '../../support/loopback-server';

const hello = [userMessage('Hello.')];

let server: LoopbackServer | undefined;
afterEach(() => server?.close());

async function startWith(body: string): Promise<Awaited<ReturnType<typeof startGemini>>> {
  const started = await startGemini((answer) => {
    beginStream(answer);
    answer.end(body);
  });
  server = started;
  return started;
}

describe('over the wire', () => {
  const answerBody = recordedStream('an answer after a call');

  test('one attempt is one request, and what was digested is what is sent', async () => {
    const { model, requests } = await startWith(answerBody);
    const { promptDigest } = await model.getResponse(plainAgent, hello);
    expect(requests).toHaveLength(1);
    const [request] = requests;
    expect(request?.path).toBe(
      '/v1beta/models/gemini-3-flash-preview:streamGenerateContent?alt=sse',
    );
    expect(request?.headers['x-goog-api-key']).toBe('AIza-test-0123456789');
    expect(request?.headers['content-type']).toBe('application/json');
    expect(sha256Hex(request?.body.toString('utf8') ?? '')).toBe(promptDigest);
    expect(promptDigest).toBe(promptDigestOf(toGeminiRequest(plainAgent, hello)));
  });

  test('an attempt that fails is one request too', async () => {
    const started = (server = await startGemini((answer) => {
      answer.writeHead(503, { 'content-type': 'application/json' });
      answer.end('{"error":{"code":503,"message":"Overloaded.","status":"UNAVAILABLE"}}');
    }));
    expect(await failureOf(started.model.getResponse(plainAgent, hello))).toMatchObject({
      kind: 'overloaded',
      retryable: true,
      status: 503,
    });
    expect(started.requests).toHaveLength(1);
  });

  test('cancelling closes the connection and keeps what came', async () => {
    const started = (server = await startGemini((answer) => {
      beginStream(answer);
      answer.write(beginning(answerBody, 1));
    }));
    const stop = new AbortController();
    const events: StreamEvent[] = [];
    for await (const event of started.model.streamResponse(plainAgent, hello, {
      signal: stop.signal,
    })) {
      events.push(event);
      stop.abort();
    }
    await started.requests[0]?.closedEarly;
    expect(events.at(-1)).toMatchObject({
      type: 'complete',
      content: 'The capital of Mexico',
      accumulated: { finishReason: 'interrupted', toolCalls: [] },
    });
    // What was counted, what was said, and the end.
    expect(events).toHaveLength(3);
  });

  test('breaking off closes the connection', async () => {
    const started = (server = await startGemini((answer) => {
      beginStream(answer);
      answer.write(beginning(answerBody, 1));
    }));
    for await (const event of started.model.streamResponse(plainAgent, hello)) {
      expect(event.type).toBe('partial');
      break;
    }
    await started.requests[0]?.closedEarly;
  });

  test('cancelled before it began, nothing is sent', async () => {
    const { model, requests } = await startWith(answerBody);
    const events = model.streamResponse(plainAgent, hello, { signal: AbortSignal.abort() });
    expect((await collect(events)).response.finishReason).toBe('interrupted');
    expect(requests).toHaveLength(0);
  });

  test.each([
    ['sends no first event', 0, { firstEventTimeoutMs: 100 }],
    ['falls silent', 1, { idleTimeoutMs: 100 }],
  ])('a server that %s is given up', async (_case, count, timeouts) => {
    const started = (server = await startGemini((answer) => {
      beginStream(answer);
      answer.write(beginning(answerBody, count) || ': \n');
    }, timeouts));
    const failure = await failureOf(started.model.getResponse(plainAgent, hello));
    expect(failure).toMatchObject({ kind: 'timeout', retryable: true });
    await started.requests[0]?.closedEarly;
  });

  test.each([
    ['in the middle of an event', answerBody.slice(0, answerBody.length / 2)],
    ['before its last blank line', answerBody.trimEnd()],
  ])('a stream cut %s is incomplete', async (_case, body) => {
    const { model } = await startWith(body);
    expect(await failureOf(model.getResponse(plainAgent, hello))).toMatchObject({
      kind: 'incomplete',
      retryable: true,
    });
  });

  test('the end is enough: the server need not close the connection', async () => {
    const started = (server = await startGemini((answer) => {
      beginStream(answer);
      answer.write(answerBody);
    }));
    const { content } = await started.model.getResponse(plainAgent, hello);
    expect(content).toBe('The capital of Mexico is Mexico City.');
  });

  test('the version of the API can be chosen', async () => {
    const started = (server = await startGemini(
      (answer) => {
        beginStream(answer);
        answer.end(answerBody);
      },
      { apiVersion: 'v1', model: 'models/gemini-3-flash' },
    ));
    await started.model.getResponse(plainAgent, hello);
    expect(started.requests[0]?.path).toBe(
      '/v1/models/gemini-3-flash:streamGenerateContent?alt=sse',
    );
    const sent = JSON.parse(started.requests[0]?.body.toString('utf8') ?? '') as JsonObject;
    expect(Object.keys(sent)).toEqual(['systemInstruction', 'contents']);
  });
});

describe('a tool of an MCP server that Google itself calls', () => {
  const agent = {
    ...plainAgent,
    settings: {
      providerOptions: {
        gemini: { tools: [{ mcpServers: [{ name: 'weather', streamableHttpTransport: {} }] }] },
      },
    },
  };
  const part = (value: object, finishReason?: string) => ({
    candidates: [{ content: { role: 'model', parts: [value] }, index: 0, finishReason }],
  });
  // Its call ends with a reason too, and is followed by its result.
  const chunks = [
    part({ functionCall: { name: 'weather_now', args: {} } }, 'STOP'),
    part({ functionResponse: { name: 'weather_now', response: { result: 'sunny' } } }),
    part({ text: 'It is sunny.' }, 'STOP'),
  ];
  const stream = (count: number): string =>
    chunks
      .slice(0, count)
      .map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`)
      .join('');

  test('is none of ours to run', async () => {
    const { model } = await startWith(stream(3));
    expect(await model.getResponse(agent, hello)).toMatchObject({
      content: 'It is sunny.',
      toolCalls: [],
      finishReason: 'stop',
    });
  });

  test.each([1, 2])('cut after %i of its 3 chunks, the answer is none', async (count) => {
    const { model } = await startWith(stream(count));
    expect(await failureOf(model.getResponse(agent, hello))).toMatchObject({
      kind: 'incomplete',
      retryable: true,
    });
  });
});
