/** A tool's result → Markdown: whole, and marked where the model was shown less. */
import { contentToText } from '../../agent/messages';
import { wholeText } from '../../agent/shorten-result';
import { utf8Bytes } from '../../agent/text-ends';
import { formatBytes } from '../timeline/words';
import { contentPieces } from './markdown-content';
import { fenced } from './markdown-text';
import type { WholeResult } from './whole-result';

/** `whole`: what the tool returned, where `shown` is less. */
export function resultPieces(
  shown: WholeResult,
  whole: WholeResult | undefined,
  clean: (text: string) => string,
): readonly string[] {
  const showText = (text: string) => fenced(clean(text));
  if (!whole) return piecesOf(shown, clean);
  const [before, missing, after] = partsOf(wholeText(whole), contentToText(shown.content));
  if (missing === '') {
    return [...piecesOf(whole, clean), '_The model was not shown all that this stands for._'];
  }
  return [
    ...(before === '' ? [] : [showText(before)]),
    `_The model was not shown these ${formatBytes(utf8Bytes(missing))}:_`,
    showText(missing),
    ...(after === '' ? [] : ['_From here on it was:_', showText(after)]),
  ];
}

function piecesOf(
  { content, structuredContent }: WholeResult,
  clean: (text: string) => string,
): readonly string[] {
  const told = contentPieces(content, (text) => fenced(clean(text)));
  if (told.length > 0) return told;
  return structuredContent
    ? [fenced(clean(JSON.stringify(structuredContent, undefined, 2)), 'json')]
    : ['No content.'];
}

/** What `shown` has of `whole` at its beginning, what it has not, and what it has at its end. */
function partsOf(whole: string, shown: string): readonly [string, string, string] {
  let head = 0;
  while (head < whole.length && whole[head] === shown[head]) head += 1;
  const most = Math.min(whole.length, shown.length) - head;
  let tail = 0;
  while (tail < most && whole.at(-1 - tail) === shown.at(-1 - tail)) tail += 1;
  const end = whole.length - tail;
  // A line break before it is the note's as well.
  return [whole.slice(0, head), whole.slice(head, end), whole.slice(end).replace(/^\n/, '')];
}
