/** The model calls of a conversation, as its history tells of them. */
import type { Pointer } from '../activities/contract';
import { parseDeltaSnapshot } from '../wire/heartbeat-deltas';
import type { FetchedEvent } from './fetch-history';
import type { PendingActivity } from './timeline/from-pending-activity';
import type { HistoryEvent } from './timeline/from-history';
import { decode, fromHistoryEvent } from './timeline/from-history';
import { asCount, asFields, readPointer, readResponse } from './timeline/values';

export type ModelCallStatus = 'running' | 'answered' | 'failed' | 'cancelled';

export interface ModelCall {
  readonly runId: string;
  readonly activityId: string;
  readonly turn: number;
  readonly step: number;
  readonly pointer: Pointer;
  readonly status: ModelCallStatus;
  /** 0 before the first has started. */
  readonly attempts: number;
  /** Of the prompt that the last attempt sent, where it could still say so. */
  readonly sentDigest?: string;
}

export interface StepPosition {
  readonly turn?: number | undefined;
  readonly step?: number | undefined;
}

export class ModelCalls {
  private readonly byEvent = new Map<string, ModelCall>();

  /** @returns the call, when `event` is what asked for it. */
  observe({ runId, event }: FetchedEvent): ModelCall | undefined {
    const fact = fromHistoryEvent(event);
    switch (fact?.type) {
      case 'activity_scheduled': {
        const asked = fact.activityType === 'getResponse' && readInput(fact.input);
        if (!asked) return undefined;
        const { activityId } = fact;
        const call = { runId, activityId, ...asked, status: 'running', attempts: 0 } as const;
        this.byEvent.set(`${runId}/${fact.eventId}`, call);
        return call;
      }
      case 'activity_started':
        this.update(`${runId}/${fact.scheduledEventId}`, { attempts: fact.attempt });
        return undefined;
      case 'activity_ended': {
        const sentDigest =
          readResponse(fact.result)?.promptDigest ?? lastHeartbeat(event)?.promptDigest;
        this.update(`${runId}/${fact.scheduledEventId}`, {
          status: fact.outcome === 'completed' ? 'answered' : fact.outcome,
          ...(sentDigest !== undefined && { sentDigest }),
        });
        return undefined;
      }
      case 'run_ended':
        this.end(runId);
        return undefined;
      default:
        return undefined;
    }
  }

  /** In the order in which they were asked for. */
  get all(): readonly ModelCall[] {
    return [...this.byEvent.values()];
  }

  /** The last call there; a step that was redone has several. */
  find(position: StepPosition): ModelCall | undefined {
    return this.all.findLast((call) => isAt(call, position));
  }

  /** With its run ends what is not answered. */
  private end(runId: string): void {
    for (const [key, call] of this.byEvent) {
      if (call.runId === runId && call.status === 'running') {
        this.byEvent.set(key, { ...call, status: 'cancelled' });
      }
    }
  }

  private update(key: string, change: Partial<ModelCall>): void {
    const call = this.byEvent.get(key);
    if (call) this.byEvent.set(key, { ...call, ...change });
  }
}

export function isAt(call: ModelCall, { turn, step }: StepPosition): boolean {
  return (turn ?? call.turn) === call.turn && (step ?? call.step) === call.step;
}

function readInput(input: unknown): Pick<ModelCall, 'turn' | 'step' | 'pointer'> | undefined {
  const fields = asFields(input);
  const [turn, step] = [asCount(fields.turn), asCount(fields.step)];
  const pointer = readPointer(fields.pointer);
  if (turn === undefined || step === undefined || !pointer) return undefined;
  return { turn, step, pointer };
}

/** What the server knows of a call that is not over. */
export function withPending(
  call: ModelCall,
  { attempt, heartbeatDetails }: PendingActivity,
): ModelCall {
  const told = parseDeltaSnapshot(decode(heartbeatDetails?.payloads?.[0]));
  const sentDigest = told?.promptDigest;
  return { ...call, attempts: attempt || 1, ...(sentDigest !== undefined && { sentDigest }) };
}

/** What the last attempt had told when it was given up. */
function lastHeartbeat(event: HistoryEvent) {
  const { failure } = event.activityTaskTimedOutEventAttributes ?? {};
  const details = failure?.timeoutFailureInfo?.lastHeartbeatDetails;
  return parseDeltaSnapshot(decode(details?.payloads?.[0]));
}
