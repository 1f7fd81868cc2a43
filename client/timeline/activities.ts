/** The activities of the run that is read, and what hangs on their ends; the workers that gave signs of life. */
import type {
  ActivityEnded,
  ActivityScheduled,
  ActivityStarted,
  PendingFact,
  WorkflowTaskCompleted,
} from './facts';
import type { WorkRecord } from './work';
import { observePending, observeStarted } from './work';

interface ActivityHooks {
  readonly onEnd: (ended: ActivityEnded) => void;
  /** What is known of an answer that is being generated. */
  readonly onText?: (text: string) => void;
}

interface Activity extends ActivityHooks {
  readonly activityId: string;
  readonly work: WorkRecord;
}

export class Activities {
  /** When each worker gave its last sign in history. */
  readonly lastSignsMs = new Map<string, number>();
  /** Those without an end, by the event that scheduled them. */
  private readonly open = new Map<number, Activity>();
  private lastTaskWorker: string | undefined;

  observeTask({ worker, atMs }: WorkflowTaskCompleted): void {
    this.lastTaskWorker = worker;
    this.sign(worker, atMs);
  }

  track({ eventId, activityId, atMs }: ActivityScheduled, hooks: ActivityHooks): WorkRecord {
    const work: WorkRecord = {
      scheduledAtMs: atMs,
      scheduledBy: this.lastTaskWorker,
      status: 'running',
      attempts: 0,
    };
    this.open.set(eventId, { ...hooks, activityId, work });
    return work;
  }

  start(started: ActivityStarted): void {
    this.sign(started.worker, started.atMs);
    const activity = this.open.get(started.scheduledEventId);
    if (activity) observeStarted(activity.work, started);
  }

  end(ended: ActivityEnded): void {
    const activity = this.open.get(ended.scheduledEventId);
    if (!activity) return;
    this.open.delete(ended.scheduledEventId);
    const { work, onEnd } = activity;
    work.endedAtMs = ended.atMs;
    work.status = ended.outcome === 'completed' ? 'done' : ended.outcome;
    if (ended.failure) work.finalFailure = ended.failure;
    // A timeout is no sign of life; a result is.
    if (ended.outcome === 'completed' && work.worker) this.sign(work.worker, ended.atMs);
    onEnd(ended);
  }

  observePending(pending: readonly PendingFact[]): void {
    for (const { activityId, work, onText } of this.open.values()) {
      const fact = pending.find((candidate) => candidate.activityId === activityId);
      if (!fact) continue;
      observePending(work, fact);
      if (fact.text !== undefined) onText?.(fact.text);
    }
  }

  /** With the conversation ends what it had at work. */
  cancel(atMs: number): void {
    for (const { work } of this.open.values()) {
      work.status = 'cancelled';
      work.endedAtMs = atMs;
    }
  }

  /** A new run counts its events anew. */
  clear(): void {
    this.open.clear();
  }

  private sign(worker: string, atMs: number): void {
    this.lastSignsMs.set(worker, Math.max(atMs, this.lastSignsMs.get(worker) ?? 0));
  }
}
