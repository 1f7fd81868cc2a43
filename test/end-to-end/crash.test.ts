import { createHash } from 'node:crypto';
import type { AgentClient } from '../../client/agent-client';
import type { ConversationEvent } from '../../client/conversation-events';
import { activitiesIn, cancellationsAskedFor, type ActivityFact } from '../support/activities-in';
import { cleanUpAfterEach } from '../support/cleanup';
import { startLedger, type Ledger } from '../support/ledger';
import { repository, spawnWorker, type TestProcess } from '../support/processes';
import { newTaskQueue, testClient } from '../support/temporal';

const folder = `${repository}/test/fixtures/agents/bank`;
const taskQueue = newTaskQueue();
const afterwards = cleanUpAfterEach();
const processes: TestProcess[] = [];
let ledger: Ledger;
let client: AgentClient;
/** The workers of the queue: two at the beginning of each test. */
let workers: readonly Promise<TestProcess>[] = [];

beforeAll(async () => {
  ledger = await startLedger();
  client = await testClient(taskQueue);
  workers = [startWorker(), startWorker()];
});

beforeEach(async () => {
  await Promise.all(workers);
});

afterAll(async () => {
  await Promise.allSettled(workers);
  for (const process of processes) process.kill('SIGKILL');
  await Promise.all(processes.map(({ ended }) => ended));
  await client.disconnect();
  await ledger.close();
});

async function startWorker(
  options: { taskQueue?: string; graceMs?: number } = {},
): Promise<TestProcess> {
  const worker = await spawnWorker({
    folder,
    taskQueue: options.taskQueue ?? taskQueue,
    environment: {
      HOLDFAST_HEARTBEAT_TIMEOUT_MS: '2000',
      HOLDFAST_SHUTDOWN_GRACE_MS: String(options.graceMs ?? 500),
      HOLDFAST_DEMO_WORD_DELAY_MS: '20',
      TEST_LEDGER_URL: ledger.url,
      OPENAI_API_KEY: 'sk-test-0123456789',
      OPENAI_BASE_URL: `${ledger.url}/v1`,
    },
  });
  processes.push(worker);
  return worker;
}

interface Ended {
  readonly victim: TestProcess;
  readonly exit: number | NodeJS.Signals;
}

/** Ends the worker with this identity. The next test's second worker starts meanwhile. */
async function end(identity: string, signal: 'SIGKILL' | 'SIGTERM'): Promise<Ended> {
  const alive = await Promise.all(workers);
  const victim = alive.find(({ pid }) => identity.startsWith(`${pid}@`));
  const survivor = alive.find((worker) => worker !== victim);
  if (!victim || !survivor) throw new Error(`\`${identity}\` is none of two workers.`);
  victim.kill(signal);
  const exit = await victim.ended;
  workers = [Promise.resolve(survivor), startWorker()];
  return { victim, exit };
}

/** Who is at work on `count` activities of a conversation: one worker has them all. */
async function workerOf(id: string, count = 1): Promise<string> {
  const { pending } = await client.describe(id);
  const identities = new Set(pending.map(({ worker }) => worker ?? ''));
  expect(pending.map(({ attempt, isStarted }) => [attempt, isStarted])).toEqual(
    Array.from({ length: count }, () => [1, true]),
  );
  expect(identities.size).toBe(1);
  return [...identities][0]!;
}

async function rolesAndText(id: string): Promise<readonly string[]> {
  return (await client.allMessages(id)).map(({ message }) => {
    const { content } = message;
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    return `${message.role}: ${text}`;
  });
}

async function activitiesOf(id: string, type: string): Promise<readonly ActivityFact[]> {
  return (await activitiesIn(client, id)).filter((activity) => activity.type === type);
}

/** Any worker but this one: which of the others takes over is nobody's choice. */
function notOf(worker: TestProcess): unknown {
  return expect.not.stringMatching(new RegExp(`^(${worker.pid}@|$)`));
}

function isOf(worker: TestProcess): unknown {
  return expect.stringMatching(new RegExp(`^${worker.pid}@`));
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const lastSentence = 'In the morning both keepers signed the page.';

/** Asks for a story. `begun` settles when its first words are there. */
function tellStory(id: string): {
  begun: Promise<void>;
  events: Promise<readonly ConversationEvent[]>;
} {
  let begin = () => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const collect = async () => {
    const events: ConversationEvent[] = [];
    for await (const event of client.stream(id, { message: 'Tell me a story.' })) {
      events.push(event);
      if (event.type === 'partial') begin();
    }
    return events;
  };
  return { begun, events: collect() };
}

test('SIGKILL while the model streams: another worker starts the answer anew, and it is whole', async () => {
  const { id } = await client.start({ agent: 'teller' });
  const { begun, events } = tellStory(id);
  await begun;
  const { victim, exit } = await end(await workerOf(id), 'SIGKILL');
  const told = await events;

  expect(exit).toBe('SIGKILL');
  const answer = told.at(-1)!;
  expect(answer).toMatchObject({ type: 'complete', response: { turn: 1, finishReason: 'stop' } });
  const messages = await rolesAndText(id);
  expect(messages).toEqual([
    'user: Tell me a story.',
    expect.stringMatching(/^assistant: On a rock .+ both keepers signed the page\.$/s),
  ]);
  expect(messages[1]!.split(lastSentence)).toHaveLength(2);
  expect(told.filter(({ type }) => type === 'message')).toHaveLength(2);
  const [think, ...more] = await activitiesOf(id, 'getResponse');
  expect(think).toMatchObject({ outcome: 'completed', worker: notOf(victim) });
  expect(think!.attempt).toBeGreaterThanOrEqual(2);
  expect(more).toEqual([]);

  // Whoever watched was told to drop what the lost worker had said.
  const anew = told.findIndex(({ type }) => type === 'attempt');
  expect(told[anew]).toMatchObject({
    activity: 'getResponse',
    lostWorker: isOf(victim),
    worker: notOf(victim),
  });
  const attemptOf = (event: ConversationEvent) => (event.type === 'partial' ? event.attempt : 0);
  const before = told.slice(0, anew).map(attemptOf).filter(Boolean);
  const after = told.slice(anew).map(attemptOf).filter(Boolean);
  expect(new Set(before)).toEqual(new Set([1]));
  expect(Math.min(...after)).toBeGreaterThan(1);
  const shown = told
    .filter((event) => event.type === 'partial' && event.attempt === think!.attempt)
    .map((event) => (event.type === 'partial' ? event.content : ''))
    .join('');
  expect(messages[1]!.startsWith(`assistant: ${shown}`)).toBe(true);
});

test('SIGKILL while a provider streams: the prompt of the next attempt is the same, byte for byte', async () => {
  const { id } = await client.start({ agent: 'writer' });
  await client.ask(id, 'Please look up savings, then write about it: ünïcödé 🏦');
  const { release } = ledger.hold('overdue letter');
  const answer = client.ask(id, 'Now write the overdue letter.');
  await ledger.asked('overdue letter');
  const { victim } = await end(await workerOf(id), 'SIGKILL');
  await ledger.asked('overdue letter', 2);
  release();
  const { content } = await answer;

  const prompts = ledger.prompts('overdue letter');
  expect(prompts.length).toBeGreaterThanOrEqual(2);
  for (const prompt of prompts) expect(prompt.equals(prompts[0]!)).toBe(true);
  const messages = await client.allMessages(id);
  expect(messages.map(({ message }) => message.role)).toEqual([
    ...['user', 'assistant', 'tool_response', 'assistant'],
    ...['user', 'assistant'],
  ]);
  expect(messages.at(-1)!.message).toMatchObject({ content, promptDigest: sha256(prompts[0]!) });
  const thinks = await activitiesOf(id, 'getResponse');
  expect(thinks.map(({ attempt }) => attempt)).toEqual([1, 1, prompts.length]);
  expect(thinks.at(-1)!.worker).toEqual(notOf(victim));
});

test('SIGKILL in the middle of three tools: what may run again does, once for each key; what may not is called unknown', async () => {
  const account = 'killed';
  const { id } = await client.start({ agent: 'teller' });
  const { release } = ledger.hold(`"${account}"`);
  const answer = client.ask(
    id,
    ['charge', 'lookup', 'transfer'].map((it) => `call ${it} {"account":"${account}"}`).join('\n'),
  );
  await ledger.asked(`"account":"${account}"`, 3);
  const { victim } = await end(await workerOf(id, 3), 'SIGKILL');
  release();
  const { content } = await answer;

  const unknown =
    'The outcome of `charge` is unknown: its worker was lost while it ran. ' +
    'It may or may not have taken effect, and it was not run again.';
  const results = (await client.allMessages(id)).flatMap(({ message }) =>
    message.role === 'tool_response' ? [message] : [],
  );
  expect(results).toMatchObject([
    { toolCallId: 't1s1c0', isError: true, content: [{ type: 'text', text: unknown }] },
    { toolCallId: 't1s1c1', isError: false, content: [{ text: 'lookup of killed: 42' }] },
    { toolCallId: 't1s1c2', isError: false, content: [{ text: 'transfer of killed: 42' }] },
  ]);
  // The model was told.
  expect(content).toContain(unknown);
  const roles = (await client.allMessages(id)).map(({ message }) => message.role);
  expect(roles).toEqual(['user', 'assistant', ...results.map(({ role }) => role), 'assistant']);

  const entries = ledger.entries(account);
  const of = (tool: string) => entries.filter((entry) => entry.tool === tool);
  expect(of('charge').map(({ attempt, pid }) => [attempt, pid])).toEqual([[1, victim.pid]]);
  for (const tool of ['lookup', 'transfer']) {
    expect(of(tool).map(({ attempt, pid }) => [attempt, pid === victim.pid])).toEqual([
      [1, true],
      [2, false],
    ]);
    expect(new Set(of(tool).map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  }
  expect(new Set(entries.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(3);
  expect((await activitiesOf(id, 'executeTool')).map((it) => [it.attempt, it.outcome])).toEqual([
    [1, 'timed out'],
    [2, 'completed'],
    [2, 'completed'],
  ]);
});

test('SIGKILL of an idle worker: the next message is answered by another, from the whole conversation', async () => {
  const { id } = await client.start({ agent: 'writer' });
  await client.ask(id, 'Begin.');
  const [think] = await activitiesOf(id, 'getResponse');
  const { exit } = await end(think!.worker, 'SIGKILL');
  const answer = await client.ask(id, 'Continue with the idle letter.');

  expect(exit).toBe('SIGKILL');
  expect(answer).toMatchObject({ turn: 2, content: 'Letter 3. Yours.' });
  const [prompt, ...more] = ledger.prompts('idle letter');
  expect(more).toEqual([]);
  expect(JSON.stringify(JSON.parse(prompt!.toString()))).toMatch(/Begin\..+Letter 1.+Continue/);
  expect(await rolesAndText(id)).toHaveLength(4);
});

test('SIGTERM while the model streams: the worker ends cleanly, the answer is finished by another, nothing is cancelled', async () => {
  const { id } = await client.start({ agent: 'teller' });
  const { begun, events } = tellStory(id);
  await begun;
  const { victim, exit } = await end(await workerOf(id), 'SIGTERM');
  const told = await events;

  expect(exit).toBe(0);
  expect(victim.errors()).toBe('');
  expect(told.at(-1)).toMatchObject({ type: 'complete', response: { finishReason: 'stop' } });
  expect(await rolesAndText(id)).toEqual([
    'user: Tell me a story.',
    expect.stringMatching(/^assistant: On a rock .+ both keepers signed the page\.$/s),
  ]);
  const [think, ...more] = await activitiesOf(id, 'getResponse');
  expect(think).toMatchObject({ outcome: 'completed', worker: notOf(victim) });
  expect(think!.attempt).toBeGreaterThanOrEqual(2);
  expect(more).toEqual([]);
  expect(await cancellationsAskedFor(client, id)).toBe(0);
});

test('SIGTERM in the middle of tools: what may run again is run by another worker, what may not is called unknown', async () => {
  const account = 'terminated';
  const { id } = await client.start({ agent: 'teller' });
  const { release } = ledger.hold(`"${account}"`);
  const answer = client.ask(
    id,
    ['lookup', 'charge'].map((it) => `call ${it} {"account":"${account}"}`).join('\n'),
  );
  await ledger.asked(`"account":"${account}"`, 2);
  const { victim, exit } = await end(await workerOf(id, 2), 'SIGTERM');
  release();
  const { content } = await answer;

  expect(exit).toBe(0);
  expect(victim.errors()).toBe('');
  expect(content).toContain('`lookup` answered: lookup of terminated: 42');
  expect(content).toContain('The outcome of `charge` is unknown: its worker was lost');
  const of = (tool: string) => ledger.entries(account).filter((entry) => entry.tool === tool);
  expect(of('charge')).toHaveLength(1);
  expect(of('lookup').map(({ pid }) => pid === victim.pid)).toEqual([true, false]);
  expect((await activitiesOf(id, 'executeTool')).map((it) => [it.attempt, it.outcome])).toEqual([
    [2, 'completed'],
    [1, 'failed'],
  ]);
  expect(await cancellationsAskedFor(client, id)).toBe(0);
});

test('SIGTERM with time to finish: what is at work is finished where it began, tools and model alike', async () => {
  const queue = newTaskQueue();
  const account = 'graceful';
  const worker = await startWorker({ taskQueue: queue, graceMs: 20_000 });
  const patient = await testClient(queue);
  afterwards(() => patient.disconnect());
  const { id } = await patient.start({ agent: 'teller' });
  const letter = await patient.start({ agent: 'writer' });
  const holds = [ledger.hold(`"${account}"`), ledger.hold('graceful letter')];
  const answers = Promise.all([
    patient.ask(id, `call charge {"account":"${account}"}`),
    patient.ask(letter.id, 'Write the graceful letter.'),
  ]);
  await Promise.all([ledger.asked(`"account":"${account}"`), ledger.asked('graceful letter')]);
  worker.kill('SIGTERM');
  const next = await startWorker({ taskQueue: queue });
  for (const { release } of holds) release();
  const exit = await worker.ended;
  const [charged, written] = await answers;

  expect(exit).toBe(0);
  expect(worker.errors()).toBe('');
  expect(charged.content).toBe('`charge` answered: charge of graceful: 42');
  expect(written.content).toBe('Letter 1. Yours.');
  expect(ledger.entries(account)).toHaveLength(1);
  expect(ledger.prompts('graceful letter')).toHaveLength(1);
  const facts = [...(await activitiesIn(patient, id)), ...(await activitiesIn(patient, letter.id))];
  expect(facts.map(({ type, attempt, worker: by }) => [type, attempt, by])).toEqual([
    ['resolveAgent', 1, isOf(worker)],
    ['getResponse', 1, isOf(worker)],
    ['executeTool', 1, isOf(worker)],
    ['getResponse', 1, isOf(next)],
    ['resolveAgent', 1, isOf(worker)],
    ['getResponse', 1, isOf(worker)],
  ]);
});

test('with every worker dead a message is still taken, and answered once when a worker comes', async () => {
  const { id } = await client.start({ agent: 'writer' });
  await client.ask(id, 'Begin.');
  for (const worker of await Promise.all(workers)) {
    worker.kill('SIGKILL');
    await worker.ended;
  }
  const sending = client.send(id, 'Continue with the lonely letter.', { messageId: 'lonely' });
  workers = [startWorker()];
  const acknowledgement = await sending;
  const answer = await client.ask(id, 'Continue with the lonely letter.', { messageId: 'lonely' });

  expect(acknowledgement.messageId).toBe('lonely');
  expect(answer).toMatchObject({ turn: 2, content: 'Letter 3. Yours.' });
  expect(ledger.prompts('lonely letter')).toHaveLength(1);
  expect(await rolesAndText(id)).toHaveLength(4);
});
