import type { ToolDefinition } from '../../agent/tool';
import { explainToolFailure } from '../../agent/tool-failure';

const pay: ToolDefinition = { name: 'pay', description: '', inputSchema: {} };
const look: ToolDefinition = { ...pay, name: 'look', annotations: { readOnlyHint: true } };

test('an error of the tool itself is passed on', () => {
  const failure = { message: 'No such account.' };
  expect(explainToolFailure({ tool: pay, maxAttempts: 5, failure })).toBe(
    '`pay` failed: No such account.',
  );
});

test('a tool that must not run twice: nobody knows whether it did anything', () => {
  const failure = { message: 'Heartbeat timeout', lost: 'worker_lost' } as const;
  expect(explainToolFailure({ tool: pay, maxAttempts: 5, failure })).toBe(
    'The outcome of `pay` is unknown: its worker was lost while it ran. It may or may not have taken effect, and it was not run again.',
  );
});

test('a tool that may run again was tried as often as it may be', () => {
  const failure = { message: 'StartToClose timeout', lost: 'timed_out' } as const;
  expect(explainToolFailure({ tool: look, maxAttempts: 5, failure })).toBe(
    '`look` was tried 5 times without a result; the last time it did not finish in time.',
  );
});
