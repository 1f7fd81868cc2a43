/** Finds the whole results of a conversation's earlier tool calls: its history has them, the newest run's first. */
import type { Context } from '@temporalio/activity';
import type { History, Payload } from '@temporalio/common/lib/proto-utils';
import type { KeptResult, ToolResult } from '../agent/tool';
import { decodePayloads } from '../wire/decode-payloads';
import type { AgentActivities, ExecuteToolInput } from './contract';

type Client = Context['client'];
type HistoryEvent = NonNullable<History['events']>[number];

const executeTool: keyof AgentActivities = 'executeTool';
/** Ids that are told where one is not found. */
const idsTold = 10;
/** Results are read piece by piece: the last ones read are remembered. Each is 1 MiB at most. */
const resultsRemembered = 8;
/** Of workflow tasks and what happened between them: results of megabytes may have come at once. */
const pageSize = 20;

export class KeptResults {
  /** By run and call. Insertion order is age. */
  private readonly remembered = new Map<string, ToolResult>();

  /** Searches the conversation that the activity belongs to. */
  finder({ client, info }: Context): (callId: string) => Promise<KeptResult> {
    return async (callId) => {
      const { workflowId = '', runId = '' } = info.workflowExecution ?? {};
      // A reset gives the conversation another run: the same call may then have another result.
      const key = `${runId}/${callId}`;
      const known = this.remembered.get(key);
      if (known) return { result: known };
      const found = await find(callId, callsBackwards(client, { workflowId, runId }));
      if (found.result) this.remember(key, found.result);
      return found;
    };
  }

  private remember(key: string, result: ToolResult): void {
    this.remembered.set(key, result);
    if (this.remembered.size <= resultsRemembered) return;
    const [oldest] = this.remembered.keys();
    if (oldest !== undefined) this.remembered.delete(oldest);
  }
}

/** A call that has a result. */
interface CompletedCall {
  readonly callId: string;
  readonly result: () => Promise<ToolResult>;
}

async function find(callId: string, calls: AsyncIterable<CompletedCall>): Promise<KeptResult> {
  const known: string[] = [];
  for await (const call of calls) {
    if (call.callId === callId) return { result: await call.result() };
    if (known.length < idsTold) known.push(call.callId);
    // Further back is nothing but older calls.
    else if (!mayBeBefore(callId, call.callId)) break;
  }
  return { known };
}

/** Calls of one step end in any order. What is no id of ours is nowhere. */
function mayBeBefore(callId: string, other: string): boolean {
  const [step, otherStep] = [stepOf(callId), stepOf(other)];
  if (!step || !otherStep) return false;
  return (
    step.turn < otherStep.turn || (step.turn === otherStep.turn && step.step <= otherStep.step)
  );
}

function stepOf(callId: string): { readonly turn: number; readonly step: number } | undefined {
  const [, turn, step] = /^t(\d+)s(\d+)c\d+$/.exec(callId) ?? [];
  return turn === undefined ? undefined : { turn: Number(turn), step: Number(step) };
}

interface Run {
  readonly workflowId: string;
  readonly runId: string;
}

/** Over all runs that the server still has, the last call first. */
async function* callsBackwards(client: Client, newest: Run): AsyncGenerator<CompletedCall> {
  let runId: string | undefined = newest.runId;
  while (runId) {
    const completed = new Map<string, Payload>();
    let previousRunId: string | undefined;
    for await (const event of eventsBackwards(client, { ...newest, runId })) {
      const end = event.activityTaskCompletedEventAttributes;
      const [result] = end?.result?.payloads ?? [];
      if (end && result) completed.set(String(end.scheduledEventId), result);
      const call = await completedCall(client, event, completed);
      if (call) yield call;
      previousRunId = event.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
    }
    runId = previousRunId;
  }
}

async function completedCall(
  client: Client,
  event: HistoryEvent,
  completed: Map<string, Payload>,
): Promise<CompletedCall | undefined> {
  const scheduled = event.activityTaskScheduledEventAttributes;
  if (!scheduled) return undefined;
  const payload = completed.get(String(event.eventId));
  completed.delete(String(event.eventId));
  const [input] = scheduled.input?.payloads ?? [];
  if (scheduled.activityType?.name !== executeTool || !payload || !input) return undefined;
  const { callId } = (await read(client, input)) as ExecuteToolInput;
  return { callId, result: async () => (await read(client, payload)) as ToolResult };
}

/** A value of history, through the codecs that the worker has. */
async function read(client: Client, payload: Payload): Promise<unknown> {
  const attributes = { result: { payloads: [payload] } };
  const events = [{ activityTaskCompletedEventAttributes: attributes }];
  await decodePayloads(client, { history: { events } });
  const { payloadConverter } = client.options.loadedDataConverter;
  return payloadConverter.fromPayload(attributes.result.payloads[0]!);
}

/** None of a run that the server no longer has. */
async function* eventsBackwards(client: Client, execution: Run): AsyncGenerator<HistoryEvent> {
  const { namespace } = client.options;
  let nextPageToken: Uint8Array | undefined;
  do {
    const request = { namespace, execution, maximumPageSize: pageSize };
    const page: HistoryPage = await client.workflowService
      .getWorkflowExecutionHistoryReverse({ ...request, ...(nextPageToken && { nextPageToken }) })
      .catch(noneIfForgotten);
    yield* page.history?.events ?? [];
    nextPageToken = page.nextPageToken?.length ? page.nextPageToken : undefined;
  } while (nextPageToken);
}

interface HistoryPage {
  readonly history?: History | null;
  readonly nextPageToken?: Uint8Array | null;
}

/** gRPC's status code, a stable number of the protocol. */
const notFound = 5;

function noneIfForgotten(error: unknown): HistoryPage {
  if ((error as { readonly code?: unknown }).code === notFound) return {};
  throw error;
}
