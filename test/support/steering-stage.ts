/**
 * A stage for tests that speak to an agent at a chosen moment: conversations whose models and tools stop where they are
 * told to. The models are the real adapters, in front of a server that refuses what the real providers refuse.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { getModelForName } from '../../activities/models/model-for-name';
import { askUser, defineTool } from '../../activities/tools';
import type { ModelSettings, ReActAgent } from '../../agent/agent';
import { defineAgent } from '../../agent/define-agent';
import { contentToText, userMessage } from '../../agent/messages';
import type { Message, ModelCallOptions, StreamEvent } from '../../agent/model';
import { ModelBase } from '../../agent/model';
import { isSummaryRequest } from '../../agent/summary';
import type { AgentClient } from '../../client/agent-client';
import type { ScriptedAnswer, StrictServer } from './strict/strict-server';
import { startStrictServer } from './strict/strict-server';
import { newTaskQueue, quickExecution, testClient, testWorker } from './temporal';

/** One of each provider; each reasons, where the provider lets it. */
export const providers = {
  'openai-responses': { model: 'gpt-5', settings: { reasoning: 'low' } },
  'openai-chat': { model: 'openai-chat:gpt-4o', settings: {} },
  anthropic: { model: 'claude-sonnet-4-6', settings: { reasoning: 'high' } },
  gemini: { model: 'gemini-3-flash-preview', settings: { reasoning: 'low' } },
} as const satisfies Record<string, { model: string; settings: ModelSettings }>;

export type Provider = keyof typeof providers;

/** A place that somebody comes to, and is let through. */
export class Gate {
  reach = () => {};
  open = () => {};
  readonly reached = new Promise<void>((resolve) => (this.reach = resolve));
  private readonly opened = new Promise<void>((resolve) => (this.open = resolve));

  /** @returns whether it was let through; otherwise `signal` was aborted. */
  async pass(signal?: AbortSignal): Promise<boolean> {
    this.reach();
    const aborted = new Promise<false>((resolve) => {
      if (signal?.aborted) resolve(false);
      signal?.addEventListener('abort', () => resolve(false), { once: true });
    });
    return Promise.race([this.opened.then(() => true), aborted]);
  }
}

/** What a model says, and where it stops in the midst of it. */
export interface Line {
  readonly says: ScriptedAnswer;
  /** Passed behind the third piece of its text, or behind the whole of it where there are fewer. */
  readonly gate?: Gate;
}

/** What becomes of a tool's calls, in order. */
export type Effect = 'begun' | 'done' | 'cancelled';

export interface StageOptions {
  readonly provider: Provider;
  /** Asked for every model call but summaries. */
  readonly script: (inputs: readonly Message[], stage: Stage) => Line;
  /** What the nth request for a summary is answered with, counted from 1. @default `summaryWords` */
  readonly summary?: (nth: number) => ScriptedAnswer;
  readonly continueAsNewAfterEvents?: number;
}

export const summaryWords = 'So it was, and not otherwise; that is all there is to say of it.';

/** One conversation and what it comes to. */
export class Stage {
  readonly thinking = new Gate();
  readonly summary = new Gate();
  /** By tool: what happened to it. */
  readonly effects: Record<string, Effect[]> = {};
  /** What the model was asked, each time. */
  readonly prompts: (readonly Message[])[] = [];
  /** How often a summary was asked for. */
  summaries = 0;
  private readonly toolGates = new Map<string, Gate>();
  private isLetGo = false;

  constructor(
    readonly id: string,
    readonly number: number,
    readonly client: AgentClient,
    readonly options: StageOptions,
  ) {}

  /** Where `tool` waits; `quick` and `signs` do not. */
  tool(name: string): Gate {
    return this.toolGates.get(name) ?? this.newGate(name);
  }

  /** Lets the call of `tool` that waits go on, and no later one. */
  letOneThrough(name: string): void {
    const gate = this.tool(name);
    this.newGate(name);
    gate.open();
  }

  /** Nothing waits any more, now or later. */
  letGo(): void {
    this.isLetGo = true;
    for (const gate of [this.thinking, this.summary, ...this.toolGates.values()]) gate.open();
  }

  record(tool: string, effect: Effect): void {
    (this.effects[tool] ??= []).push(effect);
  }

  private newGate(name: string): Gate {
    const gate = new Gate();
    if (this.isLetGo) gate.open();
    this.toolGates.set(name, gate);
    return gate;
  }

  /** Stands in all that a provider is sent about it. */
  get mark(): string {
    return `stage-${this.number}.`;
  }
}

/** A worker, a client and a provider for any number of stages. */
export interface Theatre {
  readonly client: AgentClient;
  readonly server: StrictServer;
  open(options: StageOptions): Promise<Stage>;
  /** What each provider's server says to a prompt: its refusals. */
  refusals(stage: Stage, inputs: readonly Message[]): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

const annotationsOf = {
  reads: { readOnlyHint: true },
  repeats: { idempotentHint: true },
  pays: { keyed: true },
  fires: { destructiveHint: true },
  stubborn: { destructiveHint: true },
  signs: { destructiveHint: true },
  quick: { readOnlyHint: true },
} as const;

/** The tools' names. `stubborn` hears no signal, `signs` needs a person's word, `quick` waits for nothing. */
export type StageTool = keyof typeof annotationsOf;

export async function openTheatre(): Promise<Theatre> {
  const server = await startStrictServer();
  const stages = new Map<string, Stage>();
  const lines = new Map<string, ScriptedAnswer>();
  server.script(
    ({ bytes }) => lines.get(/stage-\d+\./.exec(bytes)?.[0] ?? '') ?? { text: 'Fine.' },
  );
  const environment = {
    OPENAI_API_KEY: 'key-of-openai',
    OPENAI_BASE_URL: `${server.url}/v1`,
    ANTHROPIC_API_KEY: 'key-of-anthropic',
    ANTHROPIC_BASE_URL: server.url,
    GEMINI_API_KEY: 'key-of-gemini',
    GOOGLE_GEMINI_BASE_URL: server.url,
  };
  const adapterOf = (provider: Provider) =>
    getModelForName(providers[provider].model, { environment });
  const tools = [...Object.keys(annotationsOf).map((name) => stageTool(name, stages)), askUser];
  const agentOf = (mark: string, provider: Provider) =>
    defineAgent({
      name: 'player',
      instructions: `You are ${mark}`,
      ...providers[provider],
      tools,
    });
  const taskQueue = newTaskQueue();
  const names = Object.keys(providers) as Provider[];
  const worker = await testWorker({
    taskQueue,
    agents: [agentOf('none', 'openai-chat')],
    // Many at once on few cores: no attempt counts as lost because it had to wait.
    execution: { ...quickExecution, heartbeatTimeoutMs: 10_000 },
    models: Object.fromEntries(
      names.map((name) => [
        providers[name].model,
        new StageModel(adapterOf(name), { stages, lines }),
      ]),
    ),
  });
  const client = await testClient(taskQueue);
  return {
    client,
    server,
    async open(options) {
      const id = `stage-${randomUUID()}`;
      const stage = new Stage(id, stages.size, client, options);
      stages.set(id, stage);
      const { provider, continueAsNewAfterEvents } = options;
      const agent = { ...agentOf(stage.mark, provider), tools: tools.map(({ name }) => name) };
      await client.start({
        agent,
        id,
        ...(continueAsNewAfterEvents !== undefined && { continueAsNewAfterEvents }),
      });
      return stage;
    },
    async refusals({ mark }, inputs) {
      lines.set(mark, { text: 'Fine.' });
      const prompt = [...inputs, userMessage('Is that so?')];
      const asked = names.map(async (name) => {
        const answer = adapterOf(name).getResponse(agentOf(mark, name), prompt);
        return answer.then(
          () => [],
          (error: unknown) => [`${name}: ${String(error)}`],
        );
      });
      return (await Promise.all(asked)).flat();
    },
    async close() {
      for (const stage of stages.values()) stage.letGo();
      await client.disconnect();
      await worker.stop();
      await server.stop();
    },
  };
}

interface Cast {
  readonly stages: ReadonlyMap<string, Stage>;
  /** What the provider is to answer, by the mark in the request. */
  readonly lines: Map<string, ScriptedAnswer>;
}

/** A real adapter whose provider says what the stage's script says. */
class StageModel extends ModelBase {
  constructor(
    private readonly adapter: ModelBase,
    private readonly cast: Cast,
  ) {
    super();
  }

  override async *streamResponse(
    agent: ReActAgent,
    inputs: readonly Message[],
    options: ModelCallOptions = {},
  ): AsyncGenerator<StreamEvent> {
    const stage = this.cast.stages.get(options.conversationId ?? '')!;
    const { says, gate } = this.lineOf(stage, inputs);
    this.cast.lines.set(stage.mark, says);
    let pieces = 0;
    for await (const event of this.adapter.streamResponse(agent, inputs, options)) {
      if (event.isFinal && gate && pieces < 3) await gate.pass(options.signal);
      yield event;
      if (event.isFinal || event.content === '') continue;
      pieces += 1;
      if (pieces === 3) await gate?.pass(options.signal);
    }
  }

  private lineOf(stage: Stage, inputs: readonly Message[]): Line {
    if (isSummaryRequest(inputs.at(-1))) {
      stage.summaries += 1;
      const says = stage.options.summary?.(stage.summaries) ?? { text: summaryWords };
      return { says, gate: stage.summary };
    }
    stage.prompts.push(inputs);
    return stage.options.script(inputs, stage);
  }
}

function stageTool(name: string, stages: ReadonlyMap<string, Stage>) {
  return defineTool({
    name,
    description: `It ${name}.`,
    input: z.object({ stage: z.number() }),
    annotations: annotationsOf[name as StageTool],
    ...(name === 'signs' && { approval: 'always' as const }),
    async execute({ stage: number }, { signal }) {
      const stage = [...stages.values()].find((one) => one.number === number)!;
      stage.record(name, 'begun');
      if (name !== 'quick' && name !== 'signs') {
        const heard = name === 'stubborn' ? undefined : signal;
        if (!(await stage.tool(name).pass(heard))) {
          stage.record(name, 'cancelled');
          throw new Error('It was cancelled.');
        }
      }
      stage.record(name, 'done');
      return `${name}: done`;
    },
  });
}

/** `turn role: content`, one a message. */
export async function linesOf({ client, id }: Pick<Stage, 'client' | 'id'>) {
  return (await client.allMessages(id)).map(({ turn, message }) => `${turn} ${lineOf(message)}`);
}

function lineOf(message: Message): string {
  switch (message.role) {
    case 'user':
      return `user: ${contentToText(message.content)}`;
    case 'assistant': {
      const calls = message.toolCalls.map(({ name }) => name).join();
      const end = message.finishReason === 'interrupted' ? ' … (interrupted)' : '';
      return `agent: ${[message.content, calls].filter(Boolean).join(' → ')}${end}`;
    }
    case 'tool_response':
      return contentToText(message.content);
  }
}

/** What is wrong with messages that are to be sent: calls without exactly one result each, in call order, behind them. */
export function unpaired(messages: readonly Message[]): readonly string[] {
  const faults: string[] = [];
  let open: readonly string[] = [];
  for (const message of messages) {
    if (message.role === 'tool_response') {
      const [expected, ...rest] = open;
      if (expected !== message.toolCallId)
        faults.push(`result of ${message.toolCallId} for ${expected}`);
      open = rest;
      continue;
    }
    if (open.length > 0) faults.push(`no result of ${open.join()}`);
    open = message.role === 'assistant' ? message.toolCalls.map(({ id }) => id) : [];
  }
  return open.length > 0 ? [...faults, `no result of ${open.join()}`] : faults;
}
