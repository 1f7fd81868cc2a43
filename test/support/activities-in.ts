/** The activities of a conversation's current run, as its history tells of them. */
import type { AgentClient } from '../../client/agent-client';

export interface ActivityFact {
  readonly type: string;
  /** The attempt that was the last one. */
  readonly attempt: number;
  /** Identity of the worker that had the last attempt. */
  readonly worker: string;
  readonly outcome: 'completed' | 'failed' | 'timed out' | 'cancelled' | 'pending';
}

/** In the order in which they were scheduled. */
export async function activitiesIn(client: AgentClient, id: string): Promise<ActivityFact[]> {
  const { events } = await client.temporal.workflow.getHandle(id).fetchHistory();
  const facts = new Map<string, ActivityFact>();
  const update = (scheduledEventId: unknown, change: Partial<ActivityFact>) => {
    const known = facts.get(String(scheduledEventId));
    if (!known) throw new Error(`The history schedules no activity ${String(scheduledEventId)}.`);
    facts.set(String(scheduledEventId), { ...known, ...change });
  };
  for (const event of events ?? []) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    const started = event.activityTaskStartedEventAttributes;
    const completed = event.activityTaskCompletedEventAttributes;
    const failed = event.activityTaskFailedEventAttributes;
    const timedOut = event.activityTaskTimedOutEventAttributes;
    const cancelled = event.activityTaskCanceledEventAttributes;
    if (scheduled) {
      const type = scheduled.activityType?.name ?? '';
      facts.set(String(event.eventId), { type, attempt: 0, worker: '', outcome: 'pending' });
    }
    if (started) {
      const { attempt, identity } = started;
      update(started.scheduledEventId, { attempt: attempt ?? 0, worker: identity ?? '' });
    }
    if (completed) update(completed.scheduledEventId, { outcome: 'completed' });
    if (failed) update(failed.scheduledEventId, { outcome: 'failed' });
    if (timedOut) update(timedOut.scheduledEventId, { outcome: 'timed out' });
    if (cancelled) update(cancelled.scheduledEventId, { outcome: 'cancelled' });
  }
  return [...facts.values()];
}

/** How many cancellations of activities were asked for in the current run. */
export async function cancellationsAskedFor(client: AgentClient, id: string): Promise<number> {
  const { events } = await client.temporal.workflow.getHandle(id).fetchHistory();
  return (events ?? []).filter((event) => event.activityTaskCancelRequestedEventAttributes).length;
}
