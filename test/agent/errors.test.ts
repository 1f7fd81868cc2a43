import {
  AgentError,
  MemoryError,
  ModelError,
  StepLimitError,
  ToolError,
  isAgentError,
  isCancellation,
  isModelError,
  isToolError,
} from '../../agent/errors';

const fields = {
  provider: 'anthropic',
  kind: 'rate_limit',
  message: 'Slow down.',
  retryable: true,
  status: 429,
  retryAfterMs: 2000,
} as const;

/** An error of the same class, from another copy of the file. */
const foreign = (name: string, more: object = {}) =>
  Object.assign(new Error('from elsewhere'), { name, ...more });

test('every error is an `AgentError` with a name of its own', () => {
  const errors = [
    new AgentError('a'),
    new StepLimitError(3),
    new ToolError('no'),
    new MemoryError('full'),
    new ModelError(fields),
  ];

  expect(errors.every((error) => error instanceof AgentError)).toBe(true);
  expect(errors.map((error) => error.name)).toEqual([
    'AgentError',
    'StepLimitError',
    'ToolError',
    'MemoryError',
    'ModelError',
  ]);
});

test('the step limit says its number', () => {
  const error = new StepLimitError(7);

  expect(error.maxSteps).toBe(7);
  expect(error.message).toBe(
    'The turn was stopped after 7 steps, the limit of this agent (`limits.maxSteps`).',
  );
});

test('a model error carries its facts and its cause', () => {
  const cause = new Error('socket closed');
  const error = new ModelError(fields, { cause });

  expect(error.message).toContain('Slow down.');
  expect(error.fields).toEqual(fields);
  expect(error.cause).toBe(cause);
  expect('cause' in new ModelError(fields)).toBe(false);
});

test('errors are known by name, whichever copy of the file made them', () => {
  expect(isAgentError(foreign('StepLimitError'))).toBe(true);
  expect(isAgentError(new TypeError('bug'))).toBe(false);
  expect(isToolError(foreign('ToolError'))).toBe(true);
  expect(isToolError(foreign('MemoryError'))).toBe(false);
  expect(isModelError(foreign('ModelError', { fields }))).toBe(true);
  expect(isModelError(foreign('ModelError'))).toBe(false);
});

test('what is no error is none of them', () => {
  const value = { name: 'ToolError', fields };

  expect([isAgentError(value), isToolError(value), isModelError(value)]).toEqual([
    false,
    false,
    false,
  ]);
});

test('cancellation is known as the platform and Temporal name it', () => {
  expect(isCancellation(foreign('AbortError'))).toBe(true);
  expect(isCancellation(foreign('CancelledFailure'))).toBe(true);
  expect(isCancellation(foreign('TimeoutError'))).toBe(false);
  expect(isCancellation('AbortError')).toBe(false);
});
