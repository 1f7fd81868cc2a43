/** What holds for the strict server as a whole: its log, its script, its doors. */
import { cleanUpAfterEach } from '../support/cleanup';
import type { StrictServer } from '../support/strict/strict-server';
import { startStrictServer } from '../support/strict/strict-server';
import { rejection, startClients } from './clients';

const cleanUp = cleanUpAfterEach();

async function start(...options: Parameters<typeof startStrictServer>): Promise<StrictServer> {
  const server = await startStrictServer(...options);
  cleanUp(() => server.stop());
  return server;
}

function post(server: StrictServer, path: string, body: string | Uint8Array, key = 'key') {
  return fetch(server.url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'x-goog-api-key': key,
      'anthropic-version': '2026-10-21',
      'content-type': 'application/json',
    },
    body,
  });
}

const message = {
  model: 'claude-opus-5',
  max_tokens: 100,
  messages: [{ role: 'user', content: 'Hi' }],
};

test('keeps every request as it was sent', async () => {
  const server = await start();
  server.script([{ text: 'Hello.' }]);
  const bytes = `${JSON.stringify(message)} \n`;
  const response = await post(server, '/v1/messages', bytes);
  await response.text();
  expect(server.requests).toEqual([
    {
      provider: 'anthropic',
      method: 'POST',
      path: '/v1/messages',
      headers: expect.objectContaining({ 'anthropic-version': '2026-10-21' }),
      body: message,
      bytes,
      at: expect.any(Number),
      status: 200,
    },
  ]);
});

test('a refused request uses up no answer, and the log names the rule', async () => {
  const { server, anthropic } = await startClients(cleanUp);
  server.script([{ text: 'Hello.' }]);
  const refusal = await rejection(
    anthropic.messages.create({ ...message, messages: [{ role: 'user', content: '' }] }),
  );
  expect(refusal).toMatchObject({ status: 400, name: 'BadRequestError' });
  expect(refusal['requestID']).toMatch(/^req_/);
  expect(server.requests[0]).toMatchObject({ status: 400, refusedBy: 'contentIsNotEmpty' });
  const answer = await anthropic.messages.create({
    ...message,
    messages: [{ role: 'user', content: 'Hi' }],
  });
  expect(answer.content).toMatchObject([{ text: 'Hello.' }]);
});

test('a function answers where the queue has nothing', async () => {
  const { server, openai } = await startClients(cleanUp);
  server.script(({ body }) => ({ text: JSON.stringify(body).includes('dice') ? '4' : 'What?' }));
  server.script([{ text: 'First.' }]);
  const ask = async (input: string): Promise<string> =>
    (await openai.responses.create({ model: 'gpt-5', input })).output_text;
  expect(await ask('dice')).toBe('First.');
  expect(await ask('dice')).toBe('4');
  expect(await ask('Hi')).toBe('What?');
});

test('says when the script is over, so that nobody tries again', async () => {
  const { openai } = await startClients(cleanUp);
  const error = await rejection(openai.responses.create({ model: 'gpt-5', input: 'Hi' }));
  expect(error).toMatchObject({ status: 400 });
  expect(error['message']).toContain('The script of the strict server is over.');
});

test.each([
  ['/v1/responses', 'openai-responses'],
  ['/api/v1/responses', 'openai-responses'],
  ['/openrouter/api/v1/chat/completions', 'openai-chat'],
  ['/anthropic/v1/messages', 'anthropic'],
  ['/v1/models/gemini-3-flash-preview:generateContent', 'gemini'],
  ['/proxy/v1beta/models/gemini-3-flash-preview:streamGenerateContent?alt=sse', 'gemini'],
] as const)('%s is %s', async (path, provider) => {
  const server = await start();
  await (await post(server, path, '{}')).text();
  expect(server.requests[0]).toMatchObject({ provider, status: 400 });
});

test('knows no other path', async () => {
  const server = await start();
  const response = await post(server, '/v1/embeddings', '{}');
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ error: { code: 'unknown_url' } });
  expect(server.requests[0]?.provider).toBeUndefined();
});

test.each([
  '/v1/responses',
  '/v1/chat/completions',
  '/v1/messages',
  '/v1/models/gemini-3-flash:generateContent',
])('%s reads neither half JSON nor broken UTF-8', async (path) => {
  const server = await start();
  expect((await post(server, path, '{"model":')).status).toBe(400);
  const broken = Buffer.concat([Buffer.from('{"model":"'), Buffer.of(0xff), Buffer.from('"}')]);
  expect((await post(server, path, broken)).status).toBe(400);
  expect(server.requests.map(({ body }) => body)).toEqual([undefined, undefined]);
});

test('Anthropic’s requests end at 32 MB', async () => {
  const server = await start();
  const text = 'x'.repeat(33 * 1024 * 1024);
  const large = { ...message, messages: [{ role: 'user', content: text }] };
  const response = await post(server, '/v1/messages', JSON.stringify(large));
  expect(response.status).toBe(413);
  expect(await response.json()).toMatchObject({ error: { type: 'request_too_large' } });
});

test('a stream that Gemini refuses is called a stream all the same', async () => {
  const server = await start();
  const path = '/v1beta/models/none:streamGenerateContent?alt=sse';
  const response = await post(server, path, JSON.stringify({ contents: [] }));
  expect(response.status).toBe(404);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
});

test('knows the keys that it is told', async () => {
  const server = await start({ isKeyValid: (key) => key === 'good' });
  const path = '/v1/messages';
  server.script([{ text: 'Hello.' }]);
  expect((await post(server, path, JSON.stringify(message), 'bad')).status).toBe(401);
  expect((await post(server, path, JSON.stringify(message), 'good')).status).toBe(200);
});
