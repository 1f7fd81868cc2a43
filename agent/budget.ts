/** How much a turn, or a conversation, may take. Data on the agent, checked by the host before each model call. */

/** Each is checked before a model call, so that what is spent passes it by that one call at the most. */
export interface Budget {
  /** Model calls. */
  readonly steps?: number;
  /** Tool calls that the model asked for, refused ones included. */
  readonly toolCalls?: number;
  /** Input and output tokens together, attempts that failed after they were billed included. */
  readonly tokens?: number;
  /** US dollars. A model without a known price passes it by not being counted: see `state`'s `costUsd`. */
  readonly costUsd?: number;
  /**
   * Milliseconds since the turn, or the conversation, began; waiting for people included, but for pauses and questions
   * about budgets.
   */
  readonly wallMs?: number;
  /** The same tool calls with the same arguments, step after step. */
  readonly repeatedCalls?: number;
}

export interface Budgets {
  readonly turn?: Budget;
  readonly conversation?: Budget;
  /**
   * What happens at a limit. `conclude`: the agent is told to answer with what it has, its tools are off. `ask`: a
   * person is asked whether it may go on, as far again; without a yes it concludes. @default 'conclude'
   */
  readonly atLimit?: 'conclude' | 'ask';
}

/** What has been taken so far. */
export type Spent = Required<{ readonly [Key in keyof Budget]: number }>;

export const budgetNames = {
  steps: 'model calls',
  toolCalls: 'tool calls',
  tokens: 'tokens',
  costUsd: 'US dollars',
  wallMs: 'milliseconds',
  repeatedCalls: 'identical steps',
} as const satisfies Record<keyof Budget, string>;

export interface Overrun {
  readonly name: keyof Budget;
  readonly limit: number;
  readonly spent: number;
}

/** The first limit that is reached. `times`: how often a person allowed as much again, plus one. */
export function overrunOf(budget: Budget, spent: Spent, times = 1): Overrun | undefined {
  for (const name of Object.keys(budgetNames) as (keyof Budget)[]) {
    const limit = budget[name];
    if (limit !== undefined && spent[name] >= limit * times) {
      return { name, limit: limit * times, spent: spent[name] };
    }
  }
  return undefined;
}

/** What of an agent's `budgets` cannot be held. */
export function budgetsProblem(budgets: unknown): string | undefined {
  if (!isFields(budgets)) return 'must be an object.';
  const { turn, conversation, atLimit, ...unknown } = budgets;
  const [strange] = Object.keys(unknown);
  if (strange !== undefined) {
    return `has no \`${strange}\`. Known: turn, conversation, atLimit.`;
  }
  if (atLimit !== undefined && atLimit !== 'conclude' && atLimit !== 'ask') {
    return '`atLimit` must be `conclude` or `ask`.';
  }
  for (const [scope, budget] of Object.entries({ turn, conversation })) {
    const problem = budget === undefined ? undefined : budgetProblem(budget);
    if (problem) return `\`${scope}\` ${problem}`;
  }
  return undefined;
}

function budgetProblem(budget: unknown): string | undefined {
  if (!isFields(budget)) return 'must be an object.';
  for (const [name, limit] of Object.entries(budget)) {
    if (!Object.hasOwn(budgetNames, name)) {
      return `has no \`${name}\`. Known: ${Object.keys(budgetNames).join(', ')}.`;
    }
    if (typeof limit !== 'number' || !Number.isFinite(limit) || limit <= 0) {
      return `\`${name}\` must be a number above 0.`;
    }
  }
  return undefined;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
