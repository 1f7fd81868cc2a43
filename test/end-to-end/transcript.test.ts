/** The whole transcript, read from the server alone, held against what the queries said while a worker was there. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import { z } from 'zod';
import type { ScriptedStep } from '../../activities/models/scripted-model';
import {
  ScriptedModel,
  textResponse,
  toolCallResponse,
} from '../../activities/models/scripted-model';
import { defineTool } from '../../activities/tools/define-tool';
import type { AgentFields } from '../../agent/agent';
import { defineAgent } from '../../agent/define-agent';
import { ModelError, ToolError } from '../../agent/errors';
import { AgentClient } from '../../client/agent-client';
import { UnknownConversationError } from '../../client/errors';
import type { Transcript } from '../../client/transcript';
import { transcriptToMarkdown } from '../../client/transcript';
import { dataConverter } from '../../wire/data-converter';
import type { SequencedMessage } from '../../workflows/contract';
import { cleanUpAfterEach } from '../support/cleanup';
import { spawnScript } from '../support/processes';
import { newTaskQueue, testAddress, testClient, testWorker } from '../support/temporal';

const atEnd = cleanUpAfterEach();

const city = z.object({ city: z.string() });
const weather = defineTool({
  name: 'weather',
  description: 'The weather of a city.',
  input: city,
  annotations: { readOnlyHint: true },
  execute: async ({ city: name }) => {
    // The first one asked for is the last one to answer.
    await sleep(name === 'Rome' ? 60 : 0);
    return `Sunny in ${name} \`\`\`.`;
  },
});
const camera = defineTool({
  name: 'camera',
  description: 'A picture of a city.',
  input: city,
  annotations: { readOnlyHint: true },
  execute: ({ city: name }) => ({
    content: [
      { type: 'text', text: name },
      { type: 'image', mimeType: 'image/png', data: 'AAAA' },
    ],
    structuredContent: { name },
    state: { last: name },
  }),
});
const bank = defineTool({
  name: 'bank',
  description: 'Pays.',
  input: z.object({}),
  execute: () => {
    throw new ToolError('No money.');
  },
});
let falls = 0;
const ladder = defineTool({
  name: 'ladder',
  description: 'Breaks at first.',
  input: z.object({}),
  annotations: { idempotentHint: true },
  execute: () => {
    falls += 1;
    if (falls % 2 === 1) throw new Error('It broke.');
    return 'Up.';
  },
});
const swamp = defineTool({
  name: 'swamp',
  description: 'Swallows everything.',
  input: z.object({}),
  timeoutMs: 200,
  execute: (_arguments, { signal }) =>
    sleep(5_000, 'out', { signal: signal as AbortSignal }).catch(() => 'gone'),
});

const call = (name: string, given: Record<string, string> = {}) => ({ name, arguments: given });
const seen = (name: string) => call('weather', { city: name });
const modelError = (kind: 'overloaded' | 'authentication', retryable: boolean) =>
  new ModelError({ provider: 'scripted', kind, message: `It is ${kind}.`, retryable });

test('over many runs, closed, its worker gone: what the queries said, once each and in order', async () => {
  const { client, id, watch, stop } = await newConversation(
    [
      toolCallResponse([seen('Rome'), seen('Bern'), call('bank'), call('nobody_knows')]),
      modelError('overloaded', true),
      toolCallResponse([call('ladder'), call('camera', { city: 'x'.repeat(3_000) })]),
      textResponse('All seen.', { usage: { inputTokens: 12, outputTokens: 3 } }),
      toolCallResponse([call('swamp')]),
      textResponse('Swamped.'),
      modelError('authentication', false),
      toolCallResponse([seen('Oslo')], { content: 'Cut off', finishReason: 'length' }),
      textResponse('Bye.'),
    ],
    { continueAsNewAfterEvents: 12 },
  );
  await client.ask(id, 'Everything.', { messageId: 'first' });
  await client.ask(id, [{ type: 'text', text: 'Into the swamp 🐊.' }]);
  await client.ask(id, 'Again?');
  await client.send(id, 'Everything.', { messageId: 'first' });
  await client.ask(id, 'And now?');
  await client.close(id);
  await client.temporal.workflow.getHandle(id).result();
  const said = await watch.end();
  const { usage, costUsd } = await client.state(id);
  await stop();

  const transcript = await client.transcript(id);
  expect(transcript.unproven).toEqual([]);
  expect(transcript.runs).toBeGreaterThan(3);
  expect(transcript).toMatchObject({ status: 'closed', isBeginningLost: false, waiting: [] });
  expect(asQueried(transcript)).toEqual(said);
  expect(transcript).toMatchObject({ usage, costUsd });
  expect(transcript.messages.map(({ seq }) => seq)).toEqual(said.map((_message, index) => index));

  const work = (callId: string) =>
    transcript.messages.find(
      ({ message }) => message.role === 'tool_response' && message.toolCallId === callId,
    )?.work;
  expect(work('t1s1c0')).toMatchObject({ status: 'done', attempts: 1 });
  expect(work('t1s1c3')).toMatchObject({ status: 'not_run', attempts: 0 });
  expect(work('t1s2c0')).toMatchObject({ status: 'done', attempts: 2 });
  expect(work('t2s1c0')).toMatchObject({ status: 'failed', attempts: 1 });
  const thoughts = transcript.messages.filter(({ message }) => message.role === 'assistant');
  expect(thoughts.map((thought) => thought.work?.attempts)).toEqual([1, 2, 1, 1, 1, 1, 1]);
  expect(thoughts[1]?.work?.failure).toMatchObject({ type: 'ModelError.overloaded' });
  expect(thoughts[2]?.usage).toEqual({ inputTokens: 12, outputTokens: 3 });
  for (const thought of thoughts) {
    const { startedAt, durationMs } = thought.work!;
    expect(Date.parse(startedAt)).toBeGreaterThanOrEqual(Date.parse(transcript.startedAt));
    expect(durationMs).toBeLessThan(10_000);
  }
  expect(transcript.turns.map(({ status }) => status)).toEqual([
    'answered',
    'answered',
    'failed',
    'answered',
  ]);

  const command = async (...options: readonly string[]) => {
    const started = spawnScript('client/main.ts', ['transcript', id, ...options], {
      environment: { TEMPORAL_ADDRESS: testAddress() },
    });
    expect([await started.ended, started.errors()]).toEqual([0, '']);
    return started.output();
  };
  const asJson = JSON.parse(await command('--json')) as Transcript;
  expect({ ...asJson, readAt: '' }).toEqual({ ...transcript, readAt: '' });
  expect(await command()).toBe(transcriptToMarkdown(transcript));
  const third = await client.transcript(id, { turn: 3 });
  expect(third.messages.map(({ message }) => message.content)).toEqual(['Again?']);
  expect(await command('--turn', '3')).toBe(transcriptToMarkdown(third));
});

test('while it runs, and after a reset, it is what the query says', async () => {
  const { client, id } = await newConversation([
    toolCallResponse([seen('Rome')]),
    textResponse('One.'),
    textResponse('Two.'),
    textResponse('Two, anew.'),
  ]);
  await client.ask(id, 'First?');
  expect(asQueried(await client.transcript(id))).toEqual(await client.allMessages(id));
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
      thinks[2]!.activityTaskScheduledEventAttributes!.workflowTaskCompletedEventId ?? null,
  });
  const deadline = Date.now() + 20_000;
  while ((await client.state(id)).status !== 'idle' && Date.now() < deadline) await sleep(50);

  const transcript = await client.transcript(id);
  expect(transcript.messages.at(-1)?.message.content).toBe('Two, anew.');
  expect(asQueried(transcript)).toEqual(await client.allMessages(id));
  expect(transcript.unproven).toEqual([]);
});

test('older messages gave way to summaries: all of them are there, and the summaries are marked', async () => {
  const steps = 24;
  const text = (step: number) => `Step ${step}. ${'Many words about nothing. '.repeat(30)}`;
  const script: ScriptedStep[] = [];
  const summarising = (messages: readonly { readonly content: unknown }[]) =>
    String(messages.at(-1)?.content).startsWith('[From the program that runs you');
  let step = 0;
  let look = () => Promise.resolve();
  for (let index = 0; index < 4 * steps; index++) {
    script.push(async (_agent, inputs) => {
      // Before any of it leaves.
      await look();
      if (summarising(inputs)) return textResponse(`[from user] Summary ${index}.`);
      step += 1;
      return step < steps
        ? toolCallResponse([seen('Bern')], { content: text(step) })
        : textResponse('Done.');
    });
  }
  const { client, id, watch, stop } = await newConversation(script, {
    continueAsNewAfterEvents: 60,
    limits: { contextWindow: 3_000 },
  });
  look = watch.look;
  await client.ask(id, 'Walk.');
  await client.close(id);
  await client.temporal.workflow.getHandle(id).result();
  const said = await watch.end();
  const { usage, compactions, messages } = await client.state(id);
  await stop();

  const transcript = await client.transcript(id);
  expect(compactions).toBeGreaterThanOrEqual(2);
  expect(transcript.unproven).toEqual([]);
  expect(transcript.runs).toBeGreaterThan(1);
  expect(transcript.messages.map(({ seq }) => seq)).toEqual(
    Array.from({ length: messages }, (_, seq) => seq),
  );
  expect(asQueried(transcript)).toEqual(said);
  expect(transcript.compactions).toHaveLength(compactions);
  expect(transcript.compactions.at(-1)).toMatchObject({
    turn: 1,
    keptSeqs: [0],
    summary: { isSummary: true, content: expect.stringMatching(/\[from user\] Summary \d+\.$/) },
    work: { status: 'done', attempts: 1 },
  });
  expect(transcript.usage).toEqual(usage);
  expect(transcriptToMarkdown(transcript)).toContain('### Compacted: messages 0–');
});

test('what a codec hides from the server is read with the same codec', async () => {
  const { client, id, stop } = await newConversation(
    [toolCallResponse([seen('Rome'), call('bank')]), textResponse('Sunny.'), textResponse('Bye.')],
    { continueAsNewAfterEvents: 12, payloadCodecs: [backwards] },
  );
  await client.ask(id, 'How is Rome?');
  await client.ask(id, 'Bye.');
  const said = await client.allMessages(id);
  await stop();

  const transcript = await client.transcript(id);
  expect(transcript).toMatchObject({ unproven: [], agent: 'clerk', status: 'idle' });
  expect(transcript.runs).toBeGreaterThan(1);
  expect(said).toHaveLength(7);
  expect(asQueried(transcript)).toEqual(said);
  const other = await newClient(newTaskQueue());
  expect((await other.transcript(id)).messages).toEqual([]);
});

test('a conversation that is not there is said to be none, by the command in one line', async () => {
  const client = await newClient(newTaskQueue());
  await expect(client.transcript('no-such-conversation')).rejects.toThrow(UnknownConversationError);
  const command = spawnScript('client/main.ts', ['transcript', 'no-such-conversation'], {
    environment: { TEMPORAL_ADDRESS: testAddress() },
  });
  expect(await command.ended).toBe(1);
  expect(command.output()).toBe('');
  expect(command.errors()).toMatch(
    /^[^\n]*There is no conversation `no-such-conversation`[^\n]*\n$/,
  );
});

function asQueried({ messages }: Transcript): readonly SequencedMessage[] {
  return messages.map(({ seq, turn, messageId, message }) => ({
    seq,
    turn,
    ...(messageId !== undefined && { messageId }),
    message,
  }));
}

async function newClient(taskQueue: string): Promise<AgentClient> {
  const client = await testClient(taskQueue);
  atEnd(() => client.disconnect());
  return client;
}

/** Turns the bytes of payloads round. */
const backwards: PayloadCodec = {
  encode: (payloads) =>
    Promise.resolve(
      payloads.map(({ metadata, data }) => ({
        metadata: { ...metadata, encoding: Buffer.from('binary/backwards') },
        data: Buffer.from(data ?? []).reverse(),
      })),
    ),
  decode: (payloads) =>
    Promise.resolve(
      payloads.map(({ metadata, data }) =>
        Buffer.from(metadata?.encoding ?? []).toString() === 'binary/backwards'
          ? {
              metadata: { ...metadata, encoding: Buffer.from('json/plain') },
              data: Buffer.from(data ?? []).reverse(),
            }
          : { ...(metadata && { metadata }), ...(data && { data }) },
      ),
    ),
};

interface ConversationOptions extends Pick<AgentFields, 'limits'> {
  readonly continueAsNewAfterEvents?: number;
  readonly payloadCodecs?: PayloadCodec[];
}

async function newConversation(
  script: readonly ScriptedStep[],
  { limits, payloadCodecs = [], ...options }: ConversationOptions = {},
) {
  const taskQueue = newTaskQueue();
  const clerk = defineAgent({
    name: 'clerk',
    model: 'scripted',
    instructions: 'Look around.',
    tools: [weather, camera, bank, ladder, swamp],
    ...(limits && { limits }),
  });
  const worker = await testWorker({
    agents: [clerk],
    models: { scripted: new ScriptedModel(script) },
    taskQueue,
    workerOptions: { dataConverter: { ...dataConverter, payloadCodecs } },
  });
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= worker.stop());
  atEnd(stop);
  const { temporal } = await newClient(taskQueue);
  const { connection } = temporal;
  const converter = { ...dataConverter, payloadCodecs };
  const client = new AgentClient({
    client: new Client({ connection, namespace: 'default', dataConverter: converter }),
    taskQueue,
  });
  const { id } = await client.start({ agent: 'clerk', ...options });
  return { client, id, stop, watch: watchMessages(client, id) };
}

/** Collects what the query `messages` says, again and again, until the end. */
function watchMessages(client: AgentClient, id: string) {
  const said = new Map<number, SequencedMessage>();
  let isOver = false;
  const look = async () => {
    for (const message of await client.allMessages(id)) {
      if (!said.has(message.seq)) said.set(message.seq, message);
    }
  };
  const watching = (async () => {
    while (!isOver) {
      await look().catch(() => undefined);
      await sleep(20);
    }
  })();
  atEnd(async () => {
    isOver = true;
    await watching;
  });
  return {
    look,
    async end(): Promise<readonly SequencedMessage[]> {
      isOver = true;
      await watching;
      await look();
      return [...said.values()].toSorted((left, right) => left.seq - right.seq);
    },
  };
}
