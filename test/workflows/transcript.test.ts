import type { Pointer, TranscriptEntry, TranscriptSinks } from '../../activities/contract';
import { TranscriptCache } from '../../activities/transcript-cache';
import { textResponse } from '../../activities/models/scripted-model';
import { emptyDigest, extendDigest } from '../../agent/digest';
import { jsonBytes } from '../../agent/json';
import { userMessage } from '../../agent/messages';
import type { Message } from '../../agent/model';
import { Transcript } from '../../workflows/transcript';
import { pinnedAgent } from '../support/workflow-conversation';

const agentHash = pinnedAgent.hash;
const talk: readonly Message[] = [
  userMessage('One?'),
  textResponse('One.'),
  userMessage('Two?'),
  textResponse('x'.repeat(2_000)),
  userMessage('Three?'),
];
const digestOf = (messages: readonly Message[]) => messages.reduce(extendDigest, emptyDigest);

/** A transcript, and what its sink was told, call by call. */
function recorded() {
  const appends: { epoch: number; entries: readonly TranscriptEntry[] }[] = [];
  const pins: unknown[] = [];
  const sink: TranscriptSinks['transcript'] = {
    append: (epoch, entries) => void appends.push({ epoch, entries }),
    pin: (pinned) => void pins.push(pinned),
  };
  return { transcript: new Transcript(sink), appends, pins };
}

describe('publishing', () => {
  test('gives each message to the cache once, in order, with the digest that proves it', () => {
    const { transcript, appends } = recorded();
    for (let length = 1; length <= talk.length; length += 2) {
      transcript.publish(talk.slice(0, length), agentHash);
    }

    expect(appends.map(({ entries }) => entries.map(({ seq }) => seq))).toEqual([
      [0],
      [1, 2],
      [3, 4],
    ]);
    const entries = appends.flatMap((append) => append.entries);
    expect(entries.map(({ message }) => message)).toEqual(talk);
    expect(entries.map(({ digestAfter }) => digestAfter)).toEqual(
      talk.map((_, index) => digestOf(talk.slice(0, index + 1))),
    );
    expect(appends.every(({ epoch }) => epoch === 0)).toBe(true);
  });

  test('says nothing to the cache when nothing is new', () => {
    const { transcript, appends } = recorded();
    const first = transcript.publish(talk, agentHash);
    const second = transcript.publish(talk, agentHash);

    expect(second).toEqual(first);
    expect(appends).toHaveLength(1);
  });

  test('points to exactly the messages that it was given', () => {
    const { transcript } = recorded();

    expect(transcript.publish([], agentHash)).toEqual({
      epoch: 0,
      length: 0,
      digest: emptyDigest,
      agentHash,
    });
    expect(transcript.publish(talk, agentHash)).toEqual({
      epoch: 0,
      length: talk.length,
      digest: digestOf(talk),
      agentHash,
    });
  });

  test('in the next run gives everything to the cache in one call, and points to the same', () => {
    const first = recorded();
    talk.forEach((_, index) => first.transcript.publish(talk.slice(0, index + 1), agentHash));
    const before = first.transcript.publish(talk, agentHash);

    const carried = JSON.parse(JSON.stringify(talk)) as readonly Message[];
    const next = recorded();
    const after = next.transcript.publish(carried, agentHash);

    expect(after).toEqual(before);
    expect(next.appends).toHaveLength(1);
    expect(next.appends[0]?.entries).toHaveLength(talk.length);
  });

  test('fills a cache that then answers the pointer, and no pointer of another branch', () => {
    const cache = new TranscriptCache();
    const feeding = () =>
      new Transcript({
        append: (epoch, entries) => cache.append('default/c1', epoch, entries),
        pin: () => undefined,
      });
    // A task that was never accepted: another second question, and the same length.
    const lost = feeding().publish(
      [...talk.slice(0, 2), userMessage('2?'), talk[3]!, talk[4]!],
      agentHash,
    );
    expect(cache.lookup('default/c1', lost)).toHaveLength(talk.length);

    const pointer = feeding().publish(talk, agentHash);

    expect(pointer.length).toBe(lost.length);
    expect(cache.lookup('default/c1', pointer)).toEqual(talk);
    expect(cache.lookup('default/c1', lost)).toBeUndefined();
  });

  test('pins the agent as it is', () => {
    const { transcript, pins } = recorded();
    transcript.pin(pinnedAgent);

    expect(pins).toEqual([pinnedAgent]);
  });
});

describe('a page', () => {
  const published = () => {
    const { transcript } = recorded();
    return { transcript, pointer: transcript.publish(talk, agentHash) };
  };
  const page = (
    { transcript, pointer }: { transcript: Transcript; pointer: Pointer },
    from: number,
    limitBytes = 1e6,
  ) => transcript.page(talk, { pointer, from, limitBytes });

  test('holds the messages from where it is asked, and the digest of those before', () => {
    const ours = published();

    expect(page(ours, 0)).toEqual({ digestBefore: emptyDigest, messages: talk });
    expect(page(ours, 3)).toEqual({
      digestBefore: digestOf(talk.slice(0, 3)),
      messages: talk.slice(3),
    });
    expect(page(ours, 5)).toEqual({ digestBefore: digestOf(talk), messages: [] });
  });

  test('ends before the message that would pass its limit, and holds one at least', () => {
    const ours = published();
    const twoMessages = jsonBytes(talk[0]) + jsonBytes(talk[1]);

    expect(page(ours, 0, twoMessages)?.messages).toEqual(talk.slice(0, 2));
    expect(page(ours, 0, twoMessages - 1)?.messages).toEqual(talk.slice(0, 1));
    expect(page(ours, 3, 0)?.messages).toEqual([talk[3]]);
  });

  test.each([0, 1, 100, 300, 2_200, 1e6])(
    'of %d bytes and those that follow prove themselves message by message',
    (limitBytes) => {
      const ours = published();
      const read: Message[] = [];
      let digest = emptyDigest;
      while (read.length < ours.pointer.length) {
        const next = page(ours, read.length, limitBytes)!;
        expect(next.digestBefore).toBe(digest);
        expect(next.messages.length).toBeGreaterThan(0);
        digest = next.messages.reduce(extendDigest, digest);
        read.push(...next.messages);
      }

      expect(read).toEqual(talk);
      expect(digest).toBe(ours.pointer.digest);
    },
  );

  test('for an earlier pointer ends where that pointer ends', () => {
    const { transcript } = recorded();
    const early = transcript.publish(talk.slice(0, 3), agentHash);
    transcript.publish(talk, agentHash);

    expect(page({ transcript, pointer: early }, 1)?.messages).toEqual(talk.slice(1, 3));
    expect(page({ transcript, pointer: early }, 4)?.messages).toEqual([]);
  });

  test('is refused for a pointer that was never ours', () => {
    const { transcript, pointer } = published();
    const other = new Transcript({ append: () => undefined, pin: () => undefined });
    const strangers = [
      { ...pointer, digest: digestOf(talk.toReversed()) },
      { ...pointer, digest: '' },
      { ...pointer, length: pointer.length - 1 },
      { ...pointer, length: pointer.length + 1 },
      { ...pointer, length: 2 ** 40 },
      { ...pointer, epoch: 1 },
      other.publish([userMessage('Other?'), ...talk.slice(1)], agentHash),
    ];

    expect(strangers.map((stranger) => page({ transcript, pointer: stranger }, 0))).toEqual(
      strangers.map(() => undefined),
    );
  });

  test('is refused from behind everything that was published', () => {
    expect(page(published(), 6)).toBeUndefined();
  });
});

describe('after messages were rewritten', () => {
  const shorter: readonly Message[] = [userMessage('Summary.'), ...talk.slice(3)];
  const rewritten = () => {
    const recording = recorded();
    const before = recording.transcript.publish(talk, agentHash);
    recording.transcript.rewrite();
    const after = recording.transcript.publish(shorter, agentHash);
    return { ...recording, before, after };
  };

  test('everything is published anew, in another epoch', () => {
    const { appends, before, after } = rewritten();

    expect([before.epoch, after.epoch]).toEqual([0, 1]);
    expect(after).toEqual({ epoch: 1, length: 3, digest: digestOf(shorter), agentHash });
    expect(appends.map(({ epoch, entries }) => [epoch, entries.length])).toEqual([
      [0, 5],
      [1, 3],
    ]);
    expect(appends[1]?.entries.map(({ seq }) => seq)).toEqual([0, 1, 2]);
  });

  test('pages are of this epoch alone', () => {
    const { transcript, before, after } = rewritten();
    const request = { from: 0, limitBytes: 1e6 };

    expect(transcript.page(shorter, { pointer: after, ...request })?.messages).toEqual(shorter);
    expect(transcript.page(shorter, { pointer: before, ...request })).toBeUndefined();
    expect(
      transcript.page(shorter, { pointer: { ...after, epoch: 0 }, ...request }),
    ).toBeUndefined();
  });

  test('the next run goes on in the same epoch, and points to the same', () => {
    const { after } = rewritten();
    const next = new Transcript({ append: () => undefined, pin: () => undefined }, 1);

    expect(next.publish(shorter, agentHash)).toEqual(after);
  });

  test('a cache forgets the other epoch, and one that missed it is filled again', () => {
    const cache = new TranscriptCache();
    const transcript = new Transcript({
      append: (epoch, entries) => cache.append('default/c1', epoch, entries),
      pin: () => undefined,
    });
    const before = transcript.publish(talk, agentHash);
    transcript.rewrite();
    const after = transcript.publish(shorter, agentHash);

    expect(cache.lookup('default/c1', after)).toEqual(shorter);
    expect(cache.lookup('default/c1', before)).toBeUndefined();
    expect(cache.prefix('default/c1', before)).toEqual([]);
  });
});

test('a pointer may be to the first messages alone: the cache has them', () => {
  const cache = new TranscriptCache();
  const transcript = new Transcript({
    append: (epoch, entries) => cache.append('default/c1', epoch, entries),
    pin: () => undefined,
  });
  const pointer = transcript.publish(talk, agentHash, 2);

  expect(pointer).toEqual({ epoch: 0, length: 2, digest: digestOf(talk.slice(0, 2)), agentHash });
  expect(cache.lookup('default/c1', pointer)).toEqual(talk.slice(0, 2));
});
