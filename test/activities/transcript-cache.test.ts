import { textResponse } from '../../activities/models/scripted-model';
import { TranscriptCache, toEntries } from '../../activities/transcript-cache';
import { emptyDigest } from '../../agent/digest';
import { jsonBytes } from '../../agent/json';
import { userMessage } from '../../agent/messages';
import type { Message } from '../../agent/model';
import { FakeConversation } from '../support/fake-conversation';

const question = userMessage('What is two and three?');
const answer = textResponse('Five.');
const right = userMessage('And twice that?');
const wrong = userMessage('And half of it?');

function newConversation(cache: TranscriptCache, key = 'default/chat'): FakeConversation {
  return new FakeConversation({ sink: cache, key });
}

function bytesOf(...messages: readonly Message[]): number {
  return messages.reduce((total, message) => total + jsonBytes(message), 0);
}

test('what was published is found by its pointer, and by each earlier one', () => {
  const cache = new TranscriptCache();
  const conversation = newConversation(cache);
  const first = conversation.publish(question);
  const second = conversation.publish(answer, right);

  expect(cache.lookup('default/chat', second)).toEqual([question, answer, right]);
  expect(cache.lookup('default/chat', first)).toEqual([question]);
});

test('the pointer to nothing is proven by nothing, once the conversation is known', () => {
  const cache = new TranscriptCache();
  const conversation = newConversation(cache);
  const nothing = conversation.publish();

  expect(cache.lookup('default/chat', nothing)).toBeUndefined();
  conversation.publish(question);
  expect(cache.lookup('default/chat', nothing)).toEqual([]);
});

test('a branch of the same length is not believed: its digest differs', () => {
  const cache = new TranscriptCache();
  newConversation(cache).publish(question, answer, wrong);
  const history = newConversation(new TranscriptCache());
  const pointer = history.publish(question, answer, right);

  expect(cache.lookup('default/chat', pointer)).toBeUndefined();
});

test('another conversation, another epoch or a longer transcript is not found', () => {
  const cache = new TranscriptCache();
  const pointer = newConversation(cache).publish(question);

  expect(cache.lookup('default/other', pointer)).toBeUndefined();
  expect(cache.lookup('default/chat', { ...pointer, epoch: 1 })).toBeUndefined();
  expect(cache.lookup('default/chat', { ...pointer, length: 2 })).toBeUndefined();
  expect(cache.lookup('default/chat', pointer)).toEqual([question]);
});

test('an append forgets what was cached at and behind its seq', () => {
  const cache = new TranscriptCache();
  const stale = newConversation(cache);
  stale.publish(question, answer);
  const staleEnd = stale.publish(wrong, textResponse('Two and a half.'), userMessage('Thanks.'));
  const history = newConversation(cache);
  const pointer = history.publish(question, answer, right);

  expect(cache.lookup('default/chat', pointer)).toEqual([question, answer, right]);
  expect(cache.lookup('default/chat', staleEnd)).toBeUndefined();
  expect(cache.sizeBytes).toBe(bytesOf(question, answer, right));
});

test('entries behind a gap are not taken', () => {
  const cache = new TranscriptCache();
  const conversation = newConversation(cache);
  conversation.publish(question, answer);
  cache.forget('default/chat');
  const pointer = conversation.publish(right);

  expect(cache.lookup('default/chat', pointer)).toBeUndefined();
  expect(cache.prefix('default/chat', pointer)).toEqual([]);
  expect(cache.sizeBytes).toBe(0);
});

test('the end of one branch is never joined to the beginning of another', () => {
  const cache = new TranscriptCache();
  const history = newConversation(cache);
  history.publish(question, answer, right);
  // A run that was cut off is late with its sink; what it leaves has just the length that history goes on from.
  newConversation(cache).publish(question, answer, wrong);
  const pointer = history.publish(textResponse('Ten.'));

  expect(cache.lookup('default/chat', pointer)).toBeUndefined();
});

test('a new epoch replaces the transcript, an append of nothing does not', () => {
  const cache = new TranscriptCache();
  const pointer = newConversation(cache).publish(question, answer);
  const summary = userMessage('Summary: five.');
  cache.append('default/chat', 0, []);
  expect(cache.lookup('default/chat', pointer)).toEqual([question, answer]);

  const entries = toEntries([summary], 0, emptyDigest);
  cache.append('default/chat', 1, entries);

  expect(cache.lookup('default/chat', pointer)).toBeUndefined();
  expect(
    cache.lookup('default/chat', {
      ...pointer,
      epoch: 1,
      length: 1,
      digest: entries[0]!.digestAfter,
    }),
  ).toEqual([summary]);
  expect(cache.sizeBytes).toBe(bytesOf(summary));
});

test('a prefix is one entry shorter than the pointer at most: a whole one would have been a hit', () => {
  const cache = new TranscriptCache();
  newConversation(cache).publish(question, answer, wrong);
  const history = newConversation(new TranscriptCache());
  const short = history.publish(question);
  const long = history.publish(answer, right, textResponse('Ten.'));

  const lengths = [short, { ...long, length: 3 }, long, { ...long, length: 0 }].map(
    (pointer) => cache.prefix('default/chat', pointer).length,
  );
  expect(lengths).toEqual([0, 2, 3, 0]);
  expect(cache.prefix('default/chat', { ...long, epoch: 1 })).toEqual([]);
});

describe('bounded in bytes', () => {
  const message = userMessage('x'.repeat(1_000));
  const size = bytesOf(message);
  const keys = ['default/a', 'default/b', 'default/c'];

  test('the least recently used conversation goes first, and its bytes with it', () => {
    const cache = new TranscriptCache({ limitBytes: 3 * size });
    const pointers = keys.map((key) => newConversation(cache, key).publish(message));
    expect(cache.sizeBytes).toBe(3 * size);

    newConversation(cache, 'default/d').publish(message);

    expect(cache.sizeBytes).toBe(3 * size);
    expect(keys.map((key, index) => cache.lookup(key, pointers[index]!)?.length)).toEqual([
      undefined,
      1,
      1,
    ]);
  });

  test('looking a transcript up is using it', () => {
    const cache = new TranscriptCache({ limitBytes: 3 * size });
    const pointers = keys.map((key) => newConversation(cache, key).publish(message));
    cache.lookup('default/a', pointers[0]!);

    newConversation(cache, 'default/d').publish(message);

    expect(keys.map((key, index) => cache.lookup(key, pointers[index]!)?.length)).toEqual([
      1,
      undefined,
      1,
    ]);
  });

  test('several go when one newcomer needs their place', () => {
    const cache = new TranscriptCache({ limitBytes: 3 * size });
    for (const key of keys) newConversation(cache, key).publish(message);

    const pointer = newConversation(cache, 'default/d').publish(message, message, message);

    expect(cache.sizeBytes).toBe(3 * size);
    expect(cache.lookup('default/d', pointer)).toHaveLength(3);
  });

  test('a conversation larger than the limit is not kept, and drives no other out', () => {
    const cache = new TranscriptCache({ limitBytes: 3 * size });
    const small = newConversation(cache, 'default/a').publish(message);
    const giant = newConversation(cache, 'default/b');
    const fitting = giant.publish(message, message);
    expect(cache.lookup('default/b', fitting)).toHaveLength(2);

    const pointer = giant.publish(message, message);

    expect(cache.lookup('default/b', pointer)).toBeUndefined();
    expect(cache.lookup('default/a', small)).toHaveLength(1);
    expect(cache.sizeBytes).toBe(size);
  });

  test('a conversation of exactly the limit is kept', () => {
    const cache = new TranscriptCache({ limitBytes: 3 * size });
    const pointer = newConversation(cache).publish(message, message, message);

    expect(cache.lookup('default/chat', pointer)).toHaveLength(3);
    expect(cache.sizeBytes).toBe(3 * size);
  });

  test('what is replaced and what is forgotten is not counted twice', () => {
    const cache = new TranscriptCache({ limitBytes: 100 * size });
    for (let round = 0; round < 20; round++) {
      newConversation(cache, 'default/a').publish(message, message);
    }
    expect(cache.sizeBytes).toBe(2 * size);

    cache.forget('default/a');
    cache.forget('default/a');

    expect(cache.sizeBytes).toBe(0);
  });

  test('bytes are those of UTF-8', () => {
    const cache = new TranscriptCache();
    newConversation(cache).publish(userMessage('é€😀'));

    expect(cache.sizeBytes).toBe(Buffer.byteLength('{"role":"user","content":"é€😀"}'));
  });
});
