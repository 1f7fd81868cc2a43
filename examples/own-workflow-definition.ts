/** The workflows of `own-workflow.ts`: one that asks an agent and uses the answer, and the one that runs agents. */
import { executeChild, workflowInfo } from '@temporalio/workflow';
// Outside this repository: 'holdfast/workflows'. The bundle needs it exported from here.
import { agentWorkflow } from '../workflows';

export { agentWorkflow };

export interface Order {
  readonly pieces: number;
  readonly price: number;
}

export async function invoice({ pieces, price }: Order): Promise<string> {
  const question = `What is ${pieces} * ${price}?`;
  // In task mode the workflow completes with the answer; a turn that fails throws a `ChildWorkflowFailure`.
  const answer = await executeChild(agentWorkflow, {
    workflowId: `${workflowInfo().workflowId}/accountant`,
    args: [
      {
        agent: 'accountant',
        mode: 'task',
        messages: [{ messageId: 'question', message: { role: 'user', content: question } }],
      },
    ],
  });
  return `Invoice over ${pieces} pieces. The accountant says: ${answer?.content}`;
}
