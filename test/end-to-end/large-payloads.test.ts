/** Large payloads are compressed on the wire, and nobody who reads a conversation notices. On the real server. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Client } from '@temporalio/client';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { textResponse } from '../../activities/models/scripted-model';
import { defineAgent } from '../../agent/define-agent';
import type { ReActAgent } from '../../agent/agent';
import { contentToText } from '../../agent/messages';
import type { Message, ModelRequest, StreamEvent } from '../../agent/model';
import { ModelBase, complete, partial } from '../../agent/model';
import { AgentClient } from '../../client/agent-client';
import { readTimeline } from '../../client/timeline';
import { readPassages } from '../../bench/long-text';
import { cleanUpAfterEach } from '../support/cleanup';
import { newTaskQueue, testAddress, testBundle, testWorker } from '../support/temporal';

const afterwards = cleanUpAfterEach();
const passages = readPassages();

beforeAll(() => {
  process.env.HOLDFAST_WORKFLOW_BUNDLE = testBundle().codePath;
});
afterAll(() => {
  delete process.env.HOLDFAST_WORKFLOW_BUNDLE;
});

/** Repeats what it was told, once it may; tells what it sends. */
class Parrot extends ModelBase {
  constructor(private readonly mayEnd: Promise<void>) {
    super();
  }

  override toRequest(_agent: ReActAgent, messages: readonly Message[]): ModelRequest {
    const body = JSON.stringify(messages);
    return { provider: 'parrot', model: 'parrot', body } as ModelRequest;
  }

  async *streamResponse(
    _agent: ReActAgent,
    messages: readonly Message[],
  ): AsyncGenerator<StreamEvent> {
    const last = messages.findLast(({ role }) => role === 'user');
    const content = contentToText(last?.content ?? '');
    yield partial(content);
    await this.mayEnd;
    yield complete(textResponse(content));
  }
}

interface SceneOptions {
  readonly payloadCodecs?: PayloadCodec[];
  readonly continueAsNewAfterEvents?: number;
  /** Every answer waits for it. */
  readonly mayEnd?: Promise<void>;
}

async function newScene({ payloadCodecs = [], mayEnd, ...options }: SceneOptions = {}) {
  const taskQueue = newTaskQueue();
  const model = new Parrot(mayEnd ?? Promise.resolve());
  const parrot = defineAgent({ name: 'parrot', model: 'parrot', instructions: 'Repeat.' });
  const worker = await testWorker({
    taskQueue,
    agents: [parrot],
    models: { parrot: model },
    workerOptions: { dataConverter: { payloadCodecs } },
  });
  const address = { address: testAddress(), namespace: 'default', taskQueue };
  const client = await AgentClient.connect({ ...address, dataConverter: { payloadCodecs } });
  afterwards(() => client.disconnect());
  afterwards(worker.stop);
  const { id } = await client.start({ agent: 'parrot', ...options });
  return { client, id, taskQueue, model };
}

/** What the server keeps of the newest run: the encoding and the size of every payload. */
async function storedPayloads(client: AgentClient, id: string) {
  const { events } = await client.temporal.workflow.getHandle(id).fetchHistory();
  const found: { encoding: string; bytes: number }[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { metadata, data } = value as Payload;
    if (metadata?.encoding && data) {
      const encoding = Buffer.from(metadata.encoding).toString();
      found.push({ encoding, bytes: data.length });
    } else if (!ArrayBuffer.isView(value)) {
      // The server indexes search attributes: no codec sees them.
      const { searchAttributes: _indexed, ...rest } = value as { searchAttributes?: unknown };
      Object.values(rest).forEach(look);
    }
  };
  look(events);
  return found;
}

test('a conversation of large messages is stored small and read whole, by everything that reads', async () => {
  const { client, id, model } = await newScene({ continueAsNewAfterEvents: 20 });
  const said = Array.from({ length: 4 }, (_, index) => passages(index, 150_000));
  for (const content of said) expect((await client.ask(id, content)).content).toBe(content);
  const stored = await storedPayloads(client, id);
  const contents = said.flatMap((content) => [content, content]);

  const messages = await client.allMessages(id);
  const transcript = await client.transcript(id);
  const timeline = await readTimeline(client.temporal, id);
  const prompt = await client.prompt(id, { models: { parrot: model } });

  expect(messages.map(({ message }) => message.content)).toEqual(contents);
  expect(transcript.messages.map(({ message }) => message.content)).toEqual(contents);
  expect(transcript.unproven).toEqual([]);
  expect(timeline.runs).toBeGreaterThan(1);
  expect(timeline.turns.map(({ answer }) => answer?.slice(0, 100))).toHaveLength(4);
  expect(JSON.parse(prompt.body)).toHaveLength(7);
  const largest = Math.max(...stored.map(({ bytes }) => bytes));
  expect(
    new Set(stored.filter(({ bytes }) => bytes > 20_000).map(({ encoding }) => encoding)),
  ).toEqual(new Set(['binary/zlib']));
  expect(
    new Set(stored.filter(({ bytes }) => bytes < 2_000).map(({ encoding }) => encoding)),
  ).toEqual(new Set(['json/plain']));
  // Of a message of 150,000 bytes, which is the smallest of the large ones; the carry holds up to seven.
  expect(largest).toBeLessThan(350_000);
}, 60_000);

test('what a model has said so far is read while it speaks, however long it is', async () => {
  let end = () => {};
  const mayEnd = new Promise<void>((resolve) => (end = resolve));
  const { client, id, model } = await newScene({ mayEnd });
  const content = `${passages(1, 40_000)}${'\n"'.repeat(10_000)}`;
  await client.send(id, content);
  const said = async () => (await client.describe(id)).pending[0]?.deltas?.text ?? '';
  const deadline = Date.now() + 10_000;
  while ((await said()) === '' && Date.now() < deadline);
  const raw = await client.temporal.workflow.getHandle(id).describe();
  const details = raw.raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0];

  expect(content.endsWith(await said())).toBe(true);
  expect((await said()).length).toBeGreaterThan(30_000);
  expect(Buffer.from(details!.metadata!.encoding!).toString()).toBe('binary/zlib');
  const timeline = await readTimeline(client.temporal, id);
  expect(timeline.turns[0]?.steps[0]?.think.text).toMatch(/./);
  expect((await client.prompt(id, { models: { parrot: model } })).status).toBe('running');
  end();
}, 60_000);

test('a client without the codec gets a clear state and every small message', async () => {
  const { client, id, taskQueue } = await newScene();
  await client.ask(id, 'A short one.');
  await client.ask(id, passages(3, 150_000));
  const { connection } = client.temporal;
  const plain = new AgentClient({
    client: new Client({ connection, namespace: 'default' }),
    taskQueue,
  });

  expect(await plain.state(id)).toMatchObject({
    status: 'idle',
    messages: 4,
    setAside: { count: 0 },
  });
  expect((await plain.messages(id, { limitBytes: 1_000 })).messages).toMatchObject([
    { seq: 0, message: { content: 'A short one.' } },
    { seq: 1, message: { content: 'A short one.' } },
  ]);
  await expect(plain.messages(id)).rejects.toThrow('Unknown encoding: binary/zlib');
  expect((await plain.ask('parrot', 'Another.')).content).toBe('Another.');
}, 60_000);

test('somebody’s own codec encrypts what was compressed', async () => {
  const { client, id } = await newScene({ payloadCodecs: [encryption] });
  const content = passages(5, 150_000);

  expect((await client.ask(id, content)).content).toBe(content);
  expect((await client.transcript(id)).messages.map(({ message }) => message.content)).toEqual([
    content,
    content,
  ]);
  const stored = await storedPayloads(client, id);
  expect(new Set(stored.map(({ encoding }) => encoding))).toEqual(new Set(['binary/encrypted']));
  expect(Math.max(...stored.map(({ bytes }) => bytes))).toBeLessThan(75_000);
}, 60_000);

const key = randomBytes(32);
const encryption: PayloadCodec = {
  encode: (payloads) =>
    Promise.resolve(
      payloads.map((payload) => {
        const nonce = randomBytes(12);
        const cipher = createCipheriv('aes-256-gcm', key, nonce);
        const metadata = Object.entries(payload.metadata ?? {}).map(([name, value]) => [
          name,
          Buffer.from(value).toString(),
        ]);
        const head = Buffer.from(`${JSON.stringify(metadata)}\n`);
        const data = [
          nonce,
          cipher.update(head),
          cipher.update(payload.data ?? ([] as never)),
          cipher.final(),
          cipher.getAuthTag(),
        ];
        return {
          metadata: { encoding: Buffer.from('binary/encrypted') },
          data: Buffer.concat(data),
        };
      }),
    ),
  decode: (payloads) =>
    Promise.resolve(
      payloads.map((payload) => {
        if (Buffer.from(payload.metadata!.encoding!).toString() !== 'binary/encrypted')
          return payload;
        const bytes = Buffer.from(payload.data!);
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
        decipher.setAuthTag(bytes.subarray(-16));
        const whole = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
        const end = whole.indexOf('\n');
        const metadata = JSON.parse(whole.subarray(0, end).toString()) as [string, string][];
        return {
          metadata: Object.fromEntries(metadata.map(([name, value]) => [name, Buffer.from(value)])),
          data: whole.subarray(end + 1),
        };
      }),
    ),
};
