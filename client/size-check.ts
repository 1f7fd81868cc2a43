/** What a conversation would refuse for its size is refused before it is sent: the largest would never reach it. */
import type { AgentDefinition } from '../agent/agent';
import { jsonBytes } from '../agent/json';
import { agentLimitBytes } from '../agent/size-limits';
import type { SendMessageInput } from '../workflows/contract';
import { RejectionType, messageLimitBytes } from '../workflows/contract';
import { MessageRejectedError } from './errors';

/** @throws MessageRejectedError `MessageTooLarge` */
export function requireMessageFits(input: SendMessageInput): void {
  const bytes = jsonBytes(input);
  if (bytes <= messageLimitBytes) return;
  throw new MessageRejectedError(
    RejectionType.tooLarge,
    `The message has ${bytes} bytes of JSON; the limit is ${messageLimitBytes}.`,
  );
}

/** @throws MessageRejectedError `AgentTooLarge` for an inline definition. */
export function requireAgentFits(agent: string | AgentDefinition | undefined): void {
  const bytes = jsonBytes(agent);
  if (bytes <= agentLimitBytes) return;
  throw new MessageRejectedError(
    RejectionType.agentTooLarge,
    `The agent has ${bytes} bytes of JSON; the limit is ${agentLimitBytes}.`,
  );
}
