/** Conversations that outgrow their model's window: on the real server, against providers that count and refuse. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { defineTool } from '../../activities/tools/define-tool';
import type { AgentLimits, ModelSettings } from '../../agent/agent';
import { defineAgent } from '../../agent/define-agent';
import type { AgentClient } from '../../client/agent-client';
import { readTimeline } from '../../client/timeline';
import type { ConversationState, SequencedMessage } from '../../workflows/contract';
import { eventually } from '../support/eventually';
import { cleanUpAfterEach } from '../support/cleanup';
import type { SmallWindow, SmallWindowOptions } from '../support/small-window';
import { isSummaryRequest, startSmallWindow, summaryText, tokensIn } from '../support/small-window';
import type { StrictAnswer } from '../support/strict/strict-answer';
import { newTaskQueue, testBundle, testClient, testWorker } from '../support/temporal';
import { strictEnvironment } from '../support/strict/strict-environment';

const afterwards = cleanUpAfterEach();

beforeAll(() => {
  process.env.HOLDFAST_WORKFLOW_BUNDLE = testBundle().codePath;
});
afterAll(() => {
  delete process.env.HOLDFAST_WORKFLOW_BUNDLE;
});

const windowTokens = 32_000;

/** About 2 KB, no two alike. */
function report(city: string): string {
  const lines = Array.from(
    { length: 100 },
    (_, hour) => `${city} at ${hour}: ${(hour * 7919) % 31}°, "sunny"\n`,
  );
  return lines.join('').slice(0, 2_000);
}

const weather = defineTool({
  name: 'weather',
  description: 'The weather of a city.',
  input: z.object({ city: z.string() }),
  annotations: { readOnlyHint: true },
  execute: ({ city }, { state }) => ({
    content: [{ type: 'text', text: report(city) }],
    state: { cities: 1 + ((state as { cities?: number } | undefined)?.cities ?? 0) },
  }),
});

const models = {
  'openai-responses': { model: 'gpt-5', settings: { reasoning: 'low' } },
  'openai-chat': { model: 'openai-chat:gpt-4o', settings: {} },
  anthropic: { model: 'claude-sonnet-4-6', settings: { reasoning: 'high' } },
  'anthropic, an older one': { model: 'claude-sonnet-4-5', settings: { reasoning: 'low' } },
  gemini: { model: 'gemini-3-flash-preview', settings: { reasoning: 'low' } },
} as const satisfies Record<string, { model: string; settings: ModelSettings }>;

interface SceneOptions extends Partial<SmallWindowOptions> {
  readonly provider?: keyof typeof models;
  readonly limits?: AgentLimits;
  readonly continueAsNewAfterEvents?: number;
}

interface Scene {
  readonly server: SmallWindow;
  readonly client: AgentClient;
  readonly id: string;
  readonly newWorker: () => Promise<() => Promise<void>>;
}

async function newScene({
  provider = 'openai-chat',
  limits,
  ...options
}: SceneOptions): Promise<Scene> {
  const server = await startSmallWindow({
    windowTokens,
    answer: (call) => ({ text: `Answer ${call}.` }),
    ...options,
  });
  afterwards(server.stop);
  const traveller = defineAgent({
    name: 'traveller',
    instructions: 'You travel.',
    tools: [weather],
    limits: { maxSteps: 1_000, contextWindow: windowTokens, ...limits },
    ...models[provider],
  });
  const taskQueue = newTaskQueue();
  const newWorker = async () => {
    const { stop } = await testWorker({
      taskQueue,
      agents: [traveller],
      environment: strictEnvironment(server.url),
    });
    // Once, however often it is asked to.
    let stopped: Promise<void> | undefined;
    const stopOnce = () => (stopped ??= stop());
    afterwards(stopOnce);
    return stopOnce;
  };
  const client = await testClient(taskQueue);
  afterwards(() => client.disconnect());
  const { continueAsNewAfterEvents } = options;
  const { id } = await client.start({
    agent: 'traveller',
    ...(continueAsNewAfterEvents !== undefined && { continueAsNewAfterEvents }),
  });
  return { server, client, id, newWorker };
}

/** Short turns, then one of `steps` steps. */
function script(shortTurns: number, steps: number): (call: number) => StrictAnswer {
  return (call) => {
    const step = call - shortTurns;
    if (step < 0 || step >= steps) return { text: `Answer ${call}.` };
    const toolCalls = [{ name: 'weather', arguments: { city: `City ${step}` } }];
    return { toolCalls, ...(step % 2 === 0 && { reasoning: `Thought ${step}.` }) };
  };
}

async function until(
  client: AgentClient,
  id: string,
  holds: (state: ConversationState) => boolean,
): Promise<ConversationState> {
  let state = await client.state(id);
  await eventually(async () => holds((state = await client.state(id))));
  return state;
}

/** 400 messages of one, with its five short turns; enough to be compacted twice of the others. */
const stepsOf: Readonly<Record<keyof typeof models, number>> = {
  'openai-responses': 75,
  'openai-chat': 194,
  anthropic: 75,
  'anthropic, an older one': 75,
  gemini: 75,
};

describe.each(Object.keys(models) as (keyof typeof models)[])(
  'hundreds of messages over a window of 32k tokens of %s',
  (provider) => {
    test('are compacted in the middle of a turn, which then finishes', async () => {
      const shortTurns = 5;
      const steps = stepsOf[provider];
      const scene = await newScene({
        provider,
        answer: script(shortTurns, steps),
        ...(provider === 'openai-chat' && { continueAsNewAfterEvents: 200 }),
      });
      const { server, client, id, newWorker } = scene;
      await newWorker();
      const first = `The very first message: „${'never '.repeat(20)}“ forget this.`;
      const question = 'Now all the cities, one after another.';
      for (let turn = 0; turn < shortTurns; turn++) {
        const said = turn === 0 ? first : `Message ${turn}.`;
        expect(await client.ask(id, said, { messageId: `m${turn}` })).toMatchObject({
          content: `Answer ${turn}.`,
        });
      }
      const answer = await client.ask(id, question, { messageId: 'long' });
      expect(answer.error).toBeUndefined();
      expect(answer.content).toBe(`Answer ${shortTurns + steps}.`);

      // Nothing was refused, nothing exceeded the window.
      expect(server.requests.filter(({ status }) => status !== 200)).toEqual([]);
      expect(Math.max(...server.requests.map(tokensIn))).toBeLessThan(windowTokens);
      const summaries = server.summaryRequests();
      expect(summaries.length).toBeGreaterThan(steps / 35);
      expect(server.requests).toHaveLength(shortTurns + steps + 1 + summaries.length);

      // What was asked for, and what came of it.
      expect(summaries[0]!.bytes).toContain(JSON.stringify(first).slice(1, -1));
      summaries.forEach((request, index) => {
        const next = server.requests[server.requests.indexOf(request) + 1]!;
        expect(isSummaryRequest(next)).toBe(false);
        expect(next.bytes).toContain(summaryText(index + 1));
        expect(next.bytes).toContain(question);
        expect(next.bytes.split('Summary number')).toHaveLength(2);
        // A prompt begins as the one before it did, so that it is cached.
        const before = server.requests[server.requests.indexOf(request) - 1]!;
        expect(sharedBytes(before.bytes, request.bytes)).toBeGreaterThan(request.bytes.length / 3);
      });

      // Nothing is lost from what is remembered.
      const state = await client.state(id, 'm1');
      const inputTokens = server.requests.reduce((sum, request) => sum + tokensIn(request), 0);
      expect(state).toMatchObject({
        compactions: summaries.length,
        contextWindow: windowTokens,
        messages: 2 * shortTurns + 2 + 2 * steps,
        usage: { inputTokens },
        message: { status: 'answered', response: { content: 'Answer 1.' } },
      });
      expect(state.promptTokens).toBeLessThan(windowTokens);
      const kept = await client.allMessages(id);
      const [asked, ...tail] = kept;
      expect(asked).toMatchObject({
        messageId: 'long',
        turn: shortTurns + 1,
        message: { content: question },
      });
      expect(tail.map(({ seq }) => seq)).toEqual(
        Array.from(tail, (_, index) => state.messages - tail.length + index),
      );
      expect((await client.messages(id)).summary?.content).toContain(summaryText(summaries.length));
      expect(stateOfTool(tail)).toEqual({ cities: steps });

      // Every prompt around the compactions can be had again from history.
      for (const step of stepsAfterSummaries(server, shortTurns)) {
        const prompt = await client.prompt(id, { turn: shortTurns + 1, step });
        expect([prompt.verdict, prompt.differences]).toEqual(['identical', []]);
      }
      const timeline = await readTimeline(client.temporal, id);
      expect(timeline.turns.at(-1)!.compactions).toHaveLength(summaries.length);
    }, 120_000);
  },
);

function sharedBytes(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}

function stateOfTool(messages: readonly SequencedMessage[]): unknown {
  const results = messages.flatMap(({ message }) =>
    message.role === 'tool_response' ? [message.state] : [],
  );
  return results.at(-1);
}

/** The steps of the long turn whose prompts were the first after a summary, and the ones before and behind. */
function stepsAfterSummaries({ requests }: SmallWindow, shortTurns: number): readonly number[] {
  const steps: number[] = [];
  let step = -shortTurns;
  requests.forEach((request, index) => {
    if (isSummaryRequest(request)) return;
    step += 1;
    if (index > 0 && isSummaryRequest(requests[index - 1]!)) steps.push(step);
  });
  return [steps[0]! - 1, steps[0]!, steps.at(-1)!, steps.at(-1)! + 1];
}

test('thinking that was given to other messages is not sent again', async () => {
  const { server, client, id, newWorker } = await newScene({
    provider: 'anthropic',
    answer: script(0, 40),
  });
  await newWorker();
  await client.ask(id, 'All the cities.');

  const [summary] = server.summaryRequests();
  const next = server.requests[server.requests.indexOf(summary!) + 1]!;
  expect(summary!.bytes).toContain('"type":"thinking"');
  expect(next.bytes).toContain('"type":"tool_use"');
  expect(next.bytes).not.toContain('"type":"thinking"');
  expect(server.requests.at(-1)!.bytes).toContain('"type":"thinking"');
});

test('a worker that goes while the summary is written changes nothing', async () => {
  const tale = async (isKilled: boolean) => {
    const scene = await newScene({
      answer: script(1, 40),
      fault: (summary) => (isKilled && summary === 1 ? { delayHeadersMs: 60_000 } : {}),
    });
    const { server, client, id, newWorker } = scene;
    const stop = await newWorker();
    await client.ask(id, 'Hello.', { messageId: 'm0' });
    const answer = client.ask(id, 'All the cities.', { messageId: 'm1' });
    if (isKilled) {
      await eventually(() => server.summaryRequests().length > 0);
      await stop();
      await newWorker();
    }
    const { content } = await answer;
    const messages = (await client.allMessages(id)).map(({ message, ...rest }) => ({
      ...rest,
      message: withoutIds(message),
    }));
    return {
      content,
      messages,
      summary: (await client.messages(id)).summary,
      requests: server.summaryRequests().length,
    };
  };

  const [undisturbed, killed] = [await tale(false), await tale(true)];

  expect(killed.messages).toEqual(undisturbed.messages);
  expect([killed.content, killed.summary]).toEqual([undisturbed.content, undisturbed.summary]);
  expect(killed.requests).toBe(undisturbed.requests + 1);
}, 60_000);

/** The provider chooses ids at random. */
function withoutIds(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, it: unknown) =>
      key === 'providerId' || key === 'promptDigest' ? undefined : it,
    ),
  );
}

describe('a provider that says itself that the prompt is too long', () => {
  test('is asked again with a shorter one, and the turn goes on', async () => {
    const { server, client, id, newWorker } = await newScene({
      // As if nobody knew better.
      limits: { contextWindow: 1_000_000 },
      answer: script(2, 60),
    });
    await newWorker();
    for (const said of ['One?', 'Two?']) await client.ask(id, said);
    const answer = await client.ask(id, 'All the cities.');

    expect(answer).toMatchObject({ content: 'Answer 62.', finishReason: 'stop' });
    const refused = server.requests.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every((request) => tokensIn(request) > windowTokens)).toBe(true);
    expect((await client.state(id)).compactions).toBeGreaterThan(0);
  }, 60_000);

  test('and does so whatever is left out: the turn fails and says why; the conversation lives', async () => {
    const { server, client, id, newWorker } = await newScene({
      limits: { contextWindow: 1_000_000 },
      answer: (call) => ({ text: `Answer ${call}.` }),
    });
    await newWorker();
    await client.ask(id, 'One?');
    const long = await client.ask(id, 'x'.repeat(3 * windowTokens));

    expect(long.error).toMatchObject({ type: 'ModelError.context_length' });
    expect(server.requests.filter(({ status }) => status !== 200).length).toBeLessThan(4);
    expect((await client.ask(id, 'Two?')).content).toMatch(/^Answer/);
  }, 60_000);
});

describe('somebody asks for a compaction', () => {
  test('while the agent is idle: it comes at once, and the next turn begins with the summary', async () => {
    const { server, client, id, newWorker } = await newScene({});
    await newWorker();
    expect(await client.compact(id)).toMatchObject({ compaction: 'nothing' });
    for (let turn = 0; turn < 6; turn++)
      await client.ask(id, `Message ${turn}: ${'so '.repeat(200)}`);

    const { compaction, promptTokens } = await client.compact(id);
    expect(compaction).toBe('accepted');
    const state = await until(client, id, ({ compactions }) => compactions === 1);
    expect(state.promptTokens).toBeLessThan(promptTokens);
    expect((await client.ask(id, 'And now?')).content).toBe('Answer 6.');

    expect(server.summaryRequests()).toHaveLength(1);
    expect(server.requests.at(-1)!.bytes).toContain(summaryText(1));
    expect(server.requests.at(-1)!.bytes).not.toContain('Message 0');
    const [earliest] = await client.allMessages(id);
    expect(earliest!.seq).toBeGreaterThan(5);
  });

  test('while it works: it comes before the next model call', async () => {
    const { server, client, id, newWorker } = await newScene({
      windowTokens: 1_000_000,
      limits: { contextWindow: 1_000_000 },
      answer: script(0, 60),
    });
    await newWorker();
    const answer = client.ask(id, 'All the cities.');
    await until(client, id, ({ step }) => step > 4);
    expect(await client.compact(id)).toMatchObject({ compaction: 'accepted' });

    expect((await answer).content).toBe('Answer 60.');
    expect(server.summaryRequests()).toHaveLength(1);
    expect(await client.state(id)).toMatchObject({ compactions: 1, status: 'idle' });
  });

  test('and gets none: the conversation is as it was, and says why', async () => {
    const { server, client, id, newWorker } = await newScene({
      fault: () => ({ error: 'quota' }),
    });
    await newWorker();
    for (let turn = 0; turn < 6; turn++)
      await client.ask(id, `Message ${turn}: ${'so '.repeat(200)}`);
    await client.compact(id);

    const { compactionError } = await until(
      client,
      id,
      (state) => state.compactionError !== undefined,
    );
    expect(compactionError).toMatchObject({ type: 'CompactionError' });
    expect(await client.allMessages(id)).toHaveLength(12);
    expect((await client.ask(id, 'And now?')).content).toBe('Answer 6.');
    expect(server.requests.at(-1)!.bytes).toContain('Message 0');
  });
});

test('a turn that needs a summary and gets none fails, says why, and loses nothing', async () => {
  const { client, id, newWorker } = await newScene({
    answer: script(0, 40),
    fault: (summary) => (summary === 1 ? { error: 'quota' } : {}),
  });
  await newWorker();
  const failed = await client.ask(id, 'All the cities.');

  expect(failed.error).toMatchObject({ type: 'CompactionError' });
  const before = await client.allMessages(id);
  expect(before[0]).toMatchObject({ seq: 0, message: { content: 'All the cities.' } });
  expect((await client.ask(id, 'Go on.')).error).toBeUndefined();
}, 60_000);

test('a conversation too large to be carried is compacted, so that its run can be left', async () => {
  const { server, client, id, newWorker } = await newScene({
    windowTokens: 10_000_000,
    limits: { contextWindow: 10_000_000 },
    continueAsNewAfterEvents: 20,
  });
  await newWorker();
  // Which the codec cannot make much smaller.
  const said = Array.from({ length: 14 }, () => randomBytes(150_000).toString('base64'));
  for (const [turn, content] of said.entries()) {
    await client.ask(id, content, { messageId: `m${turn}` });
  }
  await client.ask(id, 'Last one.');

  const timeline = await readTimeline(client.temporal, id);
  const { compactions, messages } = await client.state(id, 'm0');
  expect(timeline.runs).toBeGreaterThan(1);
  expect(compactions).toBe(server.summaryRequests().length);
  expect(compactions).toBeGreaterThan(0);
  expect(messages).toBe(30);
  expect((await client.state(id, 'm0')).message).toMatchObject({
    response: { content: 'Answer 0.' },
  });
  // Of the run that was left, its history has all of it.
  const transcript = await client.transcript(id);
  const users = transcript.messages.filter(({ message }) => message.role === 'user');
  expect(users.map(({ message }) => message.content)).toEqual([...said, 'Last one.']);
}, 120_000);
