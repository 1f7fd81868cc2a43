/** Who may come in: with a key, without one, from this machine, from elsewhere, from pages of other sites. */
import { serve } from '../../../client/serve/serve';
import { readEnvironment } from '../../../workers/environment';
import { fakeApp, fakeDoor } from './fake-door';

const apiKey = 'correct horse battery staple'.replaceAll(' ', '-');

test.each([
  ['no header', undefined, 401],
  ['another key', 'Bearer wrong', 401],
  ['its beginning', `Bearer ${apiKey.slice(0, -1)}`, 401],
  ['the key by another scheme', `Basic ${apiKey}`, 401],
  ['the key', `Bearer ${apiKey}`, 200],
  ['the scheme in small letters', `bearer ${apiKey}`, 200],
])('with a key wanted: %s', async (_what, authorization, status) => {
  const { send, asked } = fakeApp({ apiKey });
  const headers = { ...(authorization && { authorization }), host: 'holdfast.example' };

  const response = await send('GET', '/conversations', undefined, headers);

  expect(response.status).toBe(status);
  expect(asked.length).toBe(status === 200 ? 1 : 0);
});

test('who has no key is told what to send, and nothing of the key', async () => {
  const { send } = fakeApp({ apiKey });

  const response = await send('GET', '/agents', undefined, { authorization: 'Bearer wrong' });

  expect(response.headers.get('www-authenticate')).toBe('Bearer realm="holdfast"');
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({ status: 401, title: 'Unauthorized' });
  expect(text).not.toContain(apiKey);
});

test('with a key wanted, the page and the description are there for all, and nothing else is', async () => {
  const { send } = fakeApp({ apiKey });

  expect((await send('GET', '/')).status).toBe(200);
  expect((await send('GET', '/openapi.json')).status).toBe(200);
  for (const path of ['/agents', '/worker', '/nowhere', '//', '/openapi.json/']) {
    expect([path, (await send('GET', path)).status]).toEqual([path, 401]);
  }
});

test.each(['localhost:7280', '127.0.0.1:7280', '[::1]:7280', 'app.localhost', '127.8.9.1'])(
  'without a key, %s is this machine',
  async (host) => {
    const { send } = fakeApp();
    expect((await send('GET', '/agents', undefined, { host })).status).toBe(200);
  },
);

test.each(['holdfast.example', 'localhost.example:7280', '127.0.0.1.example', '10.0.0.1', ''])(
  'without a key, a host that is called %s is refused: its name may have been made to lead here',
  async (host) => {
    const { send } = fakeApp();
    const response = await send('GET', '/', undefined, { host });
    expect(await response.json()).toMatchObject({ status: 403, title: 'ForeignHost' });
  },
);

test.each([
  ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
  ['another port of this machine', { origin: 'http://localhost:3000' }],
  ['a sandboxed page', { origin: 'null' }],
  ['an image on another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
  ['a link on another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
])('without a key, %s is refused', async (_who, headers) => {
  const { send, asked } = fakeApp();

  const response = await send('POST', '/conversations/c/pause', undefined, headers);
  const read = await send('GET', '/conversations/c', undefined, headers);

  expect(await response.json()).toMatchObject({ status: 403, title: 'ForeignOrigin' });
  expect(read.status).toBe(403);
  expect(asked).toEqual([]);
});

test('without a key, the page’s own requests are answered, and a link from elsewhere opens it', async () => {
  const { send } = fakeApp();
  const own = { origin: 'http://localhost:7280', 'sec-fetch-site': 'same-origin' };
  const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };

  expect((await send('POST', '/conversations/c/pause', undefined, own)).status).toBe(200);
  expect((await send('GET', '/', undefined, link)).status).toBe(200);
});

test('a body must be JSON by its own word, and of a size', async () => {
  const { send, asked } = fakeApp();
  const form = { 'content-type': 'text/plain' };
  const path = '/conversations/c/messages';

  const text = await send('POST', path, '{"content":"Hi"}', form);
  const large = await send('POST', path, `{"content":"${'x'.repeat(4 * 1024 * 1024)}"}`);

  expect(await text.json()).toMatchObject({ status: 415, title: 'UnsupportedMediaType' });
  expect(await large.json()).toMatchObject({ status: 413, title: 'BodyTooLarge' });
  expect(asked).toEqual([]);
});

test('every answer says what a browser may do with it', async () => {
  const { send } = fakeApp();
  for (const path of ['/', '/agents', '/nowhere']) {
    const { headers } = await send('GET', path);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  }
});

test.each(['0.0.0.0', '::', '192.0.2.1', 'holdfast.example'])(
  'to listen on %s without a key is refused',
  async (host) => {
    const { door } = fakeDoor();
    await expect(serve({ door, host, port: 0, version: '1' })).rejects.toThrow(
      `On ${host} others reach this server: set HOLDFAST_API_KEY`,
    );
  },
);

test.each(['a key of many letters', 'a-key-with-a-newline\n', 'ein-schlüssel-mit-umlaut'])(
  'the key `%s`, which no header carries as it is, is refused at the start',
  (key) => {
    expect(() => readEnvironment({ HOLDFAST_API_KEY: key })).toThrow(
      /HOLDFAST_API_KEY: it may have letters, digits and signs of ASCII, and no blanks/,
    );
    expect(readEnvironment({ HOLDFAST_API_KEY: apiKey }).HOLDFAST_API_KEY).toBe(apiKey);
  },
);

test('a port that is taken is said so', async () => {
  const { door } = fakeDoor();
  const options = { door, host: '127.0.0.1', version: '1' };
  const first = await serve({ ...options, port: 0 });
  const port = Number(new URL(first.url).port);

  await expect(serve({ ...options, port })).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is taken. Choose another one with \`--port\``,
  );
  await first.close();
});
