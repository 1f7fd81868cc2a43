/** A reader of what a peer's activities publish through `@temporalio/workflow-streams`, with the peer's own copies of everything. */
import type { Client, Connection } from '@temporalio/client';
import type { Asking, Reader } from './contract';

export interface StreamPackages {
  readonly client: { readonly Client: typeof Client; readonly Connection: typeof Connection };
  readonly streams: {
    readonly WorkflowStreamClient: {
      create(client: Client, workflowId: string): { topic(name: string): Topic };
    };
  };
}

interface Topic {
  subscribe(): AsyncIterable<{ readonly data?: unknown }>;
}

export const piecesTopic = 'pieces';

export async function openStreamReader(
  { client: { Client, Connection }, streams }: StreamPackages,
  address: string,
): Promise<Reader> {
  const client = new Client({ connection: await Connection.connect({ address }) });
  return {
    isStreaming: true,
    async firstPiece({ taskQueue, workflowId, turn, firstWord }: Asking) {
      await client.workflow.start('streamed', { taskQueue, workflowId, args: [turn] });
      const topic = streams.WorkflowStreamClient.create(client, workflowId).topic(piecesTopic);
      for await (const item of topic.subscribe()) {
        if (holds(item.data, firstWord)) return;
      }
      throw new Error(`The stream of ${workflowId} ended without "${firstWord}".`);
    },
  };
}

/** A value, or a payload whose bytes are JSON; and the AI SDK's parts are bytes in base64. */
export function holds(value: unknown, word: string): boolean {
  const data = (value as { data?: unknown } | undefined)?.data;
  const bytes = data instanceof Uint8Array ? data : value instanceof Uint8Array ? value : undefined;
  const text = bytes ? Buffer.from(bytes).toString() : JSON.stringify(value);
  return text.includes(word) || Buffer.from(text, 'base64').includes(word);
}
