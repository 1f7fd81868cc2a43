/** What providers keep in a response may be worth something only behind the very messages that it answered. */
import type { JsonValue } from './json';
import type { Message } from './model';

/**
 * A message as it can stand behind others than it was given to. Anthropic's newest models sign thinking together with
 * the conversation before it and refuse it anywhere else; a call that came with thinking is then sent as one without,
 * under our own id. What the others keep (encrypted items, thought signatures, reasoning) is bound to its own part.
 */
export function detached(message: Message): Message {
  if (message.role !== 'assistant' || message.providerData?.provider !== 'anthropic')
    return message;
  const { providerData, ...response } = message;
  const items = providerData.items.filter((item) => !isThinking(item));
  if (items.length === providerData.items.length) return message;
  return {
    ...response,
    toolCalls: response.toolCalls.map(({ providerId: _bound, ...call }) => call),
    providerData: { ...providerData, items },
  };
}

function isThinking(item: JsonValue): boolean {
  const type = typeof item === 'object' && item !== null && 'type' in item ? item.type : undefined;
  return type === 'thinking' || type === 'redacted_thinking';
}
