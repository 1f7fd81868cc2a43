/** What is said of a rebuilt prompt: by `client.prompt` and by the command `holdfast prompt`. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { ScriptedModel, textResponse } from '../../activities/models/scripted-model';
import { defineAgent } from '../../agent/define-agent';
import type { Message, StreamEvent } from '../../agent/model';
import { ModelBase, complete } from '../../agent/model';
import type { ReActAgent } from '../../agent/agent';
import type { Prompt } from '../../client/prompt';
import { cleanUpAfterEach } from '../support/cleanup';
import { repository, spawnScript } from '../support/processes';
import type { ScriptedAnswer } from '../support/strict/strict-server';
import { startStrictServer } from '../support/strict/strict-server';
import { newTaskQueue, testAddress, testBundle, testClient, testWorker } from '../support/temporal';
import { strictEnvironment } from '../support/strict/strict-environment';

const afterwards = cleanUpAfterEach();

beforeAll(() => {
  process.env.HOLDFAST_WORKFLOW_BUNDLE = testBundle().codePath;
});
afterAll(() => {
  delete process.env.HOLDFAST_WORKFLOW_BUNDLE;
});

/** A model of someone's own, which cannot tell what it sends. */
class SilentModel extends ModelBase {
  async *streamResponse(
    _agent: ReActAgent,
    _inputs: readonly Message[],
  ): AsyncGenerator<StreamEvent> {
    yield complete(textResponse('Silence.'));
  }
}

const modelAliases = { fast: 'openai:gpt-5-mini' };

const agents = [
  defineAgent({ name: 'fast', model: 'fast', instructions: 'Be quick.' }),
  defineAgent({
    name: 'form',
    model: 'claude-sonnet-4-6',
    instructions: 'Fill in the form.',
    output: z.object({ city: z.string() }),
  }),
  defineAgent({ name: 'own', model: 'own', instructions: 'You are scripted.' }),
  defineAgent({ name: 'silent', model: 'silent', instructions: 'Be silent.' }),
];

async function newScene(agent: string, answers: readonly ScriptedAnswer[] = []) {
  const server = await startStrictServer({ isKeyValid: (key) => key !== 'wrong' });
  afterwards(server.stop);
  server.script(answers);
  const models = {
    own: new ScriptedModel([textResponse('As written.')]),
    silent: new SilentModel(),
  };
  const taskQueue = newTaskQueue();
  const { stop } = await testWorker({
    taskQueue,
    agents,
    modelAliases,
    models,
    environment: strictEnvironment(server.url, { GEMINI_API_KEY: 'wrong' }),
  });
  afterwards(stop);
  const client = await testClient(taskQueue);
  afterwards(() => client.disconnect());
  const { id } = await client.start({ agent });
  return { server, client, id, models };
}

/** Runs the command in a folder with a `holdfast.config.ts` of these aliases. */
async function holdfastPrompt(
  parameters: readonly string[],
  aliases: Readonly<Record<string, string>> = modelAliases,
) {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-prompt-'));
  afterwards(() => rm(folder, { recursive: true, force: true }));
  const config = `
    import { defineAgent } from ${JSON.stringify(path.join(repository, 'agent/index.ts'))};
    const agent = defineAgent({ name: 'any', model: 'demo', instructions: '' });
    export default { agents: [agent], modelAliases: ${JSON.stringify(aliases)} };
  `;
  await writeFile(path.join(folder, 'holdfast.config.ts'), config);
  const command = spawnScript('client/main.ts', ['prompt', ...parameters], {
    folder,
    environment: { TEMPORAL_ADDRESS: testAddress() },
  });
  const code = await command.ended;
  return { code, output: command.output(), errors: command.errors() };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test('the command prints the bytes that were sent, or the same as JSON for people, and says that it is so', async () => {
  const { server, client, id } = await newScene('fast', [{ text: 'Yes. ☺' }, { text: 'No.' }]);
  await client.ask(id, 'Quick: “yes”?');
  await client.ask(id, 'Quick: no?');
  const [first, second] = server.requests.map(({ bytes }) => bytes);

  const raw = await holdfastPrompt([id, '--turn', '1', '--raw']);
  const last = await holdfastPrompt([id]);
  const json = await holdfastPrompt([id, '--step', '1', '--json']);

  const told = (bytes: string, turn: number) =>
    `identical to what was sent: sha256 ${sha256(bytes)} · turn ${turn} · step 1 · openai gpt-5-mini · 1 attempt\n`;
  expect(raw).toEqual({ code: 0, output: first, errors: told(first!, 1) });
  const pretty = `${JSON.stringify(JSON.parse(second!), null, 2)}\n`;
  expect(last).toEqual({ code: 0, output: pretty, errors: told(second!, 2) });
  expect(json.code).toBe(0);
  expect(JSON.parse(json.output)).toEqual(await client.prompt(id, { modelAliases }));
  expect(JSON.parse(json.output)).toMatchObject({
    body: second,
    messages: 3,
    verdict: 'identical',
  });
});

test('another model behind the alias: it differs, it is said why, and the command fails', async () => {
  const { server, client, id } = await newScene('fast', [{ text: 'Yes.' }]);
  await client.ask(id, 'Quick: yes?');

  const differs = await holdfastPrompt([id, '--raw'], { fast: 'openai:gpt-5' });

  expect(differs.code).toBe(1);
  expect(JSON.parse(differs.output)).toMatchObject({ model: 'gpt-5' });
  const sent = server.requests[0]!.bytes;
  expect(differs.errors).toBe(
    `differs from what was sent: sha256 ${sha256(differs.output)}, sent was ${sha256(sent)} · turn 1 · step 1 · ` +
      'openai gpt-5 · 1 attempt · The messages and the agent are those of the call, both proven by their digests. ' +
      'So the request is made otherwise than it was then: by another version of Holdfast, or because `fast` names another model.\n',
  );
  const unknown = await holdfastPrompt([id], {});
  expect(unknown).toMatchObject({ code: 1, output: '' });
  expect(unknown.errors).toMatch(
    /^holdfast: The prompt of `fast-\w+`, turn 1, step 1, cannot be rebuilt: No provider is registered for the model `fast`\. .*\n$/,
  );
});

test('an answer that was sent back, and a model that was adopted: every step is rebuilt', async () => {
  const { server, client, id } = await newScene('form', [
    { text: 'Paris' },
    { text: '{"city": "Paris"}' },
    { text: '{"city": "Rome"}' },
  ]);
  expect((await client.ask(id, 'Where is the tower?')).output).toEqual({ city: 'Paris' });
  await client.adopt(id, { model: 'openai:gpt-5' });
  expect((await client.ask(id, 'And the Pope?')).output).toEqual({ city: 'Rome' });

  const positions = [
    { turn: 1, step: 1 },
    { turn: 1, step: 2 },
    { turn: 2, step: 1 },
  ];
  const prompts: Prompt[] = [];
  for (const position of positions) prompts.push(await client.prompt(id, position));

  expect(prompts.map(({ body }) => body)).toEqual(server.requests.map(({ bytes }) => bytes));
  expect(prompts.map(({ verdict, provider, model }) => [verdict, provider, model])).toEqual([
    ['identical', 'anthropic', 'claude-sonnet-4-6'],
    ['identical', 'anthropic', 'claude-sonnet-4-6'],
    ['identical', 'openai', 'gpt-5'],
  ]);
  expect(new Set(prompts.map(({ agentHash }) => agentHash)).size).toBe(2);
});

test('while the answer comes, the heartbeat tells what was sent', async () => {
  const { server, client, id } = await newScene('fast', [
    { text: 'One two three four five six', stallAfterEvents: 8 },
  ]);
  await client.send(id, 'Count.');
  let prompt: Prompt | undefined;
  for (let tries = 0; tries < 100 && prompt?.verdict !== 'identical'; tries++) {
    await delay(100);
    if (server.requests.length > 0) prompt = await client.prompt(id, { modelAliases });
  }

  expect(prompt).toMatchObject({ status: 'running', verdict: 'identical', attempts: 1 });
  expect(prompt?.body).toBe(server.requests[0]?.bytes);
});

test('a call that failed tells nothing to compare with; what was sent is rebuilt all the same', async () => {
  const { server, client, id } = await newScene('fast');
  await client.adopt(id, { model: 'gemini-2.5-flash' });
  expect((await client.ask(id, 'Hello?')).error?.type).toBe('ModelError.authentication');

  const prompt = await client.prompt(id);

  expect(prompt).toMatchObject({ status: 'failed', verdict: 'unrecorded', differences: [] });
  expect(prompt.body).toBe(server.requests[0]?.bytes);
  const { code, errors } = await holdfastPrompt([id]);
  expect([code, errors]).toEqual([
    0,
    `nothing to compare with, the call is failed: sha256 ${prompt.digest} · turn 1 · step 1 · gemini gemini-2.5-flash · 1 attempt\n`,
  ]);
});

test('a model of your own is asked by its exact name; one that cannot tell is named', async () => {
  const own = await newScene('own');
  await own.client.ask(own.id, 'Say it.');
  const { models } = own;
  expect(await own.client.prompt(own.id, { models })).toMatchObject({ verdict: 'identical' });
  await expect(own.client.prompt(own.id)).rejects.toThrow(
    'No provider is registered for the model `own`',
  );

  const silent = await newScene('silent');
  await silent.client.ask(silent.id, 'Say nothing.');
  await expect(silent.client.prompt(silent.id, { models })).rejects.toMatchObject({
    name: 'PromptUnavailableError',
    message: expect.stringMatching(/the model `silent` cannot tell what it sends/) as string,
  });
});

test('what was never asked is not made up', async () => {
  const { client, id } = await newScene('own');
  const unknown = client.prompt('nobody');
  await expect(unknown).rejects.toMatchObject({ name: 'UnknownConversationError' });
  await expect(client.prompt(id)).rejects.toThrow(
    `The model of conversation \`${id}\` has not been asked yet.`,
  );
  await client.ask(id, 'Say it.');
  await expect(client.prompt(id, { turn: 2, step: 3 })).rejects.toThrow(
    `Conversation \`${id}\` has no model call at turn 2, step 3. It has turn 1 (step 1).`,
  );
});
