/**
 * What the host itself says to a model whose budget is spent. Which budget it was is not counted once more: of all that
 * it can have said, the digest of the prompt knows the right one.
 */
import type { Pointer } from '../../activities/contract';
import type { ReActAgent } from '../../agent/agent';
import { budgetNames } from '../../agent/budget';
import { toConclusion } from '../../agent/conclusion';
import type { UserMessage } from '../../agent/messages';
import type { Message } from '../../agent/model';
import type { Proof } from './proof';

/** How often a person may have allowed as much again. */
const mostExtensions = 50;

/** Undefined when none of them leads to `pointer`. */
export function findConclusion(
  { limits }: ReActAgent,
  { proof, messages, pointer }: Proven,
): UserMessage | undefined {
  for (const scope of ['turn', 'conversation'] as const) {
    const budget = limits?.budgets?.[scope];
    for (const name of Object.keys(budgetNames) as (keyof typeof budgetNames)[]) {
      const limit = budget?.[name];
      if (limit === undefined) continue;
      for (let times = 1; times <= mostExtensions; times++) {
        const message = toConclusion(scope, { name, limit: limit * times, spent: 0 });
        if (proof.leadsTo(messages, message, pointer)) return message;
        if (limits?.budgets?.atLimit !== 'ask') break;
      }
    }
  }
  return undefined;
}

interface Proven {
  readonly proof: Proof;
  readonly messages: readonly Message[];
  readonly pointer: Pointer;
}
