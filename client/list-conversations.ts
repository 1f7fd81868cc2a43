/** Conversations as the server lists them, newest first. No worker is asked. */
import type {
  Client,
  WorkflowExecutionInfo,
  WorkflowExecutionStatusName,
} from '@temporalio/client';
import type { ListedAttributes, ListedStatus } from '../workflows/contract';
import * as contract from '../workflows/contract';
import { NoSearchAttributesError } from './errors';
import { grpcDetails } from './exactly-once';

export interface ListedConversation {
  readonly id: string;
  readonly status: WorkflowExecutionStatusName;
  readonly started: string;
  readonly ended?: string;
  readonly historyEvents: number;
  /** What its search attributes say of it. Empty where the server has none. */
  readonly attributes: ListedAttributes;
}

export interface ListOptions {
  /** @default 50 */
  readonly limit?: number;
  /** Those that have not ended alone. @default false */
  readonly isRunning?: boolean;
  /** What it does now. This and the rest are search attributes, which the server must have (`holdfast setup`). */
  readonly status?: ListedStatus;
  /** By name. */
  readonly agent?: string;
  readonly model?: string;
  readonly needsApproval?: boolean;
  readonly tenant?: string;
}

/** @throws NoSearchAttributesError when it is asked for one that the server does not have. */
export async function listConversations(
  client: Client,
  options: ListOptions,
): Promise<readonly ListedConversation[]> {
  return findRuns(client, toQuery(options), options.limit ?? 50);
}

/** Of those that run, the ones that wait for a person, and those of which the server does not know whether they do. */
export async function listWaiting(client: Client): Promise<readonly ListedConversation[]> {
  const running = toQuery({ isRunning: true });
  const { name } = contract.searchAttributes.status;
  const waiting: ListedStatus = 'waiting_for_person';
  try {
    const mayWait = `(${name} = '${waiting}' OR ${name} IS NULL)`;
    return await findRuns(client, `${running} AND ${mayWait}`, waitingLimit);
  } catch (error) {
    if (!(error instanceof NoSearchAttributesError)) throw error;
    return findRuns(client, running, waitingLimit);
  }
}

/** Each is asked, and more would be felt by the workers. */
const waitingLimit = 1_000;

/** @throws NoSearchAttributesError */
async function findRuns(
  client: Client,
  query: string,
  limit: number,
): Promise<readonly ListedConversation[]> {
  const found: ListedConversation[] = [];
  try {
    for await (const run of client.workflow.list({ query, pageSize: limit })) {
      // A run that continued as new is a part of its conversation, which is listed by its last run.
      if (run.status.name === 'CONTINUED_AS_NEW') continue;
      found.push(toListed(run));
      if (found.length >= limit) break;
    }
  } catch (error) {
    const [, name] = /\b(Holdfast\w+)/.exec(grpcDetails(error)) ?? [];
    throw name === undefined ? error : new NoSearchAttributesError(name);
  }
  return found;
}

/** As it is typed into the Temporal UI too. */
export function toQuery(options: ListOptions): string {
  const { status, agent, model, needsApproval, tenant } = options;
  const wanted = { status, agent, model, needsApproval, tenant };
  return [
    `WorkflowType = '${contract.agentWorkflowType}'`,
    ...(options.isRunning ? [`ExecutionStatus = 'Running'`] : []),
    ...Object.entries(wanted).flatMap(([key, value]) => {
      const { name } = contract.searchAttributes[key as keyof typeof wanted];
      return value === undefined ? [] : [`${name} = ${toLiteral(value)}`];
    }),
  ].join(' AND ');
}

function toLiteral(value: string | boolean): string {
  if (typeof value === 'boolean') return String(value);
  return `'${value.replace(/['\\]/g, '\\$&')}'`;
}

function toListed(run: WorkflowExecutionInfo): ListedConversation {
  return {
    id: run.workflowId,
    status: run.status.name,
    started: run.startTime.toISOString(),
    ...(run.closeTime && { ended: run.closeTime.toISOString() }),
    historyEvents: run.historyLength,
    attributes: toAttributes(run.typedSearchAttributes),
  };
}

function toAttributes(
  listed: Pick<WorkflowExecutionInfo['typedSearchAttributes'], 'get'>,
): ListedAttributes {
  const values = Object.entries(contract.searchAttributes).map(
    ([key, attribute]) => [key, listed.get(attribute)] as const,
  );
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}
