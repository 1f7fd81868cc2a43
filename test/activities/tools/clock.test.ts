import { clock, createClock } from '../../../activities/tools';
import type { JsonObject } from '../../../agent/json';
import { contentToText } from '../../../agent/messages';
import { mayRunAgain } from '../../../agent/tool';

const context = { callId: 't1s1c0', idempotencyKey: 'key', attempt: 1 };
const moonLanding = createClock({ now: () => new Date('1969-07-20T20:17:40Z') });

async function ask(toolArguments: JsonObject, tool = moonLanding) {
  const { content, isError = false } = await tool.execute(toolArguments, context);
  return { text: contentToText(content), isError };
}

test('the time is told in UTC unless a zone is asked for', async () => {
  expect(await ask({})).toEqual({
    text: 'Sunday, 20 July 1969 at 20:17:40 UTC',
    isError: false,
  });
});

test('the time is told in the zone that is asked for', async () => {
  expect((await ask({ timeZone: 'Asia/Tokyo' })).text).toBe(
    'Monday, 21 July 1969 at 05:17:40 GMT+9',
  );
});

test('an unknown zone is refused, with examples of known ones', async () => {
  expect(await ask({ timeZone: 'Moon/Tranquility' })).toEqual({
    text: 'Unknown time zone `Moon/Tranquility`. Use an IANA name such as UTC, Europe/Berlin or Asia/Tokyo.',
    isError: true,
  });
});

test('a zone that is no text is an invalid argument', async () => {
  expect(await ask({ timeZone: 2 })).toMatchObject({
    isError: true,
    text: expect.stringContaining('- `timeZone`: Invalid input: expected string'),
  });
});

test('the ready-made clock tells the system’s time', async () => {
  const year = new Date().getUTCFullYear();

  expect((await ask({}, clock)).text).toContain(String(year));
});

test('the clock may run again', () => {
  expect(mayRunAgain(clock)).toBe(true);
});
