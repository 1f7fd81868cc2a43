/**
 * The lower end of what a terminal shows: rows that may still change, above the line that is being typed. Whatever
 * stands above them stays. Only what has changed is written anew.
 */
export interface Terminal {
  write(text: string): void;
  readonly columns: number;
  readonly rows: number;
}

/** The line that is being typed. */
export interface EditorLine {
  /** Of its rows, the one in which the cursor stands: 0 is the first. */
  readonly cursorRow: number;
  /** Shows it, from the cursor on; what stood there is gone. */
  show(): void;
}

const escape = '\u001b[';

export class LiveRows {
  private drawn: readonly string[] = [];

  constructor(
    private readonly terminal: Terminal,
    private readonly editor: EditorLine = { cursorRow: 0, show: () => undefined },
  ) {}

  /** Rows above the line that is being typed which do not scroll off: one is for that line, one to spare. */
  get reach(): number {
    return Math.max(1, this.terminal.rows - this.editor.cursorRow - 2);
  }

  /**
   * Shows `lasting` for good, and `rows` below it until the next time. Each row must fit the terminal's width.
   *
   * @returns how many of `rows` have become lasting too: what scrolls off the screen is out of reach
   */
  draw(lasting: readonly string[], rows: readonly string[]): number {
    const wanted = [...lasting, ...rows];
    const same = wanted.findIndex((row, index) => row !== this.drawn[index]);
    const kept = same < 0 ? wanted.length : same;
    if (kept < wanted.length || kept < this.drawn.length) {
      const changed = wanted.slice(kept).map((row) => `${row}\n`);
      this.terminal.write(`${this.erasure(kept)}${changed.join('')}`);
      this.editor.show();
    }
    const overflow = Math.max(0, rows.length - this.reach);
    this.drawn = rows.slice(overflow);
    return overflow;
  }

  /** Takes all of it off the screen, what is being typed too. */
  erase(): void {
    this.terminal.write(this.erasure(0));
    this.drawn = [];
  }

  /** What is drawn stays. */
  settle(): void {
    this.drawn = [];
  }

  private erasure(kept: number): string {
    const up = this.drawn.length - kept + this.editor.cursorRow;
    return `\r${up > 0 ? `${escape}${up}A` : ''}${escape}J`;
  }
}
