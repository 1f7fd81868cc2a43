/**
 * Between a channel and one of its readers. A reader that is slow finds in one snapshot what came in the meantime: it
 * never holds up the channel, and what waits for it never grows beyond one answer.
 */
import type { DeltaSnapshot } from './delta-channel';
import { joinDeltas } from './join-deltas';

export class Mailbox {
  private waiting: DeltaSnapshot | undefined;
  private wake: (() => void) | undefined;

  put(snapshot: DeltaSnapshot): void {
    this.waiting = joinDeltas(this.waiting, snapshot);
    this.wake?.();
  }

  /** Ends when `signal` aborts. */
  async *take(signal: AbortSignal): AsyncGenerator<DeltaSnapshot, void, undefined> {
    const onAbort = (): void => this.wake?.();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      while (!signal.aborted) {
        const { waiting } = this;
        this.waiting = undefined;
        if (waiting) yield waiting;
        else await new Promise<void>((resolve) => (this.wake = resolve));
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}
