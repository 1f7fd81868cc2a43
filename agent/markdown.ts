/** What others wrote, inside Markdown of ours: it stays what it is and marks nothing. Pure. */
import { cut } from './json';

/** On one line, at most `limit` characters of it, without markup, links, tags or formulas. */
export function asText(text: string, limit: number): string {
  return visible(cut(text, limit))
    .replace(/[\\`*_[\]<>&~|$#]|^:|:(?=\S)/g, '\\$&')
    .replace(/www(?=\.)/gi, '$&\\');
}

/** On one line, as it stands, in the letters of code. */
export function asCode(text: string): string {
  const line = visible(text.replace(/\s+/g, ' '));
  const ticks = '`'.repeat(longestRun(line) + 1);
  const space = /^[` ]|[` ]$/.test(line) ? ' ' : '';
  return `${ticks}${space}${line}${space}${ticks}`;
}

/** As it stands, with its lines. */
export function asCodeBlock(text: string, language: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${visible(text)}\n${fence}`;
}

/**
 * Characters that are not seen, or that turn others around, as their codes: nobody is to allow what he cannot see. JSON
 * stays the same JSON.
 */
export function visible(text: string): string {
  return text.replace(
    /(?!\s)\p{Cc}|(?![\ufe0e\ufe0f])\p{DI}|[\u2028\u2029\ufff9-\ufffb]/gu,
    (character) =>
      character
        .split('')
        .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
        .join(''),
  );
}

function longestRun(text: string): number {
  const runs = text.match(/`+/g) ?? [];
  return runs.reduce((longest, { length }) => Math.max(longest, length), 0);
}
