/** The README, as the packaging tests read it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from './processes';

export const readme = readFileSync(path.join(repository, 'README.md'), 'utf8');

/** A section by its heading, without it. */
export function readmeSection(heading: string): string {
  const [, rest] = readme.split(`\n## ${heading}\n`);
  if (rest === undefined) throw new Error(`README.md has no section \`${heading}\`.`);
  return rest.split('\n## ')[0]!;
}

/** The blocks of code that are marked as `language`. */
export function codeBlocks(markdown: string, language: string): readonly string[] {
  const blocks = markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms);
  return [...blocks].flatMap(([, marked, code]) => (marked === language ? [code!] : []));
}

/** The cells of a section's tables, row by row, without the headings. */
export function tableRows(markdown: string): readonly (readonly string[])[] {
  const rows = markdown
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.slice(1, line.lastIndexOf('|')).split('|'))
    .map((cells) => cells.map((cell) => cell.trim()));
  const rulers = new Set(rows.flatMap(([cell], index) => (/^-+$/.test(cell!) ? [index] : [])));
  return rows.filter((_row, index) => !rulers.has(index) && !rulers.has(index + 1));
}
