/** Text of others as a part of Markdown that it cannot break out of. */
import { plain } from '../timeline/cells';

/** What would end a quote from within, or swallow what follows it: GitHub lets HTML through. */
const escaping = /<(?=\/\s*blockquote|[!?])/gi;

/** Its own Markdown stays; whatever it opens ends with the quote. */
export function quote(text: string): string {
  const lines = text.replace(escaping, '&lt;').split(/\r\n|[\n\r]/);
  return lines.map((line) => (line === '' ? '>' : `> ${line}`)).join('\n');
}

/** The fence is longer than any run of backticks within. */
export function fenced(text: string, language = ''): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${text}${/[\n\r]$/.test(text) ? '' : '\n'}${fence}`;
}

/** On one line, as code. */
export function code(text: string): string {
  const line = plain(text);
  const fence = '`'.repeat(longestRun(line) + 1);
  const padding = line === '' || line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${padding}${line}${padding}${fence}`;
}

/** On one line, with nothing in it that Markdown would read. */
export function inline(text: string): string {
  return plain(text).replace(/[\\`*_[\]<>|~#&]/g, String.raw`\$&`);
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}
