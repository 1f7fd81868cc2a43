import {
  ApplicationFailure,
  CancelledFailure,
  defaultFailureConverter,
  defaultPayloadConverter,
} from '@temporalio/common';
import { toCancellationFailure, toModelFailure, toToolFailure } from '../../activities/failures';
import type { ModelErrorKind } from '../../agent/errors';
import { ModelError } from '../../agent/errors';

const kinds: readonly ModelErrorKind[] = [
  'authentication',
  'permission',
  'not_found',
  'bad_request',
  'context_length',
  'rate_limit',
  'quota',
  'overloaded',
  'server',
  'timeout',
  'network',
  'incomplete',
  'configuration',
];

/** All that would enter history. */
function inHistory(failure: Error): string {
  return JSON.stringify(
    defaultFailureConverter.errorToFailure(failure, defaultPayloadConverter),
    (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
  );
}

describe('of a model', () => {
  test.each(kinds)('the kind `%s` is the type; the verdict is the error’s own', (kind) => {
    for (const retryable of [true, false]) {
      const fields = { provider: 'openai', kind, message: 'It said no.', retryable };

      expect(toModelFailure(new ModelError(fields))).toMatchObject({
        name: 'ApplicationFailure',
        type: `ModelError.${kind}`,
        message: 'It said no.',
        nonRetryable: !retryable,
        nextRetryDelay: undefined,
        details: [fields],
      });
    }
  });

  test.each([
    [0, 1],
    [1, 1],
    [1_500, 1_500],
    [3_600_000, 3_600_000],
  ])('the provider’s own delay of %i ms is %i ms, never none', (retryAfterMs, delayMs) => {
    const failure = toModelFailure(
      new ModelError({
        provider: 'openai',
        kind: 'rate_limit',
        message: 'Slow down.',
        retryable: true,
        retryAfterMs,
      }),
    );

    expect(failure.nextRetryDelay).toBe(delayMs);
  });

  test('an error from another copy of the code is known by its name', () => {
    const fields = { provider: 'x', kind: 'quota', message: 'Empty.', retryable: false };
    const foreign = Object.assign(new Error('Empty.'), { name: 'ModelError', fields });

    expect(toModelFailure(foreign)).toMatchObject({ type: 'ModelError.quota', nonRetryable: true });
  });

  test.each([new TypeError('x is not a function'), 'a string', undefined, null])(
    'anything else is unexpected, and may be tried again: %p',
    (error) => {
      expect(toModelFailure(error)).toMatchObject({
        name: 'ApplicationFailure',
        type: 'ModelError.unexpected',
        message: error instanceof Error ? error.message : String(error),
        nonRetryable: false,
      });
    },
  );

  test('a failure of ours stays as it is', () => {
    const failure = ApplicationFailure.retryable('Not there.', 'TranscriptUnavailable');

    expect(toModelFailure(failure)).toBe(failure);
  });
});

describe('of a tool', () => {
  test.each([new TypeError('x is not a function'), 'a string', undefined])(
    'whatever it throws is `ToolFailed`, and may be tried again: %p',
    (error) => {
      expect(toToolFailure(error)).toMatchObject({
        name: 'ApplicationFailure',
        type: 'ToolFailed',
        message: error instanceof Error ? error.message : String(error),
        nonRetryable: false,
      });
    },
  );

  test('a failure of ours stays as it is', () => {
    const failure = ApplicationFailure.nonRetryable('Never.', 'Mine');

    expect(toToolFailure(failure)).toBe(failure);
  });
});

test.each([
  new CancelledFailure('of something else'),
  new DOMException('This operation was aborted', 'AbortError'),
])('a cancellation that nobody asked for is an ordinary failure: %p', (error) => {
  expect(toModelFailure(error)).toMatchObject({
    name: 'ApplicationFailure',
    type: 'ModelError.unexpected',
    message: error.message,
  });
  expect(toToolFailure(error)).toMatchObject({
    name: 'ApplicationFailure',
    type: 'ToolFailed',
    message: error.message,
  });
});

test('why an attempt was stopped decides between a retry and obedience', () => {
  const verdicts = [
    { workerShutdown: true },
    { timedOut: true },
    { reset: true },
    { paused: true },
    { workerShutdown: true, timedOut: true },
    {},
    undefined,
  ].map((reason) => {
    const failure = toCancellationFailure(reason);
    return failure instanceof ApplicationFailure
      ? [failure.type, failure.nonRetryable]
      : [failure.name];
  });

  expect(verdicts).toEqual([
    ['WorkerShutdown', false],
    ['WorkerShutdown', false],
    ['WorkerShutdown', false],
    ['WorkerShutdown', false],
    ['WorkerShutdown', false],
    ['CancelledFailure'],
    ['CancelledFailure'],
  ]);
});

test('headers, requests and causes that an error carries do not enter history', () => {
  const secret = 'sk-0123456789abcdef';
  const carried = {
    headers: { authorization: `Bearer ${secret}` },
    request: { apiKey: secret },
    config: secret,
  };
  const cause = Object.assign(new Error('The connection broke.'), carried);
  const fields = {
    provider: 'openai',
    kind: 'network',
    message: 'It broke.',
    retryable: true,
  } as const;
  const model = Object.assign(new ModelError(fields, { cause }), carried);
  const unexpected = Object.assign(new Error('It broke.', { cause }), carried);

  const written = [
    toModelFailure(model),
    toModelFailure(unexpected),
    toToolFailure(unexpected),
    toToolFailure(model),
  ].map(inHistory);

  expect(written.filter((failure) => failure.includes('It broke.'))).toHaveLength(4);
  expect(written.filter((failure) => failure.includes(secret))).toEqual([]);
});
