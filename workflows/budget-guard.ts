/** Holds a conversation's budgets, before each model call. Pure: whom to ask is the host's. */
import type { Budgets, Overrun, Spent } from '../agent/budget';
import { overrunOf } from '../agent/budget';
import type { BudgetGauges } from '../agent/budget-gauges';
import { toGauges } from '../agent/budget-gauges';
import type { BudgetScope } from '../agent/conclusion';
import { isConcluding } from '../agent/conclusion';
import type { ToolCallMessage } from '../agent/messages';
import type { Message } from '../agent/model';
import type { Usage } from '../agent/usage';
import type { Conversation } from './conversation';

export interface Spill {
  readonly scope: BudgetScope;
  readonly overrun: Overrun;
}

/** The budget that lets no further model call through, if there is one. The conversation's goes before the turn's. */
export function spillOf(conversation: Conversation, nowMs: number): Spill | undefined {
  const budgets = budgetsOf(conversation);
  if (!budgets) return undefined;
  for (const scope of ['conversation', 'turn'] as const) {
    const budget = budgets[scope];
    const times = 1 + extensionsOf(conversation, scope);
    const overrun = budget && overrunOf(budget, spentBy(conversation, scope, nowMs), times);
    if (overrun) return { scope, overrun };
  }
  return undefined;
}

/** What is taken of a budget, whether or not it has a limit. */
export function gaugesOf(conversation: Conversation, scope: BudgetScope): BudgetGauges {
  const budget = budgetsOf(conversation)?.[scope] ?? {};
  const spent = spentBy(conversation, scope, conversation.now());
  return toGauges(spent, budget, 1 + extensionsOf(conversation, scope));
}

/** The limit in US dollars that cannot be held, for the price of a model is not known. */
export function unpriced(conversation: Conversation): number | undefined {
  const { turn, conversation: whole } = budgetsOf(conversation) ?? {};
  const limit = turn?.costUsd ?? whole?.costUsd;
  return limit !== undefined && conversation.runningTurn?.costUsd === null ? limit : undefined;
}

export function budgetsOf({ pinned }: Conversation): Budgets | undefined {
  return pinned?.agent.limits?.budgets;
}

/** Whether the model has been told already, and what it says now is its last word. */
export function hasBeenTold({ memory }: Conversation): boolean {
  const lastUser = memory.messages.findLast(
    (message) => message.role === 'user' && !message.isRepair,
  );
  return lastUser !== undefined && isConcluding([lastUser]);
}

/** Whether anything of the turn could be concluded from: before its first step there is nothing. */
export function hasBegun({ step }: Conversation): boolean {
  return step > 1;
}

function extensionsOf(conversation: Conversation, scope: BudgetScope): number {
  return (scope === 'turn' ? conversation.runningTurn?.extensions : conversation.extensions) ?? 0;
}

function spentBy(conversation: Conversation, scope: BudgetScope, nowMs: number): Spent {
  const { runningTurn, turnLog, startedAtMs, heldSinceMs = nowMs } = conversation;
  const isTurn = scope === 'turn';
  const { usage, costUsd } =
    isTurn && runningTurn ? runningTurn : { ...turnLog.spent, costUsd: turnLog.knownCostUsd };
  const { steps = 0, toolCalls = 0 } = isTurn && runningTurn ? runningTurn : turnLog.counts;
  const sinceMs = isTurn ? runningTurn?.startedAtMs : startedAtMs;
  return {
    steps,
    toolCalls,
    tokens: tokensOf(usage),
    costUsd: costUsd ?? 0,
    wallMs: sinceMs === undefined ? 0 : Math.max(0, Math.min(nowMs, heldSinceMs) - sinceMs),
    // Looked at only where it has a limit.
    get repeatedCalls() {
      return repeatedSteps(conversation.memory.messages);
    },
  };
}

function tokensOf({ inputTokens, outputTokens }: Usage): number {
  return inputTokens + outputTokens;
}

/** How many of the last steps asked for the same calls with the same arguments. */
export function repeatedSteps(messages: readonly Message[]): number {
  let repeated = 0;
  let last: string | undefined;
  for (let index = messages.length - 1; index >= 0; index--) {
    const message = messages[index]!;
    if (message.role === 'tool_response') continue;
    if (message.role === 'user' || message.toolCalls.length === 0) break;
    const calls = JSON.stringify(message.toolCalls.map(withoutIds));
    if (last !== undefined && calls !== last) break;
    last = calls;
    repeated += 1;
  }
  return repeated;
}

function withoutIds({ name, arguments: toolArguments }: ToolCallMessage): unknown {
  return [name, toolArguments];
}
