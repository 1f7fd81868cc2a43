/**
 * Records kept histories: `npx tsx test/histories/record.ts <conversation>…`. Runs each conversation on a server of its
 * own and writes `<conversation>.<run>.json` beside this file. For conversations that show something new: those that are
 * there stay as they are, for such conversations are still open somewhere.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { DefaultLogger, NativeConnection, Runtime, bundleWorkflowCode } from '@temporalio/worker';
import { z } from 'zod';
import {
  ScriptedModel,
  type ScriptedStep,
  textResponse,
  toolCallResponse,
} from '../../activities/models/scripted-model';
import { askUser } from '../../activities/tools';
import { defineTool } from '../../activities/tools/define-tool';
import { defineAgent } from '../../agent/define-agent';
import { ModelError, ToolError } from '../../agent/errors';
import { AgentClient } from '../../client/agent-client';
import { dataConverter } from '../../wire/data-converter';
import { createWorker } from '../../workers/create-worker';
import { freePort, startDevServer } from '../../workers/dev-server';
import { readEnvironment } from '../../workers/environment';
import { userMessage } from '../../workflows/contract';
import { jsonText, rawSignal } from '../support/raw-calls';

const identity = 'recorder';
const taskQueue = 'histories';
const namespace = 'default';

const dice = defineTool({
  name: 'dice',
  description: 'Rolls a die.',
  input: z.object({ sides: z.number() }),
  annotations: { readOnlyHint: true },
  execute: ({ sides }) => `a ${sides}-sided die shows ${sides}`,
});
const bank = defineTool({
  name: 'bank',
  description: 'Pays out.',
  input: z.object({ amount: z.number() }),
  execute: () => {
    throw new ToolError('The bank is closed.');
  },
});
const notebook = defineTool({
  name: 'notebook',
  description: 'Writes a page.',
  input: z.object({ page: z.string() }),
  annotations: { keyed: true },
  execute: ({ page }, { state }) => ({
    content: [
      { type: 'text', text: `page ${Number((state as { pages?: number })?.pages ?? 0) + 1}` },
    ],
    state: { pages: Number((state as { pages?: number })?.pages ?? 0) + 1, last: page },
  }),
});
/** Longer than it is allowed, and nobody knows whether it may run again. */
const courier = defineTool({
  name: 'courier',
  description: 'Sends a parcel.',
  input: z.object({ to: z.string() }),
  timeoutMs: 300,
  execute: (_arguments, { signal }) =>
    sleep(5_000, 'delivered', { signal: signal as AbortSignal }).catch(() => 'taken back'),
});

/** Asks first above a hundred. */
const cashier = defineTool({
  name: 'cashier',
  description: 'Pays out.',
  input: z.object({ amount: z.number() }),
  annotations: { keyed: true },
  approval: { when: { properties: { amount: { minimum: 100 } } } },
  execute: ({ amount }) => `paid ${amount}`,
});

const pays = (...amounts: number[]) =>
  toolCallResponse(amounts.map((amount) => ({ name: 'cashier', arguments: { amount } })));
const rolls = (...sides: number[]) =>
  toolCallResponse(sides.map((count) => ({ name: 'dice', arguments: { sides: count } })));

interface Stage {
  readonly client: AgentClient;
  /** The workflow id, which also names the files. */
  readonly id: string;
}

interface Scene {
  readonly script: readonly ScriptedStep[];
  /** Between two words of the model. @default 0 */
  readonly streamDelayMs?: number;
  /** @returns when the conversation has come as far as it is to be kept. */
  play(stage: Stage): Promise<void>;
}

const compacting: Scene = {
  script: [
    ...[4, 6, 8, 10, 12].map((sides) => rolls(sides)),
    textResponse('Four, six, eight, ten and twelve were rolled; the user wants more.'),
    rolls(20),
    rolls(30),
    textResponse('That is enough.'),
    textResponse('Up to thirty was rolled; it was enough.'),
    textResponse('Bye.'),
  ],
  async play({ client, id }) {
    const limits = { contextWindow: 1_100 };
    const fields = { model: 'scripted', instructions: 'Roll.', tools: ['dice'], limits };
    const message = 'Roll a lot.';
    const agent = { name: 'forgetful', ...fields };
    await client.start({ agent, id, message, messageId: 'm1', continueAsNewAfterEvents: 70 });
    await turnIsOver(client, id, 1);
    // Once because the prompt was too long, once because somebody asked for it.
    await client.compact(id);
    await client.ask(id, 'Goodbye.');
    await closed(client, id);
  },
};

const scenes: Readonly<Record<string, Scene>> = {
  'parallel-tools': {
    script: [
      textResponse('Hello. What shall I roll?'),
      toolCallResponse([
        { name: 'dice', arguments: { sides: 6 } },
        { name: 'dice', arguments: { sides: 20 } },
        { name: 'bank', arguments: { amount: 100 } },
        { name: 'roulette', arguments: {} },
      ]),
      rolls(4),
      textResponse('Six, twenty and four; the bank is closed.'),
    ],
    async play({ client, id }) {
      await client.start({ agent: 'gambler', id });
      await client.ask(id, 'Hello.');
      await client.ask(id, 'Everything at once.');
      await closed(client, id);
    },
  },
  'retried-model-call': {
    script: [
      modelError('overloaded', 'Try again.', true),
      rolls(6),
      modelError('rate_limit', 'Too many requests.', true),
      textResponse('A six.'),
    ],
    async play({ client, id }) {
      await client.start({ agent: 'gambler', id, message: 'Roll.', messageId: 'm1' });
      await turnIsOver(client, id, 1);
    },
  },
  'failed-turn': {
    script: [
      rolls(6),
      modelError('authentication', 'The key is not valid.', false),
      textResponse('Here I am again.'),
    ],
    async play({ client, id }) {
      await client.start({ agent: 'gambler', id });
      await client.ask(id, 'Roll.');
      await client.ask(id, 'Still there?');
    },
  },
  continued: {
    script: [rolls(6), rolls(8, 10), rolls(12), textResponse('All done.'), textResponse('Bye.')],
    async play({ client, id }) {
      const message = 'Roll three times.';
      await client.start({ agent: 'gambler', id, message, continueAsNewAfterEvents: 15 });
      await turnIsOver(client, id, 1);
      await client.ask(id, 'Goodbye.');
      await closed(client, id);
    },
  },
  'set-aside': {
    script: [textResponse('I heard one message.')],
    async play({ client, id }) {
      await client.start({ agent: 'gambler', id });
      const handle = client.temporal.workflow.getHandle(id);
      const good = { messageId: 'm1', message: { role: 'user', content: 'Hello.' } } as const;
      await rawSignal(client, id, [jsonText('{"messageId":')]);
      await handle.signal(userMessage, { ...good, messageId: '' });
      await handle.signal(userMessage, good);
      await handle.signal(userMessage, good);
      await turnIsOver(client, id, 1);
    },
  },
  queued: {
    script: [
      async () => {
        // The next two messages arrive while the model thinks.
        await sleep(500);
        return textResponse('One.');
      },
      textResponse('Two.'),
      textResponse('Three.'),
    ],
    async play({ client, id }) {
      await client.start({ agent: 'gambler', id, message: 'First.', messageId: 'm1' });
      await client.send(id, 'Second.', { messageId: 'm2' });
      await client.send(id, 'Third.', { messageId: 'm3' });
      await client.send(id, 'Second.', { messageId: 'm2' });
      await client.close(id);
      await client.temporal.workflow.result(id);
    },
  },
  'long-arguments': {
    script: [
      toolCallResponse([{ name: 'notebook', arguments: { page: 'x'.repeat(2_000) } }]),
      toolCallResponse([{ name: 'notebook', arguments: { page: 'short' } }]),
      textResponse('Two pages.'),
    ],
    async play({ client, id }) {
      await client.start({ agent: 'gambler', id, message: 'Write.', mode: 'task' });
      await client.temporal.workflow.result(id);
    },
  },
  'unknown-outcome': {
    script: [
      toolCallResponse([{ name: 'courier', arguments: { to: 'Oslo' } }]),
      textResponse('I do not know whether it arrived.'),
    ],
    async play({ client, id }) {
      await client.start({ agent: 'gambler', id, message: 'Send it.' });
      await turnIsOver(client, id, 1);
    },
  },
  adopted: {
    script: [
      async () => {
        // Another agent is adopted while the model thinks, and holds from the next step on.
        await sleep(500);
        return rolls(6);
      },
      textResponse('A six.'),
      textResponse('Still here.'),
    ],
    async play({ client, id }) {
      await client.start({ agent: 'gambler', id, continueAsNewAfterEvents: 25 });
      await client.send(id, 'Roll.', { messageId: 'm1' });
      const other = { name: 'other', model: 'scripted', instructions: 'Be brief.', tools: ['dice'] };
      await client.adopt(id, { agent: other });
      await turnIsOver(client, id, 1);
      await client.ask(id, 'Are you there?');
      await closed(client, id);
    },
  },
  repaired: {
    script: [textResponse('A six.'), textResponse('{"shows": 6}')],
    async play({ client, id }) {
      const properties = { shows: { type: 'number' } };
      const output = { type: 'object', properties, required: ['shows'] };
      const agent = { name: 'exact', model: 'scripted', instructions: 'Roll.', tools: [], output };
      await client.start({ agent, id, message: 'Roll.', messageId: 'm1' });
      await turnIsOver(client, id, 1);
      await closed(client, id);
    },
  },
  compacted: compacting,
  /** As the server lists it meanwhile. */
  'compacted-listed': compacting,
  approved: {
    script: [pays(5, 500, 700), pays(900), textResponse('Five, five hundred and nine hundred.')],
    async play({ client, id }) {
      // Left while a call waits, and gone on with in the next run.
      await client.start({ agent: 'gambler', id, tenant: 'acme', continueAsNewAfterEvents: 20 });
      await client.send(id, 'Pay.', { messageId: 'm1' });
      await isPending(client, id, 't1s1c1');
      await client.decide(id, { callId: 't1s1c2', approved: false, reason: 'Too much.' });
      await client.decide(id, { callId: 't1s1c1', approved: true });
      await isPending(client, id, 't1s2c0');
      await client.decide(id, { callId: 't1s2c0', approved: true });
      await turnIsOver(client, id, 1);
      await closed(client, id);
    },
  },
  asked: {
    script: [
      toolCallResponse([{ name: 'ask_user', arguments: { question: 'Which colour?' } }]),
      pays(300),
      textResponse('Red it is; nobody let me pay.'),
    ],
    async play({ client, id }) {
      const limits = { decisionMs: 1_500 };
      const tools = ['ask_user', 'cashier'];
      const agent = { name: 'asking', model: 'scripted', instructions: 'Ask.', tools, limits };
      await client.start({ agent, id });
      await client.send(id, 'Paint and pay.', { messageId: 'm1' });
      await isPending(client, id, 't1s1c0');
      await client.decide(id, { callId: 't1s1c0', approved: true, answer: 'red' });
      // The second word is never said.
      await turnIsOver(client, id, 1);
    },
  },
  steered: {
    script: [
      async () => {
        // Somebody adds a thought while the model thinks, and another one takes theirs back.
        await sleep(700);
        return rolls(6);
      },
      async () => {
        // It comes too late for this answer: the turn goes on.
        await sleep(700);
        return textResponse('A six.');
      },
      textResponse('A six, in French: six.'),
      textResponse('Bye.'),
    ],
    async play({ client, id }) {
      await client.start({ agent: 'gambler', id });
      await client.send(id, 'Roll.', { messageId: 'm1' });
      await client.send(id, 'With six sides.', { messageId: 'm2', delivery: 'steer' });
      await client.send(id, 'Goodbye?', { messageId: 'm3' });
      await client.send(id, 'Never mind.', { messageId: 'm4' });
      await client.editQueued(id, 'm3', 'Goodbye.');
      await client.cancelQueued(id, ['m4']);
      await isAt(client, id, 'think · step 2');
      await client.send(id, 'In French, please.', { messageId: 'm5', delivery: 'steer' });
      await turnIsOver(client, id, 2);
      await closed(client, id);
    },
  },
  interrupted: {
    script: [
      textResponse(Array.from({ length: 100 }, (_, word) => `word${word}`).join(' ')),
      toolCallResponse([{ name: 'courier', arguments: { to: 'Oslo' } }]),
      pays(500),
      textResponse('Nothing was paid.'),
    ],
    streamDelayMs: 30,
    async play({ client, id }) {
      await client.start({ agent: 'gambler', id });
      // While the model thinks, while a tool runs, while a person is waited for.
      await client.send(id, 'Talk.', { messageId: 'm1' });
      await isAt(client, id, 'think · step 1');
      await sleep(300);
      await client.send(id, 'Send it.', { messageId: 'm2', delivery: 'interrupt' });
      await isAt(client, id, 'courier(');
      await client.interrupt(id);
      await turnIsOver(client, id, 2);
      await client.send(id, 'Pay.', { messageId: 'm3' });
      await isPending(client, id, 't3s1c0');
      await client.send(id, 'No, do not.', { messageId: 'm4', delivery: 'interrupt' });
      await turnIsOver(client, id, 4);
      await closed(client, id);
    },
  },
  'budget-asked': {
    script: [rolls(4), rolls(6), rolls(8), rolls(10), textResponse('Four times was enough.')],
    async play({ client, id }) {
      const budgets = { turn: { steps: 2 }, atLimit: 'ask' } as const;
      const fields = { model: 'scripted', instructions: 'Roll.', tools: ['dice'] };
      await client.start({ agent: { name: 'frugal', ...fields, limits: { budgets } }, id });
      await client.send(id, 'Roll a lot.', { messageId: 'm1' });
      await isPending(client, id, 't1turn1');
      await client.decide(id, { callId: 't1turn1', approved: true });
      await isPending(client, id, 't1turn2');
      await client.decide(id, { callId: 't1turn2', approved: false });
      await turnIsOver(client, id, 1);
    },
  },
  paused: {
    script: [
      async () => {
        // It is held up while the model thinks.
        await sleep(700);
        return rolls(6);
      },
      textResponse('A six.'),
    ],
    async play({ client, id }) {
      await client.start({ agent: 'gambler', id });
      await client.pause(id);
      await client.resume(id);
      await client.send(id, 'Roll.', { messageId: 'm1' });
      await client.pause(id);
      await isAt(client, id, 'paused');
      await client.resume(id);
      await turnIsOver(client, id, 1);
      await closed(client, id);
    },
  },
  child: {
    script: [rolls(6), textResponse('A six.')],
    async play({ client, id }) {
      const message = { role: 'user', content: 'Roll.' } as const;
      const agent = { name: 'inline', model: 'scripted', instructions: 'Roll.', tools: ['dice'] };
      const input = { agent, mode: 'task', messages: [{ messageId: 'm1', message }] } as const;
      await client.temporal.workflow.execute('delegating', {
        workflowId: 'parent',
        taskQueue,
        args: [id, input],
      });
    },
  },
};

function modelError(
  kind: 'overloaded' | 'rate_limit' | 'authentication',
  message: string,
  retryable: boolean,
) {
  return new ModelError({ provider: 'scripted', kind, message, retryable });
}

async function turnIsOver(client: AgentClient, id: string, turn: number): Promise<void> {
  for (;;) {
    const { turns } = await client.state(id);
    const summary = turns.find((candidate) => candidate.turn === turn);
    if (summary && summary.status !== 'running') return;
    await sleep(50);
  }
}

async function isPending(client: AgentClient, id: string, callId: string): Promise<void> {
  while (!(await client.state(id)).pending?.some((item) => item.callId === callId)) await sleep(50);
}

async function isAt(client: AgentClient, id: string, activity: string): Promise<void> {
  while (!(await client.state(id)).activity?.startsWith(activity)) await sleep(20);
}

async function closed(client: AgentClient, id: string): Promise<void> {
  await client.close(id);
  await client.temporal.workflow.result(id);
}

/** The histories of all runs, the first one first, as files. */
async function save(client: AgentClient, id: string): Promise<void> {
  const { workflow } = client.temporal;
  const latest = await workflow.getHandle(id).describe();
  let runId = latest.raw.workflowExecutionInfo?.firstRunId ?? latest.runId;
  for (let run = 1; runId; run += 1) {
    const history = await workflow.getHandle(id, runId).fetchHistory();
    const last = history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes;
    const { events } = scrub(JSON.parse(historyToJSON(history))) as { events: readonly unknown[] };
    const lines = events.map((event) => JSON.stringify(event));
    const written = `{"events":[\n${lines.join(',\n')}\n]}\n`;
    for (const secret of [hostname(), homedir(), tmpdir(), path.resolve(__dirname, '../..')]) {
      const place = written.indexOf(secret);
      const found = written.slice(Math.max(0, place - 100), place + 100);
      if (place >= 0) throw new Error(`The history of ${id} holds ${secret}: ${found}`);
    }
    await writeFile(path.join(__dirname, `${id}.${run}.json`), written);
    process.stdout.write(`${id}.${run}.json: ${events.length} events, ${written.length} bytes\n`);
    runId = last?.newExecutionRunId ?? '';
  }
}

/** Stack traces hold paths; a replay does not read them. */
function scrub(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(scrub);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => key !== 'stackTrace');
  return Object.fromEntries(kept.map(([key, inner]) => [key, scrub(inner)]));
}

async function play(address: string, code: string, name: string, scene: Scene): Promise<void> {
  const model = new ScriptedModel(scene.script, { streamDelayMs: scene.streamDelayMs ?? 0 });
  const gambler = defineAgent({
    name: 'gambler',
    model: 'scripted',
    instructions: 'You roll dice.',
    tools: [dice, bank, notebook, courier, cashier, askUser],
  });
  const connection = await NativeConnection.connect({ address });
  const worker = await createWorker({
    agents: [gambler],
    models: { scripted: model },
    execution: { firstRetryDelayMs: 100 },
    environment: readEnvironment({ HOLDFAST_SHUTDOWN_GRACE_MS: '200' }),
    connection,
    namespace,
    taskQueue,
    workerOptions: { identity, workflowBundle: { code } },
  });
  const clientConnection = await Connection.connect({ address });
  const temporal = new Client({ connection: clientConnection, namespace, identity, dataConverter });
  const client = new AgentClient({ client: temporal, taskQueue });
  await worker.runUntil(async () => {
    await scene.play({ client, id: name });
    model.assertComplete();
    await save(client, name);
  });
  await connection.close();
  await client.disconnect();
}

async function main(names: readonly string[]): Promise<void> {
  if (names.length === 0) throw new Error(`Name some of: ${Object.keys(scenes).join(', ')}.`);
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-record-'));
  const server = await startDevServer({
    folder,
    environment: { ...process.env, TEMPORAL_ADDRESS: undefined, HOLDFAST_PORT: undefined },
    report: (line) => process.stdout.write(`${line}\n`),
    ports: { server: await freePort(), ui: await freePort() },
    inMemory: true,
  });
  try {
    const { code } = await bundleWorkflowCode({
      workflowsPath: require.resolve('./workflows'),
      payloadConverterPath: dataConverter.payloadConverterPath!,
      logger: new DefaultLogger('ERROR'),
    });
    for (const name of names) {
      const scene = scenes[name];
      if (!scene) throw new Error(`No \`${name}\`. Known: ${Object.keys(scenes).join(', ')}.`);
      await play(server.address, code, name, scene);
    }
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
