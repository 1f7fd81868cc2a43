/** What `client.prompt` rebuilds from history is, byte for byte, what a provider's server was sent. */
import { z } from 'zod';
import { defineTool } from '../../activities/tools/define-tool';
import { defineAgent } from '../../agent/define-agent';
import type { JsonObject } from '../../agent/json';
import type { ContentBlock, ImageContent } from '../../agent/messages';
import type { AgentClient, MessageContent } from '../../client/agent-client';
import { cleanUpAfterEach } from '../support/cleanup';
import type { ScriptedAnswer, StrictRequest, StrictServer } from '../support/strict/strict-server';
import { startStrictServer } from '../support/strict/strict-server';
import { newTaskQueue, testBundle, testClient, testWorker } from '../support/temporal';
import { strictEnvironment } from '../support/strict/strict-environment';

const afterwards = cleanUpAfterEach();

beforeAll(() => {
  process.env.HOLDFAST_WORKFLOW_BUNDLE = testBundle().codePath;
});
afterAll(() => {
  delete process.env.HOLDFAST_WORKFLOW_BUNDLE;
});

/** One transparent pixel. */
const pixel: ImageContent = {
  type: 'image',
  mimeType: 'image/png',
  data: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
};

const readOnly = { readOnlyHint: true };
const city = z.object({ city: z.string() });
const tools = [
  defineTool({
    name: 'weather',
    description: 'The weather of a city. „Schön“ or not.',
    input: city,
    annotations: readOnly,
    execute: ({ city: name }) => `Sunny ☀️ in ${name}.`,
  }),
  defineTool({
    name: 'camera',
    description: 'A picture of a city.',
    input: city,
    annotations: readOnly,
    execute: ({ city: name }) => ({ content: [{ type: 'text', text: name }, pixel] }),
  }),
  defineTool({
    name: 'broken',
    description: 'Never works.',
    input: z.object({}),
    execute: () => {
      throw new Error('It is broken: 壊れた "\\\\ \u2028.');
    },
  }),
  defineTool({
    name: 'note',
    description: 'Writes down a text, and how often it did.',
    input: z.object({ text: z.string() }),
    execute: ({ text }, { state }) => ({
      content: [{ type: 'text', text: `${text.length} characters.` }],
      state: { notes: 1 + ((state as { notes?: number } | undefined)?.notes ?? 0) },
    }),
  }),
];

const call = (name: string, toolArguments: JsonObject = {}) => ({ name, arguments: toolArguments });
const weather = (name: string) => call('weather', { city: name });

/** A turn as the user and the model make it: what is said, and the answers to it, one a step. */
interface Turn {
  readonly said: MessageContent;
  readonly answers: readonly ScriptedAnswer[];
}

const question: readonly ContentBlock[] = [
  { type: 'text', text: 'What is this? 🙈 “é” \u2028 </script> \ud83d\ude00' },
  pixel,
];

const twentySteps: readonly Turn[] = [
  {
    said: question,
    answers: [
      { reasoning: 'Two cities.', toolCalls: [weather('Paris'), weather('東京 🌧')] },
      { text: 'Hm.', toolCalls: [call('broken'), call('note', { text: 7 })] },
      { text: 'A pixel — and sun, 誠に.' },
    ],
  },
  {
    said: 'A picture, please.',
    answers: [
      {
        reasoning: 'Both at once.',
        toolCalls: [call('camera', { city: 'Oslo' }), weather('Oslo')],
      },
      { text: 'Here.' },
    ],
  },
  {
    said: 'Now something that you cannot do.',
    answers: [
      { toolCalls: [call('nobody_knows', { a: [1, { b: null }] })] },
      { text: 'This goes on and on', finish: 'length' },
    ],
  },
  { said: 'Again?', answers: [{ text: 'At the second try.' }] },
  {
    said: 'Note a long text, twice.',
    answers: [
      { toolCalls: [call('note', { text: 'ß'.repeat(3_000) })] },
      { toolCalls: [call('note', { text: 'short' })] },
      { text: 'Noted.' },
    ],
  },
  {
    said: 'A city after another.',
    answers: [
      { reasoning: 'One.', toolCalls: [weather('Rome')] },
      { reasoning: '', toolCalls: [weather('Bern')] },
      { toolCalls: [weather('Wien'), call('broken'), call('camera', { city: 'Wien' })] },
      { toolCalls: [weather('Graz')] },
      { text: 'All sunny.' },
    ],
  },
  { said: '{"json": "1e3"}', answers: [{ text: '```\n{}\n```' }] },
  { said: 'Bye', answers: [{ toolCalls: [weather('Köln')] }, { text: 'Bye.' }] },
  { said: '…', answers: [{ text: 'Still bye.' }] },
];

/** Of the turns before the one that is answered at the second try. */
const answersBeforeFault = twentySteps.slice(0, 3).flatMap(({ answers }) => answers).length;

interface Scene {
  readonly server: StrictServer;
  readonly client: AgentClient;
  readonly id: string;
  readonly stopWorker: () => Promise<void>;
}

const models = {
  'openai-responses': { model: 'gpt-5', settings: { reasoning: 'medium' } },
  'openai-chat': { model: 'openai-chat:gpt-4o', settings: { temperature: 0.3 } },
  anthropic: { model: 'claude-sonnet-4-6', settings: { reasoning: 'high' } },
  gemini: { model: 'gemini-3-flash-preview', settings: { reasoning: 'low' } },
} as const;

async function newScene(provider: keyof typeof models): Promise<Scene> {
  const server = await startStrictServer();
  afterwards(server.stop);
  const answers = twentySteps.flatMap((turn) => turn.answers);
  server.script([
    ...answers.slice(0, answersBeforeFault),
    { error: 'overloaded' },
    ...answers.slice(answersBeforeFault),
  ]);
  const traveller = defineAgent({
    name: 'traveller',
    instructions: 'You travel. Ünïcödé 🧳.',
    tools,
    ...models[provider],
  });
  const taskQueue = newTaskQueue();
  const { stop } = await testWorker({
    taskQueue,
    agents: [traveller],
    environment: strictEnvironment(server.url),
  });
  // Once, however often it is asked to.
  let stopped: Promise<void> | undefined;
  const stopWorker = () => (stopped ??= stop());
  afterwards(stopWorker);
  const client = await testClient(taskQueue);
  afterwards(() => client.disconnect());
  const { id } = await client.start({ agent: 'traveller', continueAsNewAfterEvents: 60 });
  return { server, client, id, stopWorker };
}

/** What each step was asked with: one request, or one an attempt. */
function sentBySteps({ requests }: StrictServer): readonly (readonly StrictRequest[])[] {
  const steps: StrictRequest[][] = [[]];
  for (const request of requests) {
    steps.at(-1)!.push(request);
    if (request.status === 200) steps.push([]);
  }
  return steps.slice(0, -1);
}

const positions = twentySteps.flatMap(({ answers }, index) =>
  answers.map((_answer, step) => ({ turn: index + 1, step: step + 1 })),
);

/** What was sent, in every attempt, and what is rebuilt, of each step that is asked for. */
async function compared({ server, client, id }: Scene, asked = positions) {
  const sent = sentBySteps(server);
  const pairs = [];
  for (const position of asked) {
    const prompt = await client.prompt(id, position);
    expect(prompt).toMatchObject({ ...position, status: 'answered', differences: [] });
    pairs.push({
      sent: sent[positions.indexOf(position)]!.map(({ bytes }) => bytes),
      rebuilt: Array.from({ length: prompt.attempts }, () => prompt.body),
      verdict: prompt.verdict,
    });
  }
  return pairs;
}

describe.each(Object.keys(models) as (keyof typeof models)[])('twenty steps of %s', (provider) => {
  test('are rebuilt byte for byte; also when the conversation is over and its worker gone', async () => {
    const scene = await newScene(provider);
    const { server, client, id, stopWorker } = scene;
    for (const { said, answers } of twentySteps) {
      const { content, error } = await client.ask(id, said);
      expect([content, error]).toEqual([answers.at(-1)!.text, undefined]);
    }
    const statuses = server.requests.map(({ status, provider: asked }) => [asked, status]);
    expect(statuses.filter(([, status]) => status === 200)).toHaveLength(20);
    expect(statuses).toHaveLength(21);
    expect(new Set(statuses.map(([asked]) => asked))).toEqual(new Set([provider]));

    const ends = [positions[0]!, positions.at(-1)!];
    for (const { sent, rebuilt } of await compared(scene, ends)) expect(rebuilt).toEqual(sent);

    await client.close(id);
    await stopWorker();
    const pairs = await compared(scene);
    expect(pairs.map(({ rebuilt }) => rebuilt)).toEqual(pairs.map(({ sent }) => sent));
    expect(pairs.map(({ verdict }) => verdict)).toEqual(Array(20).fill('identical'));

    // Over several runs, one call at the second attempt, pictures and all.
    const { status, raw, runId } = await client.temporal.workflow.getHandle(id).describe();
    expect(status.name).toBe('COMPLETED');
    expect(raw.workflowExecutionInfo?.firstRunId).not.toBe(runId);
    expect(pairs.filter(({ rebuilt }) => rebuilt.length === 2)).toHaveLength(1);
    expect(pairs.at(-1)!.sent[0]!.split(pixel.data)).toHaveLength(4);
  });
});
