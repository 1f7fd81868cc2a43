import { queueLimit, queueLimitBytes } from '../../workflows/contract';
import { Inbox, knownIdsLimit } from '../../workflows/inbox';
import { said } from '../support/workflow-conversation';

const ids = (count: number) => Array.from({ length: count }, (_, index) => `m${index}`);

test('messages leave in the order in which they came, and are told their position', () => {
  const inbox = new Inbox();

  expect(inbox.queue(said('m1'))).toEqual({ messageId: 'm1', accepted: 'queued', position: 1 });
  expect(inbox.queue(said('m2'))).toEqual({ messageId: 'm2', accepted: 'queued', position: 2 });
  expect(inbox.waitingIds).toEqual(['m1', 'm2']);

  expect(inbox.next()).toEqual(said('m1'));
  expect(inbox.queue(said('m3'))).toMatchObject({ position: 2 });
  expect([inbox.next(), inbox.next(), inbox.next()]).toEqual([said('m2'), said('m3'), undefined]);
  expect(inbox.isEmpty).toBe(true);
});

test('what waits is the message and its id, without how it was to be delivered', () => {
  const inbox = new Inbox();
  inbox.queue({ ...said('m1'), delivery: 'queue' } as never);

  expect(inbox.snapshot().waiting).toStrictEqual([said('m1')]);
});

test('an id stays known after its message has left', () => {
  const inbox = new Inbox();
  inbox.queue(said('m1'));
  inbox.next();
  inbox.remember('m2');

  expect(['m1', 'm2', 'm3'].map((id) => inbox.knows(id))).toEqual([true, true, false]);
  expect(inbox.knows('constructor')).toBe(false);
});

test('the oldest ids are forgotten beyond the bound, and only those', () => {
  const inbox = new Inbox();
  for (const id of ids(knownIdsLimit)) inbox.remember(id);
  expect(inbox.knows('m0')).toBe(true);

  inbox.remember('one more');

  expect(inbox.knows('m0')).toBe(false);
  expect(inbox.knows('m1')).toBe(true);
  expect(inbox.snapshot().knownIds).toHaveLength(knownIdsLimit);
});

test('an id that is remembered again takes no second place', () => {
  const inbox = new Inbox();
  for (const id of [...ids(knownIdsLimit), ...ids(knownIdsLimit)]) inbox.remember(id);

  expect(inbox.snapshot().knownIds).toEqual(ids(knownIdsLimit));
});

test('the queue is full with its hundredth message, until one leaves', () => {
  const inbox = new Inbox();
  const fullAfter = ids(queueLimit).map((id) => {
    inbox.queue(said(id));
    return inbox.isFull;
  });

  expect(queueLimit).toBe(100);
  expect(fullAfter.indexOf(true)).toBe(queueLimit - 1);
  inbox.next();
  expect(inbox.isFull).toBe(false);
});

test('there is room for a mebibyte of contents, as JSON, and not for a byte more', () => {
  const inbox = new Inbox();
  const quotes = 2;
  const quarter = (bytes: number) => 'x'.repeat(queueLimitBytes / 4 - quotes + bytes);
  for (const id of ids(3)) inbox.queue(said(id, quarter(0)));

  expect(queueLimitBytes).toBe(1_048_576);
  expect(inbox.waitingBytes).toBe((queueLimitBytes * 3) / 4);
  expect([0, 1].map((more) => inbox.hasRoomFor(said('m3', quarter(more))))).toEqual([true, false]);
  expect(inbox.hasRoomFor(said('m3', '\u0001'.repeat(44_000)))).toBe(false);

  inbox.next();
  expect(inbox.hasRoomFor(said('m3', quarter(1)))).toBe(true);
  const restored = new Inbox(inbox.snapshot());
  expect(restored.waitingBytes).toBe(queueLimitBytes / 2);
  restored.next();
  restored.next();
  expect([restored.next(), restored.waitingBytes]).toEqual([undefined, 0]);
});

test('what is put aside is counted, and the last ten reasons are kept', () => {
  const inbox = new Inbox();
  for (let index = 1; index <= 25; index += 1) inbox.putAside(`reason ${index}`);

  expect(inbox.setAside.count).toBe(25);
  expect(inbox.setAside.reasons).toHaveLength(10);
  expect(inbox.setAside.reasons[0]).toBe('reason 16');
  expect(inbox.setAside.reasons[9]).toBe('reason 25');
});

test('a sender cannot make a reason long', () => {
  const inbox = new Inbox();
  inbox.putAside(`Unknown: ${'\ud83d\ude00'.repeat(100_000)}`);

  const [reason] = inbox.setAside.reasons;
  expect(reason).toHaveLength(300);
  expect(reason).toMatch(/^Unknown: .*…$/u);
  expect(reason).toBe(reason?.toWellFormed());
});

test('a snapshot restores the same inbox, through JSON, and does not change with the first', () => {
  const inbox = new Inbox();
  for (const id of ['m1', 'm2', 'm3']) inbox.queue(said(id));
  inbox.next();
  inbox.putAside('no JSON');
  const snapshot = inbox.snapshot();
  const written = JSON.stringify(snapshot);

  inbox.next();
  inbox.remember('m4');
  inbox.putAside('again');
  const restored = new Inbox(JSON.parse(written));

  expect(JSON.stringify(snapshot)).toBe(written);
  expect(restored.snapshot()).toEqual(snapshot);
  expect(restored.waitingIds).toEqual(['m2', 'm3']);
  expect(['m1', 'm3', 'm4'].map((id) => restored.knows(id))).toEqual([true, true, false]);
  expect(restored.setAside).toEqual({ count: 1, reasons: ['no JSON'] });
  restored.next();
  expect(restored.snapshot().waiting).toHaveLength(1);
  expect(snapshot.waiting).toHaveLength(2);
});

test('a restored inbox forgets in the same order', () => {
  const inbox = new Inbox();
  for (const id of ids(knownIdsLimit)) inbox.remember(id);
  const restored = new Inbox(inbox.snapshot());

  restored.remember('one more');

  expect([restored.knows('m0'), restored.knows('m1')]).toEqual([false, true]);
});
