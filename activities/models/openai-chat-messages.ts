/** From Memory's messages to the messages of a Chat Completions request. */
import type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionContentPart,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type {
  ContentBlock,
  SystemMessage,
  ToolCallMessage,
  ToolExecutionResultMessage,
} from '../../agent/messages';
import { contentToText } from '../../agent/messages';
import type { Message, ModelResponse } from '../../agent/model';
import { toOpenAIFormat } from '../../agent/tool';
import type { ChatEndpoint } from './openai-chat-endpoints';
import { fromKeptReasoning } from './openai-chat-reasoning';
import { argumentsText } from './openai-replay';
import { withBlockOptions } from './request-json';
import type { ToolNames } from './tool-names';

export interface ChatContext {
  readonly names: ToolNames;
  readonly endpoint: ChatEndpoint;
  /** The model that is asked. */
  readonly model: string;
}

export function toChatMessages(
  prompt: readonly (SystemMessage | Message)[],
  context: ChatContext,
): ChatCompletionMessageParam[] {
  const { endpoint, model } = context;
  const callIds = new CallIds(endpoint);
  const messages: ChatCompletionMessageParam[] = [];
  let pictures: ChatCompletionContentPart[] = [];
  for (const message of prompt) {
    if (message.role === 'tool_response') {
      const id = callIds.of(message.toolCallId);
      messages.push({ ...toOpenAIFormat(message), tool_call_id: id });
      pictures.push(...toPictures(message, id, context));
      continue;
    }
    // Results are text alone, and nothing may stand between them: what they show follows the last one.
    if (pictures.length > 0) messages.push({ role: 'user', content: pictures });
    pictures = [];
    if (message.role === 'system') {
      messages.push({ role: endpoint.systemRole?.(model) ?? 'system', content: message.content });
    } else if (message.role === 'user') {
      messages.push({ role: 'user', content: toUserContent(message.content, endpoint) });
    } else {
      callIds.open(message);
      messages.push(toAnswer(message, callIds, context));
    }
  }
  if (pictures.length > 0) messages.push({ role: 'user', content: pictures });
  return messages;
}

function toAnswer(
  message: ModelResponse,
  callIds: CallIds,
  { names, endpoint, model }: ChatContext,
): ChatCompletionAssistantMessageParam {
  const { content, toolCalls } = message;
  const reasoning = fromKeptReasoning(message, { endpoint, model, toCallId: callIds.renamed });
  if (toolCalls.length === 0) return { role: 'assistant', content, ...reasoning };
  return {
    role: 'assistant',
    content: content || null,
    tool_calls: toolCalls.map((call) => ({
      id: callIds.of(call.id),
      type: 'function',
      function: {
        name: names.toProvider(call.name),
        arguments: toArguments(call, endpoint),
      },
    })),
    ...reasoning,
  };
}

function toArguments(call: ToolCallMessage, { takesBrokenArguments }: ChatEndpoint): string {
  return takesBrokenArguments || call.malformedArguments === undefined ? argumentsText(call) : '{}';
}

/**
 * The call ids of one request. The endpoint's own are sent back; for another provider's calls, and where an id
 * would stand twice, ours are.
 */
class CallIds {
  private readonly taken = new Set<string>();
  private ofResponse = new Map<string, string>();
  private ofProvider = new Map<string, string>();

  constructor(private readonly endpoint: ChatEndpoint) {}

  /** Results follow their response at once, so that only its own calls are open. */
  open({ toolCalls, providerData }: ModelResponse): void {
    const isForeign = providerData !== undefined && providerData.provider !== this.endpoint.name;
    this.ofResponse = new Map();
    this.ofProvider = new Map();
    for (const call of toolCalls) {
      const id = this.take((!isForeign && this.ownId(call)) || call.id);
      this.ofResponse.set(call.id, id);
      this.ofProvider.set(call.providerId ?? call.id, id);
    }
  }

  of(callId: string): string {
    return this.ofResponse.get(callId) ?? this.toLegal(callId);
  }

  /** What became of the provider's id. */
  readonly renamed = (providerId: string): string => this.ofProvider.get(providerId) ?? providerId;

  private ownId({ providerId = '' }: ToolCallMessage): string | undefined {
    const isLegal = this.endpoint.callIds?.legal.test(providerId) ?? true;
    const isFree = !this.taken.has(providerId);
    return isLegal && isFree && providerId.length <= longestCallId ? providerId : undefined;
  }

  private take(wanted: string): string {
    let id = this.toLegal(wanted);
    for (let copy = 2; this.taken.has(id); copy++) id = this.toLegal(`${wanted}_${copy}`);
    this.taken.add(id);
    return id;
  }

  private toLegal(id: string): string {
    const { callIds } = this.endpoint;
    return !callIds || callIds.legal.test(id) ? id : callIds.toLegal(id);
  }
}

/** Chat Completions takes no longer ones, although the Responses API does. */
const longestCallId = 40;

function toUserContent(
  content: string | readonly ContentBlock[],
  endpoint: ChatEndpoint,
): string | ChatCompletionContentPart[] {
  if (typeof content === 'string') return content;
  const media = content.map(
    (block) => toLinkedPart(block, endpoint) ?? toMediaPart(block, endpoint),
  );
  const isPlain = content.every((block) => !block.providerOptions?.[endpoint.name]);
  // Templates of many models know no parts.
  if (isPlain && media.every((part) => part === undefined)) return contentToText(content);
  return content.map((block, index) =>
    withBlockOptions(media[index] ?? toText(contentToText([block])), block, endpoint.name),
  );
}

/** Under a line that says whose they are. */
function toPictures(
  { content, toolName }: ToolExecutionResultMessage,
  callId: string,
  { endpoint, names }: ChatContext,
): ChatCompletionContentPart[] {
  const parts = content.flatMap((block) => toMediaPart(block, endpoint) ?? []);
  if (parts.length === 0) return [];
  return [toText(`From the result of ${names.toProvider(toolName)} (${callId}):`), ...parts];
}

function toText(text: string): ChatCompletionContentPart {
  return { type: 'text', text };
}

/** What a user links to is fetched by the endpoint. */
function toLinkedPart(
  block: ContentBlock,
  { media }: ChatEndpoint,
): ChatCompletionContentPart | undefined {
  const isImage = block.type === 'resource_link' && block.mimeType?.startsWith('image/');
  return isImage && /^https?:\/\//i.test(block.uri) && media.includes('image')
    ? { type: 'image_url', image_url: { url: block.uri } }
    : undefined;
}

/** What the endpoint takes as such. Everything else is text: it is named where it has none. */
function toMediaPart(
  block: ContentBlock,
  { media }: ChatEndpoint,
): ChatCompletionContentPart | undefined {
  const { mimeType, data, filename } = toFile(block);
  const url = `data:${mimeType};base64,${data}`;
  if (imageTypes.has(mimeType) && media.includes('image')) {
    return { type: 'image_url', image_url: { url } };
  }
  if (mimeType === 'application/pdf' && media.includes('file')) {
    return { type: 'file', file: { filename, file_data: url } };
  }
  const format = audioFormats[mimeType];
  return format && media.includes('audio')
    ? { type: 'input_audio', input_audio: { data, format } }
    : undefined;
}

function toFile(block: ContentBlock): { mimeType: string; data: string; filename: string } {
  if (block.type === 'image' || block.type === 'audio') return { ...block, filename: block.type };
  if (block.type !== 'resource' || !('blob' in block.resource)) {
    return { mimeType: '', data: '', filename: '' };
  }
  const { mimeType = '', blob: data, uri } = block.resource;
  return { mimeType, data, filename: uri.split('/').at(-1) || 'file' };
}

const imageTypes: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/webp',
  'image/gif',
]);

const audioFormats: Readonly<Record<string, 'wav' | 'mp3' | undefined>> = {
  'audio/wav': 'wav',
  'audio/wave': 'wav',
  'audio/x-wav': 'wav',
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
};
