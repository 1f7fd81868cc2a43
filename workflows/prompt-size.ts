/** How long a conversation's next prompt is, and how long it may be. Pure. */
import type { PinnedAgent } from '../activities/contract';
import { limitTokens } from './compaction';
import type { Conversation } from './conversation';
import type { PromptParts } from './prompt-estimate';
import { agentTokens, estimateTokens } from './prompt-estimate';

/** The agent's own word goes before what was known of its model when it was pinned. */
export function contextWindowOf({ agent, contextWindow }: PinnedAgent): number | undefined {
  return agent.limits?.contextWindow ?? contextWindow;
}

/** From how many tokens on a prompt is compacted. Undefined where no window is known. */
export function promptLimitOf(pinned: PinnedAgent): number | undefined {
  return limitTokens(pinned.agent.limits, contextWindowOf(pinned));
}

export function promptPartsOf({ memory, pinned, countTokens }: Conversation): PromptParts {
  return {
    messages: memory.messages,
    countedFrom: memory.countedFrom,
    // Once a provider has counted, nobody asks.
    get agentTokens() {
      return pinned ? agentTokens(pinned.agent) : 0;
    },
    count: countTokens,
  };
}

/** A guess at the tokens of the next prompt. */
export function promptTokensOf(conversation: Conversation): number {
  return estimateTokens(promptPartsOf(conversation));
}
