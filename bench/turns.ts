/** One turn of either subject, from the start of its workflow to the answer. */
import { randomUUID } from 'node:crypto';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { ReActAgent } from '../agent/agent';
import { AgentRunner } from '../agent/agent-runner';
import { jsonBytes } from '../agent/json';
import { userMessage } from '../agent/messages';
import { toToolDefinition } from '../agent/tool';
import type { AgentClient } from '../client/agent-client';
import type { AgentWorkflowInput, ConversationMode } from '../workflows/contract';
import { agentWorkflowType } from '../workflows/contract';
import type { BareInput } from './bare-workflow';
import type { Subject } from './environment';
import { InstantModel, clerk, clerkName, question } from './workload';

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
  return { steps, agent: definitionOf(steps), message: userMessage(question) };
}

/** What has to be kept of a turn, as UTF-8 JSON: the agent once, and every message once, as the loop makes them. */
export async function uniqueBytes(steps: number): Promise<number> {
  const runner = new AgentRunner({ model: new InstantModel(), tools: clerk(steps).tools });
  const definition = definitionOf(steps);
  const { messages } = await runner.getResponse(definition, [userMessage(question)]);
  return [definition, ...messages].reduce((total, value) => total + jsonBytes(value), 0);
}

function definitionOf(steps: number): ReActAgent {
  const { name, model, instructions, tools, limits } = clerk(steps);
  const definitions = tools.map(toToolDefinition);
  return { name, model, instructions, tools: definitions, ...(limits && { limits }) };
}
