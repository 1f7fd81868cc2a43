import { once } from 'node:events';
import { bundleWorkflowCode } from '@temporalio/worker';
import { z } from 'zod';
import {
  ScriptedModel,
  textResponse,
  toolCallResponse,
} from '../../activities/models/scripted-model';
import { defineTool } from '../../activities/tools/define-tool';
import { defineAgent } from '../../agent/define-agent';
import { ModelError } from '../../agent/errors';
import type { AgentClient } from '../../client/agent-client';
import { agentWorkflowType } from '../../workflows/contract';
import { dataConverter } from '../../wire/data-converter';
import type { HoldfastOptions } from '../../workers/plugin';
import { activitiesIn } from '../support/activities-in';
import { cleanUpAfterEach } from '../support/cleanup';
import { EchoModel } from '../support/echo-model';
import { newTaskQueue, testClient, testWorker } from '../support/temporal';

const afterwards = cleanUpAfterEach();
const echo = defineAgent({ name: 'echo', model: 'echo', instructions: '' });

interface Scene {
  readonly client: AgentClient;
  readonly taskQueue: string;
  /** Starts a worker of the scene's queue; it is stopped at the end of the test, or by the test. */
  readonly startWorker: (
    options?: Partial<HoldfastOptions>,
    broken?: boolean,
  ) => Promise<() => Promise<void>>;
  /** Starts a conversation whose failed workflow task is tried again after 1 s, not 10 s. */
  readonly startImpatient: () => Promise<string>;
}

async function newScene(): Promise<Scene> {
  const taskQueue = newTaskQueue();
  const client = await testClient(taskQueue);
  afterwards(() => client.disconnect());
  return {
    client,
    taskQueue,
    startWorker: async (options = {}, broken = false) => {
      const { stop } = await testWorker({
        agents: [echo],
        models: { echo: new EchoModel() },
        execution: { heartbeatTimeoutMs: 5_000, firstRetryDelayMs: 50, maxAttempts: 2 },
        ...options,
        taskQueue,
        workerOptions: {
          stickyQueueScheduleToStartTimeout: '500 milliseconds',
          ...(broken && { workflowBundle: { code: await brokenCode() } }),
        },
      });
      let stopped: Promise<void> | undefined;
      const stopOnce = () => (stopped ??= stop());
      afterwards(stopOnce);
      return stopOnce;
    },
    startImpatient: async () => {
      const workflowId = newTaskQueue();
      const args = [{ agent: 'echo' }];
      const options = { workflowId, taskQueue, args, workflowTaskTimeout: '1 second' } as const;
      await client.temporal.workflow.start(agentWorkflowType, options);
      return workflowId;
    },
  };
}

let bundled: Promise<{ code: string }> | undefined;
async function brokenCode(): Promise<string> {
  bundled ??= bundleWorkflowCode({
    workflowsPath: require.resolve('../fixtures/workflows/broken-deploy'),
    payloadConverterPath: dataConverter.payloadConverterPath!,
  });
  return (await bundled).code;
}

/** What a promise rejects with, and that it is one line. */
async function failureOf(promise: Promise<unknown>): Promise<Error & { type?: string }> {
  const error = await promise.then(
    () => new Error('It did not fail.'),
    (reason: unknown) => reason as Error,
  );
  expect(error.message).not.toContain('\n');
  expect(error.message.length).toBeLessThan(500);
  return error;
}

/** A message to a conversation without a worker. Its ten seconds pass while the other tests run. */
interface LonelyMessage {
  readonly client: AgentClient;
  readonly taskQueue: string;
  readonly id: string;
  readonly sent: Promise<Error>;
  readonly asked: Promise<Error>;
}
let lonely: LonelyMessage;

beforeAll(async () => {
  const taskQueue = newTaskQueue();
  const client = await testClient(taskQueue);
  const { id } = await client.start({ agent: 'echo' });
  const sent = failureOf(client.send(id, 'Anybody?', { messageId: 'm1' }));
  lonely = { client, taskQueue, id, sent, asked: failureOf(client.state(id)) };
});

afterAll(async () => {
  await Promise.allSettled([lonely.sent, lonely.asked]);
  await lonely.client.disconnect();
});

async function messagesOf(client: AgentClient, id: string): Promise<readonly unknown[]> {
  return (await client.allMessages(id)).map(({ message }) => message.content);
}

test('an agent that no worker knows: the run fails, naming it and those that are known', async () => {
  const { client, startWorker } = await newScene();
  await startWorker();
  const error = await failureOf(client.ask('nobody', 'Hello?'));
  const { id } = await client.start({ agent: 'nobody' });
  await client.temporal.workflow
    .getHandle(id)
    .result()
    .catch(() => undefined);

  expect(error).toMatchObject({
    name: 'RunFailedError',
    type: 'UnknownAgent',
    message: 'Unknown agent `nobody`. This worker knows: echo.',
  });
  expect((await client.describe(id)).status).toBe('FAILED');
  expect((await failureOf(client.ask(id, 'Hello?'))).name).toBe('ConversationEndedError');
});

test('an inline agent that names a tool nobody has: the run fails, naming both', async () => {
  const { client, startWorker } = await newScene();
  await startWorker();
  const agent = { name: 'smith', model: 'echo', instructions: '', tools: ['anvil'] };
  const { id } = await client.start({ agent });

  await expect(client.temporal.workflow.getHandle(id).result()).rejects.toMatchObject({
    cause: {
      type: 'UnknownTool',
      message: 'Agent `smith` names an unknown tool `anvil`. This worker has: none.',
    },
  });
});

test('a model that nobody provides: the turn fails with what was probably meant, after one attempt', async () => {
  const { client, startWorker } = await newScene();
  await startWorker({ agents: [defineAgent({ name: 'a', model: 'gtp-5', instructions: '' })] });
  const { id } = await client.start({ agent: 'a' });
  const answer = await client.ask(id, 'Hello?');

  expect(answer).toMatchObject({ content: '', finishReason: 'error' });
  expect(answer.error).toEqual({
    type: 'ModelError.configuration',
    message: expect.stringMatching(
      /^No provider is registered for the model `gtp-5`\. Did you mean `gpt-5`/,
    ) as string,
  });
  const attempts = (await activitiesIn(client, id)).filter(({ type }) => type === 'getResponse');
  expect(attempts.map(({ attempt }) => attempt)).toEqual([1]);
});

test('no OPENAI_API_KEY: the turn fails naming the variable, and the conversation lives', async () => {
  const { client, startWorker } = await newScene();
  await startWorker({
    agents: [defineAgent({ name: 'a', model: 'openai:gpt-5-mini', instructions: '' })],
  });
  const { id } = await client.start({ agent: 'a' });
  const first = await client.ask(id, 'Hello?');
  const second = await client.ask(id, 'Still nothing?');

  const error = {
    type: 'ModelError.configuration',
    message: "Model `gpt-5-mini` needs OPENAI_API_KEY in the worker's environment.",
  };
  expect([first.error, second.error]).toEqual([error, error]);
  expect(await client.state(id)).toMatchObject({ status: 'idle', turn: 2 });
  const attempts = (await activitiesIn(client, id)).filter(({ type }) => type === 'getResponse');
  expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 1]);
});

test('no worker on the queue: ask says so at once, with the queue and the command, and starts nothing', async () => {
  const { client, taskQueue } = await newScene();
  const { id } = await client.start({ agent: 'echo' });
  const startedAt = Date.now();
  const [forAgent, forConversation] = await Promise.all([
    failureOf(client.ask('echo', 'Anybody?')),
    failureOf(client.ask(id, 'Anybody?')),
  ]);
  const tookMs = Date.now() - startedAt;

  const message = expect.stringMatching(
    new RegExp(`No worker is running on task queue \`${taskQueue}\`\\. .*holdfast worker`),
  ) as string;
  expect(forAgent).toMatchObject({ name: 'NoWorkerError', message });
  expect(forConversation).toMatchObject({ name: 'NoWorkerError', message });
  expect(tookMs).toBeLessThan(5_000);
  expect((await client.describe(id)).historyEvents).toBe(2);
});

test('a conversation that has ended says so to every sender, and can still be read', async () => {
  const { client, startWorker } = await newScene();
  await startWorker();
  const { id } = await client.start({ agent: 'echo' });
  await client.ask(id, 'one');
  await client.close(id);
  await client.temporal.workflow.getHandle(id).result();
  const errors = [
    await failureOf(client.send(id, 'two')),
    await failureOf(client.ask(id, 'two')),
    await failureOf(client.close(id)),
  ];

  for (const error of errors) {
    expect(error).toMatchObject({
      name: 'ConversationEndedError',
      message: `Conversation \`${id}\` has ended. Start a new one.`,
    });
  }
  expect(await client.state(id)).toMatchObject({ status: 'closed', turn: 1 });
  expect(await messagesOf(client, id)).toEqual(['one', 'You said: one']);
});

test('an id that no conversation has says so to everybody', async () => {
  const { client, startWorker } = await newScene();
  await startWorker();
  const id = newTaskQueue();
  const errors = [
    await failureOf(client.send(id, 'Hello?')),
    await failureOf(client.state(id)),
    await failureOf(client.messages(id)),
    await failureOf(client.describe(id)),
    await failureOf(client.close(id)),
  ];

  for (const error of errors) {
    expect(error.name).toBe('UnknownConversationError');
    expect(error.message).toContain(`There is no conversation \`${id}\``);
  }
});

test.each([
  ['terminate', 'TerminatedFailure', 'TERMINATED'],
  ['cancel', 'CancelledFailure', 'CANCELLED'],
] as const)(
  'who waits for an answer is told when the conversation is ended from outside (%s)',
  async (end, type, status) => {
    const { client, startWorker } = await newScene();
    let enter = () => {};
    const entered = new Promise<void>((resolve) => (enter = resolve));
    const model = new EchoModel(async (_question, signal) => {
      enter();
      await once(signal!, 'abort');
      throw signal!.reason;
    });
    await startWorker({ models: { echo: model } });
    const { id } = await client.start({ agent: 'echo' });
    const answer = failureOf(client.ask(id, 'Are you there?'));
    await entered;
    await client.temporal.workflow.getHandle(id)[end]();

    expect(await answer).toMatchObject({ name: 'RunFailedError', type });
    expect((await client.describe(id)).status).toBe(status);
    expect((await failureOf(client.ask(id, 'Still there?'))).name).toBe('ConversationEndedError');
  },
);

function expectCannotProcess(error: Error, id: string): void {
  expect(error.name).toBe('WorkerCannotProcessError');
  expect(error.message).toContain(`The worker cannot process conversation \`${id}\`: `);
  expect(error.message).toContain('Nothing is lost');
}

test('a deploy that breaks conversations is told apart from none and loses nothing: after the next one each message is answered once', async () => {
  const { client, startWorker, startImpatient } = await newScene();
  const stopFirst = await startWorker();
  const id = await startImpatient();
  await client.ask(id, 'first');
  await stopFirst();
  const stopBroken = await startWorker({}, true);
  const started = await client.start({ agent: 'echo', message: 'new' });
  const [asked, read] = await Promise.all([
    failureOf(client.ask(id, 'second', { messageId: 'm2' })),
    failureOf(client.state(started.id)),
  ]);
  await stopBroken();
  await startWorker();
  const answer = await untilProcessed(() => client.ask(id, 'second', { messageId: 'm2' }));

  expectCannotProcess(asked, id);
  expectCannotProcess(read, started.id);
  expect(answer).toMatchObject({ turn: 2, content: 'You said: second' });
  expect(await messagesOf(client, id)).toEqual([
    'first',
    'You said: first',
    'second',
    'You said: second',
  ]);
});

/** The server tries a failed workflow task again some seconds later: until then it is told as it was. */
async function untilProcessed<Result>(ask: () => Promise<Result>): Promise<Result> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const isOldNews = (error as Error).name === 'WorkerCannotProcessError';
      if (!isOldNews || Date.now() > deadline) throw error;
    }
  }
}

const unusable = new ModelError({
  provider: 'scripted',
  kind: 'quota',
  message: 'The money is spent.',
  retryable: false,
});
const overloaded = new ModelError({
  provider: 'scripted',
  kind: 'overloaded',
  message: 'Too many are asking.',
  retryable: true,
});

test.each([
  ['cannot succeed', [unusable], [1], 'ModelError.quota', 'The money is spent.'],
  [
    'fails at every attempt',
    [overloaded, overloaded],
    [2],
    'ModelError.overloaded',
    'Too many are asking.',
  ],
  ['breaks', [new TypeError('x'), new TypeError('oops')], [2], 'ModelError.unexpected', 'oops'],
] as const)(
  'a model call that %s fails its turn with the reason; the next message is answered',
  async (_how, errors, attempts, type, message) => {
    const { client, startWorker } = await newScene();
    const model = new ScriptedModel([...errors, textResponse('Here I am.')]);
    await startWorker({ models: { echo: model } });
    const { id } = await client.start({ agent: 'echo' });
    const failed = await client.ask(id, 'Hello?');
    const answered = await client.ask(id, 'And now?');

    expect(failed).toMatchObject({ turn: 1, content: '', finishReason: 'error' });
    expect(failed.error).toEqual({ type, message });
    expect(answered).toMatchObject({ turn: 2, content: 'Here I am.', finishReason: 'stop' });
    const calls = (await activitiesIn(client, id)).filter((it) => it.type === 'getResponse');
    expect(calls.map(({ attempt }) => attempt)).toEqual([...attempts, 1]);
    const { turns } = await client.state(id);
    expect(turns).toMatchObject([
      { status: 'failed', error: { type, message } },
      { status: 'answered' },
    ]);
    expect(await messagesOf(client, id)).toEqual(['Hello?', 'And now?', 'Here I am.']);
    model.assertComplete();
  },
);

test('a model call that fails once is tried again, and nobody is told of a failure', async () => {
  const { client, startWorker } = await newScene();
  await startWorker({
    models: { echo: new ScriptedModel([overloaded, textResponse('At last.')]) },
  });
  const { id } = await client.start({ agent: 'echo' });
  const answer = await client.ask(id, 'Hello?');

  expect(answer).toMatchObject({ content: 'At last.', finishReason: 'stop' });
  expect(answer.error).toBeUndefined();
});

test('an agent that will not stop calling tools is stopped at its step limit; the next message is answered', async () => {
  const { client, startWorker } = await newScene();
  let spins = 0;
  const spin = defineTool({
    name: 'spin',
    description: 'Spins.',
    input: z.object({}),
    execute: () => `spin ${++spins}`,
  });
  const model = new ScriptedModel([
    toolCallResponse([{ name: 'spin' }]),
    toolCallResponse([{ name: 'spin' }]),
    textResponse('I have stopped.'),
  ]);
  const spinner = defineAgent({
    name: 'spinner',
    model: 'spinner',
    instructions: '',
    tools: [spin],
    limits: { maxSteps: 2 },
  });
  await startWorker({ agents: [spinner], models: { spinner: model } });
  const { id } = await client.start({ agent: 'spinner' });
  const stopped = await client.ask(id, 'Spin.');
  const answer = await client.ask(id, 'Enough.');

  expect(stopped.error).toEqual({
    type: 'StepLimitError',
    message: 'The turn was stopped after 2 steps, the limit of this agent (`limits.maxSteps`).',
  });
  expect(spins).toBe(2);
  expect(answer).toMatchObject({ turn: 2, content: 'I have stopped.' });
  const roles = (await client.allMessages(id)).map(({ message }) => message.role);
  expect(roles).toEqual([
    'user',
    ...['assistant', 'tool_response', 'assistant', 'tool_response'],
    'user',
    'assistant',
  ]);
  model.assertComplete();
});

test('no worker on the queue: send and state say so too; the same message sent again is one message', async () => {
  const { client, taskQueue, id } = lonely;
  const [sent, asked] = await Promise.all([lonely.sent, lonely.asked]);
  const { stop } = await testWorker({
    agents: [echo],
    models: { echo: new EchoModel() },
    taskQueue,
  });
  afterwards(stop);
  const answer = await client.ask(id, 'Anybody?', { messageId: 'm1' });

  for (const error of [sent, asked]) {
    expect(error).toMatchObject({ name: 'NoWorkerError', taskQueue });
    expect(error.message).toContain(`No worker is running on task queue \`${taskQueue}\`.`);
  }
  expect(answer.content).toBe('You said: Anybody?');
  expect(await messagesOf(client, id)).toEqual(['Anybody?', 'You said: Anybody?']);
});
