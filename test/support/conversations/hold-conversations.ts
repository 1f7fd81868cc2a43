/** Recorded conversations held again by the workflow: real server, real vendor SDKs, a provider that was recorded. */
import type { AgentClient } from '../../../client/agent-client';
import type { AgentResponseMessage } from '../../../agent/agent-messages';
import type { ExecutableAgent } from '../../../agent/agent';
import { modelFor } from '../decode-recordings';
import { compareRequests } from '../fidelity/request-fidelity';
import { record } from '../raw/raw-json';
import { newTaskQueue, testClient, testWorker } from '../temporal';
import type { ConversationScript } from './conversation-script';
import { differencesOf } from './conversation-differences';
import type { RecordedProvider } from './recorded-provider';
import { startRecordedProvider } from './recorded-provider';
import type { Cast, Crew } from './recorded-tools';
import { toCrews } from './recorded-tools';

export interface HeldConversation {
  readonly script: ConversationScript;
  /** None where it went as it was recorded. */
  readonly differences: readonly string[];
  /** Requests to the provider that say all that the recorded ones said, and nothing else. */
  readonly equalRequests: number;
}

/** At once, in one worker. */
const concurrency = 8;

/** @returns one entry for each of `scripts`, in their order */
export async function holdConversations(
  scripts: readonly ConversationScript[],
  onProgress: (done: number) => void = () => undefined,
): Promise<readonly HeldConversation[]> {
  const run = newTaskQueue();
  const provider = await startRecordedProvider(scripts);
  const held: HeldConversation[] = [];
  const casts = scripts.map((script, index): Cast => ({
    script,
    index,
    workflowId: `${run}-${index}`,
  }));
  try {
    for (const [number, crew] of toCrews(casts).entries()) {
      await withWorker(crew, { provider, taskQueue: `${run}-${number}` }, async (client) => {
        await inParallel(crew.casts, async (cast) => {
          const differences = await hold(cast, crew, { client, provider });
          const equalRequests = countEqual(cast, provider);
          held[cast.index] = { script: cast.script, differences, equalRequests };
          onProgress(Object.keys(held).length);
        });
      });
    }
  } finally {
    await provider.close();
  }
  return held;
}

function countEqual({ script, index }: Cast, provider: RecordedProvider): number {
  const steps = script.turns.flatMap((turn) => turn.steps);
  const { bodies } = provider.requestsOf(index);
  return steps.filter(({ exchange: { wire, request } }, at) => {
    const sent = record(JSON.parse(bodies[at]?.toString('utf8') ?? '{}'));
    // Recorded users had no conversation to name.
    const { prompt_cache_key: _ours, ...ours } = sent;
    return (
      compareRequests(wire, { recorded: record(request?.body), ours }).differences.length === 0
    );
  }).length;
}

async function withWorker(
  { casts, tools }: Crew,
  { provider, taskQueue }: { readonly provider: RecordedProvider; readonly taskQueue: string },
  run: (client: AgentClient) => Promise<void>,
): Promise<void> {
  const agents = casts.map(({ script, workflowId }): ExecutableAgent => {
    const names = new Set(script.agent.tools.map(({ name }) => name));
    return {
      ...script.agent,
      name: workflowId,
      model: workflowId,
      tools: tools.filter(({ name }) => names.has(name)),
    };
  });
  const models = Object.fromEntries(
    casts.map(({ script, index, workflowId }) => {
      const { exchange } = script.turns[0]!.steps[0]!;
      const address = provider.addressOf(index);
      return [workflowId, modelFor(exchange, exchange.wire, script.model, address)];
    }),
  );
  const worker = await testWorker({ taskQueue, agents, models });
  const client = await testClient(taskQueue);
  try {
    await run(client);
  } finally {
    await client.disconnect();
    await worker.stop();
  }
}

async function hold(
  cast: Cast,
  crew: Crew,
  { client, provider }: { readonly client: AgentClient; readonly provider: RecordedProvider },
): Promise<readonly string[]> {
  const { script, index, workflowId } = cast;
  try {
    await client.start({ agent: workflowId, id: workflowId });
    const { runId } = await client.temporal.workflow.getHandle(workflowId).describe();
    crew.giveResults(cast, runId);
    const answers: AgentResponseMessage[] = [];
    for (const { message } of script.turns) answers.push(await client.ask(workflowId, message));
    const messages = (await client.allMessages(workflowId)).map(({ message }) => message);
    await client.close(workflowId);
    return differencesOf(script, { answers, messages, ...provider.requestsOf(index) });
  } catch (error) {
    return [`it could not be held: ${error instanceof Error ? error.message : String(error)}`];
  }
}

async function inParallel<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const workers = Array.from({ length: concurrency }, async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  });
  await Promise.all(workers);
}
