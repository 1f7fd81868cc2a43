/** Facts → timeline. Takes one fact at a time, in order, over all runs of a conversation; asks nobody else. */
import { Activities } from './activities';
import { Door } from './door';
import type { ActivityEnded, HistoryFact, PendingFact } from './facts';
import type { MessageReceived, MessageTaken, PauseChanged, RunEnded, RunStarted } from './facts';
import { readPendingItems } from './from-update-outcome';
import { Grace } from './grace';
import { ScheduledWork } from './scheduled-work';
import type { TurnRecord } from './turn';
import { toTimelineTurn } from './to-timeline-turn';
import { endWithConversation, lastEndMs } from './turn';
import type { TurnSurroundings } from './turn-end';
import { endIfOver, endInterrupted } from './turn-end';
import { TurnList } from './turn-list';
import type { Timeline, TimelineHeading, TimelineStatus } from './types';
import type { ReadAgent } from './values';
import { asFields, readAgent } from './values';
import { carryWaits, decide, decideBudget, endWaits, observeTask, pauseFrom } from './waits';
import { toIso } from './work';

export class TimelineFold {
  private readonly door = new Door();
  private readonly turns = new TurnList({
    door: this.door,
    isPaused: () => this.isPaused,
    surroundings: () => this.context(this.lastFactMs),
  });
  private readonly activities = new Activities();
  private readonly work = new ScheduledWork({
    activities: this.activities,
    door: this.door,
    turns: this.turns,
    agent: () => this.agent,
    onResolved: (pinned) => this.resolve(pinned),
  });
  private readonly grace = new Grace();
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
        return this.door.askEdit(fact.input);
      case 'edit_answered':
        return this.door.answerEdit(fact.edited);
      case 'messages_cancelled':
        return this.door.cancel(fact.messageIds);
      case 'interrupted':
        return this.interrupt(this.turns.find(fact.turn), fact.atMs);
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
        return this.work.schedule(fact);
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
    this.openPaused(this.lastFactMs);
    const last = this.turns.last;
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
      turns: this.turns.records.map((turn) => toTimelineTurn(turn, context)),
      waiting: this.door.waiting,
    };
  }

  private context(untilMs: number): TurnSurroundings {
    const { lastTaskMs, activities, agent, startedAtMs } = this;
    const turns = this.turns.records;
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
    return this.turns.running;
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
        return this.turns.openTaken(messageId, atMs);
      case 'steering':
        return this.door.put(messageId, 'steering');
      case 'queued':
        return this.door.put(messageId, 'queue');
      case 'duplicate':
        return;
    }
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
    decideBudget(turn.waits, decision, lastEndMs(turn), atMs);
  }

  private openPaused(atMs: number): void {
    if (this.isPaused && this.isFree) this.turns.openPaused(atMs);
  }

  private changePause({ isPaused, atMs }: PauseChanged): void {
    this.openPaused(atMs);
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
    this.turns.restore(carried, atMs);
    const turn = this.runningTurn;
    if (turn) carryWaits(turn.waits, readPendingItems(approvals));
  }

  private resolve(pinned: unknown): void {
    const { agent } = asFields(pinned);
    if (!agent) return;
    this.agent = readAgent(agent);
    this.isResolved = true;
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
