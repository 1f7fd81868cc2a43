/** Tools that the provider runs, and answers that pause for them, on a real Temporal server. */
import { AnthropicModel } from '../../activities/models/anthropic-model';
import { OpenAIChatModel } from '../../activities/models/openai-chat-model';
import { defineAgent } from '../../agent/define-agent';
import type { ModelBase } from '../../agent/model';
import { readTimeline } from '../../client/timeline';
import { cleanUpAfterEach } from '../support/cleanup';
import { startStrictServer } from '../support/strict/strict-server';
import { newTaskQueue, testClient, testWorker } from '../support/temporal';

const cleanUp = cleanUpAfterEach();
/** A second attempt would be given the next of the scripted answers. */
const execution = { heartbeatTimeoutMs: 10_000, firstRetryDelayMs: 100 };

async function start(model: string, create: (url: string) => ModelBase) {
  const server = await startStrictServer();
  cleanUp(() => server.stop());
  const taskQueue = newTaskQueue();
  const scout = defineAgent({
    name: 'scout',
    model,
    instructions: 'Look it up.',
    providerTools: ['web_search'],
  });
  const models = { [model]: create(server.url) };
  const { stop } = await testWorker({ agents: [scout], models, taskQueue, execution });
  cleanUp(stop);
  const client = await testClient(taskQueue);
  cleanUp(() => client.disconnect());
  return { server, client };
}

const anthropic = (url: string) =>
  new AnthropicModel({ model: 'claude-sonnet-5', apiKey: 'key', baseURL: url });

test('an answer that pauses goes on as the next step of its turn, over continue-as-new too', async () => {
  const { server, client } = await start('claude-sonnet-5', anthropic);
  server.script([{ finish: 'pause' }, { text: 'Here it is.' }, { text: 'You are welcome.' }]);

  const { id } = await client.start({ agent: 'scout', continueAsNewAfterEvents: 1 });
  const answer = await client.ask(id, 'What is new?');
  const next = await client.ask(id, 'Thanks.');
  await client.close(id);
  const timeline = await readTimeline(client.temporal, id);

  expect(answer).toMatchObject({ content: 'Here it is.', finishReason: 'stop', turn: 1 });
  expect(next).toMatchObject({ content: 'You are welcome.', turn: 2 });
  expect(server.requests.map(({ status, refusedBy }) => refusedBy ?? status)).toEqual([
    200, 200, 200,
  ]);
  expect(server.requests[0]?.body).toMatchObject({
    tools: [{ type: 'web_search_20260209', name: 'web_search' }],
  });
  expect(timeline.runs).toBeGreaterThan(2);
  expect(timeline.turns.map(({ status, steps }) => [status, steps.length])).toEqual([
    ['answered', 2],
    ['answered', 1],
  ]);
});

test('a model that has no such tool ends the turn with the cure, without a request or a second attempt', async () => {
  const { server, client } = await start(
    'local',
    (url) => new OpenAIChatModel({ model: 'local', apiKey: 'key', baseURL: `${url}/v1` }),
  );

  const { id } = await client.start({ agent: 'scout' });
  const { error } = await client.ask(id, 'What is new?');
  await client.close(id);
  const timeline = await readTimeline(client.temporal, id);

  expect(error?.type).toBe('ModelError.configuration');
  expect(error?.message).toContain(
    'Model `local` cannot run `web_search` at openai-chat. Providers that can: openai, anthropic, gemini, openrouter.',
  );
  expect(server.requests).toHaveLength(0);
  expect(timeline.turns[0]?.steps.map(({ think }) => think.attempts)).toEqual([1]);
});

test('an inline agent that asks for an unknown one is refused at once', async () => {
  const { client } = await start('claude-sonnet-5', anthropic);
  const agent = {
    name: 'inline',
    model: 'claude-sonnet-5',
    instructions: '',
    tools: [],
    providerTools: ['time_travel' as 'web_search'],
  };

  const { id } = await client.start({ agent });
  const end = client.temporal.workflow.getHandle(id).result();

  await expect(end).rejects.toMatchObject({
    cause: {
      message:
        '`agent.providerTools` names an unknown one, "time_travel". Known: web_search, code_execution.',
    },
  });
});
