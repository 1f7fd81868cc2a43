/** Brings a message to a conversation that is there or, where the name is an agent's, to a new one in task mode. */
import type { Acknowledgement } from '../workflows/contract';
import type {
  MessageContent,
  SendOptions,
  StartOptions,
  StartedConversation,
} from './conversation-options';
import type { ConversationReader } from './conversation-reader';
import { ConversationEndedError, UnknownConversationError } from './errors';

export interface DeliveryParts {
  readonly reader: Pick<
    ConversationReader,
    'describe' | 'hasJustAnswered' | 'requireWorker' | 'state'
  >;
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

type Message = SendOptions & { readonly messageId: string; readonly content: MessageContent };

/**
 * A message that a conversation knows is one message, also where the conversation is over.
 *
 * @throws NoWorkerError when nobody would answer; ConversationEndedError
 */
export async function deliverMessage(
  parts: DeliveryParts,
  agentOrId: string,
  message: Message,
): Promise<Delivered> {
  // To look first would take as long as the workflow task that takes the message.
  if (parts.reader.hasJustAnswered(agentOrId)) {
    try {
      return await send(parts, agentOrId, message);
    } catch (error) {
      const isOver = error instanceof ConversationEndedError;
      if (!isOver && !(error instanceof UnknownConversationError)) throw error;
    }
  }
  return lookAndDeliver(parts, agentOrId, message);
}

async function lookAndDeliver(
  parts: DeliveryParts,
  agentOrId: string,
  message: Message,
): Promise<Delivered> {
  const { reader, client, taskQueue } = parts;
  const usual = reader.requireWorker(taskQueue);
  // Where it is another queue that counts, this one is of no interest.
  usual.catch(() => undefined);
  const run = await reader.describe(agentOrId).catch((error: unknown) => {
    if (error instanceof UnknownConversationError) return undefined;
    throw error;
  });
  await (run && run.taskQueue !== taskQueue ? reader.requireWorker(run.taskQueue) : usual);
  const { content, messageId } = message;
  if (!run) {
    const { id } = await client.start({
      agent: agentOrId,
      message: content,
      messageId,
      mode: 'task',
    });
    return { id, seq: 0 };
  }
  if (run.status === 'RUNNING') return send(parts, agentOrId, message);
  const { message: fate } = await reader.state(agentOrId, messageId);
  if (fate?.status === 'unknown') throw new ConversationEndedError(agentOrId);
  return { id: agentOrId };
}

async function send(
  { client }: DeliveryParts,
  id: string,
  { content, ...options }: Message,
): Promise<Delivered> {
  const { seq } = await client.send(id, content, options);
  return { id, ...(seq !== undefined && { seq }) };
}
