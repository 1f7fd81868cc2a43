/** `resolveAgent` as an activity: what a conversation is pinned to, at its start and when it adopts another agent. */
import { ApplicationFailure, proxyActivities } from '@temporalio/workflow';
import type { AgentActivities, PinnedAgent, ResolveAgentInput } from '../activities/contract';
import { toTurnError } from './turn-error';

const { resolveAgent } = proxyActivities<Pick<AgentActivities, 'resolveAgent'>>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '5 seconds',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '30 seconds' },
});

/** @throws ApplicationFailure with the activity's own type and message for an agent that cannot be resolved. */
export async function pinAgent(input: ResolveAgentInput, summary: string): Promise<PinnedAgent> {
  try {
    return await resolveAgent.executeWithOptions({ summary }, [input]);
  } catch (error) {
    const turnError = toTurnError(error);
    if (!turnError) throw error;
    throw ApplicationFailure.nonRetryable(turnError.message, turnError.type);
  }
}
