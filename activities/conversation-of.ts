/** The conversation that the current activity works for, and a way to ask its workflow. */
import type { Context } from '@temporalio/activity';
import type { Conversation, WorkflowQuery } from './transcripts';

/** A query waits for a worker that may have to replay the whole run first. */
const queryTimeoutMs = 10_000;

export function conversationOf(context: Context): Conversation {
  const { namespace, workflowExecution } = context.info;
  if (!workflowExecution) throw new Error('This activity belongs to no workflow.');
  const { workflowId, runId } = workflowExecution;
  let released: Promise<void> | undefined;
  const query = async (name: string, ...parameters: unknown[]) => {
    if (context.info.attempt > 1)
      await (released ??= releaseFromLastWorker(context, { workflowId, runId }));
    // Pinned to the run: a reset gives the conversation a new run with another transcript.
    const handle = context.client.workflow.getHandle(workflowId, runId);
    return withTimeout(handle.query(name, ...parameters));
  };
  return { key: `${namespace}/${workflowId}`, query: query as WorkflowQuery };
}

/**
 * Where an attempt was lost, its worker may be dead, and the server would first wait for that one to answer the query
 * (the sticky timeout). Released, the conversation is any worker's at once; one that lives replays it, no more.
 */
async function releaseFromLastWorker(
  { client, info }: Context,
  execution: { workflowId: string; runId: string },
): Promise<void> {
  try {
    const { namespace } = info;
    await client.workflowService.resetStickyTaskQueue({ namespace, execution });
  } catch {
    // Not released, the query takes longer, and that is all.
  }
}

/** Neither the client nor its connection can be told to give up. */
async function withTimeout<Result>(promise: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the workflow did not answer within ${queryTimeoutMs} ms`)),
      queryTimeoutMs,
    );
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
