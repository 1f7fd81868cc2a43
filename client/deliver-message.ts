/** Brings a message to a conversation that is there or, where the name is an agent's, to a new one in task mode. */
import type { Acknowledgement } from '../workflows/contract';
import type {
  MessageContent,
  SendOptions,
  StartOptions,
  StartedConversation,
} from './conversation-options';
import type { ConversationReader } from './conversation-reader';
import { UnknownConversationError } from './errors';

export interface DeliveryParts {
  readonly reader: Pick<ConversationReader, 'describe' | 'requireWorker'>;
  readonly client: {
    send(id: string, content: MessageContent, options: SendOptions): Promise<Acknowledgement>;
    start(options: StartOptions): Promise<StartedConversation>;
  };
  /** Of new conversations. */
  readonly taskQueue: string;
}

export interface Delivered {
  readonly id: string;
  /** Where the message stands in Memory, if it is there by now. */
  readonly seq?: number;
}

/** @throws NoWorkerError when nobody would answer. */
export async function deliverMessage(
  { reader, client, taskQueue }: DeliveryParts,
  agentOrId: string,
  message: MessageContent,
  options: SendOptions & { readonly messageId: string },
): Promise<Delivered> {
  const run = await reader.describe(agentOrId).catch((error: unknown) => {
    if (error instanceof UnknownConversationError) return undefined;
    throw error;
  });
  await reader.requireWorker(run?.taskQueue ?? taskQueue);
  if (run) {
    const { seq } = await client.send(agentOrId, message, options);
    return { id: agentOrId, ...(seq !== undefined && { seq }) };
  }
  const { messageId } = options;
  const { id } = await client.start({ agent: agentOrId, message, messageId, mode: 'task' });
  return { id, seq: 0 };
}
