/** What happens where a budget is spent: the model is told to conclude, or a person is asked whether it may go on. */
import { BudgetError } from '../agent/errors';
import { defaultDecisionMs } from '../agent/agent';
import type { BudgetScope } from '../agent/conclusion';
import { describeLimit, isConcluding, toConclusion } from '../agent/conclusion';
import type { Spill } from './budget-guard';
import { budgetsOf, hasBeenTold, hasBegun, spillOf, unpriced } from './budget-guard';
import type { Conversation } from './conversation';
import type { Decision } from './contract';
import type { DecisionDesk } from './decision-desk';

export class BudgetKeeper {
  constructor(
    private readonly options: { readonly conversation: Conversation; readonly desk: DecisionDesk },
  ) {}

  /** Whether the next model call has to be admitted first. */
  get isDue(): boolean {
    return spillOf(this.options.conversation, Date.now()) !== undefined;
  }

  /**
   * @returns whether the model may be called; otherwise something has changed, and all is to be looked at again.
   * @throws BudgetError where there is nothing to conclude from, or the model would not conclude.
   */
  async admit(): Promise<boolean> {
    const { conversation } = this.options;
    const limitUsd = unpriced(conversation);
    if (limitUsd !== undefined) {
      throw BudgetError.withoutPrice(conversation.requirePinned().agent.model, limitUsd);
    }
    const spill = spillOf(conversation, Date.now());
    if (!spill || isConcluding(conversation.memory.messages)) return true;
    const limit = describeLimit(spill.scope, spill.overrun);
    if (hasBeenTold(conversation)) throw BudgetError.spent(limit);
    if (budgetsOf(conversation)?.atLimit === 'ask') {
      const { approved, by } = await this.ask(spill);
      if (approved) conversation.extend(spill.scope);
      if (approved || by === 'interrupt') return false;
    }
    if (!hasBegun(conversation)) throw BudgetError.spent(limit);
    conversation.memory.append(toConclusion(spill.scope, spill.overrun));
    return true;
  }

  private ask({ scope, overrun }: Spill): Promise<Decision> {
    const { conversation, desk } = this.options;
    const { name, limit, spent } = overrun;
    const item = {
      callId: budgetId(conversation, scope),
      kind: 'budget' as const,
      tool: 'budget',
      arguments: { scope, name, limit, spent },
      effect: 'goes on, as far again',
    };
    const patienceMs = conversation.pinned?.agent.limits?.decisionMs ?? defaultDecisionMs;
    return desk.ask(item, patienceMs);
  }
}

/** Each extension is a question of its own. */
function budgetId({ runningTurn, extensions }: Conversation, scope: BudgetScope): string {
  const turn = runningTurn?.turn ?? 0;
  const times = scope === 'turn' ? (runningTurn?.extensions ?? 0) : extensions;
  return `t${turn}${scope}${times + 1}`;
}
