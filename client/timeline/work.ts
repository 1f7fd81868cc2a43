/** One activity over all its attempts: collected event by event, then told. */
import { FailureType } from '../../activities/contract';
import type { ActivityStarted, FailureFact, PendingFact } from './facts';
import type { AttemptFailure, LostWorker, TimelineWork, WorkStatus } from './types';

/** What is collected of an activity. Everything changes but where it began. */
export interface WorkRecord {
  readonly scheduledAtMs: number;
  /** The worker whose workflow task asked for it: an eager first attempt goes there. */
  readonly scheduledBy: string | undefined;
  status: WorkStatus;
  attempts: number;
  worker?: string;
  attemptStartedAtMs?: number;
  endedAtMs?: number;
  /** How the attempt before the one at work ended. */
  lastFailure?: EarlierFailure;
  /** How the last attempt ended, when it failed. */
  finalFailure?: FailureFact;
}

export interface EarlierFailure {
  readonly attempt: number;
  readonly failure: FailureFact;
  /** Who had the attempt, when the server still knows. */
  readonly worker?: string;
}

export interface WorkContext {
  /** Up to when running work has lasted. */
  readonly untilMs: number;
  /** When each worker gave its last sign in history. */
  readonly lastSignsMs: ReadonlyMap<string, number>;
}

/** The last attempt, as history tells it when the activity is over. */
export function observeStarted(work: WorkRecord, started: ActivityStarted): void {
  const { attempt, worker, lastFailure, atMs } = started;
  work.attempts = attempt;
  work.attemptStartedAtMs = atMs;
  work.worker = worker;
  if (lastFailure) work.lastFailure = { attempt: attempt - 1, failure: lastFailure };
}

/** The attempt at work, or the pause before it, as the server describes it. */
export function observePending(work: WorkRecord, pending: PendingFact): void {
  const { attempt, isStarted, worker, lastFailure, startedAtMs } = pending;
  work.attempts = isStarted ? attempt : attempt - 1;
  if (worker) work.worker = worker;
  if (isStarted && startedAtMs !== undefined) work.attemptStartedAtMs = startedAtMs;
  if (!lastFailure) return;
  const hadIt = !isStarted && worker && { worker };
  work.lastFailure = { attempt: attempt - 1, failure: lastFailure, ...hadIt };
}

export function toTimelineWork(work: WorkRecord, context: WorkContext): TimelineWork {
  const endMs = work.endedAtMs ?? context.untilMs;
  const attemptStartMs = work.attemptStartedAtMs ?? endMs;
  const failure = failureOf(work);
  return {
    startedAt: toIso(work.scheduledAtMs),
    durationMs: between(work.scheduledAtMs, endMs),
    beforeLastAttemptMs: between(work.scheduledAtMs, attemptStartMs),
    status: work.status,
    attempts: work.attempts,
    ...(work.worker && { worker: work.worker }),
    lostWorkers: lostWorkers(work, context),
    ...(failure && { failure }),
  };
}

/** A failure that means the worker was lost, in words; undefined for any other. */
export function lossReason(failure: FailureFact | undefined): string | undefined {
  if (failure?.timeout === 'heartbeat') return 'heartbeat timeout';
  if (failure?.type === FailureType.workerShutdown) return 'the worker shut down';
  return undefined;
}

export function between(fromMs: number, toMs: number): number {
  return Math.max(0, Math.round(toMs - fromMs));
}

export function toIso(ms: number): string {
  return new Date(ms).toISOString();
}

function lostWorkers(work: WorkRecord, context: WorkContext): readonly LostWorker[] {
  const lost: LostWorker[] = [];
  const { lastFailure, finalFailure, attempts, worker } = work;
  const earlier = lossReason(lastFailure?.failure);
  if (lastFailure && earlier) {
    const { attempt } = lastFailure;
    lost.push({ attempt, reason: earlier, ...earlierWorker(work, lastFailure, context) });
  }
  const last = lossReason(finalFailure);
  if (last) {
    lost.push({ attempt: attempts, reason: last, ...(worker && { worker }), isInferred: false });
  }
  return lost;
}

function earlierWorker(
  { scheduledBy, worker, attemptStartedAtMs }: WorkRecord,
  earlier: EarlierFailure,
  { untilMs, lastSignsMs }: WorkContext,
): Pick<LostWorker, 'worker' | 'isInferred'> {
  if (earlier.worker) return { worker: earlier.worker, isInferred: false };
  if (earlier.attempt !== 1 || !scheduledBy || scheduledBy === worker) return { isInferred: false };
  const isSilent = (lastSignsMs.get(scheduledBy) ?? 0) < (attemptStartedAtMs ?? untilMs);
  return isSilent ? { worker: scheduledBy, isInferred: true } : { isInferred: false };
}

function failureOf({
  attempts,
  finalFailure,
  lastFailure,
}: WorkRecord): AttemptFailure | undefined {
  if (finalFailure && !lossReason(finalFailure)) {
    return { attempt: attempts, type: finalFailure.type, message: finalFailure.message };
  }
  if (lastFailure && !lossReason(lastFailure.failure)) {
    const { attempt, failure } = lastFailure;
    return { attempt, type: failure.type, message: failure.message };
  }
  return undefined;
}
