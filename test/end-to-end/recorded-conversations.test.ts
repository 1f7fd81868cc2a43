import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AgentClient } from '../../client/agent-client';
import { activitiesIn } from '../support/activities-in';
import { cleanUpAfterEach } from '../support/cleanup';
import type { Interference, InterferingProxy } from '../support/interfering-proxy';
import { startInterferingProxy } from '../support/interfering-proxy';
import { repository, spawnWorker } from '../support/processes';
import type { RecordedConversation } from '../support/recorded-conversations';
import {
  calculation,
  capitalOfPotatoLand,
  recordedConversations,
  secretsByPassword,
  weatherInParis,
} from '../support/recorded-conversations';
import type { ReplayServer } from '../support/replay-server';
import { startReplayServer } from '../support/replay-server';
import { newTaskQueue, testClient } from '../support/temporal';
import { wireEvents, wireResponse } from '../support/openai-wire';

const apiKey = 'sk-proj-Zk3vB9xQ-a-key-of-nobody-0123456789abcdef';

const afterwards = cleanUpAfterEach();

interface Scene {
  readonly client: AgentClient;
  readonly id: string;
  /** The provider, which knows the recorded conversation only. */
  readonly server: ReplayServer;
  readonly proxy: InterferingProxy;
  /** What the tools were asked, one call a line, as they wrote it down themselves. */
  toolLog(): Promise<readonly unknown[]>;
}

/** A worker process with the real `openai` package, between the real Temporal server and the replayed provider. */
async function newScene(
  conversation: RecordedConversation,
  options: {
    readonly interfere?: (index: number) => Interference;
    readonly environment?: Readonly<Record<string, string>>;
  } = {},
): Promise<Scene> {
  const { exchanges, toolReturns } = conversation;
  const server = await startReplayServer(exchanges, { expectedOutput: toolReturns });
  afterwards(server.close);
  const proxy = await startInterferingProxy(
    server.url,
    options.interfere ?? (() => ({ type: 'pass' })),
  );
  afterwards(proxy.close);

  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-recorded-'));
  afterwards(() => rm(folder, { recursive: true, force: true }));
  await writeFile(path.join(folder, 'holdfast.config.ts'), configOf(conversation));

  const taskQueue = newTaskQueue();
  const worker = await spawnWorker({
    folder,
    taskQueue,
    environment: { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: proxy.url, ...options.environment },
  });
  afterwards(async () => {
    worker.kill('SIGKILL');
    await worker.ended;
  });
  const client = await testClient(taskQueue);
  afterwards(() => client.disconnect());
  const { id } = await client.start({ agent: 'recorded' });
  return {
    client,
    id,
    server,
    proxy,
    async toolLog() {
      const log = await readFile(path.join(folder, 'calls.jsonl'), 'utf8').catch(() => '');
      return log.split('\n').flatMap((line) => (line ? [JSON.parse(line) as unknown] : []));
    },
  };
}

/** The recorded agent. Its tools have the recorded schemas, write each call down, and return what was recorded. */
function configOf({ name, model, instructions }: RecordedConversation): string {
  const from = (file: string) => JSON.stringify(path.join(repository, file));
  return `
    import { appendFileSync } from 'node:fs';
    import { defineAgent } from ${from('agent/index.ts')};
    import { text } from ${from('agent/messages.ts')};
    import { recordedConversations } from ${from('test/support/recorded-conversations.ts')};

    const recorded = recordedConversations.find(({ name }) => name === ${JSON.stringify(name)});
    const tools = recorded.tools.map((definition) => ({
      ...definition,
      async execute(toolArguments) {
        appendFileSync('calls.jsonl', JSON.stringify([definition.name, toolArguments]) + '\\n');
        return { content: [text(recorded.toolReturns(definition.name, toolArguments))] };
      },
    }));
    export default {
      agents: [
        defineAgent({
          name: 'recorded',
          model: ${JSON.stringify(model)},
          instructions: ${JSON.stringify(instructions)},
          tools,
        }),
      ],
    };
  `;
}

/** The calls that the recorded model asked for, as \`[name, arguments]\`. */
function recordedCalls({ exchanges }: RecordedConversation): readonly unknown[] {
  return exchanges
    .flatMap((exchange) => wireResponse(exchange).output)
    .filter(({ type }) => type === 'function_call')
    .map((call) => [call.name, JSON.parse(call.arguments ?? '')]);
}

/** Every text of the history as the server keeps it, also those inside of payloads. */
async function textOfHistory({ client, id }: Scene): Promise<string> {
  return textsIn(await client.temporal.workflow.getHandle(id).fetchHistory()).join('\n');
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (ArrayBuffer.isView(value)) {
    return [Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8')];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** As it stands inside of JSON. */
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Of each attempt of a model call that came after a failed one: what had gone wrong. */
async function retriesIn({ client, id }: Scene) {
  const { events } = await client.temporal.workflow.getHandle(id).fetchHistory();
  return (events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) =>
    started?.lastFailure ? [{ attempt: started.attempt, failure: started.lastFailure }] : [],
  );
}

/** A failed turn of a conversation that lives on: it says why, and asks nobody again. */
async function expectSoftFailure({ client, id }: Scene, message: string): Promise<void> {
  const answer = await client.ask(id, message);
  expect(answer).toMatchObject({ content: '', finishReason: 'error' });
  expect(await client.state(id)).toMatchObject({
    status: 'idle',
    turns: [{ turn: 1, status: 'failed', error: answer.error }],
  });
}

test('the recorded conversations come from three origins', () => {
  const origins = new Set(recordedConversations.map((it) => it.path.split('/')[0]));
  expect(origins).toEqual(new Set(['mirascope', 'pydantic-ai', 'vercel-ai']));
});

describe.each(recordedConversations)('$name, durably', (conversation) => {
  const { exchanges, message, finalAnswer } = conversation;
  const calls = recordedCalls(conversation);

  test('is carried on as it was recorded, one request an exchange, one activity a call', async () => {
    const scene = await newScene(conversation);
    const { client, id, server, proxy } = scene;
    const answer = await client.ask(id, message);

    expect(answer.error).toBeUndefined();
    expect(answer.content).toBe(finalAnswer);
    expect(server.requests.map(({ fault }) => fault)).toEqual(exchanges.map(() => undefined));
    expect(server.requests.map(({ exchange }) => exchange)).toEqual(exchanges.map((_, at) => at));
    expect(proxy.requests).toHaveLength(exchanges.length);

    expect(calls.length).toBeGreaterThan(0);
    const byText = (it: readonly unknown[]) => it.map((call) => JSON.stringify(call)).sort();
    expect(byText(await scene.toolLog())).toEqual(byText(calls));
    const activities = await activitiesIn(client, id);
    expect(new Set(activities.map((it) => `${it.outcome} at attempt ${it.attempt}`))).toEqual(
      new Set(['completed at attempt 1']),
    );
    const countOf = (type: string) => activities.filter((it) => it.type === type).length;
    expect(countOf('getResponse')).toBe(exchanges.length);
    expect(countOf('executeTool')).toBe(calls.length);
    const tools = (await client.allMessages(id)).filter(
      (it) => it.message.role === 'tool_response',
    );
    expect(tools).toHaveLength(calls.length);
  });

  test.each([
    ['the outputs of its tools', 'function_call_output', 'No tool output found for function call'],
    ['the calls that the model made', 'function_call', 'No tool call found'],
  ])('fails with the provider’s own words when %s are left out', async (_what, type, words) => {
    const keep = (item: { readonly type?: string }) => item.type !== type;
    const scene = await newScene(conversation, { interfere: () => ({ type: 'strip', keep }) });
    await expectSoftFailure(scene, message);

    const { client, id, server, proxy } = scene;
    const { turns } = await client.state(id);
    expect(turns[0]?.error?.type).toBe('ModelError.bad_request');
    expect(turns[0]?.error?.message).toContain(`openai answered 400: ${words}`);
    expect(server.requests.map(({ answer }) => answer === 'refused')).toEqual([false, true]);
    expect(server.requests[1]?.fault).toContain(words);
    // Nothing of it was repeated: a bad request stays bad.
    expect(proxy.requests).toHaveLength(2);
  });
});

test('a worker that sends the key to the provider leaves no trace of it in history', async () => {
  const scene = await newScene(weatherInParis);
  await scene.client.ask(scene.id, weatherInParis.message);

  const { proxy } = scene;
  expect(proxy.requests.map(({ headers }) => headers.authorization)).toEqual([
    `Bearer ${apiKey}`,
    `Bearer ${apiKey}`,
  ]);
  const history = await textOfHistory(scene);
  expect(history).toContain(inJson(weatherInParis.message));
  expect(history).toContain(inJson(weatherInParis.finalAnswer));
  expect(history).not.toContain(apiKey);
});

test('a rate limit is waited for as long as the provider asks, then the same bytes are sent again', async () => {
  const askedMs = 1_200;
  const scene = await newScene(secretsByPassword, {
    interfere: (index) =>
      index === 0
        ? {
            type: 'refuse',
            status: 429,
            headers: { 'retry-after-ms': String(askedMs) },
            message: 'Rate limit reached for gpt-4o.',
            code: 'rate_limit_exceeded',
          }
        : { type: 'pass' },
  });
  const { client, id, server, proxy } = scene;
  const answer = await client.ask(id, secretsByPassword.message);

  expect(answer.content).toBe(secretsByPassword.finalAnswer);
  expect(proxy.requests).toHaveLength(secretsByPassword.exchanges.length + 1);
  expect(server.requests).toHaveLength(secretsByPassword.exchanges.length);
  const [first, second] = proxy.requests;
  expect(second?.body.equals(first!.body)).toBe(true);
  // The worker's own first pause is 100 ms.
  expect(second!.arrivedAtMs - first!.arrivedAtMs).toBeGreaterThanOrEqual(askedMs);
  const [retry] = await retriesIn(scene);
  expect(retry?.attempt).toBe(2);
  expect(retry?.failure.message).toContain('openai answered 429: Rate limit reached for gpt-4o.');
  const { type, nonRetryable, nextRetryDelay } = retry?.failure.applicationFailureInfo ?? {};
  expect({ type, nonRetryable }).toEqual({ type: 'ModelError.rate_limit', nonRetryable: false });
  expect(Number(nextRetryDelay?.seconds) * 1_000 + Number(nextRetryDelay?.nanos) / 1e6).toBe(
    askedMs,
  );
});

test('a refused key is asked about once, the user is told, and the conversation goes on with the next message', async () => {
  const scene = await newScene(capitalOfPotatoLand, {
    interfere: (index) =>
      index === 0
        ? {
            type: 'refuse',
            status: 401,
            message: `Incorrect API key provided: ${apiKey}. You can find your API key at https://platform.openai.com.`,
            code: 'invalid_api_key',
          }
        : { type: 'pass' },
  });
  const { client, id, proxy } = scene;
  await expectSoftFailure(scene, 'Hello?');

  expect(proxy.requests).toHaveLength(1);
  const { turns } = await client.state(id);
  expect(turns[0]?.error).toEqual({
    type: 'ModelError.authentication',
    message:
      'The call of `gpt-5.5` failed: openai answered 401: Incorrect API key provided: [key]. You can find your API key ' +
      "at https://platform.openai.com. Set OPENAI_API_KEY in the worker's environment to a key that is good.",
  });
  const answer = await client.ask(id, capitalOfPotatoLand.message);
  expect(answer).toMatchObject({ turn: 2, content: capitalOfPotatoLand.finalAnswer });
  expect(await textOfHistory(scene)).not.toContain(apiKey);
});

test('a key that a provider repeats in words of its own still stays out of history', async () => {
  const key = 'gsk_0123456789abcdefghijklmnopqrstuv';
  const scene = await newScene(capitalOfPotatoLand, {
    environment: { OPENAI_API_KEY: key },
    interfere: () => ({ type: 'refuse', status: 401, message: `The token ${key} has expired.` }),
  });
  await expectSoftFailure(scene, 'Hello?');

  const history = await textOfHistory(scene);
  expect(history).toContain('has expired');
  expect(history).not.toContain(key);
});

/** What the first and the last answer of the calculation end with. */
const terminalEvent = 'event: response.completed';
const lastWord = calculation.finalAnswer.trim().split(/\s+/).at(-1)!;

describe.each(['ended', 'broken'] as const)('a stream that is %s too early', (how) => {
  test.each([
    ['in front of its last event, with a whole call in it', 0, terminalEvent],
    ['in the middle of an event of the final answer', calculation.exchanges.length - 1, lastWord],
  ])('%s is tried again and never taken for an answer', async (_where, exchange, before) => {
    const scene = await newScene(calculation, {
      interfere: (index) => (index === exchange ? { type: 'cut', before, how } : { type: 'pass' }),
    });
    const { client, id, proxy, server } = scene;
    const answer = await client.ask(id, calculation.message);

    expect(answer.content).toBe(calculation.finalAnswer);
    expect(proxy.requests).toHaveLength(calculation.exchanges.length + 1);
    expect(proxy.requests[exchange + 1]?.body.equals(proxy.requests[exchange]!.body)).toBe(true);
    expect(server.requests.map((it) => it.exchange)).toEqual(
      calculation.exchanges.flatMap((_, at) => (at === exchange ? [at, at] : [at])),
    );
    const retries = await retriesIn(scene);
    expect(retries.map(({ attempt }) => attempt)).toEqual([2]);
    expect(retries[0]?.failure.applicationFailureInfo?.type).toMatch(
      /^ModelError\.(incomplete|network)$/,
    );
    // The call that stood whole in the first attempt's stream was made once.
    expect(await scene.toolLog()).toEqual(recordedCalls(calculation));
  });
});

test('the places where the streams are cut are where they are said to be', () => {
  const [first, last] = [calculation.exchanges[0]!, calculation.exchanges.at(-1)!].map(
    ({ responseBody }) => responseBody,
  );
  const kept = first!.slice(0, first!.indexOf(terminalEvent));
  const finished = wireEvents(kept).filter(({ type }) => type === 'response.output_item.done');
  expect(finished.at(-1)?.item?.type).toBe('function_call');
  expect(last!.slice(0, last!.indexOf(lastWord))).toMatch(/\ndata: \{.+$/);
});
