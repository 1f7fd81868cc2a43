import { randomUUID } from 'node:crypto';
import { setImmediate as nextRound } from 'node:timers/promises';
import type {
  DeltaChannel,
  DeltaConversation,
  DeltaReader,
  DeltaSnapshot,
  DeltaSource,
  DeltaWriter,
} from '../../wire/delta-channel';
import { HeartbeatDeltas } from '../../wire/heartbeat-deltas';
import { MemoryDeltas } from '../../wire/memory-deltas';
import { RedisDeltaReader } from '../../wire/redis-delta-reader';
import { RedisDeltas } from '../../wire/redis-deltas';
import { noDeltas } from '../../wire/unsaid-deltas';
import { cleanUpAfterEach } from '../support/cleanup';
import { DeltaWatcher } from '../support/delta-watcher';
import { HeartbeatDeltaReader } from '../support/heartbeat-delta-reader';
import { type TestRedis, startRedis } from '../support/redis-server';
import { describeWith } from '../support/system-program';

const cleanUp = cleanUpAfterEach();

/** Both ends of a channel. */
interface Site {
  begin(conversation: DeltaConversation, source?: Partial<DeltaSource>): DeltaWriter;
  reader(): DeltaReader;
}

/** What of an attempt is a server's: the details of its last heartbeat, as long as it is the attempt at work. */
class FakeServer {
  beats = 0;
  private readonly told = new Map<string, { attempt: number; details?: DeltaSnapshot }>();

  begin(channel: DeltaChannel, conversation: DeltaConversation, source: DeltaSource): DeltaWriter {
    const key = JSON.stringify(conversation);
    const { attempt } = source;
    this.told.set(key, { attempt });
    const writer = channel.open({
      conversation,
      source,
      onDetails: () => {
        this.beats += 1;
        if (this.told.get(key)?.attempt !== attempt) return;
        const details = JSON.parse(JSON.stringify(writer.details)) as DeltaSnapshot;
        this.told.set(key, { attempt, details });
      },
    });
    return writer;
  }

  readonly describe = async (conversation: DeltaConversation): Promise<DeltaSnapshot[]> => {
    const details = this.told.get(JSON.stringify(conversation))?.details;
    return details ? [details] : [];
  };
}

const firstAttempt: DeltaSource = { turn: 1, step: 1, attempt: 1 };

function heartbeatSite(): Site {
  const server = new FakeServer();
  const channel = new HeartbeatDeltas({ intervalMs: 4 });
  return {
    begin: (conversation, source) =>
      server.begin(channel, conversation, { ...firstAttempt, ...source }),
    reader: () => closed(new HeartbeatDeltaReader({ describe: server.describe, intervalMs: 2 })),
  };
}

function memorySite(): Site {
  const channel = new MemoryDeltas();
  return { begin: beginAt(channel), reader: () => channel };
}

function redisSite({ url }: TestRedis): Site {
  return {
    begin: beginAt(closed(new RedisDeltas({ url }))),
    reader: () => closed(new RedisDeltaReader({ url })),
  };
}

function beginAt(channel: DeltaChannel): Site['begin'] {
  return (conversation, source) =>
    channel.open({
      conversation,
      source: { ...firstAttempt, ...source },
      onDetails: () => {
        throw new Error('These deltas do not ride on heartbeats.');
      },
    });
}

function closed<End extends DeltaChannel | DeltaReader>(end: End): End {
  cleanUp(() => end.close());
  return end;
}

function newConversation(id: string = randomUUID()): DeltaConversation {
  return { namespace: 'default', id };
}

/** Pieces of different lengths, in which every place can be told from every other. */
function piecesOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${index}${'·'.repeat(index % 7)} `);
}

async function writeAll(
  writer: DeltaWriter,
  pieces: readonly string[],
  as: 'text' | 'thinking' = 'text',
): Promise<string> {
  for (const piece of pieces) {
    writer.write({ [as]: piece });
    // A model's pieces come one by one.
    await nextRound();
  }
  return pieces.join('');
}

function contract(newSite: () => Site): void {
  test('who is there from the start is told everything, in order', async () => {
    const site = newSite();
    const conversation = newConversation();
    const watcher = new DeltaWatcher(site.reader(), conversation);
    const writer = site.begin(conversation);

    const written = await writeAll(writer, piecesOf(400));

    await watcher.until(({ text }) => text.length >= written.length);
    writer.end();
    expect(watcher.shown).toEqual([{ attempt: '1/1/1', from: 0, text: written, thinking: '' }]);
    expect(watcher.faults).toBe(0);
  });

  test('so are twenty at once, of one process or of several', async () => {
    const site = newSite();
    const conversation = newConversation();
    const readers = [site.reader(), site.reader()];
    const watchers = Array.from(
      { length: 20 },
      (_, index) => new DeltaWatcher(readers[index % 2]!, conversation),
    );
    const writer = site.begin(conversation);

    const written = await writeAll(writer, piecesOf(100));

    for (const watcher of watchers) {
      await watcher.until(({ text }) => text.length >= written.length);
      expect(watcher.last.text).toBe(written);
      expect(watcher.faults).toBe(0);
    }
    writer.end();
  });

  test('who comes late is told the text so far, and then the rest', async () => {
    const site = newSite();
    const conversation = newConversation();
    const early = new DeltaWatcher(site.reader(), conversation);
    const writer = site.begin(conversation);
    const [before, after] = [piecesOf(60), piecesOf(90).slice(60)];
    const half = await writeAll(writer, before);
    await early.until(({ text }) => text === half);

    const reader = site.reader();
    const late = new DeltaWatcher(reader, conversation);
    await late.until(({ text }) => text === half);
    const later = new DeltaWatcher(reader, conversation);
    await later.until(({ text }) => text === half);
    const whole = half + (await writeAll(writer, after));

    for (const watcher of [early, late, later]) {
      await watcher.until(({ text }) => text.length >= whole.length);
      expect(watcher.shown).toEqual([{ attempt: '1/1/1', from: 0, text: whole, thinking: '' }]);
      expect(watcher.faults).toBe(0);
    }
    writer.end();
  });

  test('a second attempt is told apart, and what the first one still says does not come', async () => {
    const site = newSite();
    const conversation = newConversation();
    const early = new DeltaWatcher(site.reader(), conversation);
    const first = site.begin(conversation);
    first.write({ text: 'The sum is six' });
    await early.until(({ text }) => text === 'The sum is six');

    const second = site.begin(conversation, { attempt: 2 });
    second.write({ text: 'The sum ' });
    await early.until(({ text }) => text === 'The sum ');
    first.write({ text: ', or so.' });
    first.end();
    await writeAll(second, ['is ', 'five.']);

    await early.until(({ text }) => text === 'The sum is five.');
    second.end();
    expect(early.shown).toEqual([
      { attempt: '1/1/1', from: 0, text: 'The sum is six', thinking: '' },
      { attempt: '1/1/2', from: 0, text: 'The sum is five.', thinking: '' },
    ]);
    expect(early.faults).toBe(0);
    const late = new DeltaWatcher(site.reader(), conversation);
    await late.until(({ text }) => text === 'The sum is five.');
    expect(late.shown.map(({ attempt }) => attempt)).toEqual(['1/1/2']);
  });

  test('the next step begins anew, and so does an earlier one that is done again', async () => {
    const site = newSite();
    const conversation = newConversation();
    const watcher = new DeltaWatcher(site.reader(), conversation);
    const told = [
      { turn: 1, step: 1, text: 'Let me see.' },
      { turn: 1, step: 2, text: 'It is five.' },
      { turn: 2, step: 1, text: 'You are welcome.' },
      // The conversation was reset.
      { turn: 1, step: 2, attempt: 2, text: 'It is 5.' },
    ];

    for (const { text, ...source } of told) {
      const writer = site.begin(conversation, source);
      writer.write({ text });
      await watcher.until((shown) => shown.text === text);
      writer.end();
    }

    expect(watcher.shown.map(({ attempt, text }) => [attempt, text])).toEqual([
      ['1/1/1', 'Let me see.'],
      ['1/2/1', 'It is five.'],
      ['2/1/1', 'You are welcome.'],
      ['1/2/2', 'It is 5.'],
    ]);
  });

  test('thinking comes apart from the text', async () => {
    const site = newSite();
    const conversation = newConversation();
    const watcher = new DeltaWatcher(site.reader(), conversation);
    const writer = site.begin(conversation);

    const thinking = await writeAll(writer, piecesOf(50), 'thinking');
    await watcher.until((shown) => shown.thinking === thinking);
    expect(watcher.last.text).toBe('');
    await writeAll(writer, ['The sum', ' is five.']);
    await writeAll(writer, ['Am I', ' sure?'], 'thinking');

    await watcher.until((shown) => shown.thinking.endsWith('sure?') && shown.text !== '');
    writer.end();
    expect(watcher.last).toMatchObject({
      text: 'The sum is five.',
      thinking: `${thinking}Am I sure?`,
    });
    const late = new DeltaWatcher(site.reader(), conversation);
    await late.until(({ text }) => text === 'The sum is five.');
    expect(late.last.thinking).toBe(`${thinking}Am I sure?`);
  });

  test('nobody who is slow, gone or broken holds up the writer or another reader', async () => {
    const site = newSite();
    const conversation = newConversation();
    const reader = site.reader();
    const slow = reader.read(conversation, AbortSignal.timeout(60_000))[Symbol.asyncIterator]();
    const broken = (async () => {
      for await (const _snapshot of reader.read(conversation, new AbortController().signal))
        throw new Error('This one breaks.');
    })();
    const gone = new DeltaWatcher(reader, conversation);
    const writer = site.begin(conversation);
    writer.write({ text: 'The ' });
    await slow.next();
    await expect(broken).rejects.toThrow('This one breaks.');
    await gone.until(({ text }) => text === 'The ');
    await gone.leave();

    const watcher = new DeltaWatcher(reader, conversation);
    const written = `The ${await writeAll(writer, piecesOf(300))}`;

    await watcher.until(({ text }) => text.length >= written.length);
    expect(watcher.last.text).toBe(written);
    // What waited for the slow one is one snapshot, as long as the answer and no longer.
    const { value } = await slow.next();
    const { offset, text } = value as DeltaSnapshot;
    expect(written.slice(offset, offset + text.length)).toBe(text);
    expect(offset + text.length).toBe(written.length);
    writer.end();
    await slow.return?.();
  });

  test('of a long text a late reader is told where the part that it gets begins', async () => {
    const site = newSite();
    const conversation = newConversation();
    const writer = site.begin(conversation);
    const written = await writeAll(
      writer,
      Array.from({ length: 30 }, (_, index) => `${index}: ${'€'.repeat(3_000)}\n`),
    );

    const late = new DeltaWatcher(site.reader(), conversation);
    const { from } = await late.until((shown) => shown.from + shown.text.length >= written.length);
    writer.end();

    expect(late.last.text).toBe(written.slice(from));
    expect(late.last.text.length).toBeGreaterThan(5_000);
  });

  test.each([
    ['a:b', 'a%3Ab'],
    ['a/b', 'a b'],
    ['', ' '],
    ['\u00e4', 'a\u0308'],
    ['😀\n*', '😀\n?'],
    ['\ud83d', '\ud83d\ud83d'],
  ])('conversation %j is not conversation %j', async (id, otherId) => {
    const site = newSite();
    const namespace = randomUUID();
    const reader = site.reader();
    const watchers = [id, otherId].map((it) => new DeltaWatcher(reader, { namespace, id: it }));
    const other = new DeltaWatcher(reader, { namespace: `${namespace}:`, id });

    const writers = [id, otherId].map((it) => site.begin({ namespace, id: it }));
    writers[0]!.write({ text: 'one' });
    writers[1]!.write({ text: 'other' });

    await Promise.all(watchers.map((watcher) => watcher.until(({ text }) => text.length > 2)));
    expect(watchers.map(({ last }) => last.text)).toEqual(['one', 'other']);
    expect(other.shown).toEqual([]);
  });

  test('reading ends when its signal aborts, and with the reader', async () => {
    const site = newSite();
    const conversation = newConversation();
    const reader = site.reader();
    const [left, kept] = [0, 1].map(() => new DeltaWatcher(reader, conversation));
    await left!.leave();
    expect([left!.hasEnded, kept!.hasEnded]).toEqual([true, false]);

    await reader.close();
    await kept!.ended;

    const again = new AbortController();
    again.abort();
    for await (const _snapshot of site.reader().read(conversation, again.signal))
      throw new Error('Nothing is read with a signal that has aborted.');
  });

  test('the digest of the prompt is in the details of every beat, once it is known', async () => {
    const writer = newSite().begin(newConversation(), { turn: 2, step: 3, attempt: 4 });
    expect(writer.details).toEqual({ turn: 2, step: 3, attempt: 4, offset: 0, text: '' });

    writer.write({ thinking: 'Well.' });
    writer.write({ text: 'The sum', promptDigest: 'abc' });
    writer.write({ text: ' is' });

    expect(writer.details).toMatchObject({ turn: 2, step: 3, attempt: 4, promptDigest: 'abc' });
    writer.end();
  });
}

describe('on heartbeats', () => {
  contract(heartbeatSite);
});

describe('in memory', () => {
  contract(memorySite);
});

describeWith('redis-server', 'through Redis', (file) => {
  let redis: TestRedis;
  beforeAll(async () => (redis = await startRedis(file)));
  afterAll(() => redis?.kill());
  contract(() => redisSite(redis));
});

describe('off', () => {
  test('nothing is written but the beats that come anyway, which carry the digest', async () => {
    const server = new FakeServer();
    const writer = server.begin(noDeltas, newConversation(), firstAttempt);

    await writeAll(writer, piecesOf(50));
    writer.write({ text: 'The end.', thinking: 'Well.', promptDigest: 'abc' });
    writer.end();

    expect(server.beats).toBe(0);
    expect(writer.details).toEqual({ ...firstAttempt, offset: 0, text: '', promptDigest: 'abc' });
  });
});
