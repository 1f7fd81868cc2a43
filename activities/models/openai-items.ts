/** From Memory's messages to the input items of a Responses request. */
import type { ResponseInputContent, ResponseInputItem } from 'openai/resources/responses/responses';
import type {
  ContentBlock,
  ToolCallMessage,
  ToolExecutionResultMessage,
} from '../../agent/messages';
import { contentToText } from '../../agent/messages';
import type { Message, ModelResponse } from '../../agent/model';
import { toolResultText } from '../../agent/tool';
import type { ToCallItem } from './openai-replay';
import { argumentsText, fromProviderData, openAIProvider } from './openai-replay';
import { withBlockOptions } from './request-json';
import type { ToolNames } from './tool-names';

export function toOpenAIItems(
  messages: readonly Message[],
  { names, family }: { readonly names: ToolNames; readonly family: string },
): ResponseInputItem[] {
  const callIds = new CallIds();
  return messages.flatMap((message) => {
    switch (message.role) {
      case 'user':
        return [{ role: 'user' as const, content: toUserContent(message.content) }];
      case 'assistant':
        callIds.open(message);
        return toAnswerItems(message, family, (call) => ({
          type: 'function_call',
          call_id: callIds.of(call.id),
          name: names.toProvider(call.name),
          arguments: argumentsText(call),
        }));
      case 'tool_response':
        return [
          {
            type: 'function_call_output' as const,
            call_id: callIds.of(message.toolCallId),
            output: toResultOutput(message),
          },
        ];
    }
  });
}

function toAnswerItems(
  message: ModelResponse,
  family: string,
  toCallItem: ToCallItem,
): ResponseInputItem[] {
  const own = fromProviderData(message, family, toCallItem);
  if (own) return own;
  const text: ResponseInputItem[] = message.content
    ? [{ role: 'assistant', content: message.content }]
    : [];
  return [...text, ...message.toolCalls.map(toCallItem)];
}

/**
 * The call ids of one request. OpenAI's own are sent back; for another provider's calls, and where an id would
 * stand twice, ours are.
 */
class CallIds {
  private readonly taken = new Set<string>();
  private ofResponse = new Map<string, string>();

  /** Results follow their response at once, so that only its own calls are open. */
  open({ toolCalls, providerData }: ModelResponse): void {
    const isForeign = providerData !== undefined && providerData.provider !== openAIProvider;
    this.ofResponse = new Map(
      toolCalls.map((call) => [call.id, this.take(isForeign ? call.id : ownId(call))]),
    );
  }

  of(callId: string): string {
    return this.ofResponse.get(callId) ?? callId;
  }

  private take(wanted: string): string {
    let id = wanted;
    for (let copy = 2; this.taken.has(id); copy++) id = `${wanted}_${copy}`;
    this.taken.add(id);
    return id;
  }
}

function ownId({ id, providerId }: ToolCallMessage): string {
  return providerId && providerId.length <= longestCallId ? providerId : id;
}

const longestCallId = 64;

function toUserContent(content: string | readonly ContentBlock[]): string | ResponseInputContent[] {
  if (typeof content === 'string') return content;
  return content.length > 0
    ? content.map((block) =>
        withBlockOptions(toLinkedPart(block) ?? toInputPart(block), block, openAIProvider),
      )
    : '';
}

/** What a user links to is fetched by OpenAI. */
function toLinkedPart(block: ContentBlock): ResponseInputContent | undefined {
  if (block.type !== 'resource_link' || !/^https?:\/\//i.test(block.uri)) return undefined;
  if (block.mimeType === 'application/pdf') return { type: 'input_file', file_url: block.uri };
  return block.mimeType?.startsWith('image/')
    ? { type: 'input_image', image_url: block.uri, detail: 'auto' }
    : undefined;
}

/** Text where there is nothing but text. OpenAI has no error flag: the text says it. */
function toResultOutput(result: ToolExecutionResultMessage): string | ResponseInputContent[] {
  const parts = result.content.map(toInputPart);
  if (parts.every(({ type }) => type === 'input_text')) return toolResultText(result);
  return result.isError ? [{ type: 'input_text', text: 'Error:' }, ...parts] : parts;
}

function toInputPart(block: ContentBlock): ResponseInputContent {
  return toMediaPart(block) ?? { type: 'input_text', text: contentToText([block]) };
}

/** Images, PDFs and files of text as such. Everything else is text: it is named where it has none. */
function toMediaPart(block: ContentBlock): ResponseInputContent | undefined {
  if (block.type === 'image') return toFilePart(block.mimeType, block.data, 'image');
  if (block.type !== 'resource' || !('blob' in block.resource)) return undefined;
  const { mimeType, blob, uri } = block.resource;
  return toFilePart(mimeType, blob, uri.split('/').at(-1) || 'file');
}

function toFilePart(
  mimeType: string | undefined,
  data: string,
  filename: string,
): ResponseInputContent | undefined {
  const url = `data:${mimeType};base64,${data}`;
  if (mimeType === 'application/pdf' || mimeType?.startsWith('text/')) {
    return { type: 'input_file', filename, file_data: url };
  }
  return mimeType && imageTypes.has(mimeType)
    ? { type: 'input_image', image_url: url, detail: 'auto' }
    : undefined;
}

const imageTypes: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/webp',
  'image/gif',
]);
