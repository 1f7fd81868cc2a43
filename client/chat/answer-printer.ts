/**
 * Shows an answer in a terminal while it is generated. What is shown of an attempt that was lost is taken back, so
 * that no word stands there twice.
 */
import stringWidth from 'string-width';
import { toPrintable } from './printable';

export interface Terminal {
  write(text: string): void;
  readonly columns: number;
  readonly rows: number;
}

const escape = '\u001b[';
const graphemes = new Intl.Segmenter();

export class AnswerPrinter {
  private shown = '';
  /** The terminal's, when the answer began. */
  private columns = 0;
  /** The first half of a character whose other half is still to come. */
  private half = '';

  constructor(
    private readonly terminal: Terminal,
    /** Stands before each answer. It takes `prefixWidth` columns. */
    private readonly prefix: string,
    private readonly prefixWidth: number,
  ) {}

  partial(text: string): void {
    const [whole, half] = splitHalf(this.half + text);
    this.half = half;
    this.show(toPrintable(whole));
  }

  /** The attempt is lost: its text goes, `notice` stays in its place. */
  restart(notice: string): void {
    this.takeBack();
    this.terminal.write(`${notice}\n`);
  }

  /** The durable answer is here: whatever was shown, this is what stands. */
  finish(content: string): void {
    const whole = toPrintable(content);
    if (!whole || !whole.startsWith(this.shown)) this.takeBack();
    this.show(whole.slice(this.shown.length));
    this.leave();
  }

  /** Nothing more will come: what is shown stays as it is. */
  leave(): void {
    if (this.shown) this.terminal.write('\n');
    this.forget();
  }

  private show(text: string): void {
    if (!text) return;
    if (!this.shown) {
      this.columns = this.terminal.columns;
      this.terminal.write(this.prefix);
    }
    this.shown += text;
    this.terminal.write(text);
  }

  /** Wipes the answer so far. Where it cannot be known which rows those are, a rule marks the new start. */
  private takeBack(): void {
    if (!this.shown) return this.forget();
    const rows = this.rowsOf(this.shown);
    const { terminal } = this;
    // What has scrolled off the screen is out of reach; and terminals differ in how they wrap anew what is shown.
    const isInReach = rows < terminal.rows && terminal.columns === this.columns;
    if (isInReach) terminal.write(`\r${rows > 1 ? `${escape}${rows - 1}A` : ''}${escape}J`);
    else terminal.write('\n──\n');
    this.forget();
  }

  private forget(): void {
    this.shown = '';
    this.half = '';
  }

  private rowsOf(text: string): number {
    let rows = 1;
    let column = this.prefixWidth;
    for (const { segment } of graphemes.segment(text)) {
      if (segment === '\n') {
        rows += 1;
        column = 0;
        continue;
      }
      const width = stringWidth(segment);
      // A row that is full leaves the cursor there; a wide character that does not fit goes to the next one whole.
      if (column + width > this.columns) {
        rows += 1;
        column = 0;
      }
      column += width;
    }
    return rows;
  }
}

/** A character beyond U+FFFF has two halves, which may arrive in two pieces. */
function splitHalf(text: string): readonly [whole: string, half: string] {
  const isHalf = /[\uD800-\uDBFF]$/.test(text);
  return isHalf ? [text.slice(0, -1), text.slice(-1)] : [text, ''];
}
