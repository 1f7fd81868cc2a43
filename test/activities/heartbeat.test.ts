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
  heartbeat.now();
  text = 'The sum is five.';

  jest.advanceTimersByTime(2_000);

  expect(told).toEqual(['The sum', ...Array<string>(4).fill('The sum is five.')]);
  heartbeat.stop();
});

test('after the end nothing is told, however much is to be told now', () => {
  let beats = 0;
  const heartbeat = startHeartbeat({ beat: () => (beats += 1) });
  heartbeat.stop();
  heartbeat.now();

  jest.advanceTimersByTime(5_000);

  expect(beats).toBe(0);
  expect(jest.getTimerCount()).toBe(0);
});
