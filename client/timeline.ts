/**
 * A conversation as it was lived: turns, steps, attempts, lost workers, durations, tokens, from its history alone.
 * The server tells it; no worker needs to run, and the conversation may be over.
 */
import {
  type Client,
  type WorkflowExecutionDescription,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { decodeDescription } from '../wire/decode-payloads';
import { UnknownConversationError } from './errors';
import { fetchHistory } from './fetch-history';
import type { HistoryFact } from './timeline/facts';
import { TimelineFold } from './timeline/fold';
import { fromHistoryEvent } from './timeline/from-history';
import { fromPendingActivity } from './timeline/from-pending-activity';
import type { Timeline } from './timeline/types';

export { type TimelineCounts, countsOf } from './timeline/counts';
export type {
  AttemptFailure,
  LostWorker,
  Timeline,
  TimelineMessage,
  TimelineStatus,
  TimelineStep,
  TimelineThink,
  TimelineToolCall,
  TimelineTurn,
  TimelineWait,
  TimelineWork,
  WaitOutcome,
  WorkStatus,
} from './timeline/types';

const describeDeadlineMs = 10_000;

/**
 * Tells `observe` of every fact as it is read.
 *
 * @throws UnknownConversationError
 */
export async function readTimeline(
  client: Client,
  id: string,
  observe: (fact: HistoryFact) => void = () => undefined,
): Promise<Timeline> {
  // Described first: what ends while history is read is then told by history, which is believed.
  const newest = await describeRun(client, id);
  const newestRunId = newest.workflowExecutionInfo?.execution?.runId ?? '';
  const fold = new TimelineFold();
  const runIds = new Set<string>();
  let events = 0;
  for await (const { runId, event } of fetchHistory(client, { id, newestRunId })) {
    runIds.add(runId);
    events += 1;
    const fact = fromHistoryEvent(event);
    if (!fact) continue;
    fold.add(fact);
    observe(fact);
  }
  // A run that was left meanwhile has nothing pending, and the ids of the next one's activities begin anew.
  const isNewest = [...runIds].at(-1) === newestRunId;
  if (isNewest) fold.addPending((newest.pendingActivities ?? []).map(fromPendingActivity));
  const sizes = await Promise.all([...runIds].map((runId) => sizeOfRun(client, id, runId)));
  const historyBytes = sizes.reduce((total, size) => total + size, 0);
  return fold.toTimeline({ id, readAtMs: Date.now(), events, historyBytes });
}

async function sizeOfRun(client: Client, id: string, runId: string): Promise<number> {
  const { workflowExecutionInfo } = await describeRun(client, id, runId);
  return Number(workflowExecutionInfo?.historySizeBytes ?? 0);
}

/** @throws UnknownConversationError */
export async function describeRun(
  client: Client,
  id: string,
  runId?: string,
): Promise<WorkflowExecutionDescription['raw']> {
  try {
    const { raw } = await client.withDeadline(Date.now() + describeDeadlineMs, () =>
      client.workflow.getHandle(id, runId).describe(),
    );
    await decodeDescription(client, raw);
    return raw;
  } catch (error) {
    throw error instanceof WorkflowNotFoundError ? new UnknownConversationError(id) : error;
  }
}
