/** People watch a conversation: from the beginning, from the middle, again after they left; and workers die meanwhile. */
import { textResponse, toolCallResponse } from '../../activities/models/scripted-model';
import { defineTool } from '../../activities/tools/define-tool';
import type { AgentClient } from '../../client/agent-client';
import type { ConversationEvent } from '../../client/conversation-events';
import type { StreamOptions } from '../../client/conversation-options';
import { z } from 'zod';
import { cleanUpAfterEach } from '../support/cleanup';
import { runStreamingKills } from '../support/kill-streaming';
import { startRedis } from '../support/redis-server';
import { StrictReader } from '../support/strict-reader';
import { describeWith } from '../support/system-program';
import { openTalk } from '../support/talks';
import { testAddress, testBundle, testClient } from '../support/temporal';

jest.setTimeout(240_000);

const afterwards = cleanUpAfterEach();
const story = Array.from({ length: 60 }, (_, index) => `word${index}`).join(' ');

async function follow(
  client: AgentClient,
  id: string,
  options: StreamOptions,
  {
    reader = new StrictReader(),
    until,
  }: { reader?: StrictReader; until?: (event: ConversationEvent) => boolean } = {},
): Promise<StrictReader> {
  for await (const event of client.stream(id, options)) {
    reader.observe(event);
    if (until?.(event)) break;
  }
  return reader;
}

const openStory = () => openTalk(afterwards, [textResponse(story)], { streamDelayMs: 50 });

test('two read an answer; one leaves in the middle of it and comes back by its offset, in another process for all it knows', async () => {
  const { client, id } = await openStory();
  const stays = follow(client, id, { message: 'Tell me a story.' });
  const leaves = await follow(
    client,
    id,
    {},
    { until: (event) => event.type === 'partial' && event.textOffset > 60 },
  );
  const shown = leaves.preview;
  const elsewhere = await testClient('no-matter');
  afterwards(() => elsewhere.disconnect());

  await follow(elsewhere, id, { from: leaves.offset! }, { reader: leaves });

  const [stayed, messages] = [await stays, await client.allMessages(id)];
  for (const reader of [stayed, leaves]) {
    expect(reader.problems).toEqual([]);
    expect(reader.messages).toEqual(messages);
    expect(reader.answers.map(({ content }) => content)).toEqual([story]);
  }
  // It was in the middle of it, and was not told the beginning once more.
  expect(shown.length).toBeGreaterThan(60);
  expect(shown.length).toBeLessThan(story.length);
  const pieces = leaves.events.flatMap((event) =>
    event.type === 'partial' ? [event.content] : [],
  );
  expect(story.startsWith(pieces.join(''))).toBe(true);
});

test('the conversation goes on when its only reader leaves, and tells it later what it has missed', async () => {
  const { client, id } = await openStory();
  const reader = await follow(
    client,
    id,
    { message: 'Tell me a story.' },
    { until: ({ type }) => type === 'partial' },
  );
  for (let status = ''; status !== 'idle'; { status } = await client.state(id));

  await follow(client, id, { from: reader.offset! }, { reader });

  expect(reader.problems).toEqual([]);
  expect(reader.answers).toMatchObject([{ content: story, finishReason: 'stop' }]);
  expect(reader.count('message')).toBe(2);
});

test('a call that waits for a person is shown, with what becomes of it, to the end of the conversation', async () => {
  const pay = defineTool({
    name: 'pay',
    description: 'Pays.',
    input: z.object({ amount: z.number() }),
    approval: 'always',
    execute: ({ amount }) => `paid ${amount}`,
  });
  const call = { name: 'pay', arguments: { amount: 3 } };
  const talk = await openTalk(afterwards, [toolCallResponse([call]), textResponse('Paid.')], {
    agent: { tools: [pay] },
  });
  const { client, id } = talk;
  await client.send(id, 'Pay.');

  const reader = new StrictReader();
  for await (const event of client.stream(id, { from: '0', until: 'conversation' })) {
    reader.observe(event);
    if (event.type === 'complete') await client.close(id);
    if (event.type !== 'pending') continue;
    const { callId, argumentsHash } = event.item;
    await client.decide(id, { callId, argumentsHash, approved: true });
  }

  expect(reader.problems).toEqual([]);
  const types = reader.events
    .map(({ type }) => type)
    .filter((type) => !/status|partial/.test(type));
  expect(types.slice(0, 8)).toEqual([
    ...['message', 'message', 'tool_started', 'pending', 'settled'],
    ...['message', 'tool_finished', 'message'],
  ]);
  expect(types.at(-1)).toBe('ended');
  const activities = reader.events.flatMap((event) =>
    event.type === 'status' ? [event.activity ?? event.status] : [],
  );
  expect(activities).toContain('waiting for a person · pay');
});

const points = ['first', 'half', 'last'] as const;
const clean = points.map((point) => ({ point, problems: [] }));

/** `npm run bench:kills -- --only streaming` does it twenty times each. */
test('the worker is killed after the first word, half of them and all: every reader ends with the durable answer', async () => {
  const kills = await runStreamingKills({
    ...{ address: testAddress(), bundle: testBundle().codePath, points },
  });

  expect(kills.map(({ point, problems }) => ({ point, problems }))).toEqual(clean);
  // All of them had been shown something that was lost.
  for (const { shown } of kills) expect(Math.min(...shown)).toBeGreaterThan(0);
});

describeWith('redis-server', 'through Redis', (file) => {
  test('the same, with pieces that do not ride on heartbeats', async () => {
    const redis = await startRedis(file);
    afterwards(() => redis.kill());

    const kills = await runStreamingKills({
      ...{ address: testAddress(), bundle: testBundle().codePath, points, redisUrl: redis.url },
    });

    expect(kills.map(({ point, problems }) => ({ point, problems }))).toEqual(clean);
    for (const { shown } of kills) expect(Math.min(...shown)).toBeGreaterThan(0);
  });
});
