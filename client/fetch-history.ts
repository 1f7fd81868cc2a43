/** The raw history of a conversation, page by page, over all its runs. The server alone is asked; no worker is. */
import type { Client } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils';
import { decodePayloads } from '../wire/decode-payloads';
import { UnknownConversationError } from './errors';
import { grpcCode } from './exactly-once';
import type { HistoryEvent } from './timeline/from-history';
import { fromHistoryEvent } from './timeline/from-history';

const pageDeadlineMs = 10_000;
const notFound = 5;

export interface FetchedEvent {
  readonly runId: string;
  readonly event: HistoryEvent;
}

/**
 * Every event that the server still has, oldest run first. Runs are found backwards from `newestRunId`, for the server
 * forgets the oldest first, and a reset leaves runs behind that are no part of the chain. A run that continues as new
 * while it is read is followed.
 *
 * @throws UnknownConversationError when the server knows no such run.
 */
export async function* fetchHistory(
  client: Client,
  { id, newestRunId }: { readonly id: string; readonly newestRunId: string },
): AsyncGenerator<FetchedEvent> {
  const reader = new HistoryReader(client, id);
  for (const runId of await reader.earlierRuns(newestRunId)) yield* reader.events(runId);
  let runId: string | undefined = newestRunId;
  while (runId !== undefined) {
    let nextRunId: string | undefined;
    for await (const fetched of reader.events(runId)) {
      yield fetched;
      const fact = fromHistoryEvent(fetched.event);
      if (fact?.type === 'run_ended') nextRunId = fact.nextRunId;
    }
    runId = nextRunId;
  }
}

class HistoryReader {
  constructor(
    private readonly client: Client,
    private readonly id: string,
  ) {}

  async *events(runId: string): AsyncGenerator<FetchedEvent> {
    let nextPageToken: Uint8Array | undefined;
    do {
      const page: Page = await this.page(runId, nextPageToken && { nextPageToken });
      for (const event of page.history?.events ?? []) yield { runId, event };
      nextPageToken = page.nextPageToken?.length ? page.nextPageToken : undefined;
    } while (nextPageToken);
  }

  /** Oldest first; as far back as the server remembers. */
  async earlierRuns(newestRunId: string): Promise<readonly string[]> {
    const runIds: string[] = [];
    let previous = (await this.start(newestRunId)).previousRunId;
    while (previous) {
      const runId = previous;
      const start = await this.start(runId).catch((error: unknown) => {
        if (error instanceof UnknownConversationError) return undefined;
        throw error;
      });
      if (start) runIds.push(runId);
      previous = start?.previousRunId;
    }
    return runIds.toReversed();
  }

  private async start(runId: string): Promise<{ readonly previousRunId?: string }> {
    const page = await this.page(runId, { maximumPageSize: 1 });
    const [started] = page.history?.events ?? [];
    const fact = started && fromHistoryEvent(started);
    return fact?.type === 'run_started' ? fact : {};
  }

  private async page(runId: string, paging: Paging = {}): Promise<Page> {
    const { client, id } = this;
    try {
      const page = await client.withDeadline(Date.now() + pageDeadlineMs, () =>
        client.workflowService.getWorkflowExecutionHistory({
          namespace: client.options.namespace,
          execution: { workflowId: id, runId },
          ...paging,
        }),
      );
      await decodePayloads(client, page);
      return page;
    } catch (error) {
      throw grpcCode(error) === notFound ? new UnknownConversationError(id) : error;
    }
  }
}

interface Page {
  readonly history?: History | null;
  readonly nextPageToken?: Uint8Array | null;
}

interface Paging {
  readonly nextPageToken?: Uint8Array;
  readonly maximumPageSize?: number;
}
