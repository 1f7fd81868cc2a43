/** Why a workflow ended without an answer, in a few words: what the server wrote last, else what the client was told. */
import type { Client } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import { toReason } from './collected';

export async function wayOfDeath(
  { workflowService }: Client,
  workflowId: string,
  error: unknown,
): Promise<string> {
  const { history } = await workflowService.getWorkflowExecutionHistoryReverse({
    namespace: 'default',
    execution: { workflowId },
    maximumPageSize: 10,
  });
  const events = history?.events ?? [];
  const [last] = events;
  if (last?.workflowExecutionTimedOutEventAttributes) {
    const failure = events.find((event) => event.workflowTaskFailedEventAttributes);
    const why = innermostMessage(failure?.workflowTaskFailedEventAttributes?.failure);
    return `no answer in the time allowed${why ? `: ${toReason(why)}` : ''}`;
  }
  const terminated = last?.workflowExecutionTerminatedEventAttributes?.reason;
  return toReason(terminated || innermost(error)).replace(/\.$/, '');
}

function innermost(error: unknown): unknown {
  let cause: unknown = error instanceof WorkflowFailedError ? error.cause : error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  return cause;
}

interface Failure {
  readonly message?: string | null;
  readonly cause?: Failure | null;
}

function innermostMessage(failure: Failure | null | undefined): string | undefined {
  return failure?.cause ? innermostMessage(failure.cause) : (failure?.message ?? undefined);
}
