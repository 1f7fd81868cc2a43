/** What waits for a person, as the Temporal UI shows it, with the command and the update that answer it. Pure. */
import { budgetNames } from '../agent/budget';
import type { JsonValue } from '../agent/json';
import { cutToBytes, jsonBytes } from '../agent/json';
import { asCode, asCodeBlock, asText } from '../agent/markdown';
import type { DecideInput, PendingItem } from './contract';

/** Of all arguments that are shown, as they are written down. */
const argumentsLimitBytes = 6 * 1024;
const questionLimit = 1_000;
const effectLimit = 200;
const itemsShown = 8;

/** One paragraph each. */
export function describeWaiting(id: string, pending: readonly PendingItem[]): readonly string[] {
  let left = argumentsLimitBytes;
  const paragraphs: string[] = [];
  for (const item of pending.slice(0, itemsShown)) {
    const { shown, bytes } = argumentsOf(id, item, left);
    left -= bytes;
    paragraphs.push(headOf(item), ...shown, answersOf(id, item));
  }
  const hidden = pending.length - itemsShown;
  if (hidden > 0) paragraphs.push(`… and ${hidden} more: ${holdfast('pending', id)}`);
  return paragraphs;
}

function headOf(item: PendingItem): string {
  const until = `${item.expiresAt.slice(0, 16).replace('T', ' ')} UTC`;
  return `**Waits for a person** · ${item.kind} · ${asCode(item.tool)} · ${asCode(item.callId)} · until ${until}  \n${subjectOf(item)}`;
}

function subjectOf({ kind, effect, arguments: asked }: PendingItem): string {
  switch (kind) {
    case 'approval':
      return `effect: ${asText(effect, effectLimit)}`;
    case 'question':
      return `asks: ${asText(effect, questionLimit)}`;
    case 'budget': {
      const { scope, name, limit, spent } = asked;
      const noun = budgetNames[name as keyof typeof budgetNames];
      return `the ${word(scope)} has taken ${word(spent)} of ${word(limit)} ${noun} · a yes: ${asText(effect, effectLimit)}`;
    }
  }
}

function word(value: JsonValue | undefined): string {
  return asText(typeof value === 'string' ? value : JSON.stringify(value), effectLimit);
}

/** The exact ones: who allows them has seen them. Of a budget, and of a mere question, everything is said already. */
function argumentsOf(
  id: string,
  item: PendingItem,
  limitBytes: number,
): { readonly shown: readonly string[]; readonly bytes: number } {
  const isMere = item.kind === 'question' && Object.keys(item.arguments).join() === 'question';
  if (item.kind === 'budget' || isMere) return { shown: [], bytes: 0 };
  const text = JSON.stringify(item.arguments, undefined, 2);
  const shown = cutToBytes(text, Math.max(200, limitBytes));
  const isCut = shown.length < text.length;
  return {
    shown: [
      asCodeBlock(shown, 'json'),
      ...(isCut
        ? [`**The arguments are longer than this.** All of it: ${holdfast('pending', id)}`]
        : []),
    ],
    bytes: jsonBytes(shown),
  };
}

function answersOf(id: string, { kind, callId, argumentsHash }: PendingItem): string {
  const isQuestion = kind === 'question';
  const input: DecideInput = {
    callId,
    approved: true,
    ...(isQuestion ? { answer: '…' } : { argumentsHash }),
  };
  const yes = isQuestion ? holdfast('answer', id, callId, '…') : holdfast('approve', id, callId);
  const no = holdfast('deny', id, callId);
  return `${yes} or ${no}, or the update ${asCode('decide')} with ${asCode(JSON.stringify(input))}`;
}

function holdfast(...words: readonly string[]): string {
  return asCode(['holdfast', ...words.map(toShellWord)].join(' '));
}

function toShellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll(`'`, `'\\''`)}'`;
}
