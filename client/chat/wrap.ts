/** Text in rows that fit a terminal: broken between words, inside one only when it is longer than a row. Pure. */
import stringWidth from 'string-width';

/** Text of one look. */
export interface Span {
  readonly text: string;
  readonly look?: 'bold' | 'code' | 'dim';
}

export interface WrapOptions {
  /** Columns of a row. */
  readonly width: number;
  /** Columns of the first row that are taken. @default 0 */
  readonly firstColumn?: number;
  /** Columns by which the rows behind the first one are indented. @default 0 */
  readonly indent?: number;
}

const graphemes = new Intl.Segmenter();

export function wrapSpans(
  spans: readonly Span[],
  { width, firstColumn = 0, indent = 0 }: WrapOptions,
): readonly (readonly Span[])[] {
  const rows: Span[][] = [[]];
  let column = firstColumn;
  /** Blanks are only shown when a word follows in the same row. */
  let blanks: readonly Span[] = [];
  const put = (span: Span) => {
    const row = rows.at(-1)!;
    const last = row.at(-1);
    if (last && last.look === span.look)
      row[row.length - 1] = { ...last, text: last.text + span.text };
    else row.push(span);
    column += stringWidth(span.text);
  };
  const breakRow = () => {
    rows.push(indent > 0 ? [{ text: ' '.repeat(indent) }] : []);
    column = indent;
    blanks = [];
  };
  for (const { isBlank, spans: word } of wordsOf(spans)) {
    if (isBlank) {
      blanks = word;
      continue;
    }
    const size = widthOf(word);
    const isFresh = column <= indent && rows.length > 1;
    if (!isFresh && column + widthOf(blanks) + size > width && column > 0) breakRow();
    for (const blank of blanks) put(blank);
    blanks = [];
    if (column + size <= width) word.forEach(put);
    else splitInto(word, () => width - column, put, breakRow);
  }
  return rows;
}

/** A word that no row can hold, cut where the row is full. */
function splitInto(
  word: readonly Span[],
  left: () => number,
  put: (span: Span) => void,
  breakRow: () => void,
): void {
  for (const { text, ...look } of word) {
    for (const { segment } of graphemes.segment(text)) {
      if (stringWidth(segment) > left()) breakRow();
      put({ text: segment, ...look });
    }
  }
}

interface Word {
  readonly isBlank: boolean;
  readonly spans: readonly Span[];
}

/** Words and the blanks between them; a word may have more than one look. */
function wordsOf(spans: readonly Span[]): readonly Word[] {
  const words: { isBlank: boolean; spans: Span[] }[] = [];
  for (const { text, ...look } of spans) {
    for (const piece of text.split(/( +)/)) {
      if (piece === '') continue;
      const isBlank = piece.startsWith(' ');
      const last = words.at(-1);
      if (last?.isBlank === isBlank) last.spans.push({ text: piece, ...look });
      else words.push({ isBlank, spans: [{ text: piece, ...look }] });
    }
  }
  return words;
}

function widthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { text }) => sum + stringWidth(text), 0);
}

/** At most `width` columns of `text`, which has one line, with an ellipsis where it was cut. */
export function fit(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let shown = '';
  let column = 0;
  for (const { segment } of graphemes.segment(text)) {
    column += stringWidth(segment);
    if (column > width - 1) break;
    shown += segment;
  }
  return `${shown}…`;
}
