/**
 * Hand-written guards for what comes in raw (zod would cost eight times the memory per conversation). Each takes
 * anything and answers a value or a reason; none throws. Fuzzed against zod twins in test/workflows/guards.test.ts.
 */
import type { UserAgentMessage } from '../agent/agent-messages';
import { isTooDeep, jsonBytes, nestingLimit } from '../agent/json';
import type { ContentBlock } from '../agent/messages';
import { agentLimitBytes } from '../agent/size-limits';
import type {
  AdoptInput,
  AgentWorkflowInput,
  Delivery,
  MessagesRequest,
  SendMessageInput,
  StateRequest,
  TranscriptRequest,
} from './contract';
import { RejectionType, messageIdLimit, messageLimitBytes, queueLimitBytes } from './contract';
import { agentProblem } from './agent-guard';
import type { Fields, Parsed } from './guard-values';
import {
  asFields,
  attempt,
  bad,
  guard,
  isCount,
  isOptionalString,
  isText,
  ok,
  show,
} from './guard-values';

export const pageLimitBytes = 512 * 1024;

export const parseSendMessage = guard(toSendMessage);
export const parseUserMessage = guard(toUserMessage);
export const parseWorkflowInput = guard(toWorkflowInput);
export const parseAdopt = guard(toAdopt);
export const parseTranscriptRequest = guard(toTranscriptRequest);

/** Whether a message is too large to be stored. Asked after its id, before its shape. */
export function isTooLarge(value: unknown): boolean {
  return attempt(() => !isTooDeep(value) && jsonBytes(value) > messageLimitBytes, false);
}

/** The id of anything that might be a message, whatever else is wrong with it. */
export function messageIdOf(value: unknown): string | undefined {
  const id = attempt(() => asFields(value)?.messageId, undefined);
  return isMessageId(id) ? id : undefined;
}

export function parseStateRequest(value: unknown): StateRequest {
  const messageId = messageIdOf(value);
  return messageId === undefined ? {} : { messageId };
}

export function parseMessagesRequest(value: unknown): Required<MessagesRequest> {
  const { from, limitBytes }: Fields = attempt(() => ({ ...asFields(value) }), {});
  return {
    from: isCount(from) ? from : 0,
    limitBytes: isCount(limitBytes) ? Math.min(limitBytes, pageLimitBytes) : pageLimitBytes,
  };
}

function toSendMessage(value: unknown): Parsed<SendMessageInput> {
  const fields = asFields(value);
  if (!fields) return expected('an object { messageId, message, delivery? }', value);
  const { messageId, delivery } = fields;
  if (!isMessageId(messageId)) {
    return bad(`\`messageId\` must be a string of 1 to ${messageIdLimit} characters.`);
  }
  if (delivery !== undefined && !isDelivery(delivery)) {
    return bad(`Unknown \`delivery\` ${show(delivery)}. Known: ${deliveries.join(', ')}.`);
  }
  if (isTooDeep(value)) return tooDeep('The message');
  const message = toUserMessage(fields.message);
  if (!message.ok) return message;
  return ok({ messageId, message: message.value, ...(delivery && { delivery }) });
}

const deliveries: readonly Delivery[] = ['queue', 'steer', 'interrupt'];

function isDelivery(value: unknown): value is Delivery {
  return (deliveries as readonly unknown[]).includes(value);
}

function toUserMessage(value: unknown): Parsed<UserAgentMessage> {
  const fields = asFields(value);
  if (!fields || fields.role !== 'user') {
    return expected('`message`: { role: "user", content }', value);
  }
  if (isTooDeep(value)) return tooDeep('The message');
  const { content } = fields;
  if (typeof content === 'string') {
    return content.trim() ? ok({ role: 'user', content }) : bad('`content` is empty.');
  }
  if (!Array.isArray(content) || content.length === 0) {
    return bad('`content` must be a string or a list of content blocks.');
  }
  const wrong = content.findIndex((block) => !isContentBlock(block));
  if (wrong >= 0) return bad(`\`content[${wrong}]\` is no MCP content block.`);
  return ok({ role: 'user', content: content as readonly ContentBlock[] });
}

function toWorkflowInput(value: unknown): Parsed<AgentWorkflowInput> {
  const fields = asFields(value);
  if (!fields) return expected('an object { agent, mode?, messages? }', value);
  const { agent, mode, messages, continueAsNewAfterEvents, listed } = fields;
  const wrongAgent = agentProblem(agent);
  if (wrongAgent) return bad(wrongAgent);
  if (isTooDeep(agent)) return tooDeep('`agent`');
  if (isAgentTooLarge(agent)) return agentTooLarge;
  if (mode !== undefined && mode !== 'conversation' && mode !== 'task') {
    return bad(`Unknown \`mode\` ${show(mode)}. Known: conversation, task.`);
  }
  if (continueAsNewAfterEvents !== undefined && !isCount(continueAsNewAfterEvents)) {
    return bad('`continueAsNewAfterEvents` must be a whole number, 0 or more.');
  }
  if (listed !== undefined && !asFields(listed)) return bad('`listed` must be an object.');
  if (messages !== undefined) {
    if (!Array.isArray(messages)) return bad('`messages` must be a list.');
    for (const [index, message] of messages.entries()) {
      if (isTooLarge(message))
        return bad(`\`messages[${index}]\` is larger than ${messageLimitBytes} bytes.`);
      const parsed = toSendMessage(message);
      if (!parsed.ok) return bad(`\`messages[${index}]\`: ${parsed.reason}`);
    }
    if (jsonBytes(messages) > queueLimitBytes)
      return bad(`\`messages\` are larger than ${queueLimitBytes} bytes in sum.`);
  }
  return ok(fields as unknown as AgentWorkflowInput);
}

function toAdopt(value: unknown): Parsed<AdoptInput> {
  const fields = asFields(value ?? {});
  if (!fields) return expected('an object { agent?, model? }', value);
  const { agent, model } = fields;
  const wrongAgent = agent === undefined ? undefined : agentProblem(agent);
  if (wrongAgent) return bad(wrongAgent);
  if (isTooDeep(agent)) return tooDeep('`agent`');
  if (isAgentTooLarge(agent)) return agentTooLarge;
  if (model !== undefined && !isText(model)) return bad('`model` must be a name.');
  return ok({
    ...(agent !== undefined && { agent: agent as AdoptInput['agent'] & {} }),
    ...(model !== undefined && { model }),
  });
}

function toTranscriptRequest(value: unknown): Parsed<TranscriptRequest> {
  const fields = asFields(value);
  const pointer = asFields(fields?.pointer);
  if (!fields || !pointer) return expected('{ pointer, from, limitBytes }', value);
  const isPointer =
    isCount(pointer.epoch) &&
    isCount(pointer.length) &&
    typeof pointer.digest === 'string' &&
    typeof pointer.agentHash === 'string';
  return isPointer && isCount(fields.from) && isCount(fields.limitBytes)
    ? ok(fields as unknown as TranscriptRequest)
    : bad('The pointer is malformed.');
}

function isContentBlock(value: unknown): boolean {
  const block = asFields(value);
  return block !== undefined && hasContent(block) && isOptions(block.providerOptions);
}

/** By the provider's name: fields. */
function isOptions(value: unknown): boolean {
  if (value === undefined) return true;
  const options = asFields(value);
  return options !== undefined && Object.values(options).every((it) => asFields(it) !== undefined);
}

function hasContent(block: Fields): boolean {
  switch (block.type) {
    case 'text':
      return typeof block.text === 'string';
    case 'image':
    case 'audio':
      return typeof block.data === 'string' && typeof block.mimeType === 'string';
    case 'resource_link':
      return (
        typeof block.uri === 'string' &&
        typeof block.name === 'string' &&
        isOptionalString(block.description) &&
        isOptionalString(block.mimeType)
      );
    case 'resource': {
      const resource = asFields(block.resource);
      return (
        typeof resource?.uri === 'string' &&
        isOptionalString(resource.mimeType) &&
        isOptionalString(resource.text) &&
        isOptionalString(resource.blob) &&
        (resource.text ?? resource.blob) !== undefined
      );
    }
    default:
      return false;
  }
}

function isAgentTooLarge(agent: unknown): boolean {
  return typeof agent === 'object' && jsonBytes(agent) > agentLimitBytes;
}

const agentTooLarge = bad(
  `${RejectionType.agentTooLarge}: \`agent\` is larger than ${agentLimitBytes} bytes.`,
);

function isMessageId(value: unknown): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= messageIdLimit;
}

function tooDeep(what: string): Parsed<never> {
  return bad(`${what} is nested more than ${nestingLimit} levels deep.`);
}

function expected(what: string, value: unknown): Parsed<never> {
  return bad(`Expected ${what}, got ${show(value)}.`);
}
