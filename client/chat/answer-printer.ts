/**
 * Shows an answer in a terminal while it is generated. What is shown of an attempt that was lost is taken back, so
 * that no word stands there twice.
 */
import stringWidth from 'string-width';

export interface Terminal {
  write(text: string): void;
  readonly columns: number;
  readonly rows: number;
}

const escape = '\u001b[';

export class AnswerPrinter {
  private shown = '';

  constructor(
    private readonly terminal: Terminal,
    /** Stands before each answer. It takes `prefixWidth` columns. */
    private readonly prefix: string,
    private readonly prefixWidth: number,
  ) {}

  partial(text: string): void {
    if (!this.shown && text) this.terminal.write(this.prefix);
    this.shown += text;
    this.terminal.write(text);
  }

  /** The attempt is lost: its text goes, `notice` stays in its place. */
  restart(notice: string): void {
    this.takeBack();
    this.terminal.write(`${notice}\n`);
  }

  /** The durable answer is here: whatever was shown, this is what stands. */
  finish(content: string): void {
    if (!content) {
      this.takeBack();
      return;
    }
    if (this.shown && !content.startsWith(this.shown)) this.takeBack();
    this.partial(content.slice(this.shown.length));
    this.terminal.write('\n');
    this.shown = '';
  }

  /** Wipes the answer so far. What has scrolled off the screen cannot be wiped; there a rule marks the new start. */
  private takeBack(): void {
    if (!this.shown) return;
    const rows = this.rowsOf(this.shown);
    if (rows > this.terminal.rows - 1) this.terminal.write('\n──\n');
    else this.terminal.write(`\r${rows > 1 ? `${escape}${rows - 1}A` : ''}${escape}J`);
    this.shown = '';
  }

  private rowsOf(text: string): number {
    const columns = Math.max(1, this.terminal.columns);
    return text.split('\n').reduce((rows, line, index) => {
      const width = stringWidth(line) + (index === 0 ? this.prefixWidth : 0);
      // A line that fills its last row leaves the cursor there, not on the next one.
      return rows + Math.max(1, Math.ceil(width / columns));
    }, 0);
  }
}
