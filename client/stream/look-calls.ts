/** Calls for the next look at a conversation: they end the pause before it. */
import type { Clock } from './clock';

export class LookCalls {
  private isCalled = false;
  private isDue = false;
  private pause = new AbortController();

  constructor(
    private readonly clock: Clock,
    private readonly left: AbortSignal,
    /** From `soon` to the call, in milliseconds. */
    private readonly soonMs: number,
  ) {}

  get isWaiting(): boolean {
    return this.isCalled;
  }

  now(): void {
    this.isCalled = true;
    this.pause.abort();
  }

  soon(): void {
    if (this.soonMs === 0) return this.now();
    if (this.isDue) return;
    this.isDue = true;
    void this.afterSoon().then(() => {
      this.isDue = false;
      this.now();
    });
  }

  afterSoon(): Promise<void> {
    return this.clock.sleep(this.soonMs, this.left);
  }

  /** @returns whether the look that begins was called for */
  take(): boolean {
    const { isCalled } = this;
    this.isCalled = false;
    return isCalled;
  }

  /** Until it is over, or a look is called for. */
  rest(ms: number): Promise<void> {
    this.pause = new AbortController();
    return this.clock.sleep(ms, this.pause.signal);
  }

  /** Ends the pause. */
  stop(): void {
    this.pause.abort();
  }
}
