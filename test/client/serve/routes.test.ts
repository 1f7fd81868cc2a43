/** The routes over a client that keeps what it is asked: what comes in, what goes out, and what is refused. */
import { ServiceError } from '@temporalio/client';
import {
  ConversationEndedError,
  DeadlineError,
  MessageRejectedError,
  NoWorkerError,
  UnknownConversationError,
  WorkerCannotProcessError,
} from '../../../client/errors';
import { routes } from '../../../client/serve/create-app';
import { complete, fakeApp, partial } from './fake-door';

const decided = { callId: 't1s1c0', approved: true, by: 'user', isFirst: true };

/** What each route asks of the client: method, path, body → method and parameters. */
const translations: readonly (readonly [string, string, unknown, string, readonly unknown[]])[] = [
  ['GET', '/worker', undefined, 'hasWorker', []],
  ['GET', '/pending', undefined, 'pending', []],
  [
    'GET',
    '/conversations?limit=7&running=true',
    undefined,
    'list',
    [{ limit: 7, isRunning: true }],
  ],
  [
    'GET',
    '/conversations?status=waiting_for_person&needsApproval=true&tenant=shop',
    undefined,
    'list',
    [{ status: 'waiting_for_person', tenant: 'shop', isRunning: false, needsApproval: true }],
  ],
  ['POST', '/conversations', { agent: 'demo' }, 'start', [{ agent: 'demo' }]],
  [
    'POST',
    '/conversations',
    { agent: 'demo', id: 'c', message: 'Hi', messageId: 'm', mode: 'task', tenant: 'shop' },
    'start',
    [{ agent: 'demo', id: 'c', message: 'Hi', messageId: 'm', mode: 'task', tenant: 'shop' }],
  ],
  ['GET', '/conversations/c', undefined, 'state', ['c', undefined]],
  ['GET', '/conversations/c?messageId=m', undefined, 'state', ['c', 'm']],
  ['GET', '/conversations/c/run', undefined, 'describe', ['c']],
  [
    'GET',
    '/conversations/c/messages?from=3&limitBytes=9',
    undefined,
    'messages',
    ['c', { from: 3, limitBytes: 9 }],
  ],
  ['POST', '/conversations/c/messages', { content: 'Hi' }, 'send', ['c', 'Hi', {}]],
  [
    'POST',
    '/conversations/c/messages',
    { content: [{ type: 'text', text: 'Hi' }], messageId: 'm', delivery: 'steer' },
    'send',
    ['c', [{ type: 'text', text: 'Hi' }], { messageId: 'm', delivery: 'steer' }],
  ],
  ['PUT', '/conversations/c/messages/m', { content: 'Ho' }, 'editQueued', ['c', 'm', 'Ho']],
  ['POST', '/conversations/c/cancel', { messageIds: ['m'] }, 'cancelQueued', ['c', ['m']]],
  ['GET', '/conversations/c/pending', undefined, 'state', ['c']],
  ['GET', '/conversations/c/transcript?turn=2', undefined, 'transcript', ['c', { turn: 2 }]],
  [
    'GET',
    '/conversations/c/prompt?turn=2&step=1',
    undefined,
    'prompt',
    ['c', { turn: 2, step: 1 }],
  ],
  [
    'POST',
    '/conversations/c/decisions',
    { callId: 't1s1c0', approved: true, argumentsHash: 'h', remember: true },
    'decide',
    ['c', { callId: 't1s1c0', approved: true, argumentsHash: 'h', remember: true }],
  ],
  ['POST', '/conversations/c/interrupt', undefined, 'interrupt', ['c', {}]],
  ['POST', '/conversations/c/interrupt', { turn: 3 }, 'interrupt', ['c', { turn: 3 }]],
  ['POST', '/conversations/c/pause', undefined, 'pause', ['c']],
  ['POST', '/conversations/c/resume', undefined, 'resume', ['c']],
  ['POST', '/conversations/c/adopt', { model: 'm' }, 'adopt', ['c', { model: 'm' }]],
  ['POST', '/conversations/c/adopt', undefined, 'adopt', ['c', {}]],
  ['POST', '/conversations/c/compact', undefined, 'compact', ['c']],
  ['POST', '/conversations/c/close', undefined, 'close', ['c']],
];

const answers = {
  decide: decided,
  editQueued: true,
  cancelQueued: ['m'],
  state: { turns: [], queued: [] },
  list: [],
  start: { id: 'c' },
};

test.each(translations)('%s %s with %j', async (method, path, body, clientMethod, parameters) => {
  const { send, asked } = fakeApp({ client: answers });

  const response = await send(method, path, body);

  expect(response.ok).toBe(true);
  expect(asked.at(-1)).toEqual({ method: clientMethod, parameters });
});

test('every route of the table is in the translations, but those with a test of their own', () => {
  const tested = new Set(
    translations.map(([method, path]) => `${method} ${path.replace(/\?.*/, '')}`),
  );
  const untested = routes
    .map(({ method, path }) => `${method.toUpperCase()} ${path}`)
    .filter((route) => !tested.has(route.replace('{id}', 'c').replace('{messageId}', 'm')));

  expect(untested).toEqual([
    'GET /agents',
    'GET /conversations/{id}/timeline',
    'GET /conversations/{id}/events',
    'POST /ask',
  ]);
});

test('the client’s answer is the body, with the status of what it means', async () => {
  const acknowledgement = { messageId: 'm', accepted: 'queued', position: 1 };
  const { send } = fakeApp({ client: { ...answers, send: acknowledgement } });

  const sent = await send('POST', '/conversations/c/messages', { content: 'Hi' });
  const started = await send('POST', '/conversations', { agent: 'demo' });
  const agents = await send('GET', '/agents');
  const timeline = await send('GET', '/conversations/c/timeline');

  expect([sent.status, await sent.json()]).toEqual([202, acknowledgement]);
  expect([started.status, await started.json()]).toEqual([201, { id: 'c' }]);
  expect(await agents.json()).toEqual({ agents: ['demo'] });
  expect(await timeline.json()).toEqual({ id: 'c', turns: [] });
  expect(sent.headers.get('cache-control')).toBe('no-store');
});

test('an id of any characters is one path segment', async () => {
  const { send, asked } = fakeApp({ client: answers });
  const ids = ['a/b', 'ä %2F?#', 'two words', '%', '..'];

  for (const id of ids) await send('POST', `/conversations/${encodeURIComponent(id)}/pause`);

  const paused = asked.filter(({ method }) => method === 'pause');
  expect(paused.map(({ parameters: [id] }) => id)).toEqual(ids.slice(0, 4));
});

test('a transcript comes as JSON, or as Markdown where that is asked for', async () => {
  const transcript = {
    ...{ id: 'c', status: 'idle', startedAt: '2026-01-01T00:00:00.000Z', runs: 1, turns: [] },
    ...{ isBeginningLost: false, unproven: [], usage: { inputTokens: 0, outputTokens: 0 } },
    ...{
      costUsd: 0,
      messages: [],
      compactions: [],
      waiting: [],
      readAt: '2026-01-01T00:00:00.000Z',
    },
  };
  const { send } = fakeApp({ client: { transcript } });
  const path = '/conversations/c/transcript';

  const json = await send('GET', path, undefined, { accept: '*/*' });
  const markdown = await send('GET', path, undefined, { accept: 'text/markdown' });

  expect(await json.json()).toEqual(transcript);
  expect(markdown.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
  expect(await markdown.text()).toMatch(/^# Conversation `c`\n/);
});

test('`ask` waits for the answer, or tells it event by event', async () => {
  const events = () =>
    (async function* () {
      yield partial('He', 0);
      yield complete('Hello');
    })();
  const { send, asked } = fakeApp({ client: { stream: events } });
  const body = { to: 'demo', content: 'Hi', messageId: 'm' };

  const whole = await send('POST', '/ask', body);
  const streamed = await send('POST', '/ask', body, { accept: 'text/event-stream' });

  expect(await whole.json()).toMatchObject({ role: 'agent', content: 'Hello' });
  expect(asked[0]?.parameters).toMatchObject(['demo', { message: 'Hi', messageId: 'm' }]);
  expect(await streamed.text()).toMatch(/event: partial\n[^]*event: complete\n/);
});

const failures: readonly (readonly [unknown, number, string])[] = [
  [new UnknownConversationError('c'), 404, 'UnknownConversationError'],
  [new ConversationEndedError('c'), 409, 'ConversationEndedError'],
  [new NoWorkerError('q'), 503, 'NoWorkerError'],
  [new WorkerCannotProcessError('c', 'it is broken'), 503, 'WorkerCannotProcessError'],
  [new DeadlineError('c', 5_000), 504, 'DeadlineError'],
  [new MessageRejectedError('QueueFull', '100 messages wait.'), 429, 'QueueFull'],
  [new MessageRejectedError('MessageTooLarge', 'Too large.'), 413, 'MessageTooLarge'],
  [new MessageRejectedError('ConversationClosed', 'It is closed.'), 409, 'ConversationClosed'],
  [new MessageRejectedError('UnknownCall', 'Nothing waits.'), 404, 'UnknownCall'],
  [new MessageRejectedError('ArgumentsChanged', 'No longer those.'), 409, 'ArgumentsChanged'],
  [new MessageRejectedError('MalformedMessage', 'No message.'), 400, 'MalformedMessage'],
  [new MessageRejectedError('UnknownAgent', 'No such agent.'), 422, 'UnknownAgent'],
];

test.each(failures)('%s is a problem with a status that is true', async (error, status, title) => {
  const fails = () => Promise.reject(error as Error);
  const { send } = fakeApp({ client: { requireWorker: fails } });

  const response = await send('POST', '/conversations/c/messages', { content: 'Hi' });

  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toEqual({
    type: `urn:holdfast:${title}`,
    title,
    status,
    detail: (error as Error).message,
  });
});

test('an error that is none of ours goes to the log, and its words to nobody else', async () => {
  const secret = 'password=hunter2';
  const cause = Object.assign(new Error(secret), { code: 14, details: secret });
  const errors = [new TypeError(secret), new ServiceError('Failed', { cause })];
  const { send, log } = fakeApp({ client: { describe: () => Promise.reject(errors.shift()!) } });

  const broken = await send('GET', '/conversations/c/run', undefined, {
    authorization: 'Bearer k',
  });
  const away = await send('GET', '/conversations/c/run');

  expect([broken.status, away.status]).toEqual([500, 503]);
  expect(`${await broken.text()}${await away.text()}`).not.toContain('hunter2');
  expect(log).toEqual([
    `GET /conversations/c/run: 500 ${secret}`,
    `GET /conversations/c/run: 503 Failed: ${secret}`,
  ]);
});

test.each([
  [1, 504, '1'],
  [3, 400, null],
  [4, 504, '1'],
  [8, 503, '1'],
  [13, 500, null],
  [14, 503, '1'],
])('the server’s gRPC status %i is %i, with Retry-After %j', async (code, status, later) => {
  const cause = Object.assign(new Error('a secret'), { code, details: 'a secret' });
  const error = new ServiceError('Failed', { cause });
  const { send, log } = fakeApp({ client: { describe: () => Promise.reject(error) } });

  const response = await send('GET', '/conversations/c/run');

  expect([response.status, response.headers.get('retry-after')]).toEqual([status, later]);
  expect(await response.text()).not.toContain('secret');
  expect(log).toEqual([`GET /conversations/c/run: ${status} Failed: a secret`]);
});

test('who waits for an answer while the server stops is told that it stops, not that all is over', async () => {
  const stream = (_to: string, { signal }: { signal: AbortSignal }) =>
    (async function* () {
      yield partial('He', 0);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    })();
  const { send, closing } = fakeApp({ client: { stream } });

  const asked = send('POST', '/ask', { to: 'demo', content: 'Hi', messageId: 'm' });
  setImmediate(() => closing.abort());
  const response = await asked;

  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await response.json()).toMatchObject({ title: 'ServerClosing' });
});

test('a decision that comes too late, and an edit of what does not wait, are conflicts', async () => {
  const late = { ...decided, approved: false, by: 'expiry', isFirst: false };
  const { send } = fakeApp({ client: { decide: late, editQueued: false } });

  const decision = await send('POST', '/conversations/c/decisions', {
    callId: 't1s1c0',
    approved: true,
  });
  const edit = await send('PUT', '/conversations/c/messages/m', { content: 'Ho' });

  expect(await decision.json()).toMatchObject({
    ...{ status: 409, title: 'AlreadyDecided' },
    detail: 'Too late: t1s1c0 was denied already, by the end of its time.',
  });
  expect(await edit.json()).toMatchObject({ status: 409, title: 'MessageNotWaiting' });
});

test.each([
  ['POST', '/conversations', {}, 'body.agent: '],
  ['POST', '/conversations', { agent: 'a', massage: 'x' }, 'Unrecognized key: "massage"'],
  ['POST', '/conversations/c/messages', { content: ' ' }, 'body.content: '],
  ['POST', '/conversations/c/messages', { content: 'x', delivery: 'now' }, 'body.delivery: '],
  ['POST', '/conversations/c/messages', { content: [{ type: 'text' }] }, 'body.content'],
  ['POST', '/conversations/c/decisions', { callId: 'x', approved: 'yes' }, 'body.approved: '],
  ['POST', '/conversations/c/messages', '{"content"', 'The body is no JSON'],
  ['GET', '/conversations?limit=0', undefined, 'query.limit: '],
  ['GET', '/conversations?limit=many', undefined, 'query.limit: '],
  ['GET', '/conversations?offset=1', undefined, 'Unrecognized key: "offset"'],
  ['GET', '/conversations/c/events?from=nowhere', undefined, '`nowhere` is no offset'],
])('%s %s with %j is refused and says why', async (method, path, body, reason) => {
  const { send, asked } = fakeApp();

  const response = await send(method, path, body);

  const { detail } = (await response.json()) as { detail: string };
  expect([response.status, detail]).toEqual([400, expect.stringContaining(reason)]);
  expect(asked).toEqual([]);
});

test('what is not there says where to look, and what takes another method says which', async () => {
  const { send } = fakeApp();

  const unknown = await send('GET', '/conversation');
  const method = await send('DELETE', '/conversations/c');

  expect(await unknown.json()).toMatchObject({ status: 404, title: 'UnknownRoute' });
  expect([method.status, method.headers.get('allow')]).toEqual([405, 'GET']);
});
