/** The server's events → facts. Pure and total: what cannot be decoded is `undefined`, what does not matter is dropped. */
import { defaultPayloadConverter } from '@temporalio/common';
import type { History, Payload } from '@temporalio/common/lib/proto-utils';
import type { FailedAttempts } from '../../agent/usage';
import { spentIn } from '../../agent/usage';
import * as contract from '../../workflows/contract';
import type { FailureFact, HistoryFact, RunOutcome, TimeoutType } from './facts';
import { fromUpdateOutcome } from './from-update-outcome';

export type HistoryEvent = NonNullable<History['events']>[number];

type RawFailure = NonNullable<
  NonNullable<HistoryEvent['activityTaskFailedEventAttributes']>['failure']
>;

export function fromHistoryEvent(event: HistoryEvent): HistoryFact | undefined {
  const atMs = toMs(event.eventTime);
  return (
    fromMessageEvent(event, atMs) ??
    fromActivityEvent(event, atMs) ??
    fromTimerEvent(event, atMs) ??
    fromRunEvent(event, atMs)
  );
}

function fromMessageEvent(event: HistoryEvent, atMs: number): HistoryFact | undefined {
  const signal = event.workflowExecutionSignaledEventAttributes;
  if (signal) {
    if (signal.signalName !== contract.userMessage.name) return undefined;
    return { type: 'message_received', atMs, input: decodeFirst(signal.input?.payloads) };
  }
  const answered = event.workflowExecutionUpdateCompletedEventAttributes?.outcome?.success;
  if (answered) return fromUpdateOutcome(decodeFirst(answered.payloads), atMs);
  // After a reset the server admits an update once more; its acceptance then holds no request.
  const request =
    event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest ??
    event.workflowExecutionUpdateAdmittedEventAttributes?.request;
  switch (request?.input?.name) {
    case contract.sendMessage.name:
      return { type: 'message_received', atMs, input: decodeFirst(request?.input?.args?.payloads) };
    case contract.editQueued.name:
      return { type: 'message_edited', atMs, input: decodeFirst(request?.input?.args?.payloads) };
    case contract.close.name:
      return { type: 'close_asked', atMs };
    default:
      return undefined;
  }
}

function fromActivityEvent(event: HistoryEvent, atMs: number): HistoryFact | undefined {
  const scheduled = event.activityTaskScheduledEventAttributes;
  if (scheduled) {
    const label = decode(event.userMetadata?.summary);
    return {
      type: 'activity_scheduled',
      atMs,
      eventId: Number(event.eventId),
      activityId: scheduled.activityId ?? '',
      activityType: scheduled.activityType?.name ?? '',
      ...(typeof label === 'string' && { label }),
      input: decodeFirst(scheduled.input?.payloads),
    };
  }
  const started = event.activityTaskStartedEventAttributes;
  if (started) {
    return {
      type: 'activity_started',
      atMs,
      scheduledEventId: Number(started.scheduledEventId),
      worker: started.identity ?? '',
      attempt: started.attempt || 1,
      ...(started.lastFailure && { lastFailure: fromFailure(started.lastFailure) }),
    };
  }
  return fromActivityEnd(event, atMs);
}

function fromActivityEnd(event: HistoryEvent, atMs: number): HistoryFact | undefined {
  const completed = event.activityTaskCompletedEventAttributes;
  const failed =
    event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
  const ended = completed ?? failed ?? event.activityTaskCanceledEventAttributes;
  if (!ended) return undefined;
  return {
    type: 'activity_ended',
    atMs,
    scheduledEventId: Number(ended.scheduledEventId),
    outcome: completed ? 'completed' : failed ? 'failed' : 'cancelled',
    ...(completed && { result: decodeFirst(completed.result?.payloads) }),
    ...(failed?.failure && { failure: fromFailure(failed.failure) }),
  };
}

function fromTimerEvent(event: HistoryEvent, atMs: number): HistoryFact | undefined {
  const started = event.timerStartedEventAttributes;
  if (started) {
    const durationMs = toMs(started.startToFireTimeout);
    return { type: 'timer_started', atMs, eventId: Number(event.eventId), durationMs };
  }
  const fired = event.timerFiredEventAttributes;
  if (!fired) return undefined;
  return { type: 'timer_fired', atMs, startedEventId: Number(fired.startedEventId) };
}

function fromRunEvent(event: HistoryEvent, atMs: number): HistoryFact | undefined {
  const started = event.workflowExecutionStartedEventAttributes;
  if (started) {
    return {
      type: 'run_started',
      atMs,
      ...(started.continuedExecutionRunId && { previousRunId: started.continuedExecutionRunId }),
      input: decodeFirst(started.input?.payloads),
    };
  }
  const task = event.workflowTaskCompletedEventAttributes;
  if (task) return { type: 'workflow_task_completed', atMs, worker: task.identity ?? '' };
  const outcome = runOutcome(event);
  if (!outcome) return undefined;
  const failure = event.workflowExecutionFailedEventAttributes?.failure;
  // Set also when a failed or timed-out run is retried as a new one.
  const nextRunId =
    event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ||
    event.workflowExecutionFailedEventAttributes?.newExecutionRunId ||
    event.workflowExecutionTimedOutEventAttributes?.newExecutionRunId;
  return {
    type: 'run_ended',
    atMs,
    outcome,
    ...(nextRunId && { nextRunId }),
    ...(failure && { failure: fromFailure(failure) }),
  };
}

function runOutcome(event: HistoryEvent): RunOutcome | undefined {
  if (event.workflowExecutionCompletedEventAttributes) return 'completed';
  if (event.workflowExecutionFailedEventAttributes) return 'failed';
  if (event.workflowExecutionCanceledEventAttributes) return 'cancelled';
  if (event.workflowExecutionTerminatedEventAttributes) return 'terminated';
  if (event.workflowExecutionTimedOutEventAttributes) return 'timed_out';
  if (event.workflowExecutionContinuedAsNewEventAttributes) return 'continued_as_new';
  return undefined;
}

/** A run's failure wraps its activity's; the cause is what is worth telling. */
export function fromFailure(failure: RawFailure): FailureFact {
  if (failure.cause && failure.activityFailureInfo) return fromFailure(failure.cause);
  const { applicationFailureInfo, timeoutFailureInfo, canceledFailureInfo } = failure;
  const spent = spentInVain(failure);
  const type =
    applicationFailureInfo?.type ||
    (timeoutFailureInfo ? 'Timeout' : canceledFailureInfo ? 'Cancelled' : 'Failed');
  return {
    type,
    message: failure.message ?? '',
    ...(timeoutFailureInfo && {
      timeout: timeoutTypes[timeoutFailureInfo.timeoutType ?? 0] ?? 'unknown',
    }),
    ...(spent && { spent }),
  };
}

/** The last attempt's failure says it; for an attempt that was lost its last heartbeat does. */
function spentInVain(failure: RawFailure): FailedAttempts | undefined {
  const { applicationFailureInfo, timeoutFailureInfo } = failure;
  const details = applicationFailureInfo?.details ?? timeoutFailureInfo?.lastHeartbeatDetails;
  const spent = (details?.payloads ?? []).map((payload) => spentIn(decode(payload)));
  return spent.find((it) => it !== undefined);
}

/** By the numbers of the protocol. */
const timeoutTypes: readonly TimeoutType[] = [
  'unknown',
  'start_to_close',
  'schedule_to_start',
  'schedule_to_close',
  'heartbeat',
];

/** Of a time, or of a duration. */
export function toMs(time: HistoryEvent['eventTime']): number {
  return Number(time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6;
}

function decodeFirst(payloads: readonly Payload[] | null | undefined): unknown {
  return decode(payloads?.[0]);
}

/** Never throws: history may hold anything, and a codec's bytes are not ours to read. */
export function decode(payload: Payload | null | undefined): unknown {
  if (!payload) return undefined;
  try {
    return defaultPayloadConverter.fromPayload(payload);
  } catch {
    return undefined;
  }
}
