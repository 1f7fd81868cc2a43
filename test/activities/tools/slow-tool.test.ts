import { slowTool } from '../../../activities/tools';
import { contentToText } from '../../../agent/messages';
import { mayRunAgain } from '../../../agent/tool';

const context = { callId: 't1s1c0', idempotencyKey: 'key', attempt: 1 };

test('it waits, and every attempt says the same', async () => {
  const startedAt = performance.now();
  const results = await Promise.all([
    slowTool.execute({ seconds: 1, label: 'tea' }, context),
    slowTool.execute({ seconds: 1, label: 'tea' }, { ...context, attempt: 2 }),
  ]);

  expect(performance.now() - startedAt).toBeGreaterThan(980);
  expect(results.map(({ content }) => contentToText(content))).toEqual([
    'waited 1 second',
    'waited 1 second',
  ]);
});

test('it stops at once when its signal aborts', async () => {
  const abort = new AbortController();
  const startedAt = performance.now();
  const waiting = slowTool.execute({ seconds: 60 }, { ...context, signal: abort.signal });
  abort.abort();

  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});

test.each([0, 61, '5'])('it does not wait for %j seconds', async (seconds) => {
  expect(await slowTool.execute({ seconds }, context)).toMatchObject({
    isError: true,
    content: [{ text: expect.stringContaining('- `seconds`:') }],
  });
});

test('it may run again after its worker was killed', () => {
  expect(mayRunAgain(slowTool)).toBe(true);
});
