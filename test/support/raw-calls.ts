/** Calls as anybody may make them: past the client, with payloads made by hand. */
import { randomUUID } from 'node:crypto';
import type { WorkflowClient } from '@temporalio/client';
import type { AgentClient } from '../../client/agent-client';
import * as contract from '../../workflows/contract';

type Service = WorkflowClient['workflowService'];
type SignalRequest = Parameters<Service['signalWorkflowExecution']>[0];
export type RawPayload = NonNullable<NonNullable<SignalRequest['input']>['payloads']>[number];

const encoder = new TextEncoder();

/** A payload with any encoding and any bytes. */
export function payload(encoding: string, data: string | Uint8Array): RawPayload {
  return {
    metadata: { encoding: encoder.encode(encoding) },
    data: typeof data === 'string' ? encoder.encode(data) : data,
  };
}

/** `text` as it stands, called JSON. */
export function jsonText(text: string): RawPayload {
  return payload('json/plain', text);
}

export function json(value: unknown): RawPayload {
  return jsonText(JSON.stringify(value));
}

export async function rawStart(
  client: AgentClient,
  taskQueue: string,
  payloads: readonly RawPayload[],
): Promise<string> {
  const workflowId = `raw-${randomUUID()}`;
  await client.temporal.workflowService.startWorkflowExecution({
    namespace: 'default',
    workflowId,
    workflowType: { name: contract.agentWorkflowType },
    taskQueue: { name: taskQueue },
    input: { payloads: [...payloads] },
    requestId: randomUUID(),
  });
  return workflowId;
}

export async function rawSignal(
  client: AgentClient,
  workflowId: string,
  payloads: readonly RawPayload[] | undefined,
  signalName: string = contract.userMessage.name,
): Promise<void> {
  await client.temporal.workflowService.signalWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId },
    signalName,
    ...(payloads && { input: { payloads: [...payloads] } }),
    requestId: randomUUID(),
  });
}

/** What came of an update: its result as it was written, or the failure that it was refused with. */
export interface RawOutcome {
  readonly result?: unknown;
  readonly failure?: { readonly type: string; readonly message: string };
}

export async function rawUpdate(
  client: AgentClient,
  workflowId: string,
  payloads: readonly RawPayload[] | undefined,
  {
    name = contract.sendMessage.name,
    updateId = randomUUID(),
  }: { name?: string; updateId?: string } = {},
): Promise<RawOutcome> {
  const completed = 3;
  const { outcome } = await client.temporal.withDeadline(Date.now() + 10_000, () =>
    client.temporal.workflowService.updateWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId },
      waitPolicy: { lifecycleStage: completed },
      request: {
        meta: { updateId, identity: 'raw' },
        input: { name, ...(payloads && { args: { payloads: [...payloads] } }) },
      },
    }),
  );
  if (outcome?.failure) {
    const { applicationFailureInfo, message } = outcome.failure;
    return { failure: { type: applicationFailureInfo?.type ?? '', message: message ?? '' } };
  }
  const [result] = outcome?.success?.payloads ?? [];
  return { result: result?.data && JSON.parse(new TextDecoder().decode(result.data)) };
}

export async function rawQuery(
  client: AgentClient,
  workflowId: string,
  queryType: string,
  payloads: readonly RawPayload[] | undefined,
): Promise<unknown> {
  const { queryResult } = await client.temporal.withDeadline(Date.now() + 10_000, () =>
    client.temporal.workflowService.queryWorkflow({
      namespace: 'default',
      execution: { workflowId },
      query: { queryType, ...(payloads && { queryArgs: { payloads: [...payloads] } }) },
    }),
  );
  const [result] = queryResult?.payloads ?? [];
  return result?.data && JSON.parse(new TextDecoder().decode(result.data));
}
