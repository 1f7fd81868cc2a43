/** The runs of a conversation, from its first one on. */
import type { AgentClient } from '../../client/agent-client';

/** How many runs it has had. */
export async function runsOf({ temporal }: AgentClient, id: string): Promise<number> {
  const { raw } = await temporal.workflow.getHandle(id).describe();
  let runs = 1;
  let runId = raw.workflowExecutionInfo?.firstRunId ?? '';
  for (; ; runs++) {
    const { events } = await temporal.workflow.getHandle(id, runId).fetchHistory();
    const next = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes;
    if (!next?.newExecutionRunId) return runs;
    runId = next.newExecutionRunId;
  }
}
