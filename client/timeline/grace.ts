/**
 * When what was interrupted is waited for no longer, as workflows/interruption.ts decides it: a timer of its own is over
 * before the work is. What comes of the work later counts no more.
 */
import type { HistoryFact } from './facts';

/** `interruptGraceMs` there. */
const graceMs = 2_000;

export class Grace {
  private readonly timers = new Set<number>();
  private isOver = false;

  /** @returns whether nothing that is at work is waited for from now on. */
  observe(fact: HistoryFact, isInterrupted: boolean): boolean {
    switch (fact.type) {
      case 'run_started':
        this.timers.clear();
        return false;
      case 'timer_started':
        if (isInterrupted && fact.durationMs === graceMs) this.timers.add(fact.eventId);
        return false;
      case 'timer_fired':
        this.isOver ||= this.timers.delete(fact.startedEventId);
        return false;
      case 'workflow_task_completed': {
        const { isOver } = this;
        this.isOver = false;
        return isOver;
      }
      default:
        return false;
    }
  }
}
