/** The timeline of real conversations, read from the server alone. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import {
  ScriptedModel,
  textResponse,
  toolCallResponse,
} from '../../activities/models/scripted-model';
import type { ScriptedAnswer } from '../../activities/models/scripted-model';
import { defineTool } from '../../activities/tools/define-tool';
import { defineAgent } from '../../agent/define-agent';
import { ToolError } from '../../agent/errors';
import type { AgentClient } from '../../client/agent-client';
import { drawTimeline } from '../../client/draw-timeline';
import { UnknownConversationError } from '../../client/errors';
import { type Timeline, countsOf, readTimeline } from '../../client/timeline';
import * as contract from '../../workflows/contract';
import { eventually } from '../support/eventually';
import { cleanUpAfterEach } from '../support/cleanup';
import { type TestProcess, spawnWorker } from '../support/processes';
import { newTaskQueue, testClient, testWorker } from '../support/temporal';

const atEnd = cleanUpAfterEach();

test('a worker is killed in mid-answer: the timeline tells it, before, while and after another takes over', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-timeline-'));
  atEnd(() => rm(folder, { recursive: true }));
  const taskQueue = newTaskQueue();
  const client = await newClient(taskQueue);
  const startWorker = async () => {
    const worker = await spawnWorker({ folder, taskQueue });
    atEnd(() => kill(worker));
    return worker;
  };

  const first = await startWorker();
  const { id } = await client.start({ agent: 'demo', message: 'what is 17 * 23?' });
  await until(client, id, ({ status, turns }) => status === 'idle' && turns.length === 1);
  const telling = client.ask(id, 'tell me a story');
  await until(client, id, ({ turns }) => (turns[1]?.steps[0]?.think.text ?? '').length > 20);
  await kill(first);

  const orphaned = await until(client, id, ({ turns }) => lossOf(turns[1]) !== undefined);
  expect(orphaned.status).toBe('running');
  expect(lossOf(orphaned.turns[1])).toMatchObject({ attempt: 1, reason: 'heartbeat timeout' });

  const second = await startWorker();
  const speaking = ({ turns }: Timeline) => turns[1]?.steps[0]?.think.attempts === 2;
  const takenOver = await until(client, id, speaking);
  expect(pidOf(takenOver.turns[1]?.steps[0]?.think.worker)).toBe(second.pid);
  const story = await telling;
  await client.close(id);
  await kill(second);

  const timeline = await readTimeline(client.temporal, id);
  expect(timeline).toMatchObject({ id, agent: 'demo', model: 'demo', status: 'closed', runs: 1 });
  expect(timeline.endedAt).toBeDefined();
  const [sum, tale] = timeline.turns;
  expect(sum).toMatchObject({
    userMessages: [{ text: 'what is 17 * 23?' }],
    status: 'answered',
    answer: '17 * 23 = 391.',
    steps: [
      {
        step: 1,
        think: { attempts: 1, finishReason: 'tool_calls', lostWorkers: [] },
        act: [
          { callId: 't1s1c0', tool: 'calculator', label: 'calculator(17 * 23)', isError: false },
        ],
      },
      { step: 2, think: { attempts: 1, finishReason: 'stop' }, act: [] },
    ],
  });
  expect(tale).toMatchObject({
    status: 'answered',
    answer: story.content,
    usage: story.usage,
    steps: [{ think: { attempts: 2, promptDigest: expect.stringMatching(/^[0-9a-f]{64}$/) } }],
  });
  expect(pidOf(sum?.steps[0]?.think.worker)).toBe(first.pid);
  expect(lossOf(tale)).toMatchObject({ attempt: 1, reason: 'heartbeat timeout', isInferred: true });
  expect(pidOf(lossOf(tale)?.worker)).toBe(first.pid);

  const description = await client.describe(id);
  expect(timeline.events).toBe(description.historyEvents);
  expect(timeline.historyBytes).toBe(description.historyBytes);
  expect(countsOf(timeline)).toMatchObject({
    userMessages: 2,
    answers: 2,
    toolCalls: 1,
    toolResults: 1,
    lostAttempts: 1,
    answeredSteps: 3,
    promptDigests: 3,
  });
  const drawn = drawTimeline(timeline, { width: 100, proof: true }).join('\n');
  expect(drawn).toContain(
    `↻ attempt 2 on ${second.pid} · worker lost (heartbeat timeout), ${first.pid} not seen again`,
  );
  expect(drawn).toContain('✓ user messages 2 = answers 2 · ✓ tool calls 1 = results 1');
});

test('a conversation over many runs is one timeline, with its errors and what never ran', async () => {
  const { client, id, stop } = await newConversation(
    [
      toolCallResponse([
        { name: 'pay', arguments: { amount: 5 } },
        { name: 'no_such_tool', arguments: {} },
      ]),
      textResponse('Not paid.'),
      textResponse('Two.'),
      textResponse('Three.'),
    ],
    { continueAsNewAfterEvents: 12 },
  );
  await client.ask(id, 'Pay 5.', { messageId: 'first' });
  await client.ask(id, 'Second?');
  await client.send(id, 'Pay 5.', { messageId: 'first' });
  await client.ask(id, 'Third?');
  await client.close(id);
  await client.temporal.workflow.getHandle(id).result();
  await stop();

  const timeline = await readTimeline(client.temporal, id);
  expect(timeline.runs).toBeGreaterThan(1);
  expect(timeline).toMatchObject({ status: 'closed', isBeginningLost: false, waiting: [] });
  expect(
    timeline.turns.map(({ turn, userMessages, steps, answer }) => [
      turn,
      userMessages.map(({ text }) => text),
      steps.map(({ step }) => step),
      answer,
    ]),
  ).toEqual([
    [1, ['Pay 5.'], [1, 2], 'Not paid.'],
    [2, ['Second?'], [1], 'Two.'],
    [3, ['Third?'], [1], 'Three.'],
  ]);
  expect(
    timeline.turns[0]?.steps[0]?.act.map(({ tool, status, isError }) => [tool, status, isError]),
  ).toEqual([
    ['pay', 'done', true],
    ['no_such_tool', 'not_run', true],
  ]);
  expect(timeline.events).toBeGreaterThan((await client.describe(id)).historyEvents);
});

test('a history of several pages is read to its end, messages by signal included', async () => {
  const turns = 60;
  const script = Array.from({ length: turns }, (_, index) => textResponse(`Answer ${index}.`));
  const { client, id } = await newConversation(script);
  const handle = client.temporal.workflow.getHandle(id);
  for (let index = 0; index < turns; index++) {
    const message = { role: 'user' as const, content: `Question ${index}?` };
    await handle.signal(contract.userMessage, { messageId: `m${index}`, message });
  }
  await until(client, id, (latest) => countsOf(latest).answers === turns);
  // The last workflow task ends a moment after the answer.
  const timeline = await eventually(async () => {
    const { historyEvents } = await client.describe(id);
    const latest = await readTimeline(client.temporal, id);
    return latest.events === historyEvents && latest;
  });

  expect(timeline.events).toBeGreaterThan(300);
  expect(timeline.turns.map(({ userMessages, answer }) => [userMessages[0]?.text, answer])).toEqual(
    Array.from({ length: turns }, (_, index) => [`Question ${index}?`, `Answer ${index}.`]),
  );
});

test('a conversation that was reset is told as it goes on, not as it was', async () => {
  const { client, id } = await newConversation([
    textResponse('One.'),
    textResponse('Two.'),
    textResponse('Two, anew.'),
  ]);
  await client.ask(id, 'First?');
  await client.ask(id, 'Second?');
  const { events } = await client.temporal.workflow.getHandle(id).fetchHistory();
  const thinks = events!.filter(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'getResponse',
  );
  await client.temporal.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: id },
    reason: 'a test',
    requestId: randomUUID(),
    workflowTaskFinishEventId:
      thinks[1]!.activityTaskScheduledEventAttributes!.workflowTaskCompletedEventId ?? null,
  });

  const timeline = await until(
    client,
    id,
    ({ turns, status }) => turns.length === 2 && status === 'idle',
  );
  expect(timeline.turns.map(({ answer }) => answer)).toEqual(['One.', 'Two, anew.']);
  expect(timeline.turns.map(({ userMessages }) => userMessages[0]?.text)).toEqual([
    'First?',
    'Second?',
  ]);
  expect(countsOf(timeline)).toMatchObject({ userMessages: 2, answers: 2 });
});

test('messages that no worker has taken wait; a conversation that is not there is said to be none', async () => {
  const client = await newClient(newTaskQueue());
  const { id } = await client.start({ agent: 'nobody', message: 'Anyone?' });
  const timeline = await readTimeline(client.temporal, id);
  expect(timeline).toMatchObject({
    agent: 'nobody',
    status: 'waiting',
    turns: [],
    waiting: [{ text: 'Anyone?' }],
  });
  await client.temporal.workflow.getHandle(id).terminate();
  expect((await readTimeline(client.temporal, id)).status).toBe('terminated');
  await expect(readTimeline(client.temporal, 'no-such-conversation')).rejects.toThrow(
    UnknownConversationError,
  );
});

async function newClient(taskQueue: string): Promise<AgentClient> {
  const client = await testClient(taskQueue);
  atEnd(() => client.disconnect());
  return client;
}

async function newConversation(
  script: readonly ScriptedAnswer[],
  options: { readonly continueAsNewAfterEvents?: number } = {},
) {
  const taskQueue = newTaskQueue();
  const pay = defineTool({
    name: 'pay',
    description: 'Pays.',
    input: z.object({ amount: z.number() }),
    execute: () => {
      throw new ToolError('No money.');
    },
  });
  const clerk = defineAgent({ name: 'clerk', model: 'scripted', instructions: '', tools: [pay] });
  const models = { scripted: new ScriptedModel(script) };
  const worker = await testWorker({ agents: [clerk], models, taskQueue });
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= worker.stop());
  atEnd(stop);
  const client = await newClient(taskQueue);
  const { id } = await client.start({ agent: 'clerk', ...options });
  return { client, id, stop };
}

async function until(
  client: AgentClient,
  id: string,
  holds: (timeline: Timeline) => boolean,
): Promise<Timeline> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const timeline = await readTimeline(client.temporal, id);
    if (holds(timeline)) return timeline;
    if (Date.now() > deadline) throw new Error(drawTimeline(timeline, { width: 100 }).join('\n'));
    await sleep(50);
  }
}

function lossOf(turn: Timeline['turns'][number] | undefined) {
  return turn?.steps[0]?.think.lostWorkers[0];
}

function pidOf(identity: string | undefined): number {
  return Number(identity?.split('@')[0]);
}

async function kill(worker: TestProcess): Promise<void> {
  worker.kill('SIGKILL');
  await worker.ended;
}
