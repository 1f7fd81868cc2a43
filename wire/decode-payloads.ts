/** Undoes what a client's codecs, and its store for large payloads, did to those that are read past its data converter. */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import {
  decode,
  extstoreInboundOptions,
  visit,
  walkDescribeWorkflowExecutionResponse,
  walkGetWorkflowExecutionHistoryResponse,
} from '@temporalio/common/lib/internal-non-workflow';

type HistoryPage = Parameters<typeof walkGetWorkflowExecutionHistoryResponse>[0];
type RawDescription = WorkflowExecutionDescription['raw'];
type Walk<Root> = Parameters<typeof visit<Root>>[1];

/**
 * In place.
 *
 * @throws Error of a codec or a store that cannot read what is its own.
 */
export async function decodePayloads(
  client: Pick<Client, 'options'>,
  page: HistoryPage,
): Promise<void> {
  await decodeAll(client, page, walkGetWorkflowExecutionHistoryResponse);
}

/** In place: what activities told with their heartbeats. What cannot be read stays as it is. */
export async function decodeDescription(
  client: Pick<Client, 'options'>,
  description: RawDescription,
): Promise<void> {
  try {
    await decodeAll(client, description, walkDescribeWorkflowExecutionResponse);
  } catch {
    // A description tells more than that.
  }
}

async function decodeAll<Root>(
  { options }: Pick<Client, 'options'>,
  root: Root,
  walk: Walk<Root>,
): Promise<void> {
  const { payloadCodecs, externalStorage } = options.loadedDataConverter;
  if (externalStorage) await visit(root, walk, extstoreInboundOptions(externalStorage));
  if (payloadCodecs.length === 0) return;
  const transformPayloads = (payloads: Payload[]): Promise<Payload[]> =>
    decode(payloadCodecs, payloads);
  await visit(root, walk, {
    transformPayloads,
    transformPayload: async (payload) => (await transformPayloads([payload]))[0] ?? payload,
    skipHeaders: true,
    skipSearchAttributes: true,
  });
}
