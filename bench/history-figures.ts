/** What a turn cost in history, over its whole chain of runs, as the server counts it. */
import type { Payload } from '@temporalio/common';
import {
  visit,
  walkGetWorkflowExecutionHistoryResponse,
} from '@temporalio/common/lib/internal-non-workflow';
import type { History } from '@temporalio/common/lib/proto-utils';
import { zlibEncoding } from '../wire/compression-codec';
import type { AgentClient } from '../client/agent-client';
import type { TurnHandle } from './turns';

export interface HistoryFigures {
  readonly runs: number;
  /** `historySize` of DescribeWorkflowExecution, summed over the runs, without the carry. */
  readonly bytes: number;
  /** What continue-as-new wrote: the carried conversation stands at the end of a run and at the next one's beginning. */
  readonly carryBytes: number;
  readonly events: number;
  readonly largestActivityInputBytes: number;
}

interface HistoryEvent {
  readonly activityTaskScheduledEventAttributes?: { readonly input?: Payloads | null } | null;
  readonly workflowExecutionStartedEventAttributes?: {
    readonly input?: Payloads | null;
    readonly continuedExecutionRunId?: string | null;
  } | null;
  readonly workflowExecutionContinuedAsNewEventAttributes?: {
    readonly input?: Payloads | null;
    readonly newExecutionRunId?: string | null;
  } | null;
}

interface Payloads {
  readonly payloads?: readonly { readonly data?: Uint8Array | null }[] | null;
}

/**
 * Of a turn that has ended, from its first run on: as it would be without the compressing codec.
 *
 * @throws Error when more than the carry was compressed.
 */
export async function historyFigures(
  { temporal }: Pick<AgentClient, 'temporal'>,
  { workflowId, firstExecutionRunId }: TurnHandle,
): Promise<HistoryFigures> {
  let figures = { runs: 0, bytes: 0, carryBytes: 0, events: 0, largestActivityInputBytes: 0 };
  for (let runId: string | undefined = firstExecutionRunId; runId !== undefined;) {
    const handle = temporal.workflow.getHandle(workflowId, runId);
    const { historySize = 0, historyLength } = await handle.describe();
    const history = await handle.fetchHistory();
    const events: readonly HistoryEvent[] = history.events ?? [];
    const carryBytes = sum(events.map(carryOf));
    const compressedBytes = await bytesMadeByCodec(history);
    if (compressedBytes > carryBytes) {
      throw new Error(
        `Run ${runId} has ${compressedBytes} compressed bytes, its carry only ${carryBytes}: measure with smaller messages.`,
      );
    }
    figures = {
      runs: figures.runs + 1,
      bytes: figures.bytes + historySize - carryBytes,
      carryBytes: figures.carryBytes + carryBytes,
      events: figures.events + historyLength,
      largestActivityInputBytes: Math.max(
        figures.largestActivityInputBytes,
        ...events.map((event) => sizeOf(event.activityTaskScheduledEventAttributes?.input)),
      ),
    };
    runId = nextRunOf(events);
  }
  return figures;
}

async function bytesMadeByCodec(history: History): Promise<number> {
  let bytes = 0;
  const look = ({ metadata, data }: Payload): void => {
    const encoding = Buffer.from(metadata?.encoding ?? []).toString();
    if (encoding === zlibEncoding) bytes += data?.length ?? 0;
  };
  await visit({ history }, walkGetWorkflowExecutionHistoryResponse, {
    transformPayload: (payload) => Promise.resolve((look(payload), payload)),
    transformPayloads: (payloads) => Promise.resolve((payloads.forEach(look), payloads)),
  });
  return bytes;
}

function carryOf(event: HistoryEvent): number {
  const { input, continuedExecutionRunId } = event.workflowExecutionStartedEventAttributes ?? {};
  const started = continuedExecutionRunId ? sizeOf(input) : 0;
  return started + sizeOf(event.workflowExecutionContinuedAsNewEventAttributes?.input);
}

function nextRunOf(events: readonly HistoryEvent[]): string | undefined {
  return (
    events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId || undefined
  );
}

function sizeOf(payloads: Payloads | null | undefined): number {
  return sum((payloads?.payloads ?? []).map(({ data }) => data?.length ?? 0));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
