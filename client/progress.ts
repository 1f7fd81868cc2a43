/** Turns what the server knows of pending activities into events: new attempts, and pieces of text each told once. */
import type { DeltaSnapshot } from '../wire/delta-channel';
import type { ConversationEvent } from './conversation-events';
import type { PendingActivity, RunDescription } from './conversation-reader';

/** What of the pending activities has been told. */
export class Progress {
  /** By activity of the run `runId`: the next run's ids begin anew. */
  private readonly attempts = new Map<string, { attempt: number; worker: string | undefined }>();
  private runId = '';
  private shown = { key: '', length: 0 };

  *observe(
    { runId, pending }: Pick<RunDescription, 'runId' | 'pending'>,
    turn: number,
    finishedSteps: number,
  ): Generator<ConversationEvent> {
    if (this.runId !== runId) this.attempts.clear();
    this.runId = runId;
    for (const activity of pending) {
      yield* this.observeAttempt(activity);
      const { deltas } = activity;
      // Details outlive their attempt until the next one beats.
      const isOld = deltas?.turn !== turn || deltas.step <= finishedSteps;
      if (deltas && !isOld && deltas.attempt === activity.attempt)
        yield* this.observeDeltas(deltas);
    }
  }

  private *observeAttempt(activity: PendingActivity): Generator<ConversationEvent> {
    const { activityId, attempt, worker, isStarted, type } = activity;
    if (!isStarted) return;
    const before = this.attempts.get(activityId);
    this.attempts.set(activityId, { attempt, worker });
    if (!before || before.attempt === attempt) return;
    this.shown = { key: '', length: 0 };
    yield {
      type: 'attempt',
      isFinal: false,
      activity: type,
      attempt,
      ...(before.worker && { lostWorker: before.worker }),
      ...(worker && { worker }),
    };
  }

  private *observeDeltas({
    turn,
    step,
    attempt,
    offset,
    text,
  }: DeltaSnapshot): Generator<ConversationEvent> {
    const key = `${turn}/${step}/${attempt}`;
    if (this.shown.key !== key) this.shown = { key, length: 0 };
    const end = offset + text.length;
    if (end <= this.shown.length) return;
    const from = Math.max(this.shown.length, offset);
    const content = text.slice(from - offset);
    this.shown.length = end;
    yield { type: 'partial', content, isFinal: false, turn, step, attempt, offset: from };
  }
}
