import type { Client } from '@temporalio/client';
import { FirstAttributes } from '../../client/first-attributes';

const types = { HoldfastAgent: 2, HoldfastStatus: 2, HoldfastCostUsd: 4 };

/** A server that has these search attributes, or does not tell. */
function serverWith(list: () => Promise<object>): Client {
  return {
    options: { namespace: 'default' },
    connection: {
      operatorService: { listSearchAttributes: list },
      withDeadline: (_deadline: number, call: () => unknown) => call(),
    },
  } as unknown as Client;
}

const named = (listing: object) =>
  ((listing as { typedSearchAttributes?: { key: { name: string } }[] }).typedSearchAttributes ?? [])
    .map(({ key }) => key.name)
    .toSorted();

test('a start brings along what the server has, asked once', async () => {
  let asked = 0;
  const attributes = new FirstAttributes(
    serverWith(() => {
      asked += 1;
      return Promise.resolve({ customAttributes: types });
    }),
  );
  const start = () =>
    attributes.startWith({ agent: 'clerk', tenant: 'acme' }, (listing) =>
      Promise.resolve(named(listing)),
    );

  expect(await start()).toEqual(['HoldfastAgent', 'HoldfastCostUsd', 'HoldfastStatus']);
  expect(await start()).toHaveLength(3);
  expect(asked).toBe(1);
});

test('one of another type is left out', async () => {
  const customAttributes = { ...types, HoldfastStatus: 1 };
  const attributes = new FirstAttributes(serverWith(() => Promise.resolve({ customAttributes })));

  expect(
    await attributes.startWith({ agent: 'clerk' }, (listing) => Promise.resolve(named(listing))),
  ).toEqual(['HoldfastAgent', 'HoldfastCostUsd']);
});

test('a server that does not tell is one without', async () => {
  const attributes = new FirstAttributes(
    serverWith(() => Promise.reject(new Error('PERMISSION_DENIED'))),
  );

  expect(
    await attributes.startWith({ agent: 'clerk' }, (listing) => Promise.resolve(listing)),
  ).toEqual({});
});

test('a server that refuses them is asked to start without; any other refusal is passed on', async () => {
  const attributes = new FirstAttributes(
    serverWith(() => Promise.resolve({ customAttributes: types })),
  );
  const tries: string[][] = [];
  const start = (message: string) =>
    attributes.startWith({ agent: 'clerk' }, (listing) => {
      tries.push(named(listing));
      if (named(listing).length > 0) return Promise.reject(new Error(message));
      return Promise.resolve('started');
    });

  await expect(start('workflow already started')).rejects.toThrow('already started');
  const refusal = 'Namespace default has no mapping defined for search attribute HoldfastAgent';
  expect(await start(refusal)).toBe('started');
  expect(await start(refusal)).toBe('started');
  expect(tries.map((names) => names.length)).toEqual([3, 3, 0, 0]);
});
