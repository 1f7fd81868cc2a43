import { deltaSettingsOf, readEnvironment } from '../../workers/environment';

test('unset, deltas ride on heartbeats, ten times a second', () => {
  expect(deltaSettingsOf(readEnvironment({}))).toEqual({
    deltas: 'on',
    redisUrl: undefined,
    intervalMs: 100,
  });
});

test('what is set holds', () => {
  const settings = readEnvironment({
    HOLDFAST_DELTAS: 'off',
    HOLDFAST_DELTA_INTERVAL_MS: '250',
    HOLDFAST_REDIS_URL: 'rediss://user:sesame@redis.example:6380/1',
  });

  expect(deltaSettingsOf(settings)).toEqual({
    deltas: 'off',
    redisUrl: 'rediss://user:sesame@redis.example:6380/1',
    intervalMs: 250,
  });
});

test.each([
  [{ HOLDFAST_DELTAS: 'maybe' }, /HOLDFAST_DELTAS/],
  [{ HOLDFAST_DELTA_INTERVAL_MS: '5' }, /HOLDFAST_DELTA_INTERVAL_MS/],
  [{ HOLDFAST_DELTA_INTERVAL_MS: '5000' }, /HOLDFAST_DELTA_INTERVAL_MS/],
  [{ HOLDFAST_REDIS_URL: 'user:sesame@redis.example' }, /HOLDFAST_REDIS_URL: .*redis:\/\//],
])('%j is refused, without its value', (variables, reason) => {
  const read = () => readEnvironment(variables);

  expect(read).toThrow(reason);
  expect(read).not.toThrow(/sesame/);
});
