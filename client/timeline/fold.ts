/** Facts → timeline. Takes one fact at a time, in order, over all runs of a conversation; asks nobody else. */
import { Activities } from './activities';
import { carriedTurns } from './carried';
import { Door } from './door';
import type { ActivityScheduled, HistoryFact, PendingFact } from './facts';
import type { RunEnded, RunStarted } from './facts';
import { trackCompaction, trackTool } from './track';
import type { StepRecord, TurnContext, TurnRecord } from './turn';
import { endThink, endWithConversation, failAtStepLimit, failTurn, goOn } from './turn';
import { lastEndMs, stepLimitError, toTimelineTurn } from './turn';
import type { Timeline, TimelineStatus } from './types';
import type { ReadAgent } from './values';
import { asCount, asFields, readAgent } from './values';
import { toIso } from './work';

/** What is known of a conversation besides its facts. */
export interface TimelineHeading {
  readonly id: string;
  readonly readAtMs: number;
  readonly events: number;
  readonly historyBytes?: number;
}

type OpenTurn = Pick<TurnRecord, 'turn' | 'userMessages' | 'carriedSpent'> & {
  readonly atMs: number;
};

export class TimelineFold {
  private readonly door = new Door();
  private readonly turns: TurnRecord[] = [];
  private readonly turnsByNumber = new Map<number, TurnRecord>();
  private readonly activities = new Activities();
  private agent: ReadAgent = readAgent(undefined);
  private isResolved = false;
  private runs = 0;
  private isBeginningLost = false;
  private startedAtMs = 0;
  private lastTaskMs = 0;
  private lastFactMs = 0;
  private end: RunEnded | undefined;

  add(fact: HistoryFact): void {
    this.lastFactMs = Math.max(this.lastFactMs, fact.atMs);
    switch (fact.type) {
      case 'run_started':
        return this.startRun(fact);
      case 'message_received':
        return this.door.accept(fact.input, fact.atMs, this.isFree);
      case 'close_asked':
        return this.door.close();
      case 'workflow_task_completed':
        this.lastTaskMs = fact.atMs;
        return this.activities.observeTask(fact);
      case 'activity_scheduled':
        return this.schedule(fact);
      case 'activity_started':
        return this.activities.start(fact);
      case 'activity_ended':
        return this.activities.end(fact);
      case 'run_ended':
        return this.endRun(fact);
    }
  }

  /** Activities whose end is not in history yet. */
  addPending(pending: readonly PendingFact[]): void {
    this.activities.observePending(pending);
  }

  toTimeline({ id, readAtMs, events, historyBytes }: TimelineHeading): Timeline {
    // The server's clock may be ahead of ours.
    const context = this.context(this.end?.atMs ?? Math.max(readAtMs, this.lastFactMs));
    const last = this.turns.at(-1);
    if (last) failAtStepLimit(last, context);
    const failure = this.end?.failure;
    return {
      id,
      ...(this.agent.name && { agent: this.agent.name }),
      ...(this.agent.model && { model: this.agent.model }),
      status: this.status(),
      ...(failure && { error: { type: failure.type, message: failure.message } }),
      startedAt: toIso(this.startedAtMs),
      ...(this.end && { endedAt: toIso(this.end.atMs) }),
      readAt: toIso(readAtMs),
      runs: this.runs,
      isBeginningLost: this.isBeginningLost,
      events,
      ...(historyBytes !== undefined && { historyBytes }),
      turns: this.turns.map((turn) => toTimelineTurn(turn, context)),
      waiting: this.door.waiting,
    };
  }

  private context(untilMs: number): TurnContext {
    const { lastTaskMs, activities, agent } = this;
    return { untilMs, lastTaskMs, lastSignsMs: activities.lastSignsMs, maxSteps: agent.maxSteps };
  }

  private status(): TimelineStatus {
    const outcome = this.end?.outcome;
    if (outcome && outcome !== 'continued_as_new') {
      return outcome === 'completed' ? 'closed' : outcome;
    }
    if (this.runningTurn) return 'running';
    return this.door.waiting.length > 0 ? 'waiting' : 'idle';
  }

  private get runningTurn(): TurnRecord | undefined {
    const last = this.turns.at(-1);
    return last?.status === 'running' ? last : undefined;
  }

  private get isFree(): boolean {
    return this.isResolved && !this.runningTurn;
  }

  private startRun({ atMs, input, previousRunId }: RunStarted): void {
    this.runs += 1;
    this.end = undefined;
    this.activities.clear();
    const { agent, messages, carried } = asFields(input);
    if (this.runs === 1) {
      this.startedAtMs = atMs;
      this.isBeginningLost = previousRunId !== undefined;
      this.agent = readAgent(agent);
    }
    if (carried) this.restore(carried, atMs);
    else if (Array.isArray(messages)) {
      for (const message of messages) this.door.accept(message, atMs, false);
    }
  }

  /** What continue-as-new took along is the truth about turns and messages; what was read before has more to tell. */
  private restore(carried: unknown, atMs: number): void {
    const { pinned, inbox, isClosing } = asFields(carried);
    this.resolve(pinned);
    this.door.restore(inbox, isClosing === true);
    for (const { turn, status, spent, answer, error, ...carriedTurn } of carriedTurns(carried)) {
      const userMessages = carriedTurn.userMessages.map(
        (message) => this.door.find(message.messageId) ?? message,
      );
      const mine = this.turnsByNumber.get(turn);
      const record = mine ?? this.openTurn({ turn, userMessages, atMs, carriedSpent: spent });
      record.userMessages = userMessages;
      if (record.status !== 'running' || status === 'running') continue;
      if (answer !== undefined) record.answer = answer;
      if (error) record.error = error;
      record.status = status;
      record.endedAtMs = mine ? lastEndMs(mine) : atMs;
    }
  }

  private resolve(pinned: unknown): void {
    const { agent } = asFields(pinned);
    if (!agent) return;
    this.agent = readAgent(agent);
    this.isResolved = true;
  }

  private schedule(scheduled: ActivityScheduled): void {
    switch (scheduled.activityType) {
      case 'resolveAgent':
        this.activities.track(scheduled, { onEnd: ({ result }) => this.resolve(result) });
        return;
      case 'getResponse':
        return this.scheduleThink(scheduled);
      case 'summarize':
        return this.scheduleSummary(scheduled);
      case 'executeTool':
        return this.scheduleTool(scheduled);
      default:
        return;
    }
  }

  private scheduleThink(scheduled: ActivityScheduled): void {
    const input = asFields(scheduled.input);
    const turn = this.turnAt(asCount(input.turn), scheduled.atMs);
    const number = asCount(input.step) ?? (turn.steps.at(-1)?.step ?? 0) + 1;
    const think = this.activities.track(scheduled, {
      onEnd: (ended) => endThink(turn, step, ended),
      onText: (text) => (step.partialText = text),
    });
    const step: StepRecord = { step: number, think, tools: [] };
    turn.steps.push(step);
  }

  /** It may come when its turn is over, and opens one that waits for it. */
  private scheduleSummary(scheduled: ActivityScheduled): void {
    const number = asCount(asFields(scheduled.input).turn);
    const turn = this.turnsByNumber.get(number ?? 0) ?? this.turnAt(number, scheduled.atMs);
    turn.compactions.push(trackCompaction(this.activities, turn, scheduled));
  }

  private scheduleTool(scheduled: ActivityScheduled): void {
    this.turns.at(-1)?.steps.at(-1)?.tools.push(trackTool(this.activities, scheduled));
  }

  /** The turn of a model call. A new number opens the next turn, and ends the one before if nothing else has. */
  private turnAt(turn: number | undefined, atMs: number): TurnRecord {
    const last = this.turns.at(-1);
    const isSame = turn === undefined ? last?.status === 'running' : last?.turn === turn;
    if (last && isSame) return goOn(last);
    if (last?.status === 'running') failTurn(last, stepLimitError(this.agent.maxSteps));
    const message = this.door.next();
    const userMessages = message ? [message] : [];
    return this.openTurn({ turn: turn ?? (last?.turn ?? 0) + 1, userMessages, atMs });
  }

  /** A turn begins when its message is there and the turn before it is over; at `atMs` when neither is known. */
  private openTurn({ atMs, ...fields }: OpenTurn): TurnRecord {
    const acceptedAt = fields.userMessages[0]?.acceptedAt;
    const acceptedAtMs = acceptedAt === undefined ? atMs : Date.parse(acceptedAt);
    const startedAtMs = Math.max(acceptedAtMs, this.turns.at(-1)?.endedAtMs ?? 0);
    const record: TurnRecord = {
      ...fields,
      startedAtMs,
      status: 'running',
      steps: [],
      compactions: [],
    };
    this.turns.push(record);
    this.turnsByNumber.set(record.turn, record);
    return record;
  }

  /** With the conversation ends what it had at work. A run that is continued goes on in the next. */
  private endRun(ended: RunEnded): void {
    this.end = ended;
    if (ended.outcome === 'continued_as_new') return;
    this.activities.cancel(ended.atMs);
    const turn = this.runningTurn;
    if (turn) failAtStepLimit(turn, this.context(ended.atMs));
    if (turn?.status === 'running') endWithConversation(turn, ended);
  }
}
