/** Where the newest look at a conversation is shown to all its readers. Who was slow finds the newest, not all of them. */
import type { Look } from './look';

export class LookBoard {
  private look: Look = { version: 0, attempts: [] };
  private failure: { readonly error: unknown } | undefined;
  private readonly waiting = new Set<() => void>();

  get newest(): Look {
    return this.look;
  }

  /** Later than all before. */
  show(change: Partial<Look>): void {
    this.look = { ...this.look, ...change, version: this.look.version + 1 };
    this.wake();
  }

  /** For whoever looks, and no news. */
  amend(change: Partial<Look>): void {
    this.look = { ...this.look, ...change };
  }

  /** There will be no look any more. */
  close(error: unknown): void {
    this.failure = { error };
    this.wake();
  }

  /**
   * The newest look, once it is later than `version`. Undefined when `signal` aborts first.
   *
   * @throws what it was closed with
   */
  async after(version: number, signal: AbortSignal): Promise<Look | undefined> {
    while (!signal.aborted) {
      if (this.look.version > version) return this.look;
      if (this.failure) throw this.failure.error;
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.waiting.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    }
    return undefined;
  }

  private wake(): void {
    for (const wake of [...this.waiting]) wake();
  }
}
