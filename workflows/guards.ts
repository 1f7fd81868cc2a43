/**
 * Hand-written guards for what comes in raw (zod would cost eight times the memory per conversation). Each takes
 * anything and answers a value or a reason; none throws. Fuzzed against zod twins in test/workflows/guards.test.ts.
 */
import type { AgentDefinition } from '../agent/agent';
import type { UserAgentMessage } from '../agent/agent-messages';
import { jsonBytes } from '../agent/json';
import type { ContentBlock } from '../agent/messages';
import type {
  AgentWorkflowInput,
  MessagesRequest,
  SendMessageInput,
  StateRequest,
  TranscriptRequest,
} from './contract';

export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/** JSON bytes of one user message. */
export const messageLimitBytes = 256 * 1024;
export const messageIdLimit = 200;
export const pageLimitBytes = 512 * 1024;

type Fields = Readonly<Record<string, unknown>>;

export function parseSendMessage(value: unknown): Parsed<SendMessageInput> {
  const fields = asFields(value);
  if (!fields) return refuse(value, 'an object { messageId, message, delivery? }');
  const { messageId, delivery } = fields;
  if (!isMessageId(messageId)) {
    return bad(`\`messageId\` must be a string of 1 to ${messageIdLimit} characters.`);
  }
  if (delivery !== undefined && delivery !== 'queue') {
    return bad(`Unknown \`delivery\` ${show(delivery)}. Known: queue.`);
  }
  const message = parseUserMessage(fields.message);
  if (!message.ok) return message;
  return ok({ messageId, message: message.value, ...(delivery && { delivery }) });
}

export function parseUserMessage(value: unknown): Parsed<UserAgentMessage> {
  const fields = asFields(value);
  if (!fields || fields.role !== 'user') {
    return refuse(value, '`message`: { role: "user", content }');
  }
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

/** Whether a message is small enough to be stored. Asked after its id, before its shape. */
export function isTooLarge(value: unknown): boolean {
  return jsonBytes(value) > messageLimitBytes;
}

/** The id of anything that might be a message, whatever else is wrong with it. */
export function messageIdOf(value: unknown): string | undefined {
  const id = asFields(value)?.messageId;
  return isMessageId(id) ? id : undefined;
}

export function parseWorkflowInput(value: unknown): Parsed<AgentWorkflowInput> {
  const fields = asFields(value);
  if (!fields) return refuse(value, 'an object { agent, mode?, messages? }');
  const { agent, mode, messages, continueAsNewAfterEvents } = fields;
  if (!(typeof agent === 'string' && agent) && !isAgentDefinition(agent)) {
    return bad('`agent` must be a name or { name, model, instructions, tools: names }.');
  }
  if (mode !== undefined && mode !== 'conversation' && mode !== 'task') {
    return bad(`Unknown \`mode\` ${show(mode)}. Known: conversation, task.`);
  }
  if (continueAsNewAfterEvents !== undefined && !isCount(continueAsNewAfterEvents)) {
    return bad('`continueAsNewAfterEvents` must be a whole number, 0 or more.');
  }
  if (messages !== undefined) {
    if (!Array.isArray(messages)) return bad('`messages` must be a list.');
    for (const [index, message] of messages.entries()) {
      if (isTooLarge(message))
        return bad(`\`messages[${index}]\` is larger than ${messageLimitBytes} bytes.`);
      const parsed = parseSendMessage(message);
      if (!parsed.ok) return bad(`\`messages[${index}]\`: ${parsed.reason}`);
    }
  }
  return ok(fields as unknown as AgentWorkflowInput);
}

export function parseStateRequest(value: unknown): StateRequest {
  const messageId = messageIdOf(value);
  return messageId === undefined ? {} : { messageId };
}

export function parseMessagesRequest(value: unknown): Required<MessagesRequest> {
  const { from, limitBytes } = asFields(value) ?? {};
  return {
    from: isCount(from) ? from : 0,
    limitBytes: isCount(limitBytes) ? Math.min(limitBytes, pageLimitBytes) : pageLimitBytes,
  };
}

export function parseTranscriptRequest(value: unknown): Parsed<TranscriptRequest> {
  const fields = asFields(value);
  const pointer = asFields(fields?.pointer);
  if (!fields || !pointer) return refuse(value, '{ pointer, from, limitBytes }');
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
  switch (block?.type) {
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
        (typeof resource.text === 'string' || typeof resource.blob === 'string')
      );
    }
    default:
      return false;
  }
}

function isAgentDefinition(value: unknown): value is AgentDefinition {
  const agent = asFields(value);
  return (
    typeof agent?.name === 'string' &&
    typeof agent.model === 'string' &&
    typeof agent.instructions === 'string' &&
    Array.isArray(agent.tools) &&
    agent.tools.every((tool) => typeof tool === 'string')
  );
}

function asFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : undefined;
}

function isMessageId(value: unknown): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= messageIdLimit;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isOptionalString(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function ok<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

function bad(reason: string): Parsed<never> {
  return { ok: false, reason };
}

/** What the payload converter could not read says so itself. */
function refuse(value: unknown, expected: string): Parsed<never> {
  const reason = asFields(value)?.undecodable;
  if (typeof reason === 'string') return bad(`The payload cannot be decoded: ${reason}`);
  return bad(`Expected ${expected}, got ${show(value)}.`);
}

function show(value: unknown): string {
  const written = JSON.stringify(value) ?? String(value);
  return written.length <= 60 ? written : `${written.slice(0, 60).toWellFormed()}…`;
}
