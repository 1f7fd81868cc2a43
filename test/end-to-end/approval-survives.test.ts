/** What waits for a person outlives the worker, the server, a deployment and the run that asked; nothing is done twice. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import {
  ScriptedModel,
  textResponse,
  toolCallResponse,
} from '../../activities/models/scripted-model';
import { defineTool } from '../../activities/tools';
import { defineAgent } from '../../agent/define-agent';
import { AgentClient } from '../../client/agent-client';
import { freePort, startDevServer } from '../../workers/dev-server';
import { cleanUpAfterEach } from '../support/cleanup';
import { TemporaryFolders } from '../support/dev-server-folders';
import { startLedger } from '../support/ledger';
import { repository, spawnWorker, type TestProcess } from '../support/processes';
import { nextPending, until } from '../support/talks';
import { newTaskQueue, testClient, testWorker } from '../support/temporal';

const atEnd = cleanUpAfterEach();
const refusedAs = (type: string) => expect.objectContaining({ type }) as unknown;

/** A server with a database of its own, and a worker as a process. Both can be killed. */
async function newHouse() {
  const folders = new TemporaryFolders();
  atEnd(() => folders.removeAll());
  const folder = await folders.make();
  const ports = { server: await freePort(), ui: await freePort() };
  const startServer = () =>
    startDevServer({
      folder,
      environment: { ...process.env, TEMPORAL_ADDRESS: undefined, HOLDFAST_PORT: undefined },
      report: () => undefined,
      ports,
    });
  const ledger = await startLedger();
  atEnd(() => ledger.close());
  let server = await startServer();
  atEnd(() => server.stop());
  const taskQueue = newTaskQueue();
  const startWorker = (deployment: 'first' | 'second') =>
    spawnWorker({
      folder: `${repository}/test/fixtures/agents/cashier`,
      taskQueue,
      environment: {
        TEMPORAL_ADDRESS: server.address,
        HOLDFAST_DEMO_WORD_DELAY_MS: '1',
        TEST_DEPLOYMENT: deployment,
        TEST_LEDGER_URL: ledger.url,
      },
    });
  let worker: TestProcess = await startWorker('first');
  atEnd(async () => {
    worker.kill('SIGKILL');
    await worker.ended;
  });
  const newClient = async () => {
    const options = { address: server.address, namespace: 'default', taskQueue };
    const client = await AgentClient.connect(options);
    atEnd(() => client.disconnect());
    return client;
  };
  return {
    ledger,
    newClient,
    async killAll() {
      worker.kill('SIGKILL');
      process.kill(server.pid!, 'SIGKILL');
      await Promise.all([worker.ended, server.ended]);
    },
    async startAgain(deployment: 'first' | 'second') {
      server = await startServer();
      worker = await startWorker(deployment);
    },
    async killWorker() {
      worker.kill('SIGKILL');
      await worker.ended;
      worker = await startWorker('second');
    },
  };
}

test('an approval outlives worker, server, deployment and run; every decision gets its answer; the tool runs once', async () => {
  const house = await newHouse();
  const [client, other] = [await house.newClient(), await house.newClient()];
  const { id } = await client.start({ agent: 'cashier', continueAsNewAfterEvents: 1 });
  const talk = { client, id };
  await client.send(id, 'call charge {"account":"rent"}', { messageId: 'm1' });
  const item = await nextPending(talk);
  const before = await client.state(id);
  const hasty = await client.start({ agent: 'hasty', message: 'call charge {"account":"late"}' });
  const missed = await nextPending({ client, id: hasty.id });

  await house.killAll();
  await house.startAgain('second');

  // The same item, for as long as it was to wait; the same agent, whatever was deployed since.
  expect(item).toMatchObject({ tool: 'charge', arguments: { account: 'rent' } });
  expect(await nextPending(talk)).toEqual(item);
  expect((await client.state(id)).agent).toEqual(before.agent);
  const deployed = await client.start({ agent: 'cashier', message: 'Hello.' });
  const { agent } = await until({ client, id: deployed.id }, ({ status }) => status === 'idle');
  expect(agent?.hash).not.toBe(before.agent?.hash);

  // The run that asked is left while the question stands.
  const { runId } = await client.temporal.workflow.getHandle(id).describe();
  for (const messageId of ['m2', 'm3']) await other.send(id, messageId, { messageId });
  const isLeft = async () =>
    (await client.temporal.workflow.getHandle(id).describe()).runId !== runId;
  await until(talk, ({ queued }) => queued.length === 2);
  expect(await isLeft()).toBe(true);
  expect(await nextPending(talk)).toEqual(item);
  expect(await client.cancelQueued(id, ['m2', 'm3'])).toEqual(['m2', 'm3']);

  // Decisions on something else.
  const { callId, argumentsHash } = item;
  const yes = { callId, approved: true };
  const ofOthers = { ...yes, argumentsHash: missed.argumentsHash };
  await expect(client.decide(id, ofOthers)).rejects.toEqual(refusedAs('ArgumentsChanged'));
  await expect(client.decide(id, { ...yes, callId: 't7s7c7' })).rejects.toEqual(
    refusedAs('UnknownCall'),
  );
  await expect(client.decide(deployed.id, yes)).rejects.toEqual(refusedAs('UnknownCall'));
  expect(await nextPending(talk)).toEqual(item);
  expect(house.ledger.entries('rent')).toEqual([]);

  // Two people at once: one of them decides, and both hear the same.
  const decided = await Promise.all([
    client.decide(id, { ...yes, argumentsHash }),
    other.decide(id, { ...yes, argumentsHash, reason: 'Me too.' }),
  ]);
  expect(decided.filter(({ isFirst }) => isFirst)).toHaveLength(1);
  expect(decided).toMatchObject([
    { approved: true, by: 'user' },
    { approved: true, by: 'user' },
  ]);
  const { turns } = await until(talk, ({ status }) => status === 'idle');
  expect(turns).toMatchObject([{ messageIds: ['m1'], status: 'answered' }]);
  const answer = (await client.state(id, 'm1')).message;
  expect(answer).toMatchObject({
    response: { content: '`charge` answered: charge of rent: 42', finishReason: 'stop' },
  });

  // Late, by a run and a worker that were not there: what was decided stands.
  await house.killWorker();
  expect(await other.decide(id, { callId, approved: false })).toMatchObject({
    approved: true,
    by: 'user',
    isFirst: false,
  });
  expect(house.ledger.entries('rent')).toMatchObject([{ tool: 'charge', callId, attempt: 1 }]);

  // The other one's time was over while nobody was there.
  await until({ client, id: hasty.id }, ({ status }) => status === 'idle');
  expect(await client.decide(hasty.id, { callId: missed.callId, approved: true })).toMatchObject({
    approved: false,
    by: 'expiry',
    isFirst: false,
  });
  expect(house.ledger.entries('late')).toEqual([]);
});

test('after a reset the model may ask for something else: a yes to what was seen before does not count for it', async () => {
  const paid: number[] = [];
  const pay = defineTool({
    name: 'pay',
    description: 'Pays.',
    input: z.object({ amount: z.number() }),
    approval: 'always',
    execute: ({ amount }) => {
      paid.push(amount);
      return `paid ${amount}`;
    },
  });
  const pays = (amount: number) => toolCallResponse([{ name: 'pay', arguments: { amount } }]);
  const taskQueue = newTaskQueue();
  const model = new ScriptedModel([pays(500), pays(900), textResponse('Paid.')]);
  const agents = [
    defineAgent({ name: 'clerk', model: 'scripted', instructions: 'Pay.', tools: [pay] }),
  ];
  const worker = await testWorker({ taskQueue, agents, models: { scripted: model } });
  atEnd(worker.stop);
  const client = await testClient(taskQueue);
  atEnd(() => client.disconnect());
  const { id } = await client.start({ agent: 'clerk', message: 'Pay.' });
  const seen = await nextPending({ client, id });

  const { events } = await client.temporal.workflow.getHandle(id).fetchHistory();
  const asked = events!
    .map((event) => event.activityTaskScheduledEventAttributes)
    .find((attributes) => attributes?.activityType?.name === 'getResponse')!;
  await client.temporal.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: id },
    reason: 'a test',
    requestId: randomUUID(),
    workflowTaskFinishEventId: asked.workflowTaskCompletedEventId ?? null,
  });
  const { pending } = await until(
    { client, id },
    (state) => state.pending?.[0]?.arguments['amount'] === 900,
  );
  const { callId, argumentsHash } = pending![0]!;

  expect(callId).toBe(seen.callId);
  await expect(
    client.decide(id, { callId, approved: true, argumentsHash: seen.argumentsHash }),
  ).rejects.toEqual(refusedAs('ArgumentsChanged'));
  await client.decide(id, { callId, approved: true, argumentsHash });
  await until({ client, id }, ({ status }) => status === 'idle');
  expect(paid).toEqual([900]);
});
