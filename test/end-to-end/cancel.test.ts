/** Cancelling a conversation hangs up on the model's provider: nobody pays for tokens that nobody reads. */
import { AnthropicModel, GeminiModel, OpenAIChatModel, OpenAIModel } from '../../activities/models';
import { defineAgent } from '../../agent/define-agent';
import type { ModelBase } from '../../agent/model';
import type { AgentClient } from '../../client/agent-client';
import { msUntilClosed } from '../support/closed-socket';
import type { StrictServer } from '../support/strict/strict-server';
import { startStrictServer } from '../support/strict/strict-server';
import { newTaskQueue, testClient, testWorker } from '../support/temporal';

const apiKey = 'key';
const agents = ['openai', 'openai-chat', 'anthropic', 'gemini'] as const;

let server: StrictServer;
let client: AgentClient;
let stopWorker: () => Promise<void>;

beforeAll(async () => {
  server = await startStrictServer();
  server.script(() => ({ text: 'All work and no play. '.repeat(1_000), eventDelayMs: 20 }));
  const { url } = server;
  const models: Readonly<Record<(typeof agents)[number], ModelBase>> = {
    openai: new OpenAIModel({ model: 'gpt-5-mini', apiKey, baseURL: `${url}/v1` }),
    'openai-chat': new OpenAIChatModel({ model: 'gpt-4o', apiKey, baseURL: `${url}/v1` }),
    anthropic: new AnthropicModel({ model: 'claude-haiku-4-5', apiKey, baseURL: url }),
    gemini: new GeminiModel({ model: 'gemini-3-flash-preview', apiKey, baseURL: url }),
  };
  const taskQueue = newTaskQueue();
  const { stop } = await testWorker({
    agents: agents.map((name) => defineAgent({ name, model: name, instructions: 'Write.' })),
    models,
    taskQueue,
  });
  stopWorker = stop;
  client = await testClient(taskQueue);
});

afterAll(async () => {
  await client?.disconnect();
  await stopWorker?.();
  await server?.stop();
});

/** Cancels a conversation in the middle of an answer. */
async function cancelOnce(agent: string): Promise<number> {
  const index = server.requests.length;
  const { id } = await client.start({ agent });
  for await (const event of client.stream(id, { message: 'Write a long book.' })) {
    // It is being read: the answer has begun.
    if (event.type === 'partial' && event.content !== '') break;
  }
  const cancelledAt = Date.now();
  await client.temporal.workflow.getHandle(id).cancel();
  const closedMs = await msUntilClosed(server, index, cancelledAt);
  await expect(client.temporal.workflow.getHandle(id).result()).rejects.toThrow(/cancelled/i);
  // The attempt that was cancelled was the only one.
  expect(server.requests).toHaveLength(index + 1);
  return closedMs;
}

test.each(agents)(
  '%s: the connection is closed within 250 ms of the cancellation',
  async (agent) => {
    const times: number[] = [];
    for (let run = 0; run < 3; run++) times.push(await cancelOnce(agent));

    // The best of three, because the machine may be busy with something else.
    expect(Math.min(...times)).toBeLessThan(250);
    expect(Math.max(...times)).toBeLessThan(1_000);
  },
);
