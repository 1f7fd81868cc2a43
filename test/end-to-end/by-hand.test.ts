/** Conversations without Holdfast's client: the commands of Temporal's own CLI as the documentation has them, with raw JSON. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';
import { textResponse, toolCallResponse } from '../../activities/models/scripted-model';
import { askUser, defineTool } from '../../activities/tools';
import { findTemporalCli } from '../../workers/temporal-cli';
import { eventually } from '../support/eventually';
import { cleanUpAfterEach } from '../support/cleanup';
import { nextPending, openTalk, until } from '../support/talks';
import { testAddress } from '../support/temporal';

jest.setTimeout(120_000);
const atEnd = cleanUpAfterEach();
let cli: string;

beforeAll(async () => {
  cli = (await findTemporalCli({ environment: process.env, report: () => undefined })).path;
}, 600_000);

const run = promisify(execFile);

/** As `temporal workflow …` in a terminal. */
async function temporal(...words: readonly string[]): Promise<string> {
  const { stdout } = await run(cli, ['workflow', ...words, '--address', testAddress()]);
  return stdout;
}

const pay = defineTool({
  name: 'pay',
  description: 'Pays out.',
  input: z.object({ amount: z.number() }),
  annotations: { keyed: true },
  approval: 'always',
  execute: ({ amount }) => `paid ${amount}`,
});

const calls = (name: string, toolArguments: Record<string, unknown>) =>
  toolCallResponse([{ name, arguments: toolArguments as Record<string, never> }]);

test('a conversation is started, spoken to, answered and listed with nothing but the CLI', async () => {
  const agent = `clerk-${randomUUID().slice(0, 8)}`;
  const talk = await openTalk(
    atEnd,
    [
      calls('pay', { amount: 500 }),
      calls('ask_user', { question: 'Which colour?' }),
      textResponse('Paid, and red.'),
      textResponse('Hello to you.'),
    ],
    { agent: { name: agent, tools: [pay, askUser] } },
  );
  const { client } = talk;
  const { taskQueue } = await client.describe(talk.id);
  const id = `by-hand-${randomUUID().slice(0, 8)}`;
  const here = { client, id };

  await temporal(
    ...['start', '--type', 'agentWorkflow', '--task-queue', taskQueue, '--workflow-id', id],
    ...['--input', JSON.stringify({ agent, listed: { status: 'idle', needsApproval: false } })],
    ...['--search-attribute', 'HoldfastStatus="idle"'],
    ...['--search-attribute', 'HoldfastNeedsApproval=false'],
  );
  const message = { role: 'user', content: 'Pay and paint.' };
  const sent = await temporal(
    ...['update', 'execute', '--workflow-id', id, '--name', 'sendMessage', '--output', 'json'],
    ...['--input', JSON.stringify({ messageId: 'm1', message })],
  );
  expect(JSON.parse(sent)).toMatchObject({ result: { messageId: 'm1' } });

  await nextPending(here);
  const waiting = `HoldfastStatus = "waiting_for_person" AND HoldfastNeedsApproval = true`;
  await eventually(async () => (await temporal('list', '--query', waiting)).includes(id));
  expect(await temporal('metadata', '--workflow-id', id)).toContain(
    `holdfast approve ${id} t1s1c0`,
  );
  const state = await temporal('query', '--workflow-id', id, '--type', 'state', '--output', 'json');
  expect(JSON.parse(state)).toMatchObject({
    queryResult: [{ pending: [{ callId: 't1s1c0', arguments: { amount: 500 } }] }],
  });
  const decide = (input: unknown) =>
    temporal(
      ...['update', 'execute', '--workflow-id', id, '--name', 'decide'],
      ...['--input', JSON.stringify(input)],
    );
  await expect(decide({ callId: 't9', approved: true })).rejects.toThrow(
    /Nothing waits for a decision by the id `t9`/,
  );
  await decide({ callId: 't1s1c0', approved: true });
  await until(here, ({ pending }) => pending?.[0]?.kind === 'question');
  await decide({ callId: 't1s2c0', approved: true, answer: 'red' });
  await until(here, ({ turns }) => turns[0]?.status === 'answered');

  await temporal(
    ...['signal', '--workflow-id', id, '--name', 'userMessage'],
    ...['--input', JSON.stringify({ messageId: 'm2', message })],
  );
  await temporal(
    ...['signal', '--workflow-id', id, '--name', 'userMessage', '--input', '{"messageId":7}'],
  );
  const { turns } = await until(here, (it) => it.turns[1]?.status === 'answered');
  expect(turns.map(({ messageIds }) => messageIds)).toEqual([['m1'], ['m2']]);
  expect((await until(here, ({ setAside }) => setAside.count === 1)).setAside.reasons).toEqual([
    expect.stringContaining('`messageId` must be a string') as string,
  ]);
  await temporal('update', 'execute', '--workflow-id', id, '--name', 'close');
  await temporal('result', '--workflow-id', id);
});
