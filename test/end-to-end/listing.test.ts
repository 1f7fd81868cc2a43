/** How the server lists conversations: by search attributes where it has them, and what that costs in history. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { textResponse, toolCallResponse } from '../../activities/models/scripted-model';
import { defineTool } from '../../activities/tools';
import type { ModelResponse } from '../../agent/model';
import { AgentClient } from '../../client/agent-client';
import type { ListOptions } from '../../client/list-conversations';
import { setUpSearchAttributes } from '../../wire/search-attributes';
import type { ListedAttributes } from '../../workflows/contract';
import { agentWorkflowType, searchAttributes } from '../../workflows/contract';
import { cleanUpAfterEach } from '../support/cleanup';
import { ownNamespace } from '../support/own-namespace';
import { runInProcess } from '../support/run-in-process';
import { nextPending, openTalk, until } from '../support/talks';
import { newTaskQueue } from '../support/temporal';

jest.setTimeout(60_000);
const atEnd = cleanUpAfterEach();

const pay = defineTool({
  name: 'pay',
  description: 'Pays out.',
  input: z.object({ amount: z.number() }),
  annotations: { keyed: true },
  approval: { when: { properties: { amount: { minimum: 100 } } } },
  execute: ({ amount }) => `paid ${amount}`,
});

const spent = { usage: { inputTokens: 90, outputTokens: 10 }, costUsd: 0.25 };
const pays = (amount: number) => toolCallResponse([{ name: 'pay', arguments: { amount } }], spent);
const says = (text: string) => textResponse(text, spent);

/** The server lists what has changed a moment later. */
async function listedAs(
  { client, id }: { readonly client: AgentClient; readonly id: string },
  filter: ListOptions,
): Promise<ListedAttributes> {
  for (let tries = 0; tries < 100; tries++) {
    const found = (await client.list({ ...filter, limit: 1_000 })).find((one) => one.id === id);
    if (found) return found.attributes;
    await sleep(100);
  }
  throw new Error(`${id} is not listed by ${JSON.stringify(filter)}.`);
}

async function eventsOf(client: AgentClient, id: string, runId?: string) {
  const handle = client.temporal.workflow.getHandle(id, runId);
  const { events } = await handle.fetchHistory();
  const { historySize } = await handle.describe();
  return {
    events: events ?? [],
    bytes: historySize ?? 0,
    upserts: (events ?? []).flatMap(({ upsertWorkflowSearchAttributesEventAttributes: upsert }) =>
      upsert
        ? [
            Object.keys(upsert.searchAttributes?.indexedFields ?? {})
              .toSorted()
              .join(),
          ]
        : [],
    ),
  };
}

test('a conversation is found by what it does, its agent, its model, its tenant and its need', async () => {
  const agent = `the clerk's ${randomUUID().slice(0, 8)}`;
  const talk = await openTalk(atEnd, [pays(5), pays(500), says('Both.')], {
    agent: { name: agent, tools: [pay] },
    tenant: 'acme',
  });
  const { client, id } = talk;
  const listed = { agent, model: 'scripted', tenant: 'acme', needsApproval: false };
  expect(await listedAs(talk, { agent, status: 'idle', model: 'scripted' })).toEqual({
    ...listed,
    status: 'idle',
    costUsd: 0,
  });

  const answer = client.ask(id, 'Pay.');
  const { callId } = await nextPending(talk);
  expect(await listedAs(talk, { agent, status: 'waiting_for_person' })).toEqual({
    ...listed,
    status: 'waiting_for_person',
    needsApproval: true,
    costUsd: 0.5,
  });
  await listedAs(talk, { needsApproval: true, tenant: 'acme', isRunning: true });
  expect((await client.pending()).items.filter((item) => item.id === id)).toMatchObject([
    { callId },
  ]);
  await client.decide(id, { callId, approved: true });
  await answer;
  expect(await listedAs(talk, { agent, status: 'idle' })).toMatchObject({ costUsd: 0.75 });

  await client.pause(id);
  await listedAs(talk, { agent, status: 'paused' });
  await client.resume(id);
  await listedAs(talk, { agent, status: 'idle' });
  await client.adopt(id, { agent: { ...inline, name: agent } });
  await listedAs(talk, { agent, model: 'demo' });
  await client.close(id);
  await listedAs(talk, { agent, status: 'closed' });

  expect(await client.list({ agent, status: 'running' })).toEqual([]);
  for (const other of [agent.slice(0, -1), "' OR HoldfastStatus = 'closed", "\\' OR 1 = 1 --"]) {
    expect(await client.list({ agent: other })).toEqual([]);
  }
});

const inline = { name: 'inline', model: 'demo', instructions: 'Help.', tools: [] };

test('two events a turn, and two each time that it waits: a step costs none', async () => {
  const talk = await openTalk(
    atEnd,
    [pays(1), pays(2), pays(500), pays(3), says('All.'), says('Yes.')],
    { agent: { tools: [pay] } },
  );
  const { client, id } = talk;
  await until(talk, ({ agent }) => agent !== undefined);
  const answer = client.ask(id, 'Pay.');
  await client.decide(id, { callId: (await nextPending(talk)).callId, approved: true });
  await answer;
  await client.ask(id, 'Well?');

  await until(talk, ({ status }) => status === 'idle');
  const { upserts } = await eventsOf(client, id);
  const [cost, model, needs, status] = ['CostUsd', 'Model', 'NeedsApproval', 'Status'].map(
    (name) => `Holdfast${name}`,
  );
  expect(upserts).toEqual([
    model,
    // The first turn begins, waits, goes on, ends.
    status,
    `${cost},${needs},${status}`,
    `${needs},${status}`,
    `${cost},${status}`,
    // The second.
    status,
    `${cost},${status}`,
  ]);
});

test('a turn that fails is listed as such; turns that follow each other need no event between them', async () => {
  const fails = () => {
    throw new Error('No model today.');
  };
  const talk = await openTalk(atEnd, [says('One.'), says('Two.'), fails], {
    execution: { maxAttempts: 1 },
  });
  const { client, id } = talk;
  await client.pause(id);
  for (const messageId of ['m1', 'm2', 'm3']) await client.send(id, messageId, { messageId });
  await client.resume(id);
  await until(talk, ({ turns }) => turns[2]?.status === 'failed');

  expect(await listedAs(talk, { status: 'failed' })).toMatchObject({ costUsd: 0.5 });
  const { upserts } = await eventsOf(client, id);
  expect(upserts.filter((names) => names === 'HoldfastCostUsd').length).toBeLessThanOrEqual(2);
  expect(upserts.length).toBeLessThanOrEqual(6);
});

test('what it is listed with goes along when it continues as new', async () => {
  const talk = await openTalk(atEnd, [pays(1), pays(2), pays(500), says('All.')], {
    agent: { tools: [pay] },
    continueAsNewAfterEvents: 20,
    tenant: 'acme',
  });
  const { client, id } = talk;
  const first = await client.describe(id);
  const answer = client.ask(id, 'Pay.');
  const { callId } = await nextPending(talk);
  const later = await client.describe(id);
  expect(later.runId).not.toBe(first.runId);
  const waiting = await listedAs(talk, { status: 'waiting_for_person', isRunning: true });
  expect(waiting).toMatchObject({ tenant: 'acme', model: 'scripted', agent: 'clerk' });
  const [started] = (await eventsOf(client, id, later.runId)).events;
  const { searchAttributes: carried } = started!.workflowExecutionStartedEventAttributes!;
  const { HoldfastModel: model } = carried!.indexedFields!;
  // As it was by then, and not as at the first start.
  expect(String(model!.data)).toBe('"scripted"');

  await client.decide(id, { callId, approved: true });
  await answer;
  expect(await listedAs(talk, { status: 'idle', isRunning: true })).toEqual({
    ...waiting,
    status: 'idle',
    needsApproval: false,
    costUsd: 1,
  });
});

test('without them in its start a conversation writes none; with them a turn has two events more', async () => {
  const talk = await openTalk(atEnd, Array<ModelResponse>(4).fill(says('Yes.')));
  const { client, id } = talk;
  const { taskQueue } = await client.describe(id);
  const bare = `bare-${randomUUID()}`;
  await client.temporal.workflow.start(agentWorkflowType, {
    workflowId: bare,
    taskQueue,
    args: [{ agent: 'clerk' }],
  });
  /** After the first turn and after the second. */
  const sizesOf = async (one: string) => {
    const sizes = [];
    for (const messageId of ['m1', 'm2']) {
      await until({ client, id: one }, ({ agent }) => agent !== undefined);
      await client.ask(one, 'Well?', { messageId });
      await until({ client, id: one }, ({ status }) => status === 'idle');
      sizes.push(await eventsOf(client, one));
    }
    return sizes as [Size, Size];
  };
  const [first, second] = await sizesOf(id);
  const [bareFirst, bareSecond] = await sizesOf(bare);

  expect(bareSecond.upserts).toEqual([]);
  const more = [first, second].map((size, turn) => {
    const without = [bareFirst, bareSecond][turn]!;
    return {
      events: size.events.length - without.events.length,
      bytes: size.bytes - without.bytes,
    };
  });
  const [atFirst, atSecond] = more as [Cost, Cost];
  expect([atFirst.events, atSecond.events]).toEqual([3, 5]);
  // What the start brings along, and the model once it is known.
  expect(atFirst.bytes).toBeLessThanOrEqual(900);
  expect(atSecond.bytes - atFirst.bytes).toBeLessThanOrEqual(350);
});

type Size = Awaited<ReturnType<typeof eventsOf>>;
type Cost = { readonly events: number; readonly bytes: number };

test('a server without them takes conversations all the same; `setup` creates them, as often as one likes', async () => {
  const { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace } = await ownNamespace();
  const connect = async () => {
    const client = await AgentClient.connect({ address, namespace, taskQueue: newTaskQueue() });
    atEnd(() => client.disconnect());
    return client;
  };
  const setup = () => runInProcess('setup', '--address', address, '--namespace', namespace);
  const before = await connect();
  const { id } = await before.start({ agent: 'clerk', tenant: 'acme', message: 'Hello.' });
  await expect(before.list({ status: 'running' })).rejects.toThrow(
    'The server has no search attribute `HoldfastStatus` in this namespace. Create it with `holdfast setup`',
  );
  expect(await listedAs({ client: before, id }, {})).toEqual({});

  expect((await setup()).output).toBe(
    [
      'HoldfastAgent (Keyword) is created.',
      'HoldfastStatus (Keyword) is created.',
      'HoldfastModel (Keyword) is created.',
      'HoldfastNeedsApproval (Bool) is created.',
      'HoldfastCostUsd (Double) is created.',
      'HoldfastTenant (Keyword) is created.',
      `Conversations that start in namespace ${namespace} from now on can be listed by them: \`holdfast list --status running\`.`,
      '',
    ].join('\n'),
  );
  const again = await setup();
  expect(again.code).toBe(0);
  expect(again.output.match(/ was there\./g)).toHaveLength(6);
  expect(again.output).not.toContain('created');

  const after = await connect();
  const started = await after.start({ agent: 'clerk', tenant: 'acme', message: 'Hello.' });
  expect(await listedAs({ client: after, id: started.id }, { tenant: 'acme' })).toEqual({
    ...{ agent: 'clerk', status: 'running', model: 'unknown' },
    ...{ needsApproval: false, costUsd: 0, tenant: 'acme' },
  });
});

test('one of another type stays unused, and `setup` says what to do', async () => {
  const { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace } = await ownNamespace();
  const client = await AgentClient.connect({ address, namespace, taskQueue: newTaskQueue() });
  atEnd(() => client.disconnect());
  const { connection } = client.temporal;
  await setUpSearchAttributes({ connection, namespace }, [
    { name: searchAttributes.status.name, type: 'INT' },
  ]);

  const { output, code } = await runInProcess(
    ...['setup', '--address', address, '--namespace', namespace],
  );
  expect(code).toBe(1);
  expect(output).toContain(
    'HoldfastStatus is of type Int here and must be Keyword: it stays unused. Rename or remove yours, and run this again.',
  );
  const { id } = await client.start({ agent: 'clerk', message: 'Hello.' });
  expect(await listedAs({ client, id }, { agent: 'clerk' })).not.toHaveProperty('status');
});
