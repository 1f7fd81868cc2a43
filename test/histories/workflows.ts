/** The bundle's entry for the recording: the workflow as it is, and one that runs it as a child. */
import { executeChild } from '@temporalio/workflow';
import type { agentWorkflow } from '../../workflows';
import type { AgentWorkflowInput } from '../../workflows/contract';

export { agentWorkflow } from '../../workflows';

export async function delegating(workflowId: string, input: AgentWorkflowInput): Promise<string> {
  const answer = await executeChild<typeof agentWorkflow>('agentWorkflow', {
    workflowId,
    args: [input],
  });
  return answer?.content ?? '';
}
