import { heartbeatIntervalMs, startHeartbeat } from '../../activities/heartbeat';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('an activity that says nothing beats every half second, until it stops', () => {
  let beats = 0;
  const heartbeat = startHeartbeat({ beat: () => (beats += 1) });
  const atStart = beats;
  expect(heartbeatIntervalMs).toBe(500);

  jest.advanceTimersByTime(5_000);
  expect(beats - atStart).toBe(10);

  heartbeat.stop();
  jest.advanceTimersByTime(5_000);
  expect(beats - atStart).toBe(10);
  expect(jest.getTimerCount()).toBe(0);
});

test('every beat carries the details as they are then: none wipes what an earlier one told', () => {
  let text = '';
  const told: unknown[] = [];
  const heartbeat = startHeartbeat({ beat: (details) => told.push(details), details: () => text });
  text = 'The sum';
  heartbeat.soon();
  jest.advanceTimersByTime(100);
  told.length = 0;

  jest.advanceTimersByTime(2_000);

  expect(told).toEqual(Array(4).fill('The sum'));
  heartbeat.stop();
});

test('what is told soon is told within 50 ms, many pieces in one beat', () => {
  let text = '';
  const told: unknown[] = [];
  const heartbeat = startHeartbeat({ beat: (details) => told.push(details), details: () => text });
  told.length = 0;
  for (const piece of ['The', ' sum', ' is', ' five.']) {
    text += piece;
    heartbeat.soon();
  }

  jest.advanceTimersByTime(50);
  expect(told.at(-1)).toBe('The sum is five.');
  expect(told.length).toBeLessThanOrEqual(2);
  heartbeat.stop();
});

test('a piece every millisecond makes no more than twenty beats a second', () => {
  let beats = 0;
  const heartbeat = startHeartbeat({ beat: () => (beats += 1) });
  for (let millisecond = 0; millisecond < 1_000; millisecond++) {
    heartbeat.soon();
    jest.advanceTimersByTime(1);
  }

  expect(beats).toBeGreaterThanOrEqual(19);
  expect(beats).toBeLessThanOrEqual(20 + 2 + 1);
  heartbeat.stop();
});

test('after the end nothing is told, not even what was to be told soon', () => {
  let beats = 0;
  const heartbeat = startHeartbeat({ beat: () => (beats += 1) });
  heartbeat.soon();
  heartbeat.stop();
  const atEnd = beats;

  jest.advanceTimersByTime(5_000);

  expect(beats).toBe(atEnd);
  expect(jest.getTimerCount()).toBe(0);
});
