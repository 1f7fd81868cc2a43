/**
 * Client messages: what Memory holds and what a model is given. Readonly JSON records told apart by `role`.
 * MCP is the internal format of content; every provider's format is an adapter.
 */
import type { JsonObject, JsonValue } from './json';

/** What a block of a user's message may say to single providers. */
interface ProviderFields {
  /**
   * By the provider's name: fields of the part that this block becomes in its request, such as the detail of an
   * image or the id of an uploaded file, passed as they stand; `null` leaves out what would be sent.
   */
  readonly providerOptions?: Readonly<Record<string, JsonObject>>;
}
export interface TextContent extends ProviderFields {
  readonly type: 'text';
  readonly text: string;
}
/** `data` is base64 without line breaks or a `data:` prefix. */
export interface ImageContent extends ProviderFields {
  readonly type: 'image';
  readonly data: string;
  readonly mimeType: string;
}
/** `data` is base64 without line breaks or a `data:` prefix. */
export interface AudioContent extends ProviderFields {
  readonly type: 'audio';
  readonly data: string;
  readonly mimeType: string;
}
export interface EmbeddedResource extends ProviderFields {
  readonly type: 'resource';
  readonly resource:
    | { readonly uri: string; readonly mimeType?: string; readonly text: string }
    | { readonly uri: string; readonly mimeType?: string; readonly blob: string };
}
export interface ResourceLink extends ProviderFields {
  readonly type: 'resource_link';
  readonly uri: string;
  readonly name: string;
  readonly description?: string;
  readonly mimeType?: string;
}
/** The content blocks of the Model Context Protocol, revision 2025-06-18. */
export type ContentBlock =
  TextContent | ImageContent | AudioContent | EmbeddedResource | ResourceLink;

/** The agent's instructions. It is never stored: it is made from the agent when a prompt is built. */
export interface SystemMessage {
  readonly role: 'system';
  readonly content: string;
}

export interface UserMessage {
  readonly role: 'user';
  readonly content: string | readonly ContentBlock[];
  /** Not the user's: the loop tells the model what is wrong with its answer. See `toRepair`. */
  readonly isRepair?: true;
  /** Not the user's: it stands for the messages before it. See `toSummaryMessage`. */
  readonly isSummary?: true;
  /** Not the user's: a budget is spent, and the model is to conclude. See `toConclusion`. */
  readonly isConclusion?: true;
  /** Of a summary: what tools returned as `state` in the messages that it stands for, each one's last. */
  readonly toolStates?: Readonly<Record<string, JsonValue>>;
}

/** A tool call that a model asked for. It lives inside the `AssistantMessage` that asked. */
export interface ToolCallMessage {
  /** Ours, `t<turn>s<step>c<index>`: providers repeat, omit and invent theirs. */
  readonly id: string;
  readonly name: string;
  readonly arguments: JsonObject;
  /** The provider's own id, sent back to that provider only. */
  readonly providerId?: string;
  /** Set when the provider's arguments were no JSON object; `arguments` is then `{}` and the call is not run. */
  readonly malformedArguments?: string;
}

export interface AssistantMessage {
  readonly role: 'assistant';
  readonly content: string;
  readonly toolCalls: readonly ToolCallMessage[];
}

export interface ToolExecutionResultMessage {
  readonly role: 'tool_response';
  readonly toolCallId: string;
  readonly toolName: string;
  readonly content: readonly ContentBlock[];
  readonly isError: boolean;
  readonly structuredContent?: JsonObject;
  /** What the tool wants to find again at its next call in this conversation. At most 16 KiB of JSON. */
  readonly state?: JsonValue;
}

export function systemMessage(content: string): SystemMessage {
  return { role: 'system', content };
}

export function userMessage(content: string | readonly ContentBlock[]): UserMessage {
  return { role: 'user', content };
}

export function assistantMessage(
  content: string,
  toolCalls: readonly ToolCallMessage[] = [],
): AssistantMessage {
  return { role: 'assistant', content, toolCalls };
}

export function text(value: string): TextContent {
  return { type: 'text', text: value };
}

/** The result of `call`: what the model reads about it. */
export function toolResponse(
  call: Pick<ToolCallMessage, 'id' | 'name'>,
  result: {
    readonly content: readonly ContentBlock[];
    readonly isError?: boolean;
    readonly structuredContent?: JsonObject;
    readonly state?: JsonValue;
  },
): ToolExecutionResultMessage {
  return {
    role: 'tool_response',
    toolCallId: call.id,
    toolName: call.name,
    content: result.content,
    isError: result.isError ?? false,
    ...(result.structuredContent !== undefined && { structuredContent: result.structuredContent }),
    ...(result.state !== undefined && { state: result.state }),
  };
}

/** A result that tells the model why `call` brought nothing. */
export function toolErrorResponse(
  call: Pick<ToolCallMessage, 'id' | 'name'>,
  reason: string,
): ToolExecutionResultMessage {
  return toolResponse(call, { content: [text(reason)], isError: true });
}

/** The text of a content, blocks joined by line breaks; what is no text is named in brackets. */
export function contentToText(content: string | readonly ContentBlock[]): string {
  return typeof content === 'string' ? content : content.map(blockToText).join('\n');
}

function blockToText(block: ContentBlock): string {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'image':
    case 'audio':
      return `[${block.type} ${block.mimeType}]`;
    case 'resource':
      return 'text' in block.resource
        ? `[resource ${block.resource.uri}]\n${block.resource.text}`
        : `[resource ${block.resource.uri}]`;
    case 'resource_link':
      return `[resource ${block.name}: ${block.uri}]`;
  }
}
