/** Server-sent events over a real socket: what is sent, from where it goes on, and what is freed. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConversationEvent } from '../../../client/conversation-events';
import type { StreamOptions } from '../../../client/conversation-options';
import { NoWorkerError, UnknownConversationError } from '../../../client/errors';
import { type RunningServer, serve } from '../../../client/serve/serve';
import { complete, fakeDoor, partial } from './fake-door';

let server: RunningServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

type Stream = (id: string, options: StreamOptions) => AsyncGenerator<ConversationEvent>;

async function serveStream(stream: Stream, client: Readonly<Record<string, unknown>> = {}) {
  const fake = fakeDoor({ client: { stream, ...client }, heartbeatMs: 50 });
  server = await serve({ door: fake.door, host: '127.0.0.1', port: 0, version: '1' });
  return { ...fake, url: `${server.url}/conversations/c/events` };
}

/** Waits until it is so. */
async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error('It did not come to it within 10 s.');
    await sleep(10);
  }
}

/** Ends when it is told to leave, and says so. */
function endless(left: string[]): Stream {
  return async function* (id, { signal }) {
    try {
      yield partial('Hello', 0);
      if (!signal!.aborted) await once(signal!, 'abort');
    } finally {
      left.push(id);
    }
  };
}

test('each event has its offset as id and its type as name; the stream ends with its last one', async () => {
  const { url } = await serveStream(async function* () {
    yield partial('two\n\nlines', 0);
    yield complete('two\n\nlines');
  });

  const response = await fetch(`${url}?until=turn`);
  const text = await response.text();

  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const blocks = text.split('\n\n').filter(Boolean);
  expect(blocks[0]).toBe('retry: 1000');
  expect(blocks[1]).toMatch(
    /^id: 1\.0\.0~1\.1\.1\.10\.0\nevent: partial\ndata: \{.*"two\\n\\nlines".*\}$/,
  );
  expect(blocks[2]).toMatch(/^id: 2\.0\.1\nevent: complete\ndata: \{.*\}$/);
  expect(blocks).toHaveLength(3);
});

test.each([
  ['', {}, {}],
  ['?from=0&until=conversation', {}, { from: '0', until: 'conversation' }],
  ['', { 'last-event-id': '2.0.1' }, { from: '2.0.1' }],
  ['?from=0', { 'last-event-id': '2.0.1' }, { from: '2.0.1' }],
])('%s with %j goes on from %j', async (query, headers, options) => {
  const { url, asked } = await serveStream(async function* () {
    yield complete('Hello');
  });

  await (await fetch(`${url}${query}`, { headers })).text();

  const streamed = asked.find(({ method }) => method === 'stream');
  expect(streamed?.parameters).toEqual([
    'c',
    { ...options, signal: expect.any(AbortSignal) as AbortSignal },
  ]);
});

test('silence is filled with comments, and what comes then is not lost', async () => {
  const { url } = await serveStream(async function* () {
    await sleep(180);
    yield complete('Hello');
  });

  const text = await (await fetch(url)).text();

  expect(text.split('\n').filter((line) => line === ':').length).toBeGreaterThanOrEqual(2);
  expect(text).toMatch(/event: complete\n/);
});

test('a reader who leaves frees the stream', async () => {
  const left: string[] = [];
  const { url } = await serveStream(endless(left));
  const leaving = new AbortController();

  const response = await fetch(url, { signal: leaving.signal });
  await response.body!.getReader().read();
  expect(left).toEqual([]);
  leaving.abort();

  await until(() => left.length === 1);
});

test('a server that closes ends its streams, and is gone at once', async () => {
  const left: string[] = [];
  const { url } = await serveStream(endless(left));
  const response = await fetch(url);
  const startedAt = Date.now();

  const [text] = await Promise.all([response.text(), server!.close()]);

  expect(text).toContain('event: partial');
  expect(text).not.toContain('event: problem');
  expect(left).toEqual(['c']);
  expect(Date.now() - startedAt).toBeLessThan(1_500);
  server = undefined;
});

test('what is unknown has a status; what goes wrong later is an event', async () => {
  const unknown = await serveStream(endless([]), {
    describe: () => Promise.reject(new UnknownConversationError('c')),
  });
  const refused = await fetch(unknown.url);
  expect([refused.status, await refused.json()]).toEqual([
    404,
    expect.objectContaining({ title: 'UnknownConversationError' }),
  ]);
  await server?.close();

  const { url } = await serveStream(async function* () {
    yield partial('Hello', 0);
    throw new NoWorkerError('q');
  });
  const text = await (await fetch(url)).text();
  expect(text).toMatch(
    /event: problem\ndata: \{"type":"urn:holdfast:NoWorkerError".*"status":503.*\}\n\n$/,
  );
});

test('who does not read is not written for: nothing piles up here', async () => {
  const piece = 'x'.repeat(64 * 1024);
  let made = 0;
  let hasLeft = false;
  const { url } = await serveStream(async function* () {
    try {
      for (;;) {
        made += 1;
        yield partial(piece, made * piece.length);
      }
    } finally {
      hasLeft = true;
    }
  });
  const { port, pathname } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(`GET ${pathname} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  socket.pause();

  // What the sockets of both sides hold, and then no more.
  let before = -1;
  await until(() => {
    const isStill = made > 0 && made === before;
    before = made;
    return isStill;
  });
  await sleep(200);
  expect(made).toBe(before);
  expect(made * piece.length).toBeLessThan(32 * 1024 * 1024);

  socket.destroy();
  await until(() => hasLeft);
});
