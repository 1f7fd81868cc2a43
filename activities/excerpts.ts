/** Messages in part: for the one request that cannot hold them whole, the request for their summary. Pure. */
import { jsonBytes } from '../agent/json';
import type { ContentBlock } from '../agent/messages';
import type { Message } from '../agent/model';
import { headLength, isLongerThan, tailLength } from '../agent/text-ends';

/** As everywhere: JSON bytes for a token. */
const bytesPerToken = 3;
/** No text is made shorter than this many bytes: who said what is worth as much as what was said. */
const leastBytes = 200;

/** `messages` with their longest texts shown by beginning and end, so that about `limitTokens` hold them all. */
export function shortened(messages: readonly Message[], limitTokens: number): readonly Message[] {
  const limitBytes = limitTokens * bytesPerToken;
  let shown = messages;
  for (let limit = limitBytes; jsonBytes(shown) > limitBytes && limit > leastBytes;) {
    limit = Math.max(leastBytes, Math.floor(limit / 2));
    shown = messages.map((message) => withTexts(message, (text) => excerpt(text, limit)));
  }
  return shown;
}

/** Two thirds of it are the beginning. */
function excerpt(text: string, limit: number): string {
  if (!isLongerThan(text, limit)) return text;
  const from = headLength(text, Math.floor((limit * 2) / 3));
  const to = text.length - tailLength(text, Math.floor(limit / 3));
  return `${text.slice(0, from)}\n[… ${to - from} characters are left out here …]\n${text.slice(to)}`;
}

type Change = (text: string) => string;

function withTexts(message: Message, change: Change): Message {
  switch (message.role) {
    case 'user':
      return typeof message.content === 'string'
        ? { ...message, content: change(message.content) }
        : { ...message, content: message.content.map((block) => withText(block, change)) };
    case 'assistant': {
      const { providerData: _texts, ...response } = message;
      const toolCalls = message.toolCalls.map(({ providerId: _known, ...call }) => call);
      return { ...response, content: change(message.content), toolCalls };
    }
    case 'tool_response':
      return { ...message, content: message.content.map((block) => withText(block, change)) };
  }
}

/** What is no text cannot be shown in part: it is named. */
function withText(block: ContentBlock, change: Change): ContentBlock {
  switch (block.type) {
    case 'text':
      return { ...block, text: change(block.text) };
    case 'image':
    case 'audio':
      return { type: 'text', text: `[${block.type} ${block.mimeType}, left out]` };
    case 'resource':
      return 'text' in block.resource
        ? { ...block, resource: { ...block.resource, text: change(block.resource.text) } }
        : { type: 'text', text: `[resource ${block.resource.uri}, left out]` };
    case 'resource_link':
      return block;
  }
}
