/** What a conversation would refuse for its size is refused before it is sent: the largest would never reach it. */
import type { AgentDefinition } from '../agent/agent';
import { isTooDeep, jsonBytes, nestingLimit } from '../agent/json';
import { agentLimitBytes } from '../agent/size-limits';
import type { SendMessageInput } from '../workflows/contract';
import { RejectionType, messageLimitBytes } from '../workflows/contract';
import { MessageRejectedError } from './errors';

/** @throws MessageRejectedError `MessageTooLarge`, `MalformedMessage` for one that is nested too deep */
export function requireMessageFits(input: SendMessageInput): void {
  requireShallow('The message', input);
  const bytes = jsonBytes(input);
  if (bytes <= messageLimitBytes) return;
  throw new MessageRejectedError(
    RejectionType.tooLarge,
    `The message has ${bytes} bytes of JSON; the limit is ${messageLimitBytes}.`,
  );
}

/** @throws MessageRejectedError for an inline definition: `AgentTooLarge`; `MalformedMessage` where it is nested too deep. */
export function requireAgentFits(agent: string | AgentDefinition | undefined): void {
  requireShallow('The agent', agent);
  const bytes = jsonBytes(agent);
  if (bytes <= agentLimitBytes) return;
  throw new MessageRejectedError(
    RejectionType.agentTooLarge,
    `The agent has ${bytes} bytes of JSON; the limit is ${agentLimitBytes}.`,
  );
}

/** First of all: what measures JSON does not get to the bottom of it. */
function requireShallow(what: string, value: unknown): void {
  if (!isTooDeep(value)) return;
  throw new MessageRejectedError(
    RejectionType.malformed,
    `${what} is nested more than ${nestingLimit} levels deep.`,
  );
}
