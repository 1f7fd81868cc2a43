/** Budgets as they are shown: what is taken by now, and how far it may go. Pure. */
import type { Budget, Spent } from './budget';
import { budgetNames } from './budget';

export interface BudgetGauge {
  /** Of costs as much as is known. */
  readonly used: number;
  /** What persons allowed on top is in it. Absent where there is no limit. */
  readonly limit?: number;
}

/** `repeatedCalls` is there only where it has a limit. */
export type BudgetGauges = {
  readonly [Name in Exclude<keyof Budget, 'repeatedCalls'>]-?: BudgetGauge;
} & { readonly repeatedCalls?: BudgetGauge };

/** `times`: how often a person allowed as much again, plus one. */
export function toGauges(spent: Spent, budget: Budget, times: number): BudgetGauges {
  const gauge = (name: keyof Budget): BudgetGauge => {
    const limit = budget[name];
    return { used: spent[name], ...(limit !== undefined && { limit: limit * times }) };
  };
  return {
    steps: gauge('steps'),
    toolCalls: gauge('toolCalls'),
    tokens: gauge('tokens'),
    costUsd: gauge('costUsd'),
    wallMs: gauge('wallMs'),
    ...(budget.repeatedCalls !== undefined && { repeatedCalls: gauge('repeatedCalls') }),
  };
}

/** `2 of 20 model calls`, each. */
export function describeGauges(gauges: BudgetGauges): readonly string[] {
  return (Object.keys(budgetNames) as (keyof Budget)[]).flatMap((name) => {
    const gauge = gauges[name];
    if (!gauge) return [];
    const { used, limit } = gauge;
    const of = limit === undefined ? '' : ` of ${amount(name, limit)}`;
    return [`${amount(name, used)}${of}${noun(name, limit ?? used)}`];
  });
}

function amount(name: keyof Budget, value: number): string {
  if (name === 'costUsd') return `$${Number(value.toFixed(6))}`;
  if (name === 'wallMs') return `${Math.round(value / 1000).toLocaleString('en')} s`;
  return value.toLocaleString('en');
}

function noun(name: keyof Budget, count: number): string {
  if (name === 'costUsd' || name === 'wallMs') return '';
  return ` ${count === 1 ? budgetNames[name].slice(0, -1) : budgetNames[name]}`;
}
