import { AgentClient } from '../../client/agent-client';
import { startDevServer, freePort, type DevServer } from '../../workers/dev-server';
import { activitiesIn } from '../support/activities-in';
import { TemporaryFolders } from '../support/dev-server-folders';
import { startLedger, type Ledger } from '../support/ledger';
import { repository, spawnWorker, type TestProcess } from '../support/processes';
import { newTaskQueue } from '../support/temporal';

const taskQueue = newTaskQueue();
const folders = new TemporaryFolders();
let start: () => Promise<DevServer>;
let server: DevServer;
let ledger: Ledger;
let worker: TestProcess;
let client: AgentClient;

beforeAll(async () => {
  const folder = await folders.make();
  const ports = { server: await freePort(), ui: await freePort() };
  start = () =>
    startDevServer({
      folder,
      environment: { ...process.env, TEMPORAL_ADDRESS: undefined, HOLDFAST_PORT: undefined },
      report: () => undefined,
      ports,
    });
  ledger = await startLedger();
  server = await start();
  worker = await spawnWorker({
    folder: `${repository}/test/fixtures/agents/bank`,
    taskQueue,
    environment: {
      TEMPORAL_ADDRESS: server.address,
      // No attempt counts as lost because the server was away.
      HOLDFAST_HEARTBEAT_TIMEOUT_MS: '30000',
      HOLDFAST_DEMO_WORD_DELAY_MS: '1',
      TEST_LEDGER_URL: ledger.url,
      OPENAI_API_KEY: 'sk-test-0123456789',
      OPENAI_BASE_URL: `${ledger.url}/v1`,
    },
  });
  client = await AgentClient.connect({ address: server.address, namespace: 'default', taskQueue });
});

afterAll(async () => {
  worker?.kill('SIGKILL');
  await worker?.ended;
  await client?.disconnect();
  await ledger?.close();
  await server?.stop();
  await folders.removeAll();
});

async function takeAway(how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (how === 'SIGTERM') return server.stop();
  process.kill(server.pid!, 'SIGKILL');
  await server.ended;
}

async function contentsOf(id: string): Promise<readonly unknown[]> {
  return (await client.allMessages(id)).map(({ message }) => message.content);
}

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'a parked conversation outlives its server (%s): what was said is there, the next message is answered',
  async (how) => {
    const { id } = await client.start({ agent: 'writer' });
    await client.ask(id, 'Remember me.');
    const before = await contentsOf(id);
    const address = server.address;
    await takeAway(how);
    server = await start();
    const after = await contentsOf(id);
    const answer = await client.ask(id, 'Do you?');

    expect(server).toMatchObject({ address, startedHere: true });
    expect(before).toEqual(['Remember me.', 'Letter 1. Yours.']);
    expect(after).toEqual(before);
    expect(answer).toMatchObject({ turn: 2, content: 'Letter 3. Yours.' });
    expect(await contentsOf(id)).toEqual([...before, 'Do you?', 'Letter 3. Yours.']);
    // It is the same process that has answered before and after.
    const thinks = (await activitiesIn(client, id)).filter(({ type }) => type === 'getResponse');
    expect(thinks.map((think) => think.worker.split('@')[0])).toEqual([
      String(worker.pid),
      String(worker.pid),
    ]);
  },
);

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'a tool and a model at work while the server is away (%s) are not asked again, and whoever waits gets the answer',
  async (how) => {
    const account = `away${how}`;
    const { id } = await client.start({ agent: 'teller' });
    const letter = await client.start({ agent: 'writer' });
    const holds = [ledger.hold(`"${account}"`), ledger.hold(`letter about ${how}`)];
    const answers = Promise.all([
      client.ask(id, `call charge {"account":"${account}"}`),
      client.ask(letter.id, `Write a letter about ${how}.`),
    ]);
    await Promise.all([
      ledger.asked(`"account":"${account}"`),
      ledger.asked(`letter about ${how}`),
    ]);
    await takeAway(how);
    for (const { release } of holds) release();
    server = await start();
    const [charged, written] = await answers;

    expect(charged.content).toBe(`\`charge\` answered: charge of ${account}: 42`);
    expect(written.content).toBe('Letter 1. Yours.');
    expect(ledger.entries(account)).toHaveLength(1);
    expect(ledger.prompts(`letter about ${how}`)).toHaveLength(1);
    expect(await contentsOf(id)).toHaveLength(4);
    expect(await contentsOf(letter.id)).toHaveLength(2);
  },
);

test('a message sent while the server is away is taken, once, when it is back', async () => {
  const { id } = await client.start({ agent: 'writer' });
  await client.ask(id, 'Begin.');
  await takeAway('SIGKILL');
  const sending = client.send(id, 'Are you back?', { messageId: 'm2' });
  server = await start();
  const acknowledgement = await sending;
  const answer = await client.ask(id, 'Are you back?', { messageId: 'm2' });

  expect(acknowledgement).toMatchObject({ messageId: 'm2', seq: 2 });
  expect(answer).toMatchObject({ turn: 2, content: 'Letter 3. Yours.' });
  expect(await contentsOf(id)).toEqual([
    'Begin.',
    'Letter 1. Yours.',
    'Are you back?',
    'Letter 3. Yours.',
  ]);
});
