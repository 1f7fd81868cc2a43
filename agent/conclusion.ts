/** The word to conclude: what a model is told when a budget is spent. Its call has no tools to ask for. */
import type { Budget, Overrun } from './budget';
import { budgetNames } from './budget';
import type { UserMessage } from './messages';
import type { Message } from './model';

export type BudgetScope = 'turn' | 'conversation';

/** `20 tool calls of this turn` */
export function describeLimit(scope: BudgetScope, { name, limit }: Overrun): string {
  return `${shown(name, limit)} of this ${scope}`;
}

export function toConclusion(scope: BudgetScope, overrun: Overrun): UserMessage {
  const content = `The limit of ${describeLimit(scope, overrun)} is reached. No more tools can be called. Conclude now: answer with what you have, and say what is missing.`;
  return { role: 'user', content, isConclusion: true };
}

/** Whether the next answer is to be the last of its turn. */
export function isConcluding(messages: readonly Message[]): boolean {
  const last = messages.at(-1);
  return last?.role === 'user' && last.isConclusion === true;
}

function shown(name: keyof Budget, limit: number): string {
  if (name === 'costUsd') return `$${limit}`;
  if (name === 'wallMs') return `${limit / 1000} s`;
  return `${limit} ${budgetNames[name]}`;
}
