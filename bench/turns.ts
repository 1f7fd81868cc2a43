/** One turn of either subject, from the start of its workflow to the answer. */
import { randomUUID } from 'node:crypto';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { AgentClient } from '../client/agent-client';
import { userMessage } from '../agent/messages';
import { toToolDefinition } from '../agent/tool';
import type { AgentWorkflowInput, ConversationMode } from '../workflows/contract';
import { agentWorkflowType } from '../workflows/contract';
import type { BareInput } from './bare-workflow';
import type { Subject } from './environment';
import { clerk, clerkName, question } from './workload';

export interface TurnOptions {
  readonly steps: number;
  readonly taskQueue: string;
  /** `conversation` waits idle after its answer. @default 'task' */
  readonly mode?: ConversationMode;
}

export type TurnHandle = WorkflowHandleWithFirstExecutionRunId;

export function startTurn(
  client: AgentClient,
  subject: Subject,
  { steps, taskQueue, mode = 'task' }: TurnOptions,
): Promise<TurnHandle> {
  const workflowId = `${subject}-${randomUUID().slice(0, 8)}`;
  const start = { workflowId, taskQueue };
  if (subject === 'bare') {
    const type = mode === 'task' ? 'bareLoop' : 'bareIdle';
    return client.temporal.workflow.start(type, { ...start, args: [bareInput(steps)] });
  }
  const input: AgentWorkflowInput = {
    agent: clerkName(steps),
    mode,
    messages: [{ messageId: randomUUID(), message: { role: 'user', content: question } }],
  };
  return client.temporal.workflow.start(agentWorkflowType, { ...start, args: [input] });
}

/** The definition and the question stand in the bare loop's history too, once. */
function bareInput(steps: number): BareInput {
  const { name, model, instructions, tools, limits } = clerk(steps);
  const agent = { name, model, instructions, tools: tools.map(toToolDefinition), ...(limits && { limits }) };
  return { steps, agent, message: userMessage(question) };
}
