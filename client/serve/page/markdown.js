/**
 * Markdown as elements: the little of it that models write. Text goes in as text nodes alone, so whatever a model or a
 * tool says is shown and never run; links lead to http, https and mailto only.
 */
import { element } from './dom.js';

/** What is quoted in deeper quotes is shown as it stands. */
const deepestQuote = 8;

/** @param {string} text @returns {DocumentFragment} */
export function markdownToElements(text, depth = 0) {
  const blocks = document.createDocumentFragment();
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  let at = 0;
  while (at < lines.length) {
    const taken = takeBlock(lines, at, depth);
    if (taken.block) blocks.append(taken.block);
    at = taken.next;
  }
  return blocks;
}

function takeBlock(lines, at, depth) {
  const line = lines[at];
  if (/^\s*$/.test(line)) return { next: at + 1 };
  const fence = /^\s*(```+|~~~+)\s*([\w+#.-]*)/.exec(line);
  if (fence) return takeCode(lines, at, fence);
  const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
  if (heading) {
    // The page has headings of its own, of the first two levels.
    const tag = `h${Math.min(heading[1].length + 2, 6)}`;
    return { block: element(tag, {}, ...inline(heading[2])), next: at + 1 };
  }
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) return { block: element('hr'), next: at + 1 };
  if (/^\s*>/.test(line) && depth < deepestQuote) return takeQuote(lines, at, depth);
  if (item(line)) return takeList(lines, at);
  if (isTable(lines, at)) return takeTable(lines, at);
  return takeParagraph(lines, at);
}

function takeCode(lines, at, [, mark, language]) {
  const code = [];
  let next = at + 1;
  while (next < lines.length && !lines[next].trim().startsWith(mark)) code.push(lines[next++]);
  const block = element('pre', {}, element('code', {}, code.join('\n')));
  if (language) block.dataset.language = language;
  return { block, next: next + 1 };
}

function takeQuote(lines, at, depth) {
  const quoted = [];
  let next = at;
  while (next < lines.length && /^\s*>/.test(lines[next])) {
    quoted.push(lines[next++].replace(/^\s*> ?/, ''));
  }
  return {
    block: element('blockquote', {}, markdownToElements(quoted.join('\n'), depth + 1)),
    next,
  };
}

function item(line) {
  const found = /^(\s*)(?:([-*+])|(\d{1,9})[.)])\s+(.*)$/.exec(line);
  return found && { indent: found[1].length, number: found[3], text: found[4] };
}

function takeList(lines, at) {
  const first = item(lines[at]);
  const isOrdered = first.number !== undefined;
  const list = element(isOrdered ? 'ol' : 'ul');
  if (isOrdered && first.number !== '1') list.start = Number(first.number);
  let next = at;
  while (next < lines.length) {
    const current = item(lines[next]);
    if (!current || current.indent < first.indent) break;
    if ((current.number !== undefined) !== isOrdered && current.indent === first.indent) break;
    if (current.indent > first.indent && list.lastChild) {
      const nested = takeList(lines, next);
      list.lastChild.append(nested.block);
      next = nested.next;
      continue;
    }
    const said = [current.text];
    next += 1;
    while (next < lines.length && /^\s+\S/.test(lines[next]) && !item(lines[next])) {
      said.push(lines[next++].trim());
    }
    list.append(element('li', {}, ...inline(said.join('\n'))));
    // A blank line between two items is no end of the list.
    if (/^\s*$/.test(lines[next] ?? 'x') && item(lines[next + 1] ?? '')) next += 1;
  }
  return { block: list, next };
}

const cellsOf = (line) =>
  line
    .trim()
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.trim());

function isTable(lines, at) {
  return (
    lines[at].includes('|') &&
    /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[at + 1] ?? '')
  );
}

function takeTable(lines, at) {
  const row = (tag, line) =>
    element('tr', {}, ...cellsOf(line).map((cell) => element(tag, {}, ...inline(cell))));
  const body = element('tbody');
  let next = at + 2;
  while (next < lines.length && lines[next].includes('|')) body.append(row('td', lines[next++]));
  const head = element('thead', {}, row('th', lines[at]));
  return { block: element('div', { class: 'table' }, element('table', {}, head, body)), next };
}

function takeParagraph(lines, at) {
  const said = [];
  let next = at;
  while (next < lines.length && !/^\s*$/.test(lines[next])) {
    const begins = /^(\s*(```|~~~)|#{1,6}\s|\s*>)/.test(lines[next]) || item(lines[next]);
    if (said.length > 0 && begins) break;
    said.push(lines[next++]);
  }
  return { block: element('p', {}, ...inline(said.join('\n'))), next };
}

/** Bounded, so that no text can make the search long. */
const inlineMarks =
  /(`+)(.{1,2000}?)\1(?!`)|\*\*(?=\S)(.{1,2000}?)\*\*|(?<![\w*])\*(?=\S)([^*]{1,2000}?)\*(?!\*)|(?<!\w)_(?=\S)([^_]{1,2000}?)_(?!\w)|~~(.{1,2000}?)~~|\[([^\]]{1,2000})\]\(([^()\s]{1,2000})\)|(https?:\/\/[^\s<>"'`)\]]+[^\s<>"'`)\].,;:!?])/gs;

function inline(text) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(inlineMarks)) {
    const [all, , code, strong, star, underscore, struck, label, target, bare] = match;
    nodes.push(...plain(text.slice(at, match.index)));
    at = match.index + all.length;
    const emphasis = star ?? underscore;
    if (code !== undefined) nodes.push(element('code', {}, code));
    else if (strong !== undefined) nodes.push(element('strong', {}, ...inline(strong)));
    else if (emphasis !== undefined) nodes.push(element('em', {}, ...inline(emphasis)));
    else if (struck !== undefined) nodes.push(element('s', {}, ...inline(struck)));
    else nodes.push(link(label ?? bare, target ?? bare, all));
  }
  nodes.push(...plain(text.slice(at)));
  return nodes;
}

function plain(text) {
  return text
    .split('\n')
    .flatMap((line, index) => (index === 0 ? [line] : [element('br'), line]))
    .filter((node) => node !== '');
}

function link(label, target, whole) {
  if (!/^(https?:\/\/|mailto:)/i.test(target)) return whole;
  return element('a', { href: target, target: '_blank', rel: 'noopener noreferrer' }, label);
}
