/**
 * A conversation that is watched, without Temporal and without time: the workflow's own state and views, what a server would
 * know of its activities, and a clock that moves on when somebody waits. Each pause brings the next scene.
 */
import { setImmediate as nextRound } from 'node:timers/promises';
import { textResponse } from '../../activities/models/scripted-model';
import type { AgentResponseMessage } from '../../agent/agent-messages';
import type { ModelResponse } from '../../agent/model';
import type { PendingActivity, RunDescription } from '../../client/conversation-reader';
import type { Clock } from '../../client/stream/clock';
import type { StreamReader } from '../../client/stream/look';
import { callName } from '../../wire/call-name';
import type { DeltaReader, DeltaSnapshot } from '../../wire/delta-channel';
import type { ConversationState, MessagesPage, MessagesRequest } from '../../workflows/contract';
import type { Conversation } from '../../workflows/conversation';
import { viewMessages, viewState } from '../../workflows/views';
import { answers, asksForTools, continued, openConversation, said } from './workflow-conversation';
import { text, toolResponse } from '../../agent/messages';

export type Scene = (talk: StreamedConversation) => void;

/** More pauses than this without a scene: somebody waits for ever. */
const patience = 400;
/** Rounds of the event loop in which readers take what there is. */
const rounds = 40;

export class StreamedConversation implements StreamReader, Clock, DeltaReader {
  conversation: Conversation = openConversation();
  /** What was asked of the server and of the worker. */
  readonly asked = { describe: 0, state: 0, messages: 0 };
  /** Nobody answers queries, or the server itself is away. */
  silent: Error | undefined;
  away: unknown;
  /** Why the run failed, once it is over. */
  failure: Error | undefined;
  /** Answered instead of what is true by now: a description is a moment old. */
  stale: RunDescription | undefined;
  pageBytes = 512 * 1024;
  status: RunDescription['status'] = 'RUNNING';
  runId = 'run 1';
  private events = 1;
  private pending: readonly PendingActivity[] = [];
  private activities = 0;
  private time = 1_000_000;
  private idlePauses = 0;
  private readonly scenes: Scene[];
  private readonly channel = new Set<(snapshot: DeltaSnapshot) => void>();

  constructor(scenes: readonly Scene[] = []) {
    this.scenes = [...scenes];
  }

  // What happens.

  /** A user says something. */
  hears(messageId: string, delivery?: 'queue' | 'steer' | 'interrupt'): void {
    this.conversation.accept({ ...said(messageId), ...(delivery && { delivery }) });
    this.moves();
  }

  /** A model call is scheduled, and a worker takes it. */
  thinks(worker = 'one'): void {
    this.conversation.activity = `think · step ${this.conversation.step} · scripted`;
    this.schedules('getResponse', worker);
  }

  /** What the attempt at work has said so far, on its heartbeat. */
  says(textSoFar: string, thinking?: string): void {
    this.beats({
      text: textSoFar,
      ...(thinking !== undefined && { thinking: { offset: 0, text: thinking } }),
    });
  }

  beats(deltas: Partial<DeltaSnapshot>): void {
    this.pending = this.pending.map((activity) => ({
      ...activity,
      deltas: { ...this.source(activity), offset: 0, text: '', ...deltas },
    }));
  }

  /** The same by a channel: what is new. */
  tells(piece: Partial<DeltaSnapshot>): void {
    const snapshot = {
      ...this.source(this.pending[0]),
      offset: 0,
      text: '',
      ...piece,
    };
    for (const tell of this.channel) tell(snapshot);
  }

  /** The worker is gone: the server waits for another one. The last heartbeat stays. */
  losesWorker(): void {
    this.pending = this.pending.map((activity) => ({
      ...activity,
      attempt: activity.attempt + 1,
      isStarted: false,
    }));
  }

  startsAgain(worker = 'two'): void {
    this.pending = this.pending.map((activity) => ({ ...activity, isStarted: true, worker }));
  }

  answers(response: ModelResponse | string): void {
    this.pending = [];
    answers(this.conversation, response);
    this.conversation.openNextTurn();
    this.moves();
  }

  /** A step that asks for tools, which are at work from now on. */
  asksForTools(...names: readonly string[]): void {
    this.saysAndAsksForTools('', ...names);
  }

  saysAndAsksForTools(content: string, ...names: readonly string[]): void {
    asksForTools(this.conversation, names, { content });
    this.pending = [];
    this.conversation.activity = names.join();
    for (const name of names) this.schedules('executeTool', 'one', name);
  }

  /** Their results. */
  toolsFinish(): void {
    const { conversation } = this;
    for (const call of conversation.memory.openCalls) {
      const result = toolResponse(call, { content: [text(`${call.name} did it.`)] });
      conversation.memory.append(result);
      conversation.observe({ type: 'tool_result', result });
    }
    conversation.observe({ type: 'step_finished', step: conversation.step, isFinal: false });
    conversation.takeSteering();
    this.pending = [];
    this.moves();
  }

  /** A person is asked whether the call may be carried out. */
  asksWhether(callId: string): void {
    const item = {
      callId,
      kind: 'approval',
      tool: 'pay',
      arguments: {},
      effect: 'runs once',
    } as const;
    this.conversation.approvals.ask(item, this.time, 60_000);
    this.moves();
  }

  decides(callId: string): void {
    this.conversation.approvals.decide({ callId, approved: true });
    this.moves();
  }

  /** `partial`: what the model could still say that it had said. */
  isInterrupted(partial?: string): void {
    const { conversation } = this;
    this.pending = [];
    if (partial !== undefined) {
      answers(conversation, textResponse(partial, { finishReason: 'interrupted' }));
    } else conversation.interruptTurn();
    conversation.openNextTurn();
    this.moves();
  }

  fails(message: string): void {
    this.pending = [];
    this.conversation.failTurn({ type: 'ModelError', message });
    this.moves();
  }

  /** The first `length` messages give way to a summary. */
  compacts(length: number): void {
    this.conversation.compact(length, textResponse('It was about dice.'));
    this.moves();
  }

  continuesAsNew(): void {
    this.runId = `run ${Number(this.runId.slice(4)) + 1}`;
    this.activities = 0;
    this.pending = [];
    this.conversation = continued(this.conversation);
    this.events = 2;
  }

  /** It goes on from an earlier point, in another run. */
  isResetTo({ conversation }: StreamedConversation): void {
    this.conversation = conversation;
    this.runId = 'run 9';
    this.pending = [];
    this.moves();
  }

  /** What is at work is given up. */
  givesUp(): void {
    this.pending = [];
  }

  ends(): void {
    this.conversation.isClosing = true;
    this.status = 'COMPLETED';
    this.moves();
  }

  /** Its history goes on. */
  moves(): void {
    this.events += 3;
  }

  // What is asked.

  readonly describe = async (): Promise<RunDescription> => {
    this.asked.describe += 1;
    await Promise.resolve();
    if (this.away) throw this.away;
    return this.stale ?? this.description();
  };

  readonly state = async (_id: string, messageId?: string): Promise<ConversationState> => {
    this.asked.state += 1;
    await Promise.resolve();
    if (this.silent) throw this.silent;
    return throughJson(viewState(this.conversation, messageId === undefined ? {} : { messageId }));
  };

  readonly messages = async (
    _id: string,
    { from = 0 }: MessagesRequest = {},
  ): Promise<MessagesPage> => {
    this.asked.messages += 1;
    await Promise.resolve();
    if (this.silent) throw this.silent;
    return throughJson(viewMessages(this.conversation, { from, limitBytes: this.pageBytes }));
  };

  readonly result = async (): Promise<AgentResponseMessage | null> => {
    if (this.failure) throw this.failure;
    const last = this.conversation.turns.at(-1);
    return last ? this.conversation.responseOf(last) : null;
  };

  description(): RunDescription {
    const { runId, status, pending, events } = this;
    return {
      ...{ runId, status, pending, historyEvents: events, historyBytes: 0 },
      ...{ taskQueue: 'queue', workflowTaskAttempt: 0 },
    };
  }

  now(): number {
    return this.time;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    for (let round = 0; round < rounds && !signal.aborted; round++) await nextRound();
    if (signal.aborted) return;
    this.time += ms;
    const scene = this.scenes.shift();
    scene?.(this);
    this.idlePauses = scene ? 0 : this.idlePauses + 1;
    if (this.idlePauses > patience) throw new Error('Somebody waits for what never comes.');
    for (let round = 0; round < rounds; round++) await nextRound();
  }

  async *read(_conversation: unknown, signal: AbortSignal): AsyncGenerator<DeltaSnapshot> {
    const waiting: DeltaSnapshot[] = [];
    let wake = () => {};
    const tell = (snapshot: DeltaSnapshot) => {
      waiting.push(snapshot);
      wake();
    };
    this.channel.add(tell);
    signal.addEventListener('abort', () => wake(), { once: true });
    try {
      while (!signal.aborted) {
        const next = waiting.shift();
        if (next) yield next;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      this.channel.delete(tell);
    }
  }

  async close(): Promise<void> {}

  private source(activity: PendingActivity | undefined) {
    const { runningTurn, step } = this.conversation;
    const { attempt = 1, activityId = '' } = activity ?? {};
    const call = callName({ runId: this.runId, activityId });
    return { turn: runningTurn?.turn ?? 0, step, attempt, call };
  }

  private schedules(type: string, worker: string, name = type): void {
    this.activities += 1;
    const activityId = `${name} ${this.activities}`;
    const begun = { activityId, type, attempt: 1, isStarted: true, worker };
    this.pending = [...this.pending, begun];
    this.moves();
  }
}

function throughJson<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}
