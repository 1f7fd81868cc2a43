/** The workflows of `own-worker.ts`: one of its own, and the one that runs agents. */
import { proxyActivities } from '@temporalio/workflow';

// Outside this repository: 'holdfast/workflows'.
export { agentWorkflow } from '../workflows';

interface OrderActivities {
  readOrder(order: string): Promise<string>;
}

const { readOrder } = proxyActivities<OrderActivities>({ startToCloseTimeout: '10 seconds' });

export async function orderStatus(order: string): Promise<string> {
  return readOrder(order);
}
