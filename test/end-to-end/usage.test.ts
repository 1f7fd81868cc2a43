/** What a conversation used and what it cost, attempts that failed after they were billed included. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { OwnPrices } from '../../activities/own-prices';
import { defineAgent } from '../../agent/define-agent';
import type { ModelResponse } from '../../agent/model';
import type { AgentClient } from '../../client/agent-client';
import { describeState } from '../../client/commands/describe';
import { drawTimeline } from '../../client/draw-timeline';
import { countsOf, readTimeline } from '../../client/timeline';
import { spentIn } from '../../agent/usage';
import { readEnvironment } from '../../workers/environment';
import { cleanUpAfterEach } from '../support/cleanup';
import { spawnWorker } from '../support/processes';
import type { ScriptedAnswer } from '../support/strict/strict-server';
import { startStrictServer } from '../support/strict/strict-server';
import { newTaskQueue, quickExecution, testClient, testWorker } from '../support/temporal';

const afterwards = cleanUpAfterEach();

/** A million tokens of its input cost 1 $, of its output 5 $. */
const model = 'claude-haiku-4-5';
const answered = { usage: { inputTokens: 100, outputTokens: 20 }, costUsd: 0.0002 };
/** The first event of an answer says what the prompt is, and one token. */
const begun = { attempts: 1, usage: { inputTokens: 100, outputTokens: 1 }, costUsd: 0.000105 };
const overloaded: ScriptedAnswer = {
  text: 'The sum is five.',
  errorInStream: 'overloaded',
  errorAfterEvents: 4,
};
const cut: ScriptedAnswer = { text: 'The sum is five.', cutAfterBytes: 900 };
const five: ScriptedAnswer = { text: 'Five.' };

async function startServer(answers: readonly ScriptedAnswer[]) {
  const server = await startStrictServer();
  afterwards(server.stop);
  server.script(answers);
  const environment = {
    ANTHROPIC_API_KEY: 'key-of-anthropic',
    ANTHROPIC_BASE_URL: server.url,
    GEMINI_API_KEY: 'key-of-gemini',
    GOOGLE_GEMINI_BASE_URL: server.url,
    OPENAI_API_KEY: 'key-of-openai',
    OPENAI_BASE_URL: `${server.url}/v1`,
  };
  return { server, environment };
}

async function newScene(
  answers: readonly ScriptedAnswer[],
  options: { model?: string; prices?: OwnPrices; continueAsNewAfterEvents?: number } = {},
) {
  const { server, environment } = await startServer(answers);
  const taskQueue = newTaskQueue();
  const { prices } = options;
  const clerk = defineAgent({
    name: 'clerk',
    model: options.model ?? model,
    instructions: 'You add.',
    tools: [],
  });
  const { stop } = await testWorker({
    taskQueue,
    agents: [clerk],
    execution: { ...quickExecution, maxAttempts: 3 },
    environment: readEnvironment({ HOLDFAST_SHUTDOWN_GRACE_MS: '200', ...environment }),
    ...(prices && { prices }),
  });
  afterwards(stop);
  const client = await newClient(taskQueue);
  const { continueAsNewAfterEvents } = options;
  const { id } = await client.start({
    agent: 'clerk',
    ...(continueAsNewAfterEvents !== undefined && { continueAsNewAfterEvents }),
  });
  return { server, client, id };
}

async function newClient(taskQueue: string): Promise<AgentClient> {
  const client = await testClient(taskQueue);
  afterwards(() => client.disconnect());
  return client;
}

async function responses(client: AgentClient, id: string): Promise<readonly ModelResponse[]> {
  const all = (await client.allMessages(id)).map(({ message }) => message);
  return all.filter((message) => message.role === 'assistant');
}

test('tokens and dollars of every turn, in the answer, the state and the timeline', async () => {
  const { client, id } = await newScene([
    five,
    { text: 'Six.', usage: { input: 200, cached: 100 } },
  ]);

  expect(await client.ask(id, '2 + 3?')).toMatchObject(answered);
  const cached = {
    usage: { inputTokens: 200, outputTokens: 20, cachedInputTokens: 100 },
    costUsd: 0.00021,
  };
  expect(await client.ask(id, '3 + 3?')).toMatchObject(cached);

  const state = await client.state(id);
  expect(state).toMatchObject({ usage: { inputTokens: 300, outputTokens: 40 }, costUsd: 0.00041 });
  expect(state).not.toHaveProperty('failedAttempts');
  expect(describeState(id, state)).toContain('tokens 300 in, 40 out · $0.000410');
  expect(await responses(client, id)).toMatchObject([answered, cached]);
  const timeline = await readTimeline(client.temporal, id);
  expect(timeline.turns).toMatchObject([answered, cached]);
  expect(countsOf(timeline)).toMatchObject({ usage: state.usage, costUsd: state.costUsd });
  expect(drawTimeline(timeline, { width: 120 }).join('\n')).toContain(
    '300 → 40 tokens · $0.000410',
  );
});

describe('an attempt that fails after the provider has counted', () => {
  test.each([
    ['says an error in its stream', overloaded],
    ['is cut off', cut],
  ])('%s: the next one is given its bill', async (_how, fault) => {
    const { server, client, id } = await newScene([fault, five]);

    const total = { usage: { inputTokens: 200, outputTokens: 21 }, costUsd: 0.000305 };
    expect(await client.ask(id, '2 + 3?')).toMatchObject({ content: 'Five.', ...total });
    expect(server.requests).toHaveLength(2);
    expect(await responses(client, id)).toMatchObject([{ ...answered, failedAttempts: begun }]);
    const state = await client.state(id);
    expect(state).toMatchObject({ ...total, failedAttempts: begun });
    expect(describeState(id, state).slice(3, 5)).toEqual([
      'tokens 200 in, 21 out · $0.000305',
      'of these for 1 attempt that failed: 100 in, 1 out, $0.000105',
    ]);
    const timeline = await readTimeline(client.temporal, id);
    expect(timeline.turns).toMatchObject([{ ...total, steps: [{ think: total }] }]);
  });

  test('twice: both bills, each once, also over continue-as-new', async () => {
    const answers = [overloaded, cut, five, five];
    const { client, id } = await newScene(answers, { continueAsNewAfterEvents: 8 });

    const total = { usage: { inputTokens: 300, outputTokens: 22 }, costUsd: 0.00041 };
    const failedAttempts = {
      attempts: 2,
      usage: { inputTokens: 200, outputTokens: 2 },
      costUsd: 0.00021,
    };
    expect(await client.ask(id, '2 + 3?')).toMatchObject({ content: 'Five.', ...total });
    expect(await client.ask(id, '2 + 3?')).toMatchObject({ content: 'Five.', ...answered });
    expect(await client.state(id)).toMatchObject({
      usage: { inputTokens: 400, outputTokens: 42 },
      costUsd: 0.00061,
      failedAttempts,
    });
    const timeline = await readTimeline(client.temporal, id);
    expect(timeline.runs).toBeGreaterThan(1);
    expect(countsOf(timeline).costUsd).toBe(0.00061);
  });

  test('for good: the turn that failed is billed all the same', async () => {
    const { server, client, id } = await newScene([overloaded, overloaded, cut]);

    const spent = { usage: { inputTokens: 300, outputTokens: 3 }, costUsd: 0.000315 };
    const response = await client.ask(id, '2 + 3?');
    expect(response).toMatchObject({ content: '', ...spent });
    expect(response.error?.type).toMatch(/^ModelError\./);
    expect(server.requests).toHaveLength(3);
    expect(await client.state(id)).toMatchObject({
      ...spent,
      failedAttempts: { attempts: 3, ...spent },
    });
    const { turns } = await readTimeline(client.temporal, id);
    expect(turns).toMatchObject([{ status: 'failed', ...spent }]);
  });

  test('before it counts, costs nothing', async () => {
    const { client, id } = await newScene([{ error: 'rate_limit' }, { error: 'overloaded' }, five]);

    expect(await client.ask(id, '2 + 3?')).toMatchObject(answered);
    expect(await client.state(id)).not.toHaveProperty('failedAttempts');
  });

  test('Gemini counts in every chunk: the last count is the bill', async () => {
    const fault: ScriptedAnswer = { ...overloaded, errorAfterEvents: 2 };
    const { client, id } = await newScene([fault, five], { model: 'gemini-2.5-flash' });

    // A million tokens cost 0.3 $ and 2.5 $.
    const usage = { inputTokens: 100, outputTokens: 20 };
    expect(await client.ask(id, '2 + 3?')).toMatchObject({
      usage: { inputTokens: 200, outputTokens: 40 },
      costUsd: 0.00016,
    });
    expect(await responses(client, id)).toMatchObject([
      { usage, costUsd: 0.00008, failedAttempts: { attempts: 1, usage, costUsd: 0.00008 } },
    ]);
  });

  test('with its worker: the last heartbeat is the bill', async () => {
    const fault: ScriptedAnswer = { text: 'The sum is five.', stallAfterEvents: 4 };
    const { environment } = await startServer([fault, five]);
    const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-usage-'));
    afterwards(() => rm(folder, { recursive: true }));
    const taskQueue = newTaskQueue();
    const startWorker = async () => {
      const worker = await spawnWorker({ folder, taskQueue, environment });
      afterwards(async () => {
        worker.kill('SIGKILL');
        await worker.ended;
      });
      return worker;
    };
    const first = await startWorker();
    const client = await newClient(taskQueue);
    const agent = { name: 'clerk', model, instructions: 'You add.', tools: [] };
    const { id } = await client.start({ agent });
    const answer = client.ask(id, '2 + 3?');
    const isCounted = async () =>
      spentIn((await client.describe(id)).pending[0]?.deltas) !== undefined;
    while (!(await isCounted())) await new Promise((resolve) => setTimeout(resolve, 50));
    first.kill('SIGKILL');
    await first.ended;
    await startWorker();

    const total = { usage: { inputTokens: 200, outputTokens: 21 }, costUsd: 0.000305 };
    expect(await answer).toMatchObject({ content: 'Five.', ...total });
    expect(await client.state(id)).toMatchObject({ ...total, failedAttempts: begun });
  });
});

describe('the price', () => {
  test('of a model that is not listed is unknown, and so is the total', async () => {
    const { client, id } = await newScene([five], { model: 'claude-haiku-9-9' });

    const { costUsd, usage } = await client.ask(id, '2 + 3?');
    expect([costUsd, usage]).toEqual([null, answered.usage]);
    const state = await client.state(id);
    expect(state.costUsd).toBeNull();
    expect(describeState(id, state)).toContain('tokens 100 in, 20 out · cost unknown');
  });

  test('is yours to say', async () => {
    const prices = { 'anthropic:claude-haiku-9-9': { inputPerMillion: 10, outputPerMillion: 50 } };
    const { client, id } = await newScene([five], { model: 'claude-haiku-9-9', prices });

    expect((await client.ask(id, '2 + 3?')).costUsd).toBe(0.002);
  });

  test('by a function that fails is unknown, and the answer is there', async () => {
    const prices = () => {
      throw new Error('The price list is gone.');
    };
    const { client, id } = await newScene([five], { prices });

    expect(await client.ask(id, '2 + 3?')).toMatchObject({ content: 'Five.', costUsd: null });
  });
});
