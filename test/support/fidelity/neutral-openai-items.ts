/** From the input items of a Responses request back to messages. Answers go through our own decoding. */
import { fromOpenAIResponse } from '../../../activities/models/openai-response';
import { openAIProvider } from '../../../activities/models/openai-replay';
import type { ToolNames } from '../../../activities/models/tool-names';
import type { ContentBlock } from '../../../agent/messages';
import { text as textBlock } from '../../../agent/messages';
import type { Message } from '../../../agent/model';
import { list, record, records, text, type Json } from '../raw/raw-json';
import { Inexpressible } from './inexpressible';
import { MessageList, fromDataUrl, linkTo, withBlockOptions } from './neutral-request';

interface ItemsContext {
  readonly model: string;
  readonly names: ToolNames;
}

export function readOpenAIItems(
  items: readonly Json[],
  context: ItemsContext,
): { readonly leading: readonly string[]; readonly messages: readonly Message[] } {
  const messages = new MessageList();
  const leading: string[] = [];
  let output: Json[] = [];
  let hasBegun = false;
  const flush = () => {
    if (output.length > 0) messages.answer(toAnswer(output, context));
    output = [];
  };
  for (const item of items) {
    const { type = 'message', role, call_id: callId } = item;
    if (type === 'message' && (role === 'system' || role === 'developer')) {
      if (hasBegun) throw new Inexpressible('instructions in mid-conversation');
      leading.push(plainText(item['content']));
      continue;
    }
    hasBegun = true;
    if (type === 'message' && role === 'user') {
      flush();
      messages.user(toUserContent(item['content']));
    } else if (type === 'function_call_output') {
      flush();
      const output = toBlocks(item['output']);
      if (output.some((block) => block.providerOptions)) {
        throw new Inexpressible('options of a result’s content');
      }
      messages.result({ providerId: text(callId) }, { content: output });
    } else if (type === 'additional_tools') {
      throw new Inexpressible('tools that change in mid-conversation');
    } else if (type === 'tool_search_output' && item['execution'] === 'client') {
      throw new Inexpressible('tool search that the client runs');
    } else if (type === 'item_reference') {
      throw new Inexpressible('conversation kept at the provider', 'item_reference');
    } else {
      const isKept = type !== 'reasoning' || item['encrypted_content'] || item['content'];
      if (!isKept) throw new Inexpressible('conversation kept at the provider', 'reasoning by id');
      output.push(item);
    }
  }
  flush();
  return { leading, messages: messages.messages };
}

/** Items as an answer would have had them. A short message (`{ role, content: 'text' }`) is written out. */
function toAnswer(items: readonly Json[], { model, names }: ItemsContext) {
  const output = items.map((item) =>
    item['role'] === 'assistant' && typeof item['content'] === 'string'
      ? {
          ...item,
          type: 'message',
          content: [{ type: 'output_text', text: item['content'], annotations: [] }],
        }
      : item,
  );
  const response = { status: 'completed', error: null, output, model };
  return fromOpenAIResponse(response as never, { model, names });
}

function plainText(content: unknown): string {
  if (typeof content === 'string') return content;
  const parts = records(content);
  if (parts.length > 1) throw new Inexpressible('several instructions');
  return text(parts[0]?.['text']);
}

function toUserContent(content: unknown): string | readonly ContentBlock[] {
  return typeof content === 'string' ? content : toBlocks(content);
}

function toBlocks(content: unknown): readonly ContentBlock[] {
  return typeof content === 'string'
    ? [textBlock(content)]
    : list(content).map(record).map(toBlock);
}

function toBlock(part: Json): ContentBlock {
  const { type, text: words, image_url: image, file_url: link, file_data: data, ...rest } = part;
  const { detail = 'auto', filename, ...more } = rest;
  const options = withBlockOptions(openAIProvider, {
    ...more,
    ...(detail !== 'auto' && { detail }),
    ...(more['file_id'] !== undefined && { image_url: null }),
  });
  if (type === 'input_text') return { ...textBlock(text(words)), ...options };
  if (type === 'input_image') {
    const file = fromDataUrl(text(image));
    if (file) return { type: 'image', ...file, ...options };
    return { ...linkTo(text(image) || uploaded, 'image/*'), ...options };
  }
  if (type === 'input_file') {
    const file = fromDataUrl(text(data));
    if (!file) return { ...linkTo(text(link) || uploaded, 'application/pdf'), ...options };
    const resource = { uri: `file:///${text(filename)}`, mimeType: file.mimeType, blob: file.data };
    return { type: 'resource', resource, ...options };
  }
  throw new Inexpressible('a part that nobody knows', text(type));
}

/** Stands where the address of a file would that has none but its id. */
const uploaded = 'https://uploaded.invalid/file';
