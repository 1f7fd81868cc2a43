/** What became of the attempts of a piece of work, in words: as much as history tells, and no more. */
import type { AttemptFailure, LostWorker, TimelineWork } from './types';

export interface Note {
  readonly kind: 'running' | 'retried' | 'failed';
  readonly pieces: readonly string[];
}

export interface NoteOptions {
  readonly nameOf: (workerIdentity: string) => string;
  /** Why it failed for good stands elsewhere. */
  readonly isFailureTold: boolean;
}

export function notesOn(work: TimelineWork, options: NoteOptions): readonly Note[] {
  const { attempts, worker, status } = work;
  const on = worker === undefined ? '' : ` on ${options.nameOf(worker)}`;
  const { earlier, last } = describeAttempts(work, options);
  if (status === 'running') {
    if (last.length > 0) return [{ kind: 'retried', pieces: ['↻ waiting for a worker', ...last] }];
    const now = attempts === 0 ? '… waiting for a worker' : `… running, attempt ${attempts}${on}`;
    return [{ kind: 'running', pieces: [now, ...earlier] }];
  }
  const retried: Note = { kind: 'retried', pieces: [`↻ attempt ${attempts}${on}`, ...earlier] };
  const failures = last.map((text): Note => ({ kind: 'failed', pieces: [`✗ ${text}`] }));
  return attempts > 1 ? [retried, ...failures] : failures;
}

/** How the last attempt ended, if it failed, and what is known of those before it. */
function describeAttempts(work: TimelineWork, options: NoteOptions) {
  const { attempts, lostWorkers, failure } = work;
  const isLast = ({ attempt }: LostWorker | AttemptFailure) => attempt === attempts;
  const toText = (lost: LostWorker) => describeLost(lost, options);
  const failures = failure ? [failure] : [];
  const told = failures.filter((failed) => !(options.isFailureTold && isLast(failed)));
  return {
    last: [...lostWorkers.filter(isLast).map(toText), ...told.filter(isLast).map(describeFailure)],
    earlier: [
      ...lostWorkers.filter((lost) => !isLast(lost)).map(toText),
      ...told.filter((failed) => !isLast(failed)).map(describeFailure),
      ...(attempts > 2 ? ['history keeps the last failure only'] : []),
    ],
  };
}

function describeLost(lost: LostWorker, { nameOf }: NoteOptions): string {
  const { attempt, reason, worker, isInferred } = lost;
  if (worker === undefined) return `attempt ${attempt} lost its worker (${reason})`;
  return isInferred
    ? `worker lost (${reason}), ${nameOf(worker)} not seen again`
    : `worker ${nameOf(worker)} lost (${reason})`;
}

function describeFailure({ attempt, type, message }: AttemptFailure): string {
  return `attempt ${attempt} failed: ${type}: ${message}`;
}
