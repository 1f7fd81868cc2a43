/** Facts → timeline. Takes one fact at a time, in order, over all runs of a conversation; asks nobody else. */
import { Activities } from './activities';
import { carriedTurns } from './carried';
import { Door } from './door';
import type { ActivityEnded, ActivityScheduled, HistoryFact, PendingFact } from './facts';
import type { MessageReceived, MessageTaken, PauseChanged, RunEnded, RunStarted } from './facts';
import { readPendingItems } from './from-update-outcome';
import { Grace } from './grace';
import { trackCompaction, trackTool } from './track';
import type { StepRecord, TurnRecord } from './turn';
import { endThink, endWithConversation, goOn, lastEndMs, toTimelineTurn } from './turn';
import type { TurnSurroundings } from './turn-end';
import { endForNext, endIfOver, endInterrupted } from './turn-end';
import type { Timeline, TimelineStatus } from './types';
import type { ReadAgent } from './values';
import { asCount, asFields, readAgent } from './values';
import { carryWaits, decide, endWaits, observeTask, pauseFrom, waitsFor } from './waits';
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
  private readonly grace = new Grace();
  /** Edits that are not answered yet. */
  private readonly edits: unknown[] = [];
  private isPaused = false;
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
    const isStopped = this.runningTurn?.interruptedAtMs !== undefined;
    if (this.grace.observe(fact, isStopped)) this.giveUp(fact.atMs);
    switch (fact.type) {
      case 'run_started':
        return this.startRun(fact);
      case 'message_received':
        return this.receive(fact);
      case 'message_taken':
        return this.take(fact);
      case 'message_edited':
        this.edits.push(fact.input);
        return;
      case 'edit_answered': {
        const edit = this.edits.shift();
        return fact.edited ? this.door.edit(edit) : undefined;
      }
      case 'messages_cancelled':
        return this.door.cancel(fact.messageIds);
      case 'interrupted':
        return this.interrupt(this.turnsByNumber.get(fact.turn), fact.atMs);
      case 'decided':
        return this.decide(fact);
      case 'pause_changed':
        return this.changePause(fact);
      case 'timer_started':
      case 'timer_fired':
        return;
      case 'close_asked':
        return this.door.close();
      case 'workflow_task_completed':
        this.lastTaskMs = fact.atMs;
        if (this.runningTurn) observeTask(this.runningTurn.waits, fact.atMs, this.agent);
        return this.activities.observeTask(fact);
      case 'activity_scheduled':
        return this.schedule(fact);
      case 'activity_started':
        return this.activities.start(fact);
      case 'activity_ended':
        return this.endActivity(fact);
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
    this.openPaused();
    const last = this.turns.at(-1);
    if (last) endIfOver(last, context);
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

  private context(untilMs: number): TurnSurroundings {
    const { lastTaskMs, activities, agent, turns, startedAtMs } = this;
    const { lastSignsMs } = activities;
    const { maxSteps } = agent;
    return { untilMs, lastTaskMs, lastSignsMs, maxSteps, agent, turns, startedAtMs };
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
      const idle = { isFree: false, isRunning: false };
      for (const message of messages) this.door.accept(message, atMs, idle);
    }
  }

  private receive({ input, atMs }: MessageReceived): void {
    const { runningTurn, isFree } = this;
    const isRunning = runningTurn !== undefined;
    if (this.door.accept(input, atMs, { isFree, isRunning })) this.interrupt(runningTurn, atMs);
  }

  /** Here the conversation tells what it did with a message, so that nothing has to be concluded. */
  private take({ messageId, accepted, atMs }: MessageTaken): void {
    switch (accepted) {
      case 'appended':
        return this.openTaken(messageId, atMs);
      case 'steering':
        return this.door.put(messageId, 'steering');
      case 'queued':
        return this.door.put(messageId, 'queue');
      case 'duplicate':
        return;
    }
  }

  /** The agent was free for it: whatever waited before it has had its turn, and no model was called for that. */
  private openTaken(messageId: string, atMs: number): void {
    if (!this.door.isQueued(messageId)) return;
    this.endLast();
    for (;;) {
      const message = this.door.next();
      if (!message) return;
      const turn = (this.turns.at(-1)?.turn ?? 0) + 1;
      this.openTurn({ turn, userMessages: [message], atMs });
      if (message.messageId === messageId) return;
      this.endLast();
    }
  }

  private endLast(): void {
    const last = this.turns.at(-1);
    if (last) endForNext(last, this.context(this.lastFactMs));
    this.door.queueSteering();
  }

  private interrupt(turn: TurnRecord | undefined, atMs: number): void {
    if (turn?.status !== 'running') return;
    turn.interruptedAtMs ??= atMs;
    endInterrupted(turn);
  }

  /** What comes of it later counts no more. */
  private giveUp(atMs: number): void {
    const turn = this.runningTurn;
    if (!turn) return;
    this.activities.cancel(atMs);
    this.activities.clear();
    const last = turn.steps.at(-1);
    if (last && !last.response) last.isSilent = true;
    endInterrupted(turn);
  }

  private decide({ decision, atMs }: Extract<HistoryFact, { type: 'decided' }>): void {
    const turn = this.runningTurn;
    if (!turn || decide(turn.waits, decision, atMs)) return;
    // Of budgets nothing but the word itself stands in history.
    const askedAtMs = lastEndMs(turn);
    const asked = { kind: 'budget', callId: decision.callId, askedAtMs, isAsked: true } as const;
    turn.waits.push({ ...asked, outcome: 'waiting' });
    decide(turn.waits, decision, atMs);
  }

  /** Of what waited while the agent was paused nothing tells that it has its turn by now. */
  private openPaused(): void {
    const message = this.isPaused && this.isFree && this.door.next();
    if (!message) return;
    const turn = (this.turns.at(-1)?.turn ?? 0) + 1;
    this.openTurn({ turn, userMessages: [message], atMs: this.lastFactMs });
  }

  private changePause({ isPaused, atMs }: PauseChanged): void {
    const turn = this.runningTurn;
    if (turn && isPaused && !this.isPaused) turn.waits.push(pauseFrom(atMs));
    if (turn && !isPaused) endWaits(turn.waits, 'resumed', atMs, 'pause');
    this.isPaused = isPaused;
  }

  private endActivity(ended: ActivityEnded): void {
    this.activities.end(ended);
    const turn = this.runningTurn;
    if (turn) endInterrupted(turn);
  }

  /** What continue-as-new took along is the truth about turns and messages; what was read before has more to tell. */
  private restore(carried: unknown, atMs: number): void {
    const { pinned, inbox, isClosing, isPaused, approvals } = asFields(carried);
    this.resolve(pinned);
    this.isPaused = isPaused === true;
    this.door.restore(inbox, isClosing === true);
    for (const { turn, status, spent, answer, error, ...carriedTurn } of carriedTurns(carried)) {
      const mine = this.turnsByNumber.get(turn);
      const userMessages = carriedTurn.userMessages.map(
        (message) =>
          mine?.userMessages.find((it) => it.messageId === message.messageId) ??
          this.door.find(message.messageId) ??
          message,
      );
      const record = mine ?? this.openTurn({ turn, userMessages, atMs, carriedSpent: spent });
      record.userMessages = userMessages;
      if (record.status !== 'running' || status === 'running') continue;
      if (answer !== undefined) record.answer = answer;
      if (error) record.error = error;
      record.status = status;
      record.endedAtMs = mine ? lastEndMs(mine) : atMs;
    }
    const turn = this.runningTurn;
    if (turn) carryWaits(turn.waits, readPendingItems(approvals));
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
    const steering = this.door.takeSteering().map((message) => ({ ...message, step: number }));
    turn.userMessages = [...turn.userMessages, ...steering];
    const think = this.activities.track(scheduled, {
      onEnd: (ended) => {
        endThink(turn, step, ended);
        const { response } = step;
        if (!response) return;
        const { agent } = this;
        turn.waits.push(...waitsFor({ turn: turn.turn, step: number, response, agent, ...ended }));
      },
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
    const turn = this.turns.at(-1);
    const tool = trackTool(this.activities, scheduled);
    turn?.steps.at(-1)?.tools.push(tool);
    // It is run: no word was needed, for one was remembered.
    const free = turn?.waits.findIndex(
      ({ callId, outcome }) => callId === tool.callId && outcome === 'waiting',
    );
    if (turn && free !== undefined && free >= 0) turn.waits.splice(free, 1);
  }

  /** The turn of a model call. A new number opens the next turn, and ends the one before if nothing else has. */
  private turnAt(turn: number | undefined, atMs: number): TurnRecord {
    const last = this.turns.at(-1);
    const isSame = turn === undefined ? last?.status === 'running' : last?.turn === turn;
    if (last && isSame) {
      if (last.status !== 'running') this.door.steerLate();
      return goOn(last);
    }
    this.endLast();
    const number = turn ?? (last?.turn ?? 0) + 1;
    // Of those between no model was called.
    for (let unseen = (last?.turn ?? number) + 1; unseen < number; unseen++) {
      const message = this.door.next();
      if (!message) break;
      this.openTurn({ turn: unseen, userMessages: [message], atMs });
      this.endLast();
    }
    const message = this.door.next();
    return this.openTurn({ turn: number, userMessages: message ? [message] : [], atMs });
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
      waits: this.isPaused ? [pauseFrom(startedAtMs)] : [],
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
    if (turn) endIfOver(turn, this.context(ended.atMs));
    if (turn?.status === 'running') endWithConversation(turn, ended);
  }
}
