/** What the server knows of the activities at work: their attempts, and who was lost on the way. */
import { callName } from '../../wire/call-name';
import type { RunDescription } from '../conversation-reader';

export interface KnownAttempt {
  /** Of the activity, in all runs: the next run's ids begin anew. */
  readonly key: string;
  /** The same as its deltas say it. */
  readonly call: string;
  readonly activity: string;
  readonly attempt: number;
  readonly worker?: string;
  /** Who had the attempt before this one. */
  readonly lostWorker?: string;
}

export const modelCallType = 'getResponse';

export class Attempts {
  private byKey: ReadonlyMap<string, KnownAttempt> = new Map();

  /** Of the activities that are pending. */
  get current(): readonly KnownAttempt[] {
    return [...this.byKey.values()];
  }

  /** @returns those that have begun since the last time. */
  observe({ runId, pending }: Pick<RunDescription, 'runId' | 'pending'>): readonly KnownAttempt[] {
    const before = this.byKey;
    const now = new Map<string, KnownAttempt>();
    for (const { activityId, type, attempt, worker, isStarted } of pending) {
      const key = `${runId}/${activityId}`;
      const known = before.get(key);
      const isNew = isStarted && known?.attempt !== attempt;
      // Between two attempts it is the last one that is known.
      if (!isNew && !known) continue;
      const lost = known?.worker;
      const begun = {
        ...{ key, call: callName({ runId, activityId }), activity: type, attempt },
        ...(worker && { worker }),
        ...(lost && { lostWorker: lost }),
      };
      now.set(key, isNew ? begun : known!);
    }
    this.byKey = now;
    return this.current.filter((attempt) => before.get(attempt.key) !== attempt);
  }
}
