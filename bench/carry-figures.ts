/** What continue-as-new took along, and how long it took, as the server tells it. */
import { inflateSync } from 'node:zlib';
import type { AgentClient } from '../client/agent-client';

const closeEventAlone = 2;

export interface CarryFigures {
  readonly runId: string;
  /** Of the new run's input, as it was before it was compressed. */
  readonly jsonBytes: number;
  /** The same as the server stores it. */
  readonly wireBytes: number;
  /** From the old run's last event until the new run's first workflow task is completed. */
  readonly milliseconds: number;
}

/** Undefined when the newest run is not one that was continued. */
export async function carryFigures(
  { temporal }: Pick<AgentClient, 'temporal'>,
  workflowId: string,
): Promise<CarryFigures | undefined> {
  const { runId } = await temporal.workflow.getHandle(workflowId).describe();
  const [started, ...later] = await events(runId);
  const { input, continuedExecutionRunId } = started?.workflowExecutionStartedEventAttributes ?? {};
  if (!continuedExecutionRunId) return undefined;
  const [left] = await events(continuedExecutionRunId, closeEventAlone);
  const ready = later.find((event) => event.workflowTaskCompletedEventAttributes);
  const data = input?.payloads?.[0]?.data ?? new Uint8Array();
  const isCompressed = data[0] === 0x78;
  return {
    runId,
    jsonBytes: isCompressed ? inflateSync(data).length : data.length,
    wireBytes: data.length,
    milliseconds: toMs(ready?.eventTime) - toMs(left?.eventTime),
  };

  async function events(ofRun: string, historyEventFilterType = 1) {
    const { history } = await temporal.workflowService.getWorkflowExecutionHistory({
      namespace: 'default',
      execution: { workflowId, runId: ofRun },
      historyEventFilterType,
    });
    return history?.events ?? [];
  }
}

interface Timestamp {
  readonly seconds?: { toString(): string } | null;
  readonly nanos?: number | null;
}

function toMs(time: Timestamp | null | undefined): number {
  return Number(time?.seconds?.toString() ?? 0) * 1_000 + (time?.nanos ?? 0) / 1e6;
}
