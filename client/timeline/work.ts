/** One activity over all its attempts: collected event by event, then told. */
import { FailureType } from '../../activities/contract';
import type { FailureFact, PendingFact } from './facts';
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
  /** How the attempt before the last one ended. */
  lastFailure?: FailureFact;
  /** Who had that attempt, when the server still knows. */
  lastFailureWorker?: string;
  /** How the last attempt ended, when it failed. */
  finalFailure?: FailureFact;
}

export interface WorkContext {
  /** Up to when running work has lasted. */
  readonly untilMs: number;
  /** When each worker gave its last sign in history. */
  readonly lastSignsMs: ReadonlyMap<string, number>;
}

export function observePending(work: WorkRecord, pending: PendingFact): void {
  // Before its first attempt is given to a worker, an activity has none.
  work.attempts = pending.isStarted ? pending.attempt : pending.attempt - 1;
  if (pending.lastFailure) work.lastFailure = pending.lastFailure;
  if (pending.isStarted) {
    if (pending.worker) work.worker = pending.worker;
    if (pending.startedAtMs !== undefined) work.attemptStartedAtMs = pending.startedAtMs;
  } else if (pending.worker) {
    work.worker = pending.worker;
    work.lastFailureWorker = pending.worker;
  }
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
  const earlier = lossReason(work.lastFailure);
  if (earlier) lost.push({ ...lostEarlier(work, context), reason: earlier });
  const last = lossReason(work.finalFailure);
  if (last) {
    const worker = work.worker && { worker: work.worker };
    lost.push({ attempt: work.attempts, reason: last, ...worker, isInferred: false });
  }
  return lost;
}

function lostEarlier(work: WorkRecord, context: WorkContext): Omit<LostWorker, 'reason'> {
  const attempt = failedAttempt(work);
  if (work.lastFailureWorker) {
    return { attempt, worker: work.lastFailureWorker, isInferred: false };
  }
  const { scheduledBy } = work;
  const nextAttemptMs = work.attemptStartedAtMs ?? context.untilMs;
  const isSilent =
    scheduledBy !== undefined && (context.lastSignsMs.get(scheduledBy) ?? 0) < nextAttemptMs;
  return attempt === 1 && isSilent && scheduledBy !== work.worker
    ? { attempt, worker: scheduledBy, isInferred: true }
    : { attempt, isInferred: false };
}

function failureOf(work: WorkRecord): AttemptFailure | undefined {
  const { finalFailure, lastFailure } = work;
  if (finalFailure && !lossReason(finalFailure)) {
    return { attempt: work.attempts, type: finalFailure.type, message: finalFailure.message };
  }
  if (lastFailure && !lossReason(lastFailure)) {
    return {
      attempt: failedAttempt(work),
      type: lastFailure.type,
      message: lastFailure.message,
    };
  }
  return undefined;
}

/** The attempt that `lastFailure` ended. While none is started after it, it is the last one. */
function failedAttempt(work: WorkRecord): number {
  return work.lastFailureWorker ? work.attempts : work.attempts - 1;
}
