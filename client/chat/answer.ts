/** An answer on its way: pieces come in, rows come out, and what is out of reach on the screen is remembered. */
import type { Colors } from 'picocolors/types';
import { markdownRows } from './markdown-rows';
import { toPrintable } from './printable';

const prefix = 'agent › ';

export class Answer {
  private text = '';
  /** The first half of a character whose other half is still to come. */
  private half = '';
  /** The screen's when the answer began: rows that stand there are not wrapped anew. */
  private width = 0;
  /** The beginning of the text that stands above a break. */
  private settled = '';
  /** Rows since then that are out of reach, as they were shown. */
  private sealed: readonly string[] = [];

  constructor(private readonly colors: Colors) {}

  get isEmpty(): boolean {
    return this.text === '';
  }

  add(piece: string, width: number): void {
    const [whole, half] = splitHalf(this.half + piece);
    this.half = half;
    if (this.isEmpty) this.width = width;
    this.text += toPrintable(whole);
  }

  /** Those that may still change. */
  rows(width: number): readonly string[] {
    if (this.isEmpty) return [];
    this.width = Math.min(this.width, width);
    return this.render(this.text, true).slice(this.sealed.length);
  }

  seal(rows: number): void {
    if (rows <= 0) return;
    this.sealed = this.render(this.text, true).slice(0, this.sealed.length + rows);
  }

  /** All that stands there is out of reach; what comes goes on below it. */
  breakOff(): void {
    this.settled = this.text;
    this.sealed = [];
  }

  /** The attempt is lost. @returns what is to stay of it: nothing, unless a part of it cannot be taken back */
  restart(): readonly string[] {
    const left = this.parted();
    this.forget();
    return left;
  }

  /** The durable answer is here, and stands whatever was shown; undefined when what is shown stands. */
  finish(content: string | undefined, width: number): readonly string[] {
    const whole = content === undefined ? this.text : toPrintable(content);
    const rows = this.finalRows(whole, width);
    this.forget();
    return rows;
  }

  private finalRows(whole: string, width: number): readonly string[] {
    const isSame = whole.startsWith(this.settled) && whole !== '';
    if (this.isEmpty) this.width = width;
    const rows = isSame ? this.render(whole, false) : [];
    if (isSame && this.sealed.every((row, index) => row === rows[index])) {
      return rows.slice(this.sealed.length);
    }
    const left = this.parted();
    this.settled = '';
    this.sealed = [];
    return [...left, ...(whole === '' ? [] : this.render(whole, false))];
  }

  /** What is shown and cannot be taken back whole, with a rule under it. */
  private parted(): readonly string[] {
    const isInReach = this.settled === '' && this.sealed.length === 0;
    return isInReach ? [] : [...this.rows(this.width), '──'];
  }

  private render(text: string, isOpen: boolean): readonly string[] {
    const { settled, colors, width } = this;
    const rest = text.slice(settled.length);
    if (settled !== '') {
      return rest === '' ? [] : markdownRows(rest, { width, colors, isOpen });
    }
    const firstColumn = prefix.length;
    const [first = '', ...more] = markdownRows(rest, { width, firstColumn, colors, isOpen });
    return [`${colors.cyan(colors.bold(prefix))}${first}`, ...more];
  }

  private forget(): void {
    this.text = '';
    this.half = '';
    this.settled = '';
    this.sealed = [];
  }
}

/** A character beyond U+FFFF has two halves, which may arrive in two pieces. */
function splitHalf(text: string): readonly [whole: string, half: string] {
  const isHalf = /[\uD800-\uDBFF]$/.test(text);
  return isHalf ? [text.slice(0, -1), text.slice(-1)] : [text, ''];
}
