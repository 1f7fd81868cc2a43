/** Undoes what a client's codecs, and its store for large payloads, did to those of a page of history. */
import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import {
  decode,
  extstoreInboundOptions,
  visit,
  walkGetWorkflowExecutionHistoryResponse,
} from '@temporalio/common/lib/internal-non-workflow';

type HistoryPage = Awaited<ReturnType<Client['workflowService']['getWorkflowExecutionHistory']>>;

/**
 * In place.
 *
 * @throws Error of a codec or a store that cannot read what is its own.
 */
export async function decodePayloads(
  { options }: Pick<Client, 'options'>,
  page: HistoryPage,
): Promise<void> {
  const { payloadCodecs, externalStorage } = options.loadedDataConverter;
  const walk = walkGetWorkflowExecutionHistoryResponse;
  if (externalStorage) await visit(page, walk, extstoreInboundOptions(externalStorage));
  if (payloadCodecs.length === 0) return;
  const transformPayloads = (payloads: Payload[]): Promise<Payload[]> =>
    decode(payloadCodecs, payloads);
  await visit(page, walk, {
    transformPayloads,
    transformPayload: async (payload) => (await transformPayloads([payload]))[0] ?? payload,
    skipHeaders: true,
    skipSearchAttributes: true,
  });
}
