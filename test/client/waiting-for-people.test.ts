import { NoWorkerError } from '../../client/errors';
import { askAll } from '../../client/waiting-for-people';
import type { PendingItem } from '../../workflows/contract';

function asked(askedAt: string): PendingItem {
  return {
    ...{ callId: 't1s1c0', kind: 'approval', tool: 'pay', arguments: {}, argumentsHash: 'h' },
    ...{ effect: '', askedAt, expiresAt: '' },
  };
}

test('what waits is told oldest first; who gives no answer is named and holds up nobody', async () => {
  const waiting: Readonly<Record<string, readonly PendingItem[] | Error>> = {
    a: [asked('2026-01-02')],
    b: new NoWorkerError('queue'),
    c: [],
    d: [asked('2026-01-01')],
  };
  const { items, silent } = await askAll(Object.keys(waiting), async (id) => {
    const known = waiting[id];
    if (known instanceof Error) throw known;
    return known ?? [];
  });

  expect(items.map(({ id }) => id)).toEqual(['d', 'a']);
  expect(silent).toEqual([{ id: 'b', reason: new NoWorkerError('queue').message }]);
});

test('eight are asked at a time', async () => {
  let atOnce = 0;
  let most = 0;
  await askAll(Array.from({ length: 50 }, String), async () => {
    most = Math.max(most, ++atOnce);
    await new Promise((resolve) => setImmediate(resolve));
    atOnce -= 1;
    return [];
  });

  expect(most).toBe(8);
});

test('trouble with the server is no silence', async () => {
  await expect(askAll(['a'], () => Promise.reject(new TypeError('gone')))).rejects.toThrow('gone');
});
