import { NoWorkerError } from '../../client/errors';
import type { Client } from '@temporalio/client';
import { askAll, findWaiting } from '../../client/waiting-for-people';
import type { ConversationState, PendingItem } from '../../workflows/contract';

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

describe('who is asked', () => {
  /** A server with conversations of which it knows the status or, `undefined`, does not. */
  function serverOf(statuses: Readonly<Record<string, string | undefined>>, hasAttributes = true) {
    const asked: string[] = [];
    async function* list({ query }: { readonly query: string }) {
      const byStatus = query.includes('HoldfastStatus');
      if (byStatus && !hasAttributes) throw unknownAttribute;
      for (const [workflowId, status] of Object.entries(statuses)) {
        if (byStatus && status !== undefined && !query.includes(`'${status}'`)) continue;
        const run = { status: { name: 'RUNNING' }, startTime: new Date() };
        yield { workflowId, ...run, typedSearchAttributes: none };
      }
    }
    const client = { workflow: { list } } as unknown as Client;
    const state = async (id: string) => {
      asked.push(id);
      return { pending: [] } as unknown as ConversationState;
    };
    return { asked, find: () => findWaiting({ client, reader: { state } }) };
  }
  const none = { get: () => undefined };
  const unknownAttribute = Object.assign(new Error('failed'), {
    code: 3,
    details: 'invalid query: column name HoldfastStatus is not defined',
  });
  const statuses = { a: 'idle', b: 'waiting_for_person', c: undefined, d: 'running' };

  test('those that wait, and those that the server knows nothing of', async () => {
    const { asked, find } = serverOf(statuses);
    await find();

    expect(asked).toEqual(['b', 'c']);
  });

  test('without search attributes, everyone', async () => {
    const { asked, find } = serverOf(statuses, false);
    await find();

    expect(asked).toEqual(['a', 'b', 'c', 'd']);
  });
});
