/** How many tokens the next prompt will have: what a provider has counted, and a guess at what came after. Pure. */
import type { ReActAgent } from '../agent/agent';
import { jsonBytes } from '../agent/json';
import type { ContentBlock } from '../agent/messages';
import type { Message } from '../agent/model';

/** Of JSON. English has more, code and digits about as many, few languages have less. */
const bytesPerToken = 3;
/** Whatever its size, about as many as providers count for a large one. */
const imageTokens = 2_000;
/** Of base64: sound and documents are counted by their length, not by their bytes. */
const mediaBytesPerToken = 30;

export type CountTokens = (message: Message) => number;

/** A guess at what a message adds to a prompt. */
export function messageTokens(message: Message): number {
  const { content } = message;
  const media = typeof content === 'string' ? [] : content.map(mediaOf);
  const mediaBytes = media.reduce((sum, { bytes }) => sum + bytes, 0);
  const tokens = media.reduce((sum, part) => sum + part.tokens, 0);
  return Math.ceil((jsonBytes(message) - mediaBytes) / bytesPerToken) + tokens;
}

/** A `messageTokens` that looks at each message once: messages never change. */
export function rememberTokens(): CountTokens {
  const known = new WeakMap<Message, number>();
  return (message) => {
    const tokens = known.get(message) ?? messageTokens(message);
    known.set(message, tokens);
    return tokens;
  };
}

/** A guess at what is part of every prompt. */
export function agentTokens({ instructions, tools, output, providerTools }: ReActAgent): number {
  return Math.ceil(jsonBytes({ instructions, tools, output, providerTools }) / bytesPerToken);
}

export interface PromptParts {
  readonly messages: readonly Message[];
  /** From here on, responses tell of prompts that began as this one does. */
  readonly countedFrom: number;
  readonly agentTokens: number;
  readonly count: CountTokens;
}

/** Of the prompt that `messages` make. */
export function estimateTokens(parts: PromptParts): number {
  const { messages, countedFrom, count } = parts;
  let after = 0;
  for (let index = messages.length - 1; index >= 0; index--) {
    const message = messages[index]!;
    const counted = index >= countedFrom ? countedTokens(message) : undefined;
    if (counted !== undefined) return counted + after;
    after += count(message);
  }
  return parts.agentTokens + after;
}

/** `estimateTokens` of the first n messages, for every n. */
export function estimatePrefixes(parts: PromptParts): readonly number[] {
  const { messages, countedFrom, count } = parts;
  const tokens = [parts.agentTokens];
  messages.forEach((message, index) => {
    const counted = index >= countedFrom ? countedTokens(message) : undefined;
    tokens.push(counted ?? tokens[index]! + count(message));
  });
  return tokens;
}

/** What the provider counted for a prompt and its answer, which are the beginning of the next prompt. */
function countedTokens(message: Message): number | undefined {
  if (message.role !== 'assistant' || message.usage.inputTokens === 0) return undefined;
  return message.usage.inputTokens + message.usage.outputTokens;
}

function mediaOf(block: ContentBlock): { readonly bytes: number; readonly tokens: number } {
  switch (block.type) {
    case 'image':
      return { bytes: block.data.length, tokens: imageTokens };
    case 'audio':
      return toMedia(block.data);
    case 'resource':
      return 'blob' in block.resource ? toMedia(block.resource.blob) : { bytes: 0, tokens: 0 };
    case 'text':
    case 'resource_link':
      return { bytes: 0, tokens: 0 };
  }
}

function toMedia({ length: bytes }: string): { readonly bytes: number; readonly tokens: number } {
  return { bytes, tokens: Math.ceil(bytes / mediaBytesPerToken) };
}
