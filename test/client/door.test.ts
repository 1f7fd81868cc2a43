/** The fold of what came through the door, held against the inbox itself: the same things are done to both. */
import { Door } from '../../client/timeline/door';
import { Inbox } from '../../workflows/inbox';

const agent = { isFree: false, isRunning: true };
const messageOf = (messageId: string, content = messageId) => ({
  messageId,
  message: { role: 'user' as const, content },
});

const idsOf = (messages: readonly { readonly messageId: string }[]) =>
  messages.map(({ messageId }) => messageId);

/** Takes pseudo-random steps: the same ones every time. */
function randomSteps(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647);
}

test.each([1, 2, 3, 4, 5])('what waits, in which order, is what the inbox says (%i)', (seed) => {
  const random = randomSteps(seed);
  const [door, inbox] = [new Door(), new Inbox()];
  const stops: boolean[] = [];
  const taken: [unknown, unknown][] = [];
  for (let step = 0; step < 400; step++) {
    const messageId = `m${step}`;
    const some = `m${random() % (step + 1)}`;
    const input = messageOf(messageId);
    switch (random() % 10) {
      case 0:
      case 1:
        inbox.queue(input);
        door.accept(input, 0, agent);
        break;
      case 2:
        inbox.steer(input);
        door.accept({ ...input, delivery: 'steer' }, 0, agent);
        break;
      case 3:
        inbox.queueFirst(input);
        stops.push(door.accept({ ...input, delivery: 'interrupt' }, 0, agent));
        break;
      case 4:
      case 8:
      case 9:
        taken.push([door.next()?.messageId, inbox.next()?.messageId]);
        break;
      case 5:
        taken.push([idsOf(door.takeSteering()), idsOf(inbox.takeSteering())]);
        break;
      case 6:
        inbox.queueSteering();
        door.queueSteering();
        break;
      case 7:
        door.cancel(inbox.cancel([some]));
        break;
    }
    expect(door.waiting.map((waiting) => waiting.messageId)).toEqual([
      ...inbox.steeringIds,
      ...inbox.waitingIds,
    ]);
    if (step % 50 === 49) door.restore(inbox.snapshot(), false);
  }
  expect(new Set(stops)).toEqual(new Set([true]));
  for (const [byDoor, byInbox] of taken) expect(byDoor).toEqual(byInbox);
});

test('a message is changed where it waits, and put where the conversation says', () => {
  const door = new Door();
  door.accept({ ...messageOf('a'), delivery: 'steer' }, 0, { isFree: false, isRunning: false });
  expect(door.takeSteering()).toEqual([]);
  door.put('a', 'steering');
  door.edit(messageOf('a', 'changed'));
  expect(door.takeSteering()).toMatchObject([{ messageId: 'a', text: 'changed' }]);
});

test('a steered message that seemed too late enters the turn that goes on', () => {
  const door = new Door();
  const idle = { isFree: false, isRunning: false };
  door.accept(messageOf('a'), 0, idle);
  door.accept({ ...messageOf('b'), delivery: 'steer' }, 0, idle);
  door.steerLate();
  expect(door.takeSteering().map(({ messageId }) => messageId)).toEqual(['b']);
  expect(door.waiting.map(({ messageId }) => messageId)).toEqual(['a']);
});

test('what was steered behind a message that is taken back opens the next turn itself', () => {
  const door = new Door();
  const idle = { isFree: false, isRunning: false };
  door.accept(messageOf('a'), 0, idle);
  door.accept({ ...messageOf('b'), delivery: 'steer' }, 0, idle);
  door.accept({ ...messageOf('c'), delivery: 'steer' }, 0, { isFree: false, isRunning: true });
  door.cancel(['a']);
  expect(door.next()?.messageId).toBe('b');
  expect(idsOf(door.takeSteering())).toEqual(['c']);
});
