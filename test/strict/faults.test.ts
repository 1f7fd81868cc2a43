/** Scripted faults do what they say, as the vendors' SDKs feel them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { cleanUpAfterEach } from '../support/cleanup';
import type { ErrorKind } from '../support/strict/strict-error-bodies';
import type { ScriptedAnswer } from '../support/strict/strict-server';
import type { Clients } from './clients';
import { collect, rejection, startClients } from './clients';

const cleanUp = cleanUpAfterEach();

const messages = [{ role: 'user' as const, content: 'Hi' }];
const callers = {
  'OpenAI Responses': ({ openai }: Clients, signal?: AbortSignal) =>
    openai.responses.create({ model: 'gpt-5', input: 'Hi', stream: true }, { signal }),
  'OpenAI Chat Completions': ({ openai }: Clients, signal?: AbortSignal) =>
    openai.chat.completions.create({ model: 'gpt-5', messages, stream: true }, { signal }),
  Anthropic: ({ anthropic }: Clients, signal?: AbortSignal) =>
    anthropic.messages.create(
      { model: 'claude-opus-5', max_tokens: 100, messages, stream: true },
      { signal },
    ),
  Gemini: ({ gemini }: Clients, signal?: AbortSignal) =>
    gemini.models.generateContentStream({
      model: 'gemini-3-flash-preview',
      contents: 'Hi',
      config: { ...(signal && { abortSignal: signal }) },
    }),
} as const;
type Provider = keyof typeof callers;
const providers = Object.keys(callers) as Provider[];

async function fail(provider: Provider, answer: ScriptedAnswer) {
  const clients = await startClients(cleanUp);
  clients.server.script([answer]);
  const call = async () => collect<unknown>(await callers[provider](clients));
  return { clients, error: await rejection(call()) };
}

async function succeed(provider: Provider, answer: ScriptedAnswer) {
  const clients = await startClients(cleanUp);
  clients.server.script([answer]);
  return collect<unknown>(await callers[provider](clients));
}

describe('errors in the provider’s own words', () => {
  test.each([
    ['OpenAI Responses', 'rate_limit', 429, 'rate_limit_exceeded'],
    ['OpenAI Responses', 'quota', 429, 'insufficient_quota'],
    ['OpenAI Responses', 'context_length', 400, 'context_length_exceeded'],
    ['OpenAI Chat Completions', 'authentication', 401, 'invalid_api_key'],
    ['OpenAI Chat Completions', 'overloaded', 503, 'server_is_overloaded'],
    ['Anthropic', 'overloaded', 529, 'overloaded_error'],
    ['Anthropic', 'quota', 429, 'enforced_spend_limit_reached'],
    ['Anthropic', 'billing', 402, 'billing_error'],
    ['Anthropic', 'too_large', 413, 'request_too_large'],
    ['Anthropic', 'context_length', 400, 'prompt is too long: 208310 tokens > 200000 maximum'],
    ['Gemini', 'overloaded', 503, 'UNAVAILABLE'],
    ['Gemini', 'quota', 429, 'PerDay'],
    ['Gemini', 'authentication', 400, 'API_KEY_INVALID'],
    ['Gemini', 'not_found', 404, 'NOT_FOUND'],
  ] as const)('%s: %s is %d %s', async (provider, kind, status, says) => {
    const { error } = await fail(provider, { error: kind });
    expect(error['status']).toBe(status);
    expect(JSON.stringify(error) + String(error['message'])).toContain(says);
  });

  test.each(['timeout', 'conflict', 'unprocessable', 'permission'] as const)(
    '%s has its own status everywhere',
    async (kind) => {
      const statuses = await Promise.all(
        providers.map(async (provider) => (await fail(provider, { error: kind })).error['status']),
      );
      expect(new Set(statuses).size).toBe(1);
    },
  );

  test('hints at when to try again', async () => {
    const date = new Date('2026-11-21T12:00:00Z');
    const server = await startClients(cleanUp);
    server.server.script([
      { error: 'rate_limit', retry: { seconds: 7, shouldRetry: true } },
      { error: 'rate_limit', retry: { milliseconds: 250, date } },
      { error: 'rate_limit', retry: { seconds: 34.4 } },
    ]);
    const first = await rejection(callers.Anthropic(server));
    const second = await rejection(callers['OpenAI Responses'](server));
    const third = await rejection(callers.Gemini(server));
    const header = (error: typeof first, name: string): string | null =>
      (error['headers'] as Headers).get(name);
    expect(header(first, 'retry-after')).toBe('7');
    expect(header(first, 'x-should-retry')).toBe('true');
    expect(header(second, 'retry-after-ms')).toBe('250');
    expect(header(second, 'retry-after')).toBe('Sat, 21 Nov 2026 12:00:00 GMT');
    expect(String(third['message'])).toContain('34.4s');
  });

  test('any answer of one’s own', async () => {
    const { error } = await fail('OpenAI Responses', {
      status: 418,
      body: { error: { code: 'teapot' } },
    });
    expect(error).toMatchObject({ status: 418, code: 'teapot' });
  });
});

describe.each(providers)('%s', (provider) => {
  test('an error in the stream', async () => {
    const { error } = await fail(provider, { text: 'One two three.', errorInStream: 'overloaded' });
    expect(String(error['message'])).toMatch(/overloaded/i);
    expect(error['status']).toBe(provider === 'Gemini' ? 503 : undefined);
  });

  test('a connection that breaks', async () => {
    const { clients, error } = await fail(provider, { text: 'One two.', cutAfterBytes: 500 });
    expect(String(error['message'])).toMatch(/terminated/);
    expect(clients.server.requests[0]).not.toHaveProperty('closedAt');
  });

  test('an answer without any event', async () => {
    expect(await succeed(provider, { text: 'Hi', isEmpty: true })).toEqual([]);
  });

  test('a page instead of an API', async () => {
    const { error } = await fail(provider, { isHtml: true });
    expect(error['status']).toBe(502);
  });

  test('a stall, which the client ends: the log says when', async () => {
    const clients = await startClients(cleanUp);
    clients.server.script([{ text: 'One two three.', stallAfterEvents: 3 }]);
    const controller = new AbortController();
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const event of await callers[provider](clients, controller.signal)) {
        seen.push(event);
      }
    })().catch(() => undefined);
    while (seen.length === 0) await sleep(5);
    const before = clients.server.requests[0];
    expect(before).toMatchObject({ status: 200 });
    expect(before).not.toHaveProperty('closedAt');
    const abortedAt = Date.now();
    controller.abort();
    await reading;
    while (clients.server.requests[0]?.closedAt === undefined) await sleep(5);
    expect(seen.length).toBeLessThanOrEqual(3);
    expect(clients.server.requests[0]?.closedAt).toBeGreaterThanOrEqual(abortedAt);
  });
});

test.each([
  ['endAfterBytes', 'ended'],
  ['cutAfterBytes', 'terminated'],
] as const)('%s: so many bytes, then %s', async (fault, ending) => {
  const { server } = await startClients(cleanUp);
  server.script([{ text: 'One two three four five six.', [fault]: 700 }]);
  const response = await fetch(`${server.url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: 'Bearer key', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-5', input: 'Hi', stream: true }),
  });
  let bytes = 0;
  const read = async (): Promise<string> => {
    for await (const chunk of response.body!) bytes += (chunk as Uint8Array).length;
    return 'ended';
  };
  expect(await read().catch((error: Error) => error.message)).toBe(ending);
  expect(bytes).toBe(700);
});

test('waits before the headers and between the events', async () => {
  const begin = Date.now();
  await succeed('Anthropic', { text: 'One two three.', delayHeadersMs: 100, eventDelayMs: 20 });
  expect(Date.now() - begin).toBeGreaterThanOrEqual(250);
});

test('stalls right after the headers', async () => {
  const clients = await startClients(cleanUp);
  clients.server.script([{ text: 'Hi', stallAfterEvents: 0 }]);
  const stream = await callers.Anthropic(clients);
  const first = stream[Symbol.asyncIterator]().next();
  expect(await Promise.race([first, sleep(100, 'nothing yet')])).toBe('nothing yet');
  stream.controller.abort();
});

test('answers 200 with a page', async () => {
  const { anthropic, server } = await startClients(cleanUp);
  server.script([{ isHtml: true, status: 200 }]);
  const request = { model: 'claude-opus-5', max_tokens: 100, messages };
  expect(await anthropic.messages.create(request)).toEqual(expect.stringContaining('<html>'));
});

test('Anthropic says whether to try again, unless the money is spent', async () => {
  const header = async (error: ErrorKind): Promise<string | null> =>
    ((await fail('Anthropic', { error })).error['headers'] as Headers).get('x-should-retry');
  expect(await header('overloaded')).toBe('true');
  expect(await header('authentication')).toBe('false');
  expect(await header('quota')).toBeNull();
});

test('answers 200 with an error', async () => {
  const { openai, server } = await startClients(cleanUp);
  server.script([{ error: 'server_error', status: 200 }]);
  const response = await openai.responses.create({ model: 'gpt-5', input: 'Hi' });
  expect(response.error).toMatchObject({ code: 'server_error' });
});
