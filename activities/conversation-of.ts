/** The conversation that the current activity works for, and a way to ask its workflow. */
import type { Context } from '@temporalio/activity';
import type { Conversation, WorkflowQuery } from './transcripts';

/** A query waits for a worker that may have to replay the whole run first. */
const queryTimeoutMs = 10_000;

export function conversationOf(context: Context): Conversation {
  const { namespace, workflowExecution } = context.info;
  if (!workflowExecution) throw new Error('This activity belongs to no workflow.');
  const { workflowId, runId } = workflowExecution;
  // Pinned to the run: a reset gives the conversation a new run with another transcript.
  const query = (name: string, ...parameters: unknown[]) =>
    withTimeout(context.client.workflow.getHandle(workflowId, runId).query(name, ...parameters));
  return { key: `${namespace}/${workflowId}`, query: query as WorkflowQuery };
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
