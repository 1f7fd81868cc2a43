/** An activity that is at work or waits to be tried again, as the server describes it → fact. */
import type { Client } from '@temporalio/client';
import { parseDeltaSnapshot } from '../../wire/heartbeat-deltas';
import type { PendingFact } from './facts';
import { decode, fromFailure, toMs } from './from-history';

type Description = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['describe']>>;
export type PendingActivity = NonNullable<Description['raw']['pendingActivities']>[number];

/** States of the protocol in which no worker has it: scheduled, paused. */
const unstartedStates: readonly unknown[] = [1, 4];

export function fromPendingActivity(raw: PendingActivity): PendingFact {
  const attempt = raw.attempt || 1;
  const deltas = parseDeltaSnapshot(decode(raw.heartbeatDetails?.payloads?.[0]));
  return {
    activityId: raw.activityId ?? '',
    attempt,
    isStarted: !unstartedStates.includes(raw.state),
    ...(raw.lastStartedTime && { startedAtMs: toMs(raw.lastStartedTime) }),
    ...(raw.lastWorkerIdentity && { worker: raw.lastWorkerIdentity }),
    ...(raw.lastFailure && { lastFailure: fromFailure(raw.lastFailure) }),
    // Details outlive their attempt until the next one beats.
    ...(deltas?.attempt === attempt && { text: deltas.text }),
  };
}
