/** What a conversation's history says of each of its steps: bytes and time; and of each of its runs: what it was carried. */
import { temporal } from '@temporalio/proto';
import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { decode } from '@temporalio/common/lib/internal-non-workflow';
import type { History } from '@temporalio/common/lib/proto-utils';

type HistoryEvent = NonNullable<History['events']>[number];

type LeftRun = HistoryEvent['workflowExecutionContinuedAsNewEventAttributes'];

/** A stretch of history. The payload that continue-as-new takes along is in no one's bytes. */
export interface Stretch {
  /** A model call and its tool calls; a summary; a new run in place of the last one. */
  readonly type: 'step' | 'compaction' | 'new_run';
  /** The step's number in the conversation; of the others, that of the step before. */
  readonly step: number;
  bytes: number;
  wallMs: number;
}

export interface RunCarry {
  /** As it crosses the wire, and as JSON. */
  readonly wireBytes: number;
  readonly bytes: number;
}

export interface LongHistory {
  readonly stretches: readonly Stretch[];
  /** Of every run but the first. */
  readonly carries: readonly RunCarry[];
  readonly runs: number;
  readonly events: number;
  /** Workflow tasks that failed or timed out. */
  readonly failedTasks: number;
  /** Of all events, the carry twice for each new run. */
  readonly bytes: number;
  /** The server's own count of the same. */
  readonly serverBytes: number;
}

export async function readLongHistory(
  client: Client,
  { id, firstRunId }: { readonly id: string; readonly firstRunId: string },
): Promise<LongHistory> {
  const fold = new LongFold();
  const carries: RunCarry[] = [];
  let serverBytes = 0;
  for (let runId: string | undefined = firstRunId; runId !== undefined;) {
    const handle = client.workflow.getHandle(id, runId);
    serverBytes += (await handle.describe()).historySize ?? 0;
    const events: readonly HistoryEvent[] = (await handle.fetchHistory()).events ?? [];
    for (const event of events) fold.add(event);
    const left: LeftRun = events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes;
    runId = left?.newExecutionRunId || undefined;
    if (runId === undefined) continue;
    const payloads = left?.input?.payloads ?? [];
    const { payloadCodecs } = client.options.loadedDataConverter;
    const decoded = await decode(payloadCodecs, payloads as Payload[]);
    carries.push({ wireBytes: sizeOf(payloads), bytes: sizeOf(decoded) });
  }
  fold.end();
  const { stretches, events, failedTasks, bytes } = fold;
  const runs = carries.length + 1;
  return { stretches, carries, runs, events, failedTasks, bytes, serverBytes };
}

class LongFold {
  readonly stretches: Stretch[] = [];
  events = 0;
  failedTasks = 0;
  bytes = 0;
  private current: Stretch | undefined;
  private startedAtMs = 0;
  /** When the workflow had taken in the last that came: after an answer nothing is at work until the next question. */
  private quietSinceMs: number | undefined;
  private steps = 0;

  add(event: HistoryEvent): void {
    const atMs = toMs(event);
    const type = beginningOf(event);
    if (type) this.begin(type, atMs);
    const bytes = temporal.api.history.v1.HistoryEvent.encode(event).finish().length;
    this.events += 1;
    if (event.workflowTaskFailedEventAttributes ?? event.workflowTaskTimedOutEventAttributes)
      this.failedTasks += 1;
    this.bytes += bytes;
    if (this.current) this.current.bytes += bytes - carryOf(event);
    if (isWork(event)) this.quietSinceMs = undefined;
    if (event.workflowTaskCompletedEventAttributes) this.quietSinceMs ??= atMs;
  }

  private begin(type: Stretch['type'], atMs: number): void {
    if (this.current) this.current.wallMs = (this.quietSinceMs ?? atMs) - this.startedAtMs;
    if (type === 'step') this.steps += 1;
    this.current = { type, step: this.steps, bytes: 0, wallMs: 0 };
    this.stretches.push(this.current);
    this.startedAtMs = atMs;
    this.quietSinceMs = undefined;
  }

  /** The last stretch has no next one to end it. */
  end(): void {
    if (this.current) this.current.wallMs = (this.quietSinceMs ?? NaN) - this.startedAtMs;
  }
}

function beginningOf(event: HistoryEvent): Stretch['type'] | undefined {
  if (event.workflowExecutionContinuedAsNewEventAttributes) return 'new_run';
  switch (event.activityTaskScheduledEventAttributes?.activityType?.name) {
    case 'getResponse':
      return 'step';
    case 'summarize':
      return 'compaction';
    default:
      return undefined;
  }
}

function isWork(event: HistoryEvent): boolean {
  return Boolean(
    event.activityTaskScheduledEventAttributes ??
    event.activityTaskStartedEventAttributes ??
    event.activityTaskCompletedEventAttributes,
  );
}

function toMs({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1e6;
}

function carryOf(event: HistoryEvent): number {
  const { input, continuedExecutionRunId } = event.workflowExecutionStartedEventAttributes ?? {};
  const started = continuedExecutionRunId ? sizeOf(input?.payloads ?? []) : 0;
  const left = event.workflowExecutionContinuedAsNewEventAttributes?.input?.payloads ?? [];
  return started + sizeOf(left);
}

function sizeOf(payloads: readonly { readonly data?: Uint8Array | null }[]): number {
  return payloads.reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
}
