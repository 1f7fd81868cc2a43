/** What a conversation is called that its caller gave no id. */
import { createHash, randomUUID } from 'node:crypto';
import type { AgentDefinition } from '../agent/agent';
import type { StartOptions } from './conversation-options';

/** Of the first message's id, where the caller chose it: then whoever repeats the start means the same conversation. */
export function newConversationId(
  { agent, message, messageId, tenant = '' }: StartOptions,
  taskQueue: string,
): string {
  const name = nameOf(agent);
  if (message === undefined || messageId === undefined) {
    return `${name}-${randomUUID().slice(0, 8)}`;
  }
  // One tenant's message is not to meet another one's conversation.
  const key = JSON.stringify([taskQueue, tenant, messageId]);
  return `${name}-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;
}

export function nameOf(agent: string | AgentDefinition): string {
  return typeof agent === 'string' ? agent : agent.name;
}
