/** Conversations as the server lists them, newest first. No worker is asked. */
import type { Client, WorkflowExecutionStatusName } from '@temporalio/client';
import * as contract from '../workflows/contract';

export interface ListedConversation {
  readonly id: string;
  readonly status: WorkflowExecutionStatusName;
  readonly started: string;
  readonly ended?: string;
  readonly historyEvents: number;
}

export interface ListOptions {
  /** @default 50 */
  readonly limit?: number;
  /** Those that have not ended alone. @default false */
  readonly isRunning?: boolean;
}

export async function listConversations(
  client: Client,
  { limit = 50, isRunning = false }: ListOptions,
): Promise<readonly ListedConversation[]> {
  const found: ListedConversation[] = [];
  const running = isRunning ? " AND ExecutionStatus = 'Running'" : '';
  const query = `WorkflowType = '${contract.agentWorkflowType}'${running}`;
  for await (const run of client.workflow.list({ query, pageSize: limit })) {
    // A run that continued as new is a part of its conversation, which is listed by its last run.
    if (run.status.name === 'CONTINUED_AS_NEW') continue;
    found.push({
      id: run.workflowId,
      status: run.status.name,
      started: run.startTime.toISOString(),
      ...(run.closeTime && { ended: run.closeTime.toISOString() }),
      historyEvents: run.historyLength,
    });
    if (found.length >= limit) break;
  }
  return found;
}
