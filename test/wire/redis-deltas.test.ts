import { randomUUID } from 'node:crypto';
import { setImmediate as nextRound, setTimeout as sleep } from 'node:timers/promises';
import type { PayloadCodec } from '@temporalio/common';
import { Redis } from 'ioredis';
import type { DeltaWriter } from '../../wire/delta-channel';
import { createDeltaChannel, deltaSettings } from '../../wire/delta-settings';
import { RedisDeltaReader } from '../../wire/redis-delta-reader';
import { RedisDeltas, type RedisDeltasOptions } from '../../wire/redis-deltas';
import { streamKey } from '../../wire/redis-entries';
import { cleanUpAfterEach } from '../support/cleanup';
import { DeltaWatcher } from '../support/delta-watcher';
import { type TestRedis, type TestRedisOptions, startRedis } from '../support/redis-server';
import { describeWith } from '../support/system-program';

const cleanUp = cleanUpAfterEach();

describeWith('redis-server', 'deltas through Redis', (file) => {
  async function newRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
    const redis = await startRedis(file, options);
    cleanUp(() => redis.kill());
    return redis;
  }

  /** A writer's and a reader's end of a conversation, and what they complained of. */
  function newSite(options: RedisDeltasOptions) {
    const troubles: string[] = [];
    const onTrouble = (line: string): void => void troubles.push(line);
    const channel = new RedisDeltas({ onTrouble, ...options });
    const reader = new RedisDeltaReader({ onTrouble, ...options });
    cleanUp(() => Promise.all([channel.close(), reader.close()]));
    return {
      troubles,
      reader,
      begin: (id: string, attempt = 1): DeltaWriter => {
        const conversation = { namespace: 'default', id };
        const source = { turn: 1, step: 1, attempt };
        return channel.open({ conversation, source, onDetails: () => undefined });
      },
      watch: (id: string) => new DeltaWatcher(reader, { namespace: 'default', id }),
    };
  }

  function inspect({ url }: TestRedis): Redis {
    const redis = new Redis(url, { protocol: 2 });
    redis.on('error', () => undefined);
    cleanUp(() => redis.disconnect());
    return redis;
  }

  async function callsOf(redis: Redis, command: string): Promise<number> {
    const stats = await redis.info('commandstats');
    const [, calls = '0'] = new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats) ?? [];
    return Number(calls);
  }

  test('away: nothing throws or waits, one line says so, and what is kept comes when it is there', async () => {
    const redis = await newRedis({ isStarted: false });
    const { begin, watch, troubles } = newSite({ url: redis.url });
    const watcher = watch('chat');
    const writer = begin('chat');
    for (let piece = 0; piece < 200; piece++) {
      writer.write({ text: 'x'.repeat(1_000) });
      if (piece % 20 === 0) await sleep(20);
    }

    await redis.restart();
    await watcher.until(({ from, text }) => from + text.length === 200_000);
    writer.write({ text: 'And so on.' });
    await watcher.until(({ text }) => text.endsWith('And so on.'));
    writer.end();

    // It was bounded: the beginning is gone, and the reader knows how much of it.
    expect(watcher.last.from).toBeGreaterThan(100_000);
    expect(troubles).toHaveLength(2);
    expect(troubles[0]).toBe(
      `Redis at 127.0.0.1:${redis.port} is away (ECONNREFUSED): answers are not streamed until it is back. Nothing else is lost.`,
    );
  });

  test('killed in mid-answer and empty when it is back: the answer goes on, a line each time', async () => {
    const redis = await newRedis();
    const { begin, watch, troubles } = newSite({ url: redis.url });
    const watcher = watch('chat');
    const writer = begin('chat');
    writer.write({ text: 'The sum' });
    await watcher.until(({ text }) => text === 'The sum');

    await redis.kill();
    writer.write({ text: ' is' });
    await sleep(300);
    await redis.restart();
    await watcher.until(({ text }) => text === 'The sum is');
    writer.write({ text: ' five.' });
    await watcher.until(({ text }) => text === 'The sum is five.');
    writer.end();

    expect(watcher.faults).toBe(0);
    expect(watcher.shown).toHaveLength(1);
    expect(troubles.length).toBeGreaterThanOrEqual(2);
    expect(troubles.length).toBeLessThanOrEqual(4);
  });

  test('frozen: the writer does not wait, and what was written comes when it thaws', async () => {
    const redis = await newRedis();
    const { begin, watch } = newSite({ url: redis.url });
    const watcher = watch('chat');
    const writer = begin('chat');
    writer.write({ text: 'The sum' });
    await watcher.until(({ text }) => text === 'The sum');

    redis.freeze();
    for (let piece = 0; piece < 1_000; piece++) writer.write({ text: '.' });
    await sleep(200);
    redis.thaw();

    await watcher.until(({ text }) => text.length === 1_007);
    writer.end();
    expect(watcher.faults).toBe(0);
  });

  test('fifty readers of ten conversations: one read for each news, however many read', async () => {
    const redis = await newRedis();
    const watching = inspect(redis);
    const readsWith = async (readers: number): Promise<number> => {
      const { begin, watch, reader } = newSite({ url: redis.url });
      const ids = Array.from({ length: 10 }, () => randomUUID());
      const watchers = Array.from({ length: readers }, (_, index) => watch(ids[index % 10]!));
      const writers = ids.slice(0, readers).map((id) => begin(id));
      for (const writer of writers) writer.write({ text: 'The ' });
      await Promise.all(watchers.map((watcher) => watcher.until(({ text }) => text === 'The ')));
      const before = await callsOf(watching, 'xread');
      for (let piece = 0; piece < 5; piece++) {
        for (const writer of writers) writer.write({ text: `${piece}` });
        const length = 5 + piece;
        await Promise.all(watchers.map((it) => it.until(({ text }) => text.length === length)));
      }
      const reads = (await callsOf(watching, 'xread')) - before;
      const clients = await watching.client('LIST');
      expect(String(clients).match(/cmd=xread/g)).toHaveLength(1);
      for (const writer of writers) writer.end();
      await reader.close();
      return reads;
    };

    const ofTen = await readsWith(10);
    const ofFifty = await readsWith(50);

    expect(ofTen).toBeGreaterThanOrEqual(5);
    expect(ofFifty).toBeGreaterThanOrEqual(5);
    // Ten writers make at most ten entries of a round; twenty would be a read for each of two readers.
    expect(ofFifty).toBeLessThanOrEqual(5 * 10 + 5);
  });

  test('pieces that come at once are one entry, and the stream is trimmed and expires', async () => {
    const redis = await newRedis();
    const watching = inspect(redis);
    const { begin, watch } = newSite({ url: redis.url, keptEntries: 100 });
    const key = streamKey({ namespace: 'default', id: 'chat' }, 0);
    const watcher = watch('chat');
    const answerOnce = async (attempt: number): Promise<DeltaWriter> => {
      const writer = begin('chat', attempt);
      for (const text of ['The', ' sum', ' is', ' five.']) writer.write({ text, thinking: 'Hm.' });
      const name = `1/1/${attempt}`;
      await watcher.until((shown) => shown.attempt === name && shown.text.length === 16);
      return writer;
    };
    const first = await answerOnce(1);
    // The opening and one or two entries of text, and then nothing more.
    await sleep(100);
    expect(await watching.xlen(key)).toBeLessThanOrEqual(3);
    expect(await watching.pttl(key)).toBeGreaterThan(10 * 60_000);
    first.end();

    for (let attempt = 2; attempt <= 120; attempt++) (await answerOnce(attempt)).end();

    // Redis trims by whole nodes of 100 entries.
    expect(await watching.xlen(key)).toBeLessThanOrEqual(200);
    while ((await watching.pttl(key)) > 60_000) await nextRound();
    expect(await watching.pttl(key)).toBeGreaterThan(0);
  });

  test.each([
    ['OOM', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']],
    ['READONLY', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
  ])(
    'what it refuses (%s) is said once, and told when it takes it again',
    async (kind, no, yes) => {
      const redis = await newRedis();
      const control = inspect(redis);
      const { begin, watch, troubles } = newSite({ url: redis.url });
      const watcher = watch('chat');
      const writer = begin('chat');
      writer.write({ text: 'The sum' });
      await watcher.until(({ text }) => text === 'The sum');
      const connection = async (): Promise<string | undefined> =>
        /id=(\d+) .* cmd=pexpire /.exec(String(await control.client('LIST')))?.[1];
      const before = await connection();

      await control.call(no[0]!, ...no.slice(1));
      writer.write({ text: ' is a secret.' });
      const refused = async (): Promise<number> =>
        Number(
          new RegExp(`errorstat_${kind}:count=(\\d+)`).exec(await control.info('errorstats'))?.[1],
        );
      while (!((await refused()) >= 3)) await sleep(20);
      await control.call(yes[0]!, ...yes.slice(1));

      await watcher.until(({ text }) => text === 'The sum is a secret.');
      expect(troubles).toEqual([
        `Redis at 127.0.0.1:${redis.port} refuses a command (${kind}): answers are not streamed until it is back. Nothing else is lost.`,
      ]);
      // A name may lead to another server by then.
      expect((await connection()) === before).toBe(kind === 'OOM');
      writer.end();
    },
  );

  test('whoever may not say CLIENT is told all the same, and asks no more often', async () => {
    const redis = await newRedis();
    const control = inspect(redis);
    await control.call('ACL', 'SETUSER', 'default', '-client');
    const { begin, watch } = newSite({ url: redis.url });
    for (const id of ['one', 'two', 'three']) {
      const watcher = watch(id);
      const writer = begin(id);
      writer.write({ text: 'The sum' });
      await watcher.until(({ text }) => text === 'The sum');
      writer.write({ text: ' is five.' });
      await watcher.until(({ text }) => text === 'The sum is five.');
      writer.end();
    }

    const stats = await control.info('commandstats');
    const [, asked] = /cmdstat_client\|id:.*rejected_calls=(\d+)/.exec(stats) ?? [];
    expect(asked).toBe('1');
    expect(await callsOf(control, 'xread')).toBeLessThan(60);
  });

  test('a database that it does not have is not another one', async () => {
    const redis = await newRedis();
    const sites = [98, 99].map((database) => newSite({ url: `${redis.url}/${database}` }));
    const watchers = sites.map(({ begin, watch }, index) => {
      begin('chat').write({ text: `Of ${index}.` });
      return watch('chat');
    });

    for (const [index, watcher] of watchers.entries()) {
      await watcher.until(({ text }) => text === `Of ${index}.`);
      expect(watcher.faults).toBe(0);
    }
    expect(await inspect(redis).dbsize()).toBe(2);
  });

  test('a password is used and told nobody, wrong or right', async () => {
    const redis = await newRedis({ password: 'open-sesame' });
    const printed = ['log', 'warn', 'error'] as const;
    const spies = printed.map((name) => jest.spyOn(console, name).mockImplementation());
    cleanUp(() => spies.forEach((spy) => spy.mockRestore()));
    const right = newSite({ url: redis.url });
    const wrong = newSite({ url: redis.url.replace('open-sesame', 'sesame-street') });

    const watcher = right.watch('chat');
    wrong.begin('chat').write({ text: 'No.' });
    right.begin('chat').write({ text: 'Yes.' });
    await watcher.until(({ text }) => text === 'Yes.');
    while (wrong.troubles.length === 0) await sleep(10);

    expect(wrong.troubles[0]).toMatch(/^Redis at 127\.0\.0\.1:\d+ is away \(WRONGPASS/);
    expect(JSON.stringify([right.troubles, wrong.troubles])).not.toContain('sesame');
    expect(right.troubles).toEqual([]);
    expect(spies.flatMap((spy) => spy.mock.calls)).toEqual([]);
  });

  test('who encrypts payloads finds no plain text in Redis, and reads it as ever', async () => {
    const redis = await newRedis();
    const site = newSite({ url: redis.url, codecs: () => [mirrorCodec] });
    const watcher = site.watch('chat');
    site.begin('chat').write({ text: 'The secret', thinking: 'Shall I?' });

    await watcher.until(({ text }) => text === 'The secret');
    expect(watcher.last.thinking).toBe('Shall I?');
    const key = streamKey({ namespace: 'default', id: 'chat' }, 0);
    const stored = JSON.stringify(await inspect(redis).xrange(key, '-', '+'));
    expect(stored).not.toMatch(/secret|Shall|turn/);
    // Without the codec there is nothing to be read, and nothing breaks.
    const plain = newSite({ url: redis.url });
    const other = plain.watch('chat');
    plain.begin('chat', 2).write({ text: 'Plain.' });
    await other.until(({ text }) => text === 'Plain.');
    expect(other.shown).toHaveLength(1);
  });

  test('what is no delta is passed over', async () => {
    const redis = await newRedis();
    const { begin, watch } = newSite({ url: redis.url });
    const key = streamKey({ namespace: 'default', id: 'chat' }, 0);
    const strange = inspect(redis);
    await strange.xadd(key, '*', 'delta', '{"turn":1}');
    await strange.xadd(key, '*', 'delta', 'no JSON');
    await strange.xadd(key, '*', 'other', 'field');
    const watcher = watch('chat');
    const writer = begin('chat');
    writer.write({ text: 'Five.' });

    await watcher.until(({ text }) => text === 'Five.');
    expect(watcher.faults).toBe(0);
    writer.end();
  });

  test('the environment says the way', async () => {
    const { url } = await newRedis();
    const settings = deltaSettings({ HOLDFAST_REDIS_URL: url });
    const channel = createDeltaChannel(settings);
    const reader = new RedisDeltaReader({ url });
    cleanUp(() => Promise.all([channel.close(), reader.close()]));
    const conversation = { namespace: 'default', id: 'chat' };
    const watcher = new DeltaWatcher(reader, conversation);
    const source = { turn: 1, step: 1, attempt: 1 };
    channel.open({ conversation, source, onDetails: () => undefined }).write({ text: 'Five.' });
    await watcher.until(({ text }) => text === 'Five.');

    expect(deltaSettings({})).toEqual({ deltas: 'on', redisUrl: undefined, intervalMs: 100 });
    expect(deltaSettings({ HOLDFAST_DELTAS: 'off', HOLDFAST_DELTA_INTERVAL_MS: '50' })).toEqual({
      deltas: 'off',
      redisUrl: undefined,
      intervalMs: 50,
    });
  });
});

/** Encrypts, as far as a test is concerned: each byte is turned around. */
const mirrorCodec: PayloadCodec = {
  encode: async (payloads) => payloads.map(mirrored),
  decode: async (payloads) => payloads.map(mirrored),
};

function mirrored({ data }: { data?: Uint8Array | null }) {
  return { metadata: {}, data: Uint8Array.from(data ?? [], (byte) => byte ^ 0xff) };
}
