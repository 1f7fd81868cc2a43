/** Results as tables: for a terminal, and as the Markdown of RESULTS.md. */
import { type ContenderName, contenders } from './contenders/contract';
import type { Cell, Circumstances, Results, Row, Section, Verdict } from './results';
import { spread, table } from './tables';

const titles: Readonly<Record<ContenderName, string>> = {
  holdfast: 'Holdfast',
  bare: 'bare loop',
  'ai-sdk': 'ai-sdk',
  'openai-agents': 'openai-agents',
  'strands-agents': 'strands-agents',
};

/** For a terminal. */
export function toText({ circumstances, sections, verdicts }: Results): string {
  const shown = contendersOf(sections);
  return [
    ...circumstanceLines(circumstances),
    ...sections.map(
      ({ title, rows }) => `\n${title}\n${table(headOf(shown), rowsOf(rows, shown))}`,
    ),
    ...(verdicts.length > 0 ? [`\n${table(verdictHead, verdicts.map(toVerdictCells))}`] : []),
  ].join('\n');
}

/** The whole file. */
export function toMarkdown({ circumstances, sections, verdicts }: Results): string {
  const shown = contendersOf(sections);
  const parts = [
    '# Holdfast beside the published peers',
    'Written by `npm run bench`. Medians, with the range of the rounds in brackets; a figure without a range was measured once.',
    circumstanceLines(circumstances)
      .map((line) => `- ${line}`)
      .join('\n'),
    ...sections.flatMap(({ title, method, rows }) => [
      `## ${title}`,
      method,
      markdownTable(headOf(shown), rowsOf(rows, shown)),
    ]),
    ...(verdicts.length > 0
      ? ['## Targets', markdownTable(verdictHead, verdicts.map(toVerdictCells))]
      : []),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** `15.2 (14.0–17.9)`, or the words that stand for it. */
export function toCell(cell: Cell | undefined, digits: number): string {
  if (cell === undefined) return '–';
  if ('text' in cell) return cell.text;
  const { median, least, most } = spread(cell.values);
  const one = grouped(median, digits);
  const range = ` (${grouped(least, digits)}–${grouped(most, digits)})`;
  const isOne = grouped(least, digits) === grouped(most, digits);
  return `${one}${isOne ? '' : range}${cell.note === undefined ? '' : `, ${cell.note}`}`;
}

function grouped(value: number, digits: number): string {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return value.toLocaleString('en-US', options);
}

function contendersOf(sections: readonly Section[]): readonly ContenderName[] {
  const rows = sections.flatMap((section) => section.rows);
  return contenders.filter((name) => rows.some(({ cells }) => cells[name] !== undefined));
}

function headOf(shown: readonly ContenderName[]): readonly string[] {
  return ['', ...shown.map((name) => titles[name])];
}

function rowsOf(
  rows: readonly Row[],
  shown: readonly ContenderName[],
): readonly (readonly string[])[] {
  return rows.map(({ name, digits, cells }) => [
    name,
    ...shown.map((contender) => toCell(cells[contender], digits)),
  ]);
}

const verdictHead = ['target', 'measured', 'bare loop', ''];

function toVerdictCells({ text, measured, bare, isMet }: Verdict): readonly string[] {
  return [text, measured, bare ?? '', isMet ? 'met' : 'MISSED'];
}

function circumstanceLines(circumstances: Circumstances): readonly string[] {
  const { date, machine, node, server, load, versions, isQuick, problems } = circumstances;
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${date}${isQuick ? ', quick: few rounds' : ''}`,
    `${machine}, Node ${node}, Temporal server ${server}`,
    `load of the machine ${load[0].toFixed(1)} before, ${load[1].toFixed(1)} after`,
    packages.join(', '),
    ...problems,
  ];
}

/** Columns padded as the formatter pads them, so that the file stays as it is written. */
function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) =>
    Math.max(3, name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
