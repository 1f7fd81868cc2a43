/** Does something as soon as it is wanted, but no more often than every so many milliseconds. */
export class Pace {
  private timer: NodeJS.Timeout | undefined;
  private isWanted = false;

  constructor(
    private readonly intervalMs: number,
    private readonly run: () => void,
  ) {}

  /** At once, or at the end of the interval that is running; however often it is called. */
  soon(): void {
    if (this.timer) {
      this.isWanted = true;
      return;
    }
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (!this.isWanted) return;
      this.isWanted = false;
      this.soon();
    }, this.intervalMs);
    this.run();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.isWanted = false;
  }
}
