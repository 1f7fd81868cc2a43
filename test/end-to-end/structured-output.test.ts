/** Agents with an `output` on a real Temporal server, asked of servers that refuse what the providers refuse. */
import { z } from 'zod';
import { AnthropicModel } from '../../activities/models/anthropic-model';
import { GeminiModel } from '../../activities/models/gemini-model';
import { OpenAIChatModel } from '../../activities/models/openai-chat-model';
import { OpenAIModel } from '../../activities/models/openai-model';
import { ScriptedModel, textResponse } from '../../activities/models/scripted-model';
import { defineTool } from '../../activities/tools/define-tool';
import type { ModelSettings } from '../../agent/agent';
import { defineAgent } from '../../agent/define-agent';
import type { ModelBase } from '../../agent/model';
import { describeMessage } from '../../client/commands/describe';
import { countsOf, readTimeline } from '../../client/timeline';
import { cleanUpAfterEach } from '../support/cleanup';
import { startStrictServer } from '../support/strict/strict-server';
import { newTaskQueue, testClient, testWorker } from '../support/temporal';

const cleanUp = cleanUpAfterEach();
/** A second attempt would be given the next of the scripted answers. */
const execution = { heartbeatTimeoutMs: 10_000, firstRetryDelayMs: 100 };

const weather = z.object({ city: z.string(), celsius: z.number() });
const thermometer = defineTool({
  name: 'thermometer',
  description: 'Measures.',
  input: z.object({ city: z.string() }),
  annotations: { readOnlyHint: true },
  execute: ({ city }) => `30 degrees in ${city}`,
});
const fields = { name: 'clerk', instructions: 'Report.', tools: [thermometer], output: weather };

async function start(
  model: string,
  models: Readonly<Record<string, ModelBase>>,
  settings: ModelSettings = {},
) {
  const taskQueue = newTaskQueue();
  const agents = [defineAgent({ ...fields, model, settings })];
  const { stop } = await testWorker({ agents, models, taskQueue, execution });
  cleanUp(stop);
  const client = await testClient(taskQueue);
  cleanUp(() => client.disconnect());
  return client;
}

const key = { apiKey: 'key' };
const providers: readonly (readonly [model: string, create: (url: string) => ModelBase])[] = [
  ['gpt-5-mini', (url) => new OpenAIModel({ ...key, model: 'gpt-5-mini', baseURL: `${url}/v1` })],
  ['gpt-4o', (url) => new OpenAIChatModel({ ...key, model: 'gpt-4o', baseURL: `${url}/v1` })],
  [
    'claude-sonnet-4-6',
    (url) => new AnthropicModel({ ...key, model: 'claude-sonnet-4-6', baseURL: url }),
  ],
  [
    'claude-sonnet-4-0',
    (url) => new AnthropicModel({ ...key, model: 'claude-sonnet-4-0', baseURL: url }),
  ],
  [
    'gemini-2.5-flash',
    (url) => new GeminiModel({ ...key, model: 'gemini-2.5-flash', baseURL: url }),
  ],
  [
    'gemini-3-flash-preview',
    (url) => new GeminiModel({ ...key, model: 'gemini-3-flash-preview', baseURL: url }),
  ],
];

test.each(providers)(
  '%s: a conversation with values, repairs, a failure and tools, and no request refused',
  async (name, create) => {
    const server = await startStrictServer();
    cleanUp(() => server.stop());
    server.script([
      // Turn 1: sent back once.
      { reasoning: 'Easy.', text: 'It is 30 degrees in Rome.' },
      { reasoning: 'Right.', text: '{"city":"Rome","celsius":30}' },
      // Turn 2: with a tool.
      {
        reasoning: 'I measure.',
        toolCalls: [{ name: 'thermometer', arguments: { city: 'Pisa' } }],
      },
      { text: '```json\n{"city":"Pisa","celsius":30}\n```' },
      // Turn 3: sent back in vain.
      { reasoning: 'Hm.', text: '{"city":"Bari"}' },
      { reasoning: 'Hm!', text: '{"city":"Bari","celsius":"hot"}' },
      // Turn 4: cut.
      { text: '{"city":"Ba', finish: 'length' },
      // Turn 5.
      { text: '{"city":"Lecce","celsius":28}' },
    ]);
    const settings = name === 'gpt-4o' ? {} : { reasoning: 'low' as const };
    const client = await start(name, { [name]: create(server.url) }, settings);

    const { id } = await client.start({ agent: 'clerk' });
    const answers = [];
    for (const city of ['Rome', 'Pisa', 'Bari', 'Bari', 'Lecce']) {
      answers.push(await client.ask(id, `${city}?`));
    }
    const messages = await client.allMessages(id);
    const state = await client.state(id);

    expect(server.requests.map(({ status, refusedBy }) => refusedBy ?? status)).toEqual(
      Array.from({ length: 8 }, () => 200),
    );
    expect(answers.map(({ output }) => output)).toEqual([
      { city: 'Rome', celsius: 30 },
      { city: 'Pisa', celsius: 30 },
      undefined,
      undefined,
      { city: 'Lecce', celsius: 28 },
    ]);
    expect(answers.map(({ error }) => error)).toEqual([
      undefined,
      undefined,
      {
        type: 'OutputError',
        message:
          'The model did not give the answer that its agent asks for (`output`): `/celsius` must be number.',
      },
      undefined,
      undefined,
    ]);
    expect(answers[3]).toMatchObject({ finishReason: 'length', content: '{"city":"Ba' });
    expect(messages.map(({ turn, message }) => `${turn} ${message.role}`)).toEqual([
      '1 user',
      '1 assistant',
      '1 user',
      '1 assistant',
      '2 user',
      '2 assistant',
      '2 tool_response',
      '2 assistant',
      '3 user',
      '3 assistant',
      '3 user',
      '3 assistant',
      '4 user',
      '4 assistant',
      '5 user',
      '5 assistant',
    ]);
    // The repairs are nobody's messages, and shown as what they are.
    expect(messages.filter(({ messageId }) => messageId)).toHaveLength(5);
    expect(
      messages
        .filter(({ message }) => describeMessage({ seq: 0, turn: 0, message }).includes('repair'))
        .map(({ seq }) => seq),
    ).toEqual([2, 10]);
    expect(state).toMatchObject({ status: 'idle', turn: 5, messages: 16 });
    expect(state.turns.map(({ status }) => status)).toEqual([
      'answered',
      'answered',
      'failed',
      'answered',
      'answered',
    ]);
    await client.close(id);
  },
);

test('what is sent back stands on the wire as a user’s message, after the answer that it speaks of', async () => {
  const server = await startStrictServer();
  cleanUp(() => server.stop());
  server.script([{ text: 'Sunny.' }, { text: '{"city":"Rome","celsius":30}' }]);
  const model = new OpenAIModel({ ...key, model: 'gpt-4o', baseURL: `${server.url}/v1` });
  const client = await start('gpt-4o', { 'gpt-4o': model });

  await client.ask('clerk', 'Rome?');

  expect(server.requests[1]?.body).toMatchObject({
    input: [
      { role: 'user', content: 'Rome?' },
      { role: 'assistant', content: 'Sunny.' },
      {
        role: 'user',
        content:
          'Your answer was not accepted: It is not JSON.\nAnswer again, with the corrected JSON and nothing else.',
      },
    ],
    text: { format: { type: 'json_schema', strict: true } },
  });
});

test('over continue-as-new between the two answers the second is still the second', async () => {
  const model = new ScriptedModel([
    textResponse('Sunny.'),
    textResponse('Rainy.'),
    textResponse('{"city":"Rome","celsius":30}'),
  ]);
  const client = await start('scripted', { scripted: model });

  const { id } = await client.start({ agent: 'clerk', continueAsNewAfterEvents: 1 });
  const failed = await client.ask(id, 'Rome?');
  const answered = await client.ask(id, 'And now?');
  await client.close(id);
  const timeline = await readTimeline(client.temporal, id);

  expect(failed.error).toMatchObject({ type: 'OutputError' });
  expect(answered.output).toEqual({ city: 'Rome', celsius: 30 });
  expect(timeline.runs).toBeGreaterThan(2);
  expect(
    timeline.turns.map(({ status, error, steps }) => [status, error?.type, steps.length]),
  ).toEqual([
    ['failed', 'OutputError', 2],
    ['answered', undefined, 1],
  ]);
  expect(countsOf(timeline)).toMatchObject({ userMessages: 2, answers: 1, failedTurns: 1 });
  model.assertComplete();
});

test('the timeline of a turn whose answer was sent back tells both answers, and one turn', async () => {
  const model = new ScriptedModel([
    textResponse('Sunny.'),
    textResponse('{"city":"Rome","celsius":30}'),
  ]);
  const client = await start('scripted', { scripted: model });

  const { id } = await client.start({ agent: 'clerk' });
  await client.ask(id, 'Rome?');
  await client.close(id);
  const timeline = await readTimeline(client.temporal, id);

  expect(timeline.turns).toHaveLength(1);
  expect(timeline.turns[0]).toMatchObject({
    status: 'answered',
    answer: '{"city":"Rome","celsius":30}',
    userMessages: [{ text: 'Rome?' }],
    steps: [{ think: { text: 'Sunny.' } }, { think: { text: '{"city":"Rome","celsius":30}' } }],
  });
});

test('an inline agent brings its schema along; one that is none is refused at once', async () => {
  const model = new ScriptedModel([textResponse('{"city":"Rome"}')]);
  const client = await start('scripted', { scripted: model });
  const inline = (output: object) => ({
    name: 'inline',
    model: 'scripted',
    instructions: '',
    tools: [],
    output: output as Record<string, string>,
  });

  const { id } = await client.start({
    agent: inline({ type: 'object', required: ['city'] }),
    mode: 'task',
    message: 'Rome?',
  });
  const result: unknown = await client.temporal.workflow.getHandle(id).result();
  const refused = [{ type: 'array' }, { type: 'object', properties: { city: { type: 'town' } } }];
  const reasons: string[] = [];
  for (const output of refused) {
    const started = await client.start({ agent: inline(output) });
    const end = client.temporal.workflow.getHandle(started.id).result();
    await end.catch((error: Error) => reasons.push((error.cause as Error).message));
  }

  expect(result).toMatchObject({ content: '{"city":"Rome"}', output: { city: 'Rome' } });
  expect(reasons).toEqual([
    expect.stringMatching(/^`agent.output` must be the schema of an object/),
    expect.stringMatching(
      /^The `output` of agent `inline` is no usable JSON Schema: schema is invalid/,
    ),
  ]);
});

test('in a conversation the value stands in history once, as the text that the model wrote', async () => {
  const model = new ScriptedModel([textResponse('{"city":"Chiavari","celsius":30}')]);
  const client = await start('scripted', { scripted: model });

  const { id } = await client.start({ agent: 'clerk' });
  const answer = await client.ask(id, 'Where?');
  const history = await client.temporal.workflow.getHandle(id).fetchHistory();

  expect(answer.output).toEqual({ city: 'Chiavari', celsius: 30 });
  expect(textsIn(history).filter((text) => text.includes('Chiavari'))).toEqual([
    expect.stringContaining(JSON.stringify(answer.content)),
  ]);
  await client.close(id);
});

/** What payloads hold, wherever they are. */
function textsIn(value: unknown): string[] {
  if (value instanceof Uint8Array) return [Buffer.from(value).toString('utf8')];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
