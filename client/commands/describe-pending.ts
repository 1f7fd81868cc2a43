/** What waits for a person, and what became of it, in words. Pure. */
import type { Budget } from '../../agent/budget';
import { budgetNames } from '../../agent/budget';
import type { JsonValue } from '../../agent/json';
import { visible } from '../../agent/markdown';
import type { Decided, PendingItem } from '../../workflows/contract';
import { wrapSpans } from '../chat/wrap';
import { formatDuration } from '../timeline/words';
import { commandName } from './command-name';

/** Everything that somebody who decides has to know, the command included that does. */
export function describePending(id: string, item: PendingItem, nowMs: number): readonly string[] {
  const { callId, expiresAt } = item;
  const leftMs = Date.parse(expiresAt) - nowMs;
  const expiry = leftMs > 0 ? `expires in ${formatDuration(leftMs)}` : 'is expiring';
  return [
    `${callId} · ${item.kind} · ${item.tool} · ${expiry}`,
    ...describeAsked(item).map((line) => `  ${line}`),
    `  ${answerCommand(id, item)}`,
  ];
}

/** What is asked, whole: nothing of it is cut. */
export function describeAsked(item: PendingItem): readonly string[] {
  switch (item.kind) {
    case 'approval':
      return [describeCall(item), `effect: ${onOneLine(item.effect)}`];
    case 'question': {
      const { options } = item.arguments;
      const choices = Array.isArray(options) ? options.map(word).map(onOneLine).join(' · ') : '';
      return [...asQuote(item.effect), ...(choices ? [`answers to choose from: ${choices}`] : [])];
    }
    case 'budget': {
      const { scope, name, limit, spent } = item.arguments;
      const noun = Object.hasOwn(budgetNames, word(name)) ? budgetNames[name as BudgetName] : name;
      return [
        `the ${word(scope)} has reached its limit: ${word(spent)} of ${word(limit)} ${word(noun)}`,
        `a yes: ${onOneLine(item.effect)}`,
      ];
    }
  }
}

/** With the exact arguments. */
export function describeCall({ tool, arguments: given }: PendingItem): string {
  return `${tool}(${visible(JSON.stringify(given))})`;
}

/** What a model wrote looks like nothing that is said of it: each row begins with a mark. */
function asQuote(text: string): readonly string[] {
  return text
    .split('\n')
    .flatMap((line) => wrapSpans([{ text: line }], { width: quoteWidth }))
    .map((spans) => `> ${spans.map((span) => span.text).join('')}`);
}

const quoteWidth = 70;

export function onOneLine(text: string): string {
  return visible(text.replace(/\s+/g, ' ').trim());
}

type BudgetName = keyof Budget;

function word(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The command that answers it. Whoever started the conversation chose its id. */
function answerCommand(id: string, { kind, callId }: PendingItem): string {
  const name = toShellWord(visible(id.replace(/\s/g, ' ')));
  const which = `${id.startsWith('-') ? '-- ' : ''}${name} ${toShellWord(callId)}`;
  const words = kind === 'question' ? `answer ${which} "…"` : `approve ${which}`;
  return `${commandName} ${words} (or \`deny\`)`;
}

function toShellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll(`'`, `'\\''`)}'`;
}

export function describeDecided(decided: Decided): string {
  const { callId, approved, by, reason, answer, isFirst } = decided;
  const verdict = approved ? 'approved' : 'denied';
  if (isFirst) {
    return answer === undefined ? `${callId} is ${verdict}.` : `${callId} is answered: ${answer}`;
  }
  const because = reason ? `: ${reason}` : '';
  return `Too late: ${callId} was ${answer === undefined ? verdict : 'answered'} already, by ${deciders[by]}${because}.`;
}

const deciders = {
  user: 'somebody else',
  expiry: 'the end of its time',
  interrupt: 'an interruption',
} as const satisfies Record<Decided['by'], string>;
