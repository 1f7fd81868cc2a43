/**
 * Markdown as rows of a terminal, while it is still being written. A parser of whole documents changes its mind about
 * what stands there already when more comes; this one reads line by line, and what a line is does not depend on what
 * follows it. It knows what models write most: headings, lists, quotes, code, bold. The rest stays as it is.
 */
import type { Colors } from 'picocolors/types';
import { type Span, wrapSpans } from './wrap';

export interface MarkdownOptions {
  /** Columns of a row. */
  readonly width: number;
  /** Columns of the first row that something else takes. @default 0 */
  readonly firstColumn?: number;
  /** Without colours the marks stay, for nothing else would say it. */
  readonly colors: Colors;
  /** More is to come: what the last line has not closed counts as closed. @default false */
  readonly isOpen?: boolean;
}

interface Block {
  readonly spans: readonly Span[];
  readonly indent?: number;
}

export function markdownRows(text: string, options: MarkdownOptions): readonly string[] {
  const { width, firstColumn = 0, colors, isOpen = false } = options;
  const hasMarks = !colors.isColorSupported;
  const lines = text.split('\n');
  const rows: string[] = [];
  let fence: string | undefined;
  for (const [index, line] of lines.entries()) {
    const mark = /^ {0,3}(```+|~~~+)/.exec(line)?.[1];
    const isFence = mark !== undefined && (fence === undefined || mark.startsWith(fence));
    const isInCode = fence !== undefined && !isFence;
    if (isFence) fence = fence === undefined ? mark : undefined;
    const isUnfinished = isOpen && index === lines.length - 1;
    const { spans, indent = 0 } = isFence
      ? { spans: [{ text: line, look: 'dim' } as const] }
      : isInCode
        ? { spans: [{ text: unbreakable(line), look: 'code' } as const] }
        : blockOf(line, hasMarks, isUnfinished);
    const size = { width, firstColumn: index === 0 ? firstColumn : 0, indent };
    for (const row of wrapSpans(spans, size)) {
      rows.push(row.map((span) => paint(span, colors)).join(''));
    }
  }
  return rows;
}

function blockOf(line: string, hasMarks: boolean, isUnfinished: boolean): Block {
  const inline = (text: string) => inlineSpans(text, hasMarks, isUnfinished);
  const heading = /^(#{1,6}) +(.*)$/.exec(line);
  if (heading) {
    const title = inline(heading[2]!).map(({ text }) => ({ text, look: 'bold' }) as const);
    return { spans: hasMarks ? [{ text: `${heading[1]} ` }, ...title] : title };
  }
  if (/^ {0,3}(?:-{3,}|\*{3,}|_{3,}) *$/.test(line))
    return { spans: [{ text: line, look: 'dim' }] };
  const item = /^( *)([-*+]|\d{1,9}[.)]) +(.*)$/.exec(line);
  if (item) {
    const [, blanks = '', mark = '', rest = ''] = item;
    const shown = hasMarks || !/[-*+]/.test(mark) ? mark : '•';
    const lead = `${blanks}${shown}`.replaceAll(' ', '\u00a0');
    return { spans: [{ text: `${lead}\u00a0` }, ...inline(rest)], indent: lead.length + 1 };
  }
  const quote = /^ {0,3}> ?(.*)$/.exec(line);
  if (quote) return { spans: [{ text: '>\u00a0', look: 'dim' }, ...inline(quote[1]!)], indent: 2 };
  const [, blanks = '', rest = ''] = /^( *)(.*)$/.exec(line)!;
  return { spans: [{ text: '\u00a0'.repeat(blanks.length) }, ...inline(rest)] };
}

const inlinePattern = /(`+)(?!`)(.+?)(?<!`)\1(?!`)|\*\*(?=\S)(.+?)(?<=\S)\*\*/g;

function inlineSpans(text: string, hasMarks: boolean, isUnfinished: boolean): readonly Span[] {
  if (hasMarks) return [{ text }];
  const closed = isUnfinished ? close(text) : text;
  const spans: Span[] = [];
  let end = 0;
  for (const match of closed.matchAll(inlinePattern)) {
    const [whole, , code, bold] = match;
    spans.push({ text: closed.slice(end, match.index) });
    if (code !== undefined) spans.push({ text: code, look: 'code' });
    else spans.push({ text: bold!.replaceAll('`', ''), look: 'bold' });
    end = match.index + whole.length;
  }
  return [...spans, { text: closed.slice(end) }];
}

/** The line as it will be once what it has opened is closed, so that its rows need not change then. */
function close(text: string): string {
  const withoutClosed = text.replace(inlinePattern, (whole) => ' '.repeat(whole.length));
  const code = /`/.exec(withoutClosed);
  if (code) return code.index === text.length - 1 ? text.slice(0, -1) : `${text}\``;
  const bold = /\*\*(?=\S)/.exec(withoutClosed);
  if (bold) return `${text.replace(/\*$/, '')}**`.replace(/(\s+)\*\*$/, '**$1');
  return withoutClosed.endsWith('*') ? text.replace(/\*{1,2}$/, '') : text;
}

/** Blanks that no row is broken at, as wide as they were. */
function unbreakable(text: string): string {
  return text.replaceAll(' ', '\u00a0');
}

function paint({ text, look }: Span, colors: Colors): string {
  const shown = text.replaceAll('\u00a0', ' ');
  switch (look) {
    case 'bold':
      return colors.bold(shown);
    case 'code':
      return colors.cyan(shown);
    case 'dim':
      return colors.dim(shown);
    default:
      return shown;
  }
}
