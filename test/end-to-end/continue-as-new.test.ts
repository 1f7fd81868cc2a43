/** A conversation that continues as new after every step is the same as one that never does, for all who look at it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ScriptedStep } from '../../activities/models/scripted-model';
import {
  ScriptedModel,
  textResponse,
  toolCallResponse,
} from '../../activities/models/scripted-model';
import { defineTool } from '../../activities/tools/define-tool';
import { defineAgent } from '../../agent/define-agent';
import { sha256Hex } from '../../agent/digest';
import type { AgentClient } from '../../client/agent-client';
import type { ConversationEvent } from '../../client/conversation-events';
import { DeadlineError } from '../../client/errors';
import type { ConversationState } from '../../workflows/contract';
import * as contract from '../../workflows/contract';
import { runsOf } from '../support/chain';
import { cleanUpAfterEach } from '../support/cleanup';
import { nextPending } from '../support/talks';
import { newTaskQueue, testClient, testWorker } from '../support/temporal';

jest.setTimeout(120_000);
const atEnd = cleanUpAfterEach();
const steps = 30;
const afterEveryStep = { continueAsNewAfterEvents: 1 };

/** What `pay` was told, as it came. */
interface Till {
  readonly payments: { readonly callId: string; readonly idempotencyKey: string }[];
}

/** Cents from which on a person is asked. */
const much = 5_000;

/** Remembers from one call to the next how often it was called. */
const walk = defineTool({
  name: 'walk',
  description: 'Walks to a place.',
  input: z.object({ to: z.string() }),
  annotations: { readOnlyHint: true },
  execute: ({ to }, { state }) => {
    const walked = 1 + ((state as { walked?: number } | undefined)?.walked ?? 0);
    return { content: [{ type: 'text', text: `At ${to} after ${walked}.` }], state: { walked } };
  },
});
const payInto = (till: Till) =>
  defineTool({
    name: 'pay',
    description: 'Pays for the way.',
    input: z.object({ cents: z.number() }),
    annotations: { keyed: true },
    approval: { when: { properties: { cents: { minimum: much } } } },
    execute: ({ cents }, { callId, idempotencyKey }) => {
      till.payments.push({ callId, idempotencyKey });
      return `Paid ${cents}.`;
    },
  });

/** One turn: all its steps but the last walk, every third one pays too, and some words are long. */
function turnOf(turn: number, length: number): readonly ScriptedStep[] {
  const calling = Array.from({ length: length - 1 }, (_, index) => {
    const to = `place ${turn}.${index} ${'on and on '.repeat(index % 5 === 0 ? 300 : 1)}`;
    const calls = [{ name: 'walk', arguments: { to } }];
    const bill = { name: 'pay', arguments: { cents: index } };
    return toolCallResponse(index % 3 === 0 ? [...calls, bill] : calls, {
      content: `Thought ${turn}.${index}.`,
      usage: { inputTokens: 100 + index, outputTokens: 7 },
    });
  });
  return [...calling, textResponse(`Answer ${turn}.`)];
}

const idOf = (turn: number) => `question-${turn}`;

interface Options {
  readonly script: readonly ScriptedStep[];
  readonly message?: string;
  readonly continueAsNewAfterEvents?: number;
}

interface Conversation {
  readonly client: AgentClient;
  readonly id: string;
  readonly model: ScriptedModel;
  readonly till: Till;
  readonly startWorker: () => Promise<void>;
}

/** No worker runs yet: what is sent meanwhile is there when the first one comes. */
async function newConversation({ script: steps, message, ...options }: Options) {
  const taskQueue = newTaskQueue();
  const client = await testClient(taskQueue);
  atEnd(() => client.disconnect());
  const model = new ScriptedModel(steps);
  const till: Till = { payments: [] };
  const agent = defineAgent({
    name: 'walker',
    model: 'scripted',
    instructions: 'Walk.',
    tools: [walk, payInto(till)],
    limits: { maxSteps: 100 },
  });
  const { id } = await client.start({
    agent: 'walker',
    ...(message !== undefined && { message, messageId: idOf(1) }),
    ...options,
  });
  const startWorker = async (): Promise<void> => {
    const { stop } = await testWorker({
      ...{ agents: [agent], models: { scripted: model }, taskQueue },
      // Nothing is killed here, and a slow machine is to change nothing.
      execution: { heartbeatTimeoutMs: 30_000 },
    });
    atEnd(stop);
  };
  return { client, id, model, till, startWorker } satisfies Conversation;
}

async function until(
  { client, id }: Pick<Conversation, 'client' | 'id'>,
  holds: (state: ConversationState) => boolean,
): Promise<ConversationState> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const state = await client.state(id);
    if (holds(state)) return state;
    if (Date.now() > deadline) throw new Error(`It came to ${JSON.stringify(state)} only.`);
    await sleep(50);
  }
}

interface TaleOptions extends Pick<Options, 'script' | 'continueAsNewAfterEvents'> {
  /** What is sent before a worker runs; each waits for its turn. */
  readonly questions: number;
  /** While the conversation goes on. */
  readonly meanwhile?: (conversation: Conversation) => Promise<void>;
}

/** Everything that can be known of a conversation once all its questions are answered. */
async function tellAll({ questions, meanwhile, ...options }: TaleOptions) {
  const conversation = await newConversation({ message: 'Question 1?', ...options });
  const { client, id, model, till } = conversation;
  const { runId: firstRunId } = await client.temporal.workflow.getHandle(id).describe();
  for (let turn = 2; turn <= questions; turn++) await ask(conversation, turn);
  await conversation.startWorker();
  await meanwhile?.(conversation);
  const state = await until(
    conversation,
    ({ status, queued }) => status === 'idle' && queued.length === 0,
  );
  model.assertComplete();
  // Made of the conversation and the call, not of the run.
  for (const { callId, idempotencyKey } of till.payments) {
    const key = sha256Hex(`${id}/${firstRunId}/${callId}`).slice(0, 32);
    expect(idempotencyKey).toBe(key);
  }
  const { messages, turns, usage, unproven, waiting } = await client.transcript(id);
  return {
    runs: await runsOf(client, id),
    payments: till.payments.map(({ callId }) => callId),
    prompts: model.requests.map(({ agent, inputs }) => model.toRequest(agent, inputs).body),
    // How long it took is another matter.
    state: JSON.stringify(state, (key, value: unknown) => (key === 'wallMs' ? undefined : value)),
    messages: await client.allMessages(id),
    transcript: messages.map(({ seq, turn, step, messageId, message, work }) => ({
      ...{ seq, turn, step, messageId, message },
      attempts: work?.attempts,
    })),
    turns: turns.map(({ turn, status }) => ({ turn, status })),
    usage,
    unproven,
    waiting,
  };
}

/** As a signal: no worker needs to run. */
async function ask({ client, id }: Conversation, turn: number): Promise<void> {
  const message = { role: 'user', content: `Question ${turn}?` } as const;
  const handle = client.temporal.workflow.getHandle(id);
  await handle.signal(contract.userMessage, { messageId: idOf(turn), message });
}

describe('a run for every step: the messages, the transcript and every prompt are those of a single run', () => {
  test('with queued messages waiting for thirty steps', async () => {
    const lengths = [22, 1, 4, 3];
    const script = lengths.flatMap((length, index) => turnOf(index + 1, length));
    const questions = lengths.length;
    const { runs: oneRun, ...together } = await tellAll({ script, questions });
    const { runs, ...parted } = await tellAll({ script, questions, ...afterEveryStep });

    // The run after the last step waits for the next message.
    expect([oneRun, runs]).toEqual([1, steps + 1]);
    expect(parted.prompts).toHaveLength(steps);
    expect(parted.prompts).toEqual(together.prompts);
    expect(parted).toEqual(together);
    expect(together.payments.length).toBeGreaterThan(8);
    expect(together.transcript.map(({ seq }) => seq)).toEqual(
      together.transcript.map((_message, index) => index),
    );
    expect(together.messages.filter(({ message }) => message.role === 'user')).toHaveLength(4);
    expect(together.unproven).toEqual([]);
  });

  test('with a call that waits for a person while messages come', async () => {
    const calls = [1, much].map((cents) => ({ name: 'pay', arguments: { cents } }));
    const [first, ...later] = turnOf(1, 4);
    const script = [first!, toolCallResponse(calls), ...later, ...turnOf(2, 2), ...turnOf(3, 2)];
    const meanwhile = async (conversation: Conversation) => {
      const { client, id } = conversation;
      const item = await nextPending(conversation);
      for (const turn of [2, 3]) await ask(conversation, turn);
      await until(conversation, ({ queued }) => queued.length === 2);
      // Whichever run it is now: it waits for the same word.
      expect(await nextPending(conversation)).toEqual(item);
      await client.decide(id, { callId: item.callId, approved: true });
    };
    const { runs: oneRun, ...together } = await tellAll({ script, questions: 1, meanwhile });
    const { runs, ...parted } = await tellAll({
      script,
      questions: 1,
      meanwhile,
      ...afterEveryStep,
    });

    expect(oneRun).toBe(1);
    // At least one of them was left while the person was waited for.
    expect(runs).toBeGreaterThan(script.length + 1);
    expect(parted).toEqual(together);
    expect(together.payments).toContain('t1s2c1');
  });
});

describe('who watches through thirty runs', () => {
  test('sees one conversation: every message once, one end, a state at any time, and its result', async () => {
    const conversation = await newConversation({ script: turnOf(1, steps), ...afterEveryStep });
    const { client, id } = conversation;
    // On the first run: the last one's result.
    const result = client.temporal.workflow.getHandle(id).result();
    await conversation.startWorker();

    const events: ConversationEvent[] = [];
    const seen: ConversationState[] = [];
    let isOver = false;
    const watching = (async () => {
      while (!isOver) {
        const state = await client.state(id, idOf(1)).catch((error: unknown) => {
          if (error instanceof DeadlineError) return undefined;
          throw error;
        });
        if (state) seen.push(state);
        await sleep(100);
      }
    })();
    const asked = { message: 'Question 1?', messageId: idOf(1) };
    for await (const event of client.stream(id, asked)) events.push(event);
    isOver = true;
    await watching;
    const said = await client.allMessages(id);
    await client.close(id);

    const complete = events.filter(({ type }) => type === 'complete');
    expect(complete).toEqual([events.at(-1)]);
    expect(complete[0]).toMatchObject({ content: 'Answer 1.', response: { turn: 1 } });
    const told = events.flatMap((event) => (event.type === 'message' ? [event.message] : []));
    expect(told).toEqual(said);
    expect(events.filter(({ type }) => type === 'attempt')).toEqual([]);
    expect(await result).toMatchObject({ content: 'Answer 1.', turn: 1 });
    expect(await runsOf(client, id)).toBe(steps + 1);

    // A later look never tells of less than an earlier one.
    const counts = seen.map(({ messages }) => messages);
    expect(counts).toEqual(counts.toSorted((left, right) => left - right));
    const spent = seen.map(({ usage }) => usage.inputTokens);
    expect(spent).toEqual(spent.toSorted((left, right) => left - right));
    expect(new Set(counts).size).toBeGreaterThan(5);
  });
});
