/**
 * Stops what a turn has in flight. Its activities are cancelled and may still say how far they came; what has not ended
 * by the end of the grace is waited for no longer.
 */
import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import { graceLabel } from './labels';

/** How long an activity may take to say how far it came. */
export const interruptGraceMs = 2_000;

export class Interruption {
  private readonly scope = new CancellationScope();
  /** One for each activity at work: stops waiting for it. */
  private readonly inFlight = new Set<() => void>();

  /** `isAsked`: whether somebody wants it. From then on nothing more is begun. */
  constructor(private readonly isWanted: () => boolean) {}

  get isAsked(): boolean {
    return this.isWanted();
  }

  /** Whether activities are at work. */
  get isBusy(): boolean {
    return this.inFlight.size > 0;
  }

  /** Waits for the wish, and carries it out. `isOver`: nothing is left to interrupt. */
  async watch(isOver: () => boolean): Promise<void> {
    await condition(() => this.isAsked || isOver());
    if (isOver()) return;
    this.scope.cancel();
    const isDone = () => !this.isBusy || isOver();
    if (await condition(isDone, interruptGraceMs, { summary: graceLabel })) return;
    for (const giveUp of this.inFlight) giveUp();
  }

  /** @returns what `work` comes to; undefined when it was interrupted and has nothing to say. */
  run<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    if (this.isAsked) return Promise.resolve(undefined);
    // Not `Promise.race` with one promise for all: that would remember every activity of a long turn.
    return new Promise((resolve, reject) => {
      const end = (result?: Result) => {
        this.inFlight.delete(end);
        resolve(result);
      };
      this.inFlight.add(end);
      this.scope.run(work).then(end, (error: unknown) => {
        if (this.isAsked && isCancellation(error)) return end();
        this.inFlight.delete(end);
        reject(error as Error);
      });
    });
  }
}
