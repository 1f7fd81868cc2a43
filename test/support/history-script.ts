/** Writes down, fact by fact, what a conversation would leave in history. Time passes by itself: 10 ms a fact. */
import type { FailureFact, HistoryFact, RunOutcome } from '../../client/timeline/facts';
import { TimelineFold } from '../../client/timeline/fold';
import type { Timeline } from '../../client/timeline';

export const scriptStartMs = Date.UTC(2026, 0, 2, 3, 4, 5);

export interface ScriptedAttempts {
  readonly attempts?: number;
  readonly worker?: string;
  readonly lastFailure?: FailureFact;
}

export class HistoryScript {
  readonly facts: HistoryFact[] = [];
  private atMs = scriptStartMs;
  private eventId = 0;

  get nowMs(): number {
    return this.atMs;
  }

  pass(durationMs: number): this {
    this.atMs += durationMs;
    return this;
  }

  /** A run; without `carried` it resolves its agent. */
  start(input: Record<string, unknown> = {}, previousRunId?: string): this {
    this.eventId = 0;
    this.write({
      type: 'run_started',
      input: { agent: 'demo', ...input },
      ...(previousRunId !== undefined && { previousRunId }),
    });
    this.task();
    if (input.carried) return this;
    const eventId = this.schedule('resolveAgent', {});
    return this.complete(eventId, { agent: agentOf() }).task();
  }

  task(worker = '4711@host'): this {
    return this.write({ type: 'workflow_task_completed', worker });
  }

  message(messageId: string, content = messageId): this {
    const message = { role: 'user', content };
    return this.write({ type: 'message_received', input: { messageId, message } });
  }

  raw(input: unknown): this {
    return this.write({ type: 'message_received', input });
  }

  closeAsked(): this {
    return this.write({ type: 'close_asked' });
  }

  /** A model call that asks for `tools` by name, or answers. */
  think(
    turn: number,
    step: number,
    answer: { readonly content?: string; readonly tools?: readonly string[] } & Record<
      string,
      unknown
    > = {},
    attempts: ScriptedAttempts = {},
  ): this {
    const eventId = this.scheduleThink(turn, step);
    const { content = '', tools = [], ...fields } = answer;
    return this.complete(
      eventId,
      {
        role: 'assistant',
        content,
        toolCalls: tools.map((name) => ({ id: `provider-${name}`, name, arguments: { x: 1 } })),
        finishReason: tools.length > 0 ? 'tool_calls' : 'stop',
        usage: { inputTokens: 100, outputTokens: 10 },
        model: 'demo-1',
        promptDigest: `digest-${turn}-${step}`,
        ...fields,
      },
      attempts,
    ).task(attempts.worker);
  }

  scheduleThink(turn: number, step: number, pointer?: unknown): number {
    return this.schedule('getResponse', { turn, step, pointer }, `think · step ${step} · demo`);
  }

  /** A model call that summarises the messages of `pointer`. */
  scheduleSummary(turn: number, step: number, pointer?: unknown): number {
    return this.schedule('summarize', { turn, step, pointer }, 'compact');
  }

  scheduleTool(callId: string, tool: string): number {
    return this.schedule('executeTool', { callId, tool }, `${tool}(1)`);
  }

  tool(
    callId: string,
    tool: string,
    result: unknown = { content: [] },
    attempts: ScriptedAttempts = {},
  ): this {
    return this.complete(this.scheduleTool(callId, tool), result, attempts).task(attempts.worker);
  }

  complete(eventId: number, result: unknown, attempts: ScriptedAttempts = {}): this {
    this.attempt(eventId, attempts);
    return this.write({
      type: 'activity_ended',
      scheduledEventId: eventId,
      outcome: 'completed',
      result,
    });
  }

  fail(eventId: number, failure: FailureFact, attempts: ScriptedAttempts = {}): this {
    this.attempt(eventId, attempts);
    return this.write({
      type: 'activity_ended',
      scheduledEventId: eventId,
      outcome: 'failed',
      failure,
    }).task(attempts.worker);
  }

  end(outcome: RunOutcome, failure?: FailureFact): this {
    return this.write({ type: 'run_ended', outcome, ...(failure && { failure }) });
  }

  timeline(readAtMs = this.atMs): Timeline {
    return this.fold().toTimeline({ id: 'demo-1', readAtMs, events: this.facts.length });
  }

  fold(): TimelineFold {
    const fold = new TimelineFold();
    for (const fact of this.facts) fold.add(fact);
    return fold;
  }

  private schedule(activityType: string, input: unknown, label?: string): number {
    const eventId = ++this.eventId;
    this.write({
      type: 'activity_scheduled',
      eventId,
      activityId: String(eventId),
      activityType,
      input,
      ...(label !== undefined && { label }),
    });
    return eventId;
  }

  private attempt(
    eventId: number,
    { attempts = 1, worker = '4711@host', lastFailure }: ScriptedAttempts,
  ): void {
    this.write({
      type: 'activity_started',
      scheduledEventId: eventId,
      worker,
      attempt: attempts,
      ...(lastFailure && { lastFailure }),
    });
  }

  private write(fact: WithoutTime<HistoryFact>): this {
    this.facts.push({ ...fact, atMs: this.atMs } as HistoryFact);
    this.atMs += 10;
    return this;
  }
}

export function agentOf(fields: Record<string, unknown> = {}): unknown {
  return { name: 'demo', model: 'demo', instructions: '', tools: [], ...fields };
}

export const heartbeatTimeout: FailureFact = {
  type: 'Timeout',
  message: 'activity Heartbeat timeout',
  timeout: 'heartbeat',
};

type WithoutTime<Fact> = Fact extends HistoryFact ? Omit<Fact, 'atMs'> : never;
