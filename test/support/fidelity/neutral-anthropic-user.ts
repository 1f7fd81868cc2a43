/** From the blocks of Anthropic's user turns back to results and users' messages. */
import { anthropicProvider } from '../../../activities/models/anthropic-replay';
import type { ContentBlock } from '../../../agent/messages';
import { text as textBlock } from '../../../agent/messages';
import { list, record, text, type Json } from '../raw/raw-json';
import { Inexpressible } from './inexpressible';
import type { MessageList } from './neutral-request';
import { linkTo, withBlockOptions } from './neutral-request';

/** Results first, as Anthropic demands it; what follows them is the user's. */
export function readAnthropicUser(blocks: readonly Json[], messages: MessageList): void {
  const said = blocks.findIndex(({ type }) => type !== 'tool_result');
  const results = said < 0 ? blocks : blocks.slice(0, said);
  const rest = blocks.slice(results.length);
  for (const { tool_use_id: id, content, is_error: isError } of results) {
    messages.result(
      { providerId: text(id) },
      { content: toBlocks(content), isError: isError === true },
    );
  }
  if (rest.some(({ type }) => type === 'tool_result')) {
    throw new Inexpressible('results that do not follow their calls');
  }
  if (rest.length > 0) messages.user(toBlocks(rest));
}

function toBlocks(content: unknown): readonly ContentBlock[] {
  return typeof content === 'string'
    ? [textBlock(content)]
    : list(content).map(record).map(toBlock);
}

function toBlock({ cache_control: breakpoint, ...block }: Json): ContentBlock {
  return breakpoint
    ? {
        ...toPlainBlock(block),
        ...withBlockOptions(anthropicProvider, { cache_control: breakpoint }),
      }
    : toPlainBlock(block);
}

function toPlainBlock(block: Json): ContentBlock {
  const { type, source: given } = block;
  switch (type) {
    case 'text':
      return textBlock(text(block['text']));
    case 'image':
    case 'document':
      return toFile(text(type), record(given));
    case 'container_upload': {
      const own = { type, text: null, file_id: block['file_id'] };
      return { ...textBlock('An uploaded file.'), ...withBlockOptions(anthropicProvider, own) };
    }
    case 'tool_reference':
      throw new Inexpressible('tool search that the client runs');
    default:
      throw new Inexpressible('a part that nobody knows', text(type));
  }
}

function toFile(type: string, source: Json): ContentBlock {
  const mimeType = text(source['media_type']);
  const data = text(source['data']);
  switch (source['type']) {
    case 'base64':
      return type === 'image'
        ? { type, data, mimeType }
        : { type: 'resource', resource: { uri: 'file:///document', mimeType, blob: data } };
    case 'url':
      return linkTo(text(source['url']), type === 'image' ? 'image/*' : 'application/pdf');
    default: {
      const own = { type, text: null, source };
      return { ...textBlock('A file.'), ...withBlockOptions(anthropicProvider, own) };
    }
  }
}
