/** A reader may leave after any event and come back at any time: it gets what it has not had, and that once. */
import fc from 'fast-check';
import type { ConversationEvent } from '../../../client/conversation-events';
import { Feeds } from '../../../client/stream/feeds';
import { type StreamPosition, formatOffset, parseOffset } from '../../../client/stream/offset';
import { streamConversation } from '../../../client/stream/stream-conversation';
import { StrictReader } from '../../support/strict-reader';
import { type Scene, StreamedConversation } from '../../support/streamed-conversation';

/** Two workers die, people are asked, messages are queued, a turn is interrupted, a run is left. */
const story: readonly Scene[] = [
  (it) => it.hears('m1'),
  (it) => it.thinks(),
  (it) => it.says('Let', 'Hm.'),
  (it) => it.says('Let me', 'Hm. Dice.'),
  (it) => it.saysAndAsksForTools('Let me see.', 'dice', 'pay'),
  (it) => it.asksWhether('t1s1c1'),
  (it) => it.hears('m2'),
  (it) => it.decides('t1s1c1'),
  (it) => it.toolsFinish(),
  (it) => it.thinks(),
  (it) => it.says('The sum'),
  (it) => it.losesWorker(),
  (it) => it.startsAgain(),
  (it) => it.says('The'),
  (it) => it.says('The sum is'),
  (it) => it.losesWorker(),
  (it) => it.startsAgain('three'),
  (it) => it.says('The sum is five'),
  (it) => it.answers('The sum is five.'),
  (it) => it.thinks(),
  (it) => it.says('One'),
  (it) => it.isInterrupted('One two'),
  (it) => it.hears('m3'),
  (it) => it.asksForTools('dice'),
  (it) => it.toolsFinish(),
  (it) => it.continuesAsNew(),
  (it) => it.thinks(),
  (it) => it.says('Do'),
  (it) => it.says('Done'),
  (it) => it.answers('Done.'),
  (it) => it.ends(),
];

/** One reader, however often it leaves; `wanted` says where it goes on. */
function stream(talk: StreamedConversation, from: string | undefined) {
  const feeds = new Feeds({ reader: talk, namespace: 'default', clock: talk });
  const wanted = { from: from ?? '0', until: 'conversation' as const };
  return streamConversation({ reader: talk, feeds, id: 'chat', ...wanted });
}

async function readAll(talk: StreamedConversation, from?: string): Promise<StrictReader> {
  const reader = new StrictReader();
  for await (const event of stream(talk, from)) reader.observe(event);
  return reader;
}

/** Without what is no part of a conversation: how its server is, and what goes on in words. */
function lasting(events: readonly ConversationEvent[]): readonly ConversationEvent[] {
  return events.filter(({ type }) => type !== 'status' && type !== 'trouble');
}

const previews = ['partial', 'thinking', 'attempt', 'pending', 'settled'];

function durable(events: readonly ConversationEvent[]): readonly unknown[] {
  return lasting(events)
    .filter(({ type }) => !previews.includes(type))
    .map(({ offset: _offset, ...event }) => event);
}

test('an offset is the text of a position, and nothing else is', () => {
  const count = fc.nat({ max: 1_000_000 });
  const pieces = fc.record(
    {
      ...{ turn: count, step: count, attempt: count, text: count, thinking: count },
      call: fc.stringMatching(/^[\w-]{8}$/),
    },
    { requiredKeys: ['turn', 'step', 'attempt', 'text', 'thinking'] },
  );
  const position: fc.Arbitrary<StreamPosition> = fc.record(
    {
      ...{ seq: count, told: count, turn: count, shown: pieces },
      waiting: fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { maxLength: 3 }),
    },
    { requiredKeys: ['seq', 'told', 'turn', 'waiting'] },
  );
  fc.assert(
    fc.property(position, (given) => {
      expect(parseOffset(formatOffset(given))).toEqual(given);
      // It goes through HTTP headers, and through shells.
      expect(formatOffset(given)).toMatch(/^[\w.~!*'()%-]+$/);
    }),
  );
  expect(parseOffset('0')).toEqual({ seq: 0, told: 0, turn: 0, waiting: [] });
  for (const text of [
    '',
    'x',
    '-1',
    '1.2',
    '1.2.3~4',
    '1.2.3!%',
    '9'.repeat(20),
    '1.2.3 ',
    '1.2.3\n',
  ]) {
    expect(() => parseOffset(text)).toThrow('is no offset of a stream');
  }
});

test('the story, as one reader sees it', async () => {
  const reader = await readAll(new StreamedConversation(story));

  expect(reader.problems).toEqual([]);
  expect(reader.answers.map(({ content }) => content)).toEqual([
    'The sum is five.',
    'One two',
    'Done.',
  ]);
  expect(reader.messages.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const counted = (['partial', 'thinking', 'attempt', 'pending', 'settled'] as const).map((type) =>
    reader.count(type),
  );
  expect(counted).toEqual([9, 2, 2, 1, 1]);
});

test('who leaves after any event and comes back at once misses nothing and gets nothing twice', async () => {
  const whole = lasting((await readAll(new StreamedConversation(story))).events);
  for (let leaveAfter = 1; leaveAfter < whole.length; leaveAfter++) {
    const talk = new StreamedConversation(story);
    const reader = new StrictReader();
    for await (const event of stream(talk, undefined)) {
      reader.observe(event);
      if (lasting(reader.events).length === leaveAfter) break;
    }
    for await (const event of stream(talk, reader.offset)) reader.observe(event);

    expect(reader.problems).toEqual([]);
    // Workers are known by who watches: who comes back does not know who was lost.
    const unnamed = (events: readonly ConversationEvent[]) =>
      events.map((event) =>
        event.type === 'attempt' ? { ...event, lostWorker: '', worker: '' } : event,
      );
    expect(unnamed(lasting(reader.events))).toEqual(unnamed(whole));
  }
});

test('who comes back when all is over gets exactly the durable rest', async () => {
  const talk = new StreamedConversation(story);
  const { events } = await readAll(talk);
  for (const [index, { offset }] of events.slice(0, -1).entries()) {
    const rest = await readAll(talk, offset);

    expect(durable(rest.events)).toEqual(durable(events.slice(index + 1)));
    expect(rest.count('partial') + rest.count('thinking') + rest.count('pending')).toBe(0);
  }
});

test('who leaves and comes back as often as it likes, after any time, sees one conversation', async () => {
  const visits = fc.array(fc.record({ events: fc.nat({ max: 8 }), awayFor: fc.nat({ max: 6 }) }), {
    maxLength: 8,
  });
  const never = new AbortController().signal;
  const whole = durable((await readAll(new StreamedConversation(story))).events);
  await fc.assert(
    fc.asyncProperty(visits, async (plan) => {
      const talk = new StreamedConversation(story);
      const reader = new StrictReader();
      for (const { events, awayFor } of plan) {
        let left = events;
        for await (const event of stream(talk, reader.offset)) {
          reader.observe(event);
          if (left-- === 0) break;
        }
        for (let scene = 0; scene < awayFor; scene++) await talk.sleep(1, never);
      }
      for await (const event of stream(talk, reader.offset)) reader.observe(event);

      expect(reader.problems).toEqual([]);
      expect(
        durable(reader.events).filter((event) => (event as { type: string }).type !== 'ended'),
      ).toEqual(whole.slice(0, -1));
    }),
    { numRuns: 12 },
  );
});
