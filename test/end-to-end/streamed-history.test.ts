import { ScriptedModel, afterThinking, textResponse } from '../../activities/models/scripted-model';
import { defineAgent } from '../../agent/define-agent';
import type { AgentClient } from '../../client/agent-client';
import { readEnvironment } from '../../workers/environment';
import { cleanUpAfterEach } from '../support/cleanup';
import { startRedis } from '../support/redis-server';
import { systemProgram } from '../support/system-program';
import { newTaskQueue, testClient, testWorker } from '../support/temporal';

const cleanUp = cleanUpAfterEach();

/** 16,000 characters, in words. */
const answer = 'A piece of it '.repeat(1_143).slice(0, 16_000).trim();
const agent = defineAgent({ name: 'clerk', model: 'scripted', instructions: 'Go on.', tools: [] });

interface Run {
  readonly content: string;
  readonly events: number;
  readonly bytes: number;
}

/** One long answer with nobody watching, by a worker with these settings. */
async function run(settings: Readonly<Record<string, string>>, name: string): Promise<Run> {
  const taskQueue = newTaskQueue();
  const thinking = 'I had better think. '.repeat(100);
  const model = new ScriptedModel([afterThinking(thinking, textResponse(answer))], {
    // Long enough for a dozen heartbeats.
    streamDelayMs: 1,
  });
  const worker = await testWorker({
    taskQueue,
    agents: [agent],
    models: { scripted: model },
    environment: readEnvironment({ HOLDFAST_SHUTDOWN_GRACE_MS: '200', ...settings }),
  });
  cleanUp(worker.stop);
  const client: AgentClient = await testClient(taskQueue);
  cleanUp(() => client.disconnect());
  const id = `streamed-${name}-${taskQueue}`;
  await client.start({ agent: 'clerk', id, message: 'Go on.', messageId: 'm', mode: 'task' });
  const response = (await client.temporal.workflow.getHandle(id).result()) as { content: string };
  const { historyEvents, historyBytes } = await client.describe(id);
  return { content: response.content, events: historyEvents, bytes: historyBytes };
}

test('16,000 streamed characters add nothing to history, whichever way they go', async () => {
  const file = systemProgram('redis-server');
  const redis = file === undefined ? undefined : await startRedis(file);
  cleanUp(() => redis?.kill());
  const ways: readonly (readonly [name: string, settings: Readonly<Record<string, string>>])[] = [
    ['off0', { HOLDFAST_DELTAS: 'off' }],
    ['beat', {}],
    ...(redis ? [['reds', { HOLDFAST_REDIS_URL: redis.url }] as const] : []),
  ];

  const runs: Run[] = [];
  for (const [name, settings] of ways) runs.push(await run(settings, name));

  const [off, ...streamed] = runs;
  expect(off!.content).toBe(answer);
  for (const { content, events, bytes } of streamed) {
    expect(content).toBe(answer);
    expect(events).toBe(off!.events);
    // Times and process ids have one digit more or less.
    expect(Math.abs(bytes - off!.bytes)).toBeLessThanOrEqual(64);
  }
});
