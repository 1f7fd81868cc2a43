/** What a model thinks before it answers: dimmed while it does, one line once it is done. No terminal here. */
import type { Colors } from 'picocolors/types';
import { formatDuration } from '../timeline/words';
import { toPrintable } from './printable';
import { wrapSpans } from './wrap';

const rowsShown = 4;
/** Characters of it that are laid out: more than the rows hold. */
const tailLimit = 4_000;
const indent = 2;

export class Thought {
  private text = '';
  private startedAtMs = 0;

  constructor(private readonly options: { readonly colors: Colors; readonly now: () => number }) {}

  /** Where nothing can be dimmed it would be taken for the answer: there it is not shown. */
  add(piece: string): void {
    const { colors, now } = this.options;
    if (!colors.isColorSupported) return;
    if (this.text === '') this.startedAtMs = now();
    this.text = (this.text + toPrintable(piece)).slice(-tailLimit);
  }

  /** The last of it. */
  rows(width: number): readonly string[] {
    const { dim } = this.options.colors;
    const rows = this.text
      .trim()
      .split('\n')
      .flatMap((line) => wrapSpans([{ text: line }], { width, firstColumn: indent, indent }))
      .map((spans, index) => {
        const row = spans.map(({ text }) => text).join('');
        return index === 0 || !row.startsWith(' ') ? `${' '.repeat(indent)}${row}` : row;
      });
    return this.text === '' ? [] : rows.slice(-rowsShown).map((row) => dim(row));
  }

  /** @returns what is to stay of it. */
  finish(): readonly string[] {
    if (this.text === '') return [];
    const { colors, now } = this.options;
    this.text = '';
    return [colors.dim(`  thought for ${formatDuration(now() - this.startedAtMs)}`)];
  }

  /** The attempt is lost. */
  forget(): void {
    this.text = '';
  }
}
