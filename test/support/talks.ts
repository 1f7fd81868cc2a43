/** A conversation with a scripted agent on the suite's server, for tests in which people take part. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ScriptedStep } from '../../activities/models/scripted-model';
import { ScriptedModel } from '../../activities/models/scripted-model';
import type { AgentOptions } from '../../agent/define-agent';
import { defineAgent } from '../../agent/define-agent';
import type { AgentClient } from '../../client/agent-client';
import type { ConversationState, PendingItem } from '../../workflows/contract';
import type { HoldfastOptions } from '../../workers/plugin';
import { newTaskQueue, testClient, testWorker } from './temporal';

export interface TalkOptions {
  readonly agent?: Partial<AgentOptions>;
  readonly continueAsNewAfterEvents?: number;
  readonly tenant?: string;
  /** @default a new one */
  readonly id?: string;
  readonly streamDelayMs?: number;
  readonly execution?: HoldfastOptions['execution'];
}

export interface Talk {
  readonly client: AgentClient;
  readonly id: string;
  readonly model: ScriptedModel;
  /** Stops the worker and starts another one. */
  restartWorker(agent?: Partial<AgentOptions>): Promise<void>;
}

export async function openTalk(
  atEnd: (stop: () => unknown) => void,
  steps: readonly ScriptedStep[],
  { agent = {}, streamDelayMs = 0, execution, ...start }: TalkOptions = {},
): Promise<Talk> {
  const taskQueue = newTaskQueue();
  const model = new ScriptedModel(steps, { by: 'position', streamDelayMs });
  const startWorker = (over: Partial<AgentOptions>) =>
    testWorker({
      taskQueue,
      models: { scripted: model },
      ...(execution && { execution }),
      agents: [
        defineAgent({ name: 'clerk', model: 'scripted', instructions: 'Help.', ...agent, ...over }),
      ],
    });
  let worker = await startWorker({});
  atEnd(() => worker.stop());
  const client = await testClient(taskQueue);
  atEnd(() => client.disconnect());
  const { id } = await client.start({ agent: agent.name ?? 'clerk', ...start });
  return {
    client,
    id,
    model,
    async restartWorker(over = {}) {
      await worker.stop();
      worker = await startWorker(over);
    },
  };
}

export async function until(
  { client, id }: Pick<Talk, 'client' | 'id'>,
  isThere: (state: ConversationState) => boolean,
): Promise<ConversationState> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const state = await client.state(id);
    if (isThere(state)) return state;
    if (Date.now() > deadline) throw new Error(`It did not come to it: ${JSON.stringify(state)}`);
    await sleep(50);
  }
}

/** The first item that waits for a person. */
export async function nextPending(talk: Pick<Talk, 'client' | 'id'>): Promise<PendingItem> {
  const { pending } = await until(talk, (state) => state.pending !== undefined);
  return pending![0]!;
}
