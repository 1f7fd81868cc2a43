/** The agents that a run was pinned to stand in its history: as results of `resolveAgent`, and in what was carried. */
import type { ReActAgent } from '../agent/agent';
import { sha256Hex } from '../agent/digest';
import type { HistoryEvent } from './timeline/from-history';
import { fromHistoryEvent } from './timeline/from-history';
import { asFields } from './timeline/values';

/** The agent with this hash, proven by it. */
export function findPinnedAgent(
  events: readonly HistoryEvent[],
  agentHash: string,
): ReActAgent | undefined {
  for (const event of events) {
    const { agent, hash } = asFields(candidateIn(event));
    if (hash === agentHash && sha256Hex(JSON.stringify(agent)) === agentHash) {
      return agent as ReActAgent;
    }
  }
  return undefined;
}

function candidateIn(event: HistoryEvent): unknown {
  const fact = fromHistoryEvent(event);
  switch (fact?.type) {
    case 'run_started':
      return asFields(asFields(fact.input).carried).pinned;
    case 'activity_ended':
      return fact.result;
    default:
      return undefined;
  }
}
