import { getEventListeners } from 'node:events';
import { until } from '../../../client/chat/until';

/** Events for ever, or up to `last`; notes that its reader has left. */
function source(last = Infinity) {
  const left: string[] = [];
  async function* events() {
    try {
      for (let event = 1; event <= last; event++) yield await Promise.resolve(event);
      await new Promise(() => undefined);
    } finally {
      left.push('left');
    }
  }
  return { events: events(), left };
}

test('whoever leaves takes its listener along and tells the source', async () => {
  const { signal } = new AbortController();
  const { events, left } = source();
  for await (const event of until(signal, events)) {
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    if (event === 100) break;
  }

  await Promise.resolve();
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  expect(left).toEqual(['left']);
});

test('the signal ends it while it waits for an event that never comes', async () => {
  const controller = new AbortController();
  const seen: number[] = [];
  for await (const event of until(controller.signal, source(2).events)) {
    seen.push(event);
    if (event === 2) setImmediate(() => controller.abort());
  }

  expect(seen).toEqual([1, 2]);
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
});

test('what goes wrong in the source goes wrong here', async () => {
  const { signal } = new AbortController();
  // eslint-disable-next-line require-yield
  async function* broken(): AsyncGenerator<number> {
    throw new Error('No server.');
  }
  const read = async () => {
    for await (const event of until(signal, broken())) expect(event).toBeUndefined();
  };

  await expect(read()).rejects.toThrow('No server.');
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
