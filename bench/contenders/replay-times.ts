/** Milliseconds of replay per event: the slope over several histories, so that a replay worker's start falls out. */
import type { Contender, WorkerParts } from './contract';
import type { Assignment, Report } from './process-contract';

type Options = Extract<Assignment, { role: 'replay' }> & { readonly parts: WorkerParts };

export async function replayTimes(
  { temporal }: Contender,
  { address, bundle, workflowId, rounds, copies, parts }: Options,
): Promise<Report> {
  const history = { events: await eventsOf(temporal, address, workflowId) };
  const { plugins, sinks, interceptors } = parts;
  const settings = {
    workflowBundle: { codePath: bundle },
    ...(plugins && { plugins }),
    ...(sinks && { sinks }),
    ...(interceptors && { interceptors }),
  };
  const perEventMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const one = await replayMs(1);
    const many = await replayMs(1 + copies);
    perEventMs.push((many - one) / copies / history.events.length);
  }
  return { type: 'replayed', perEventMs, events: history.events.length };

  async function replayMs(count: number): Promise<number> {
    const list = Array.from({ length: count }, (_, index) => ({
      workflowId: `replay-${index}`,
      history,
    }));
    const startedAt = performance.now();
    for await (const { error } of temporal.Worker.runReplayHistories(settings, list)) {
      if (error) throw error;
    }
    return performance.now() - startedAt;
  }
}

async function eventsOf(
  { NativeConnection }: Contender['temporal'],
  address: string,
  workflowId: string,
) {
  const connection = await NativeConnection.connect({ address });
  const events = [];
  for (let nextPageToken: Uint8Array | undefined; ;) {
    const page = await connection.workflowService.getWorkflowExecutionHistory({
      namespace: 'default',
      execution: { workflowId },
      ...(nextPageToken && { nextPageToken }),
    });
    events.push(...(page.history?.events ?? []));
    if (!page.nextPageToken?.length) break;
    nextPageToken = page.nextPageToken;
  }
  await connection.close();
  return events;
}
