import { setTimeout as sleep } from 'node:timers/promises';
import type { GuardedStream } from '../../../activities/models/stream-guard';
import { guardStream } from '../../../activities/models/stream-guard';

/** A provider that sends `script`: numbers are pauses in milliseconds. It ends silently when it is aborted. */
function scripted(script: readonly (string | number | Error)[]): {
  open: GuardedStream<string>['open'];
  wasClosed: () => boolean;
} {
  let connection: AbortSignal | undefined;
  async function* events(signal: AbortSignal): AsyncGenerator<string> {
    for (const entry of script) {
      if (typeof entry === 'number') await sleep(entry, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      if (entry instanceof Error) throw entry;
      if (typeof entry === 'string') yield entry;
    }
  }
  return {
    open: (signal) => {
      connection = signal;
      return Promise.resolve(events(signal));
    },
    wasClosed: () => connection?.aborted ?? false,
  };
}

function guarded(
  provider: ReturnType<typeof scripted>,
  options: Partial<GuardedStream<string>> = {},
): AsyncGenerator<string, void, undefined> {
  return guardStream({
    provider: 'acme',
    open: provider.open,
    isLast: (event) => event === 'end',
    firstEventTimeoutMs: 60,
    idleTimeoutMs: 30,
    ...options,
  });
}

async function read(events: AsyncIterable<string>): Promise<string> {
  let all = '';
  for await (const event of events) all += event;
  return all;
}

test('passes events on', async () => {
  const provider = scripted(['a', 'b', 'end']);
  expect(await read(guarded(provider))).toBe('abend');
  expect(provider.wasClosed()).toBe(true);
});

test('the first event may take longer than the next ones', async () => {
  expect(await read(guarded(scripted([45, 'a', 'end'])))).toBe('aend');
});

test.each([
  ['the first event', [10_000], 'acme sent no first event for 60 ms.'],
  ['the next event', ['a', 10_000], 'acme fell silent for 30 ms.'],
])('%s does not come: the connection is closed, retryable', async (_case, script, message) => {
  const provider = scripted(script);
  await expect(read(guarded(provider))).rejects.toMatchObject({
    fields: { provider: 'acme', kind: 'timeout', retryable: true, message },
  });
  expect(provider.wasClosed()).toBe(true);
});

test('a provider that never answers the request', async () => {
  const open = (signal: AbortSignal): Promise<AsyncIterable<string>> =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')));
    });
  const wasClosed = () => false;
  await expect(read(guarded({ open, wasClosed }))).rejects.toThrow('acme sent no first event');
});

test('a slow listener is not a silent provider', async () => {
  const events = guarded(scripted(['a', 'b', 'end']));
  let all = '';
  for await (const event of events) {
    await sleep(50);
    all += event;
  }
  expect(all).toBe('abend');
});

test('an error of the stream is passed on', async () => {
  await expect(read(guarded(scripted(['a', new Error('boom')])))).rejects.toThrow('boom');
});

test('after the last event neither silence nor an error is one', async () => {
  expect(await read(guarded(scripted(['a', 'end', 10_000])))).toBe('aend');
  expect(await read(guarded(scripted(['a', 'end', new Error('boom')])))).toBe('aend');
});

test.each([
  ['that ends silently', ['a', 10_000]],
  ['that fails', ['a', 20, new Error('aborted')]],
])('aborting a stream %s ends it without an error', async (_case, script) => {
  const controller = new AbortController();
  const provider = scripted(script);
  setTimeout(() => controller.abort(), 10);
  expect(await read(guarded(provider, { signal: controller.signal }))).toBe('a');
  expect(provider.wasClosed()).toBe(true);
});

test('a signal that is aborted already opens nothing', async () => {
  const provider = scripted(['a']);
  expect(await read(guarded(provider, { signal: AbortSignal.abort() }))).toBe('');
  expect(provider.wasClosed()).toBe(false);
});

test('a listener who leaves closes the connection', async () => {
  const provider = scripted(['a', 'b', 10_000]);
  for await (const event of guarded(provider)) {
    if (event === 'b') break;
  }
  expect(provider.wasClosed()).toBe(true);
});

test('a caller’s long-lived signal keeps no listeners', async () => {
  const { signal } = new AbortController();
  const listeners = { added: 0, removed: 0 };
  const [add, remove] = [
    signal.addEventListener.bind(signal),
    signal.removeEventListener.bind(signal),
  ];
  signal.addEventListener = (...parameters: Parameters<typeof add>) => {
    listeners.added++;
    add(...parameters);
  };
  signal.removeEventListener = (...parameters: Parameters<typeof remove>) => {
    listeners.removed++;
    remove(...parameters);
  };
  await read(guarded(scripted(['a', 'end']), { signal }));
  expect(listeners).toEqual({ added: 1, removed: 1 });
});
