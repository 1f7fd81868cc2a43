/** From Memory's messages to the messages of a Messages request. */
import type {
  ContentBlockParam,
  DocumentBlockParam,
  ImageBlockParam,
  MessageParam,
  TextBlockParam,
  ToolResultBlockParam,
} from '@anthropic-ai/sdk/resources/messages';
import type {
  ContentBlock,
  ToolCallMessage,
  ToolExecutionResultMessage,
} from '../../agent/messages';
import { contentToText } from '../../agent/messages';
import type { Message, ModelResponse } from '../../agent/model';
import { toolResultText } from '../../agent/tool';
import type { ToCallBlock } from './anthropic-replay';
import { anthropicProvider, fromProviderData } from './anthropic-replay';
import { withBlockOptions } from './request-json';
import type { ToolNames } from './tool-names';

/** A message whose content is always a list. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: readonly ContentBlockParam[];
}

/** Stands where Anthropic wants some text and there is none. */
const noContent = '(no content)';

/** Neighbours of one role become one message, so that all results of a turn stand together, before any text. */
export function toAnthropicMessages(
  messages: readonly Message[],
  { names, family }: { readonly names: ToolNames; readonly family: string },
): (MessageParam & Turn)[] {
  const callIds = new CallIds();
  const turns: { role: Turn['role']; content: ContentBlockParam[] }[] = [];
  const add = (role: Turn['role'], content: readonly ContentBlockParam[]) => {
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content: [...content] });
  };
  // The first message has to be the user's.
  if (messages[0]?.role !== 'user') add('user', []);
  for (const message of messages) {
    switch (message.role) {
      case 'user':
        add('user', toUserContent(message.content));
        break;
      case 'assistant':
        callIds.open(message);
        add(
          'assistant',
          toAnswerBlocks(message, family, (call) => ({
            type: 'tool_use',
            id: callIds.of(call.id),
            name: names.toProvider(call.name),
            input: call.arguments,
          })),
        );
        break;
      case 'tool_response':
        add('user', [toResultBlock(message, callIds.of(message.toolCallId))]);
        break;
    }
  }
  return turns.map(({ role, content }) => ({
    role,
    content: content.length > 0 ? content : [toText(noContent)],
  }));
}

function toAnswerBlocks(
  message: ModelResponse,
  family: string,
  toCallBlock: ToCallBlock,
): readonly ContentBlockParam[] {
  const own = fromProviderData(message, family, toCallBlock);
  if (own) return own;
  return [...toTexts(message.content), ...message.toolCalls.map(toCallBlock)];
}

/**
 * The call ids of one request. Anthropic's own are sent back; for another provider's calls, and where an id would
 * stand twice, ours are.
 */
class CallIds {
  private readonly taken = new Set<string>();
  private ofResponse = new Map<string, string>();

  /** Results follow their response at once, so that only its own calls are open. */
  open({ toolCalls, providerData }: ModelResponse): void {
    const isForeign = providerData !== undefined && providerData.provider !== anthropicProvider;
    this.ofResponse = new Map(toolCalls.map((call) => [call.id, this.take(call, isForeign)]));
  }

  of(callId: string): string {
    return this.ofResponse.get(callId) ?? toLegalId(callId);
  }

  private take({ id: ours, providerId }: ToolCallMessage, isForeign: boolean): string {
    const isOwn = !isForeign && providerId !== undefined && legalId.test(providerId);
    const wanted = isOwn && !this.taken.has(providerId) ? providerId : toLegalId(ours);
    let id = wanted;
    for (let copy = 2; this.taken.has(id); copy++) id = `${wanted}_${copy}`;
    this.taken.add(id);
    return id;
  }
}

const legalId = /^[a-zA-Z0-9_-]+$/;

function toLegalId(id: string): string {
  return id.replace(/[^a-zA-Z0-9_-]/g, '_') || 'call';
}

function toUserContent(content: string | readonly ContentBlock[]): readonly ContentBlockParam[] {
  if (typeof content === 'string') return toTexts(content);
  return content.flatMap((block) =>
    (toLinkedPart(block) ?? toInputParts(block)).map((part) =>
      withBlockOptions(part, block, anthropicProvider),
    ),
  );
}

/** An error may hold nothing but text. */
function toResultBlock(result: ToolExecutionResultMessage, id: string): ToolResultBlockParam {
  const { content, isError } = result;
  const parts = isError ? [] : content.flatMap(toInputParts);
  const hasMedia = parts.some(({ type }) => type !== 'text');
  return {
    type: 'tool_result',
    tool_use_id: id,
    content: hasMedia ? parts : toResultText(result),
    ...(isError && { is_error: true }),
  };
}

/** The flag says that it is an error, so the text need not. */
function toResultText(result: ToolExecutionResultMessage): string {
  const isBlank = contentToText(result.content).trim() === '';
  return toolResultText({ ...result, isError: false, ...(isBlank && { content: [] }) });
}

type InputPart = TextBlockParam | ImageBlockParam | DocumentBlockParam;

/** Images and PDFs as such. Everything else is text: it is named where it has none. */
function toInputParts(block: ContentBlock): InputPart[] {
  const media = toMediaPart(block);
  return media ? [media] : toTexts(contentToText([block]));
}

function toMediaPart(block: ContentBlock): InputPart | undefined {
  if (block.type === 'image') return toFilePart(block.mimeType, block.data);
  if (block.type !== 'resource' || !('blob' in block.resource)) return undefined;
  return toFilePart(block.resource.mimeType, block.resource.blob);
}

function toFilePart(mimeType: string | undefined, base64: string): InputPart | undefined {
  const data = base64.replace(/^\s*data:[^,]*,/, '').replace(/\s+/g, '');
  if (data === '') return undefined;
  if (mimeType === 'application/pdf') {
    return { type: 'document', source: { type: 'base64', media_type: mimeType, data } };
  }
  const imageType = imageTypes.find(
    (type) => type === mimeType?.replace(/^image\/jpg$/, 'image/jpeg'),
  );
  return imageType && { type: 'image', source: { type: 'base64', media_type: imageType, data } };
}

const imageTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;

/** What a user links to is fetched by Anthropic. */
function toLinkedPart(block: ContentBlock): InputPart[] | undefined {
  if (block.type !== 'resource_link' || !/^https?:\/\//i.test(block.uri)) return undefined;
  const source = { type: 'url' as const, url: block.uri };
  if (block.mimeType === 'application/pdf') return [{ type: 'document', source }];
  return block.mimeType?.startsWith('image/') ? [{ type: 'image', source }] : undefined;
}

/** No block where there is nothing to read: an empty one is refused. */
function toTexts(text: string): TextBlockParam[] {
  return text.trim() ? [toText(text)] : [];
}

function toText(text: string): TextBlockParam {
  return { type: 'text', text };
}
