/**
 * How turns end that no event of their own tells of: interrupted with nothing left at work, at the limit of their steps,
 * at a budget that is spent.
 */
import type { TurnError } from '../../agent/agent-messages';
import type { Budgets, Overrun, Spent } from '../../agent/budget';
import { overrunOf } from '../../agent/budget';
import type { BudgetScope } from '../../agent/conclusion';
import { describeLimit } from '../../agent/conclusion';
import { BudgetError, StepLimitError } from '../../agent/errors';
import { addSpending, nothingSpent } from '../../agent/usage';
import type { TurnContext, TurnRecord } from './turn';
import { failTurn, lastEndMs, spendingsOf } from './turn';
import type { ReadAgent } from './values';
import { endWaits, openOf } from './waits';

export interface TurnSurroundings extends TurnContext {
  readonly agent: ReadAgent;
  /** All of the conversation, this one included. */
  readonly turns: readonly TurnRecord[];
  readonly startedAtMs: number;
}

/** A turn that was stopped is over once nothing of it is at work. */
export function endInterrupted(turn: TurnRecord): void {
  const { interruptedAtMs } = turn;
  if (interruptedAtMs === undefined || turn.status !== 'running' || isAtWork(turn)) return;
  const atMs = Math.max(interruptedAtMs, lastEndMs(turn));
  turn.status = 'interrupted';
  turn.endedAtMs = atMs;
  endWaits(turn.waits, 'interrupted', atMs);
}

/** The last turn may be over: everything it asked for is there, and the conversation has asked for nothing since. */
export function endIfOver(turn: TurnRecord, around: TurnSurroundings): void {
  if (turn.status !== 'running' || isAtWork(turn) || openOf(turn.waits).length > 0) return;
  const last = turn.steps.at(-1);
  if (last && (!last.response || around.lastTaskMs < lastEndMs(turn))) return;
  if (last && last.step >= around.maxSteps) return failTurn(turn, stepLimitError(around.maxSteps));
  const { budgets } = around.agent;
  if (!budgets) return;
  const error = budgetError(turn, budgets, around);
  if (!error) return;
  const hasNo = turn.waits.some(
    ({ kind, outcome }) => kind === 'budget' && (outcome === 'refused' || outcome === 'expired'),
  );
  if (budgets.atLimit === 'ask' && !hasNo) {
    const askedAtMs = lastEndMs(turn);
    turn.waits.push({ kind: 'budget', askedAtMs, isAsked: true, outcome: 'waiting' });
  } else failTurn(turn, error);
}

/** Another turn has begun, so this one is over. */
export function endForNext(turn: TurnRecord, around: TurnSurroundings): void {
  if (turn.status !== 'running') return;
  const { maxSteps, agent } = around;
  const isUnbegun = turn.steps.length === 0 && !agent.budgets;
  if (turn.interruptedAtMs !== undefined || isUnbegun) {
    turn.status = 'interrupted';
    turn.endedAtMs = Math.max(turn.interruptedAtMs ?? 0, lastEndMs(turn));
    endWaits(turn.waits, 'interrupted', turn.endedAtMs);
    return;
  }
  const hasSteps = (turn.steps.at(-1)?.step ?? 0) >= maxSteps;
  const spent = !hasSteps && agent.budgets && budgetError(turn, agent.budgets, around);
  failTurn(turn, spent || (agent.budgets && !hasSteps ? unknownBudget : stepLimitError(maxSteps)));
  endWaits(turn.waits, 'expired', lastEndMs(turn));
}

const unknownBudget: TurnError = {
  type: 'BudgetError',
  message: 'A limit of `limits.budgets` of this agent was reached.',
};

function stepLimitError(maxSteps: number): TurnError {
  const { name: type, message } = new StepLimitError(maxSteps);
  return { type, message };
}

function isAtWork({ steps, compactions }: TurnRecord): boolean {
  const works = [
    ...steps.flatMap(({ think, tools }) => [think, ...tools.map(({ work }) => work)]),
    ...compactions.map(({ work }) => work),
  ];
  return works.some(({ status }) => status === 'running');
}

/** Undefined when, as far as history tells, no budget is spent. */
function budgetError(
  turn: TurnRecord,
  budgets: Budgets,
  around: TurnSurroundings,
): TurnError | undefined {
  const limitUsd = budgets.turn?.costUsd ?? budgets.conversation?.costUsd;
  const { costUsd } = spendingsOf(turn).reduce(addSpending, nothingSpent);
  if (limitUsd !== undefined && costUsd === null) {
    const { name: type, message } = BudgetError.withoutPrice(around.agent.model ?? '', limitUsd);
    return { type, message };
  }
  for (const scope of ['conversation', 'turn'] as const) {
    const overrun = overrunIn(scope, turn, budgets, around);
    if (!overrun) continue;
    const { name: type, message } = BudgetError.spent(describeLimit(scope, overrun));
    return { type, message };
  }
  return undefined;
}

function overrunIn(
  scope: BudgetScope,
  turn: TurnRecord,
  budgets: Budgets,
  { turns, startedAtMs, lastTaskMs }: TurnSurroundings,
): Overrun | undefined {
  const budget = budgets[scope];
  const counted = scope === 'turn' ? [turn] : turns;
  const sinceMs = scope === 'turn' ? turn.startedAtMs : startedAtMs;
  const wallMs = Math.max(0, lastTaskMs - sinceMs);
  const extensions = counted.flatMap(({ waits }) =>
    waits.filter(({ callId, outcome }) => outcome === 'allowed' && isExtension(callId, scope)),
  );
  return budget && overrunOf(budget, spentBy(counted, turn, wallMs), 1 + extensions.length);
}

function isExtension(callId: string | undefined, scope: BudgetScope): boolean {
  return new RegExp(`^t\\d+${scope}\\d+$`).test(callId ?? '');
}

function spentBy(turns: readonly TurnRecord[], current: TurnRecord, wallMs: number): Spent {
  const responses = turns.flatMap(({ steps }) =>
    steps.flatMap(({ response }) => (response ? [response] : [])),
  );
  const { usage, costUsd } = turns
    .flatMap((turn) => [turn.carriedSpent ?? nothingSpent, ...spendingsOf(turn)])
    .reduce(addSpending, nothingSpent);
  return {
    steps: responses.length,
    toolCalls: responses.reduce((sum, { toolCalls }) => sum + toolCalls.length, 0),
    tokens: usage.inputTokens + usage.outputTokens,
    costUsd: costUsd ?? 0,
    wallMs,
    repeatedCalls: repeatedSteps(current),
  };
}

function repeatedSteps({ steps }: TurnRecord): number {
  const asked = steps.map(({ response }) => JSON.stringify(response?.toolCalls ?? []));
  const other = asked.findLastIndex((calls) => calls !== asked.at(-1));
  return asked.length - 1 - other;
}
