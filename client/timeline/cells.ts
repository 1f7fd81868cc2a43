/** Text in the cells of a terminal: what it takes, cut and padded. What would move the cursor is taken out. */

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu;
/** East Asian wide characters and emoji. */
const wide =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{17000}-\u{18aff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|.*\ufe0f)/u;
const invisible = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;

/** On one line and without control characters: users and models may write anything. */
export function plain(text: string): string {
  return text.replace(unsafe, ' ').replace(/\s+/g, ' ').trim();
}

export function cellsOf(text: string): number {
  let cells = 0;
  for (const { segment } of graphemes.segment(text)) cells += cellsOfGrapheme(segment);
  return cells;
}

/** At most `width` cells of `text`, with an ellipsis where it was cut. */
export function fit(text: string, width: number): string {
  const line = plain(text);
  let cells = 0;
  let kept = '';
  for (const { segment } of graphemes.segment(line)) {
    const wider = cells + cellsOfGrapheme(segment);
    // A cell is left for the ellipsis until the end is known to fit.
    if (wider > width - 1 && cellsOf(line) > width) return `${kept.trimEnd()}…`;
    cells = wider;
    kept += segment;
  }
  return kept;
}

/** Cut or padded to exactly `width` cells. */
export function column(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const fitted = fit(text, width);
  const padding = ' '.repeat(Math.max(0, width - cellsOf(fitted)));
  return align === 'left' ? fitted + padding : padding + fitted;
}

/** Pieces joined by ` · `, on as many lines as they need. */
export function wrapPieces(pieces: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    const longer = last === undefined ? piece : `${last} · ${piece}`;
    if (last !== undefined && cellsOf(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(piece);
  }
  return lines;
}

function cellsOfGrapheme(grapheme: string): number {
  if (invisible.test(grapheme)) return 0;
  return wide.test(grapheme) ? 2 : 1;
}
