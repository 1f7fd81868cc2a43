/** A request to the Messages API as the rules see it. */
import type { JsonObject } from '../../../agent/json';
import type { Json } from './strict-json';
import { isObject, objectsOf, objectOf, textOf } from './strict-json';
import type { ClaudeTraits } from './strict-models';
import { claudeTraits } from './strict-models';
import type { CheckOptions, RequestHeaders } from './strict-request';
import { headerOf } from './strict-request';

export interface AnthropicMessage {
  readonly role: string;
  readonly content: Json;
  /** A string is shorthand for one text block. */
  readonly blocks: readonly JsonObject[];
}

export interface AnthropicTurn {
  readonly role: string;
  readonly blocks: readonly JsonObject[];
  /** Of its first message. */
  readonly index: number;
}

/** A content block and where it stands, as Anthropic writes paths. */
export interface PlacedBlock {
  readonly block: JsonObject;
  readonly type: string;
  /** `messages.2.content.0`, or within a result `messages.2.content.0.tool_result.content.1`. */
  readonly path: string;
  /** `system` also for the blocks of the system prompt. */
  readonly role: string;
  readonly isNested: boolean;
}

export interface AnthropicView {
  readonly body: JsonObject;
  readonly headers: RequestHeaders;
  /** `2023-06-01` or `2026-10-21`, by the header. */
  readonly version: string;
  readonly isBeta: boolean;
  readonly model: string;
  readonly traits: ClaudeTraits | undefined;
  readonly messages: readonly AnthropicMessage[];
  /** Consecutive messages of one role are one to Anthropic (recorded): calls and results pair up over them. */
  readonly turns: readonly AnthropicTurn[];
  readonly placedBlocks: readonly PlacedBlock[];
  readonly tools: readonly JsonObject[];
  readonly thinkingType: string;
  readonly options: CheckOptions;
}

export function anthropicView(
  body: JsonObject,
  headers: RequestHeaders,
  options: CheckOptions,
): AnthropicView {
  const messages = objectsOf(body['messages']).map(toMessage);
  const model = textOf(body['model']);
  return {
    body,
    headers,
    version: headerOf(headers, 'anthropic-version') ?? '',
    isBeta: headerOf(headers, 'anthropic-beta') !== undefined,
    model,
    traits: claudeTraits(model),
    messages,
    turns: mergeTurns(messages),
    placedBlocks: [...systemBlocks(body['system']), ...messages.flatMap(placeBlocks)],
    tools: objectsOf(body['tools']),
    thinkingType: textOf(objectOf(body['thinking'])['type']),
    options,
  };
}

function toMessage(message: JsonObject): AnthropicMessage {
  const { content } = message;
  return { role: textOf(message['role']), content, blocks: blocksOf(content) };
}

function mergeTurns(messages: readonly AnthropicMessage[]): readonly AnthropicTurn[] {
  const turns: AnthropicTurn[] = [];
  for (const [index, { role, blocks }] of messages.entries()) {
    const last = turns.at(-1);
    if (last?.role !== role) turns.push({ role, blocks, index });
    else turns[turns.length - 1] = { ...last, blocks: [...last.blocks, ...blocks] };
  }
  return turns;
}

function blocksOf(content: Json): readonly JsonObject[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : objectsOf(content);
}

function systemBlocks(system: Json): readonly PlacedBlock[] {
  if (typeof system === 'string') return [];
  return objectsOf(system).map((block, index) => ({
    block,
    type: textOf(block['type']),
    path: `system.${index}`,
    role: 'system',
    isNested: false,
  }));
}

function placeBlocks({ role, content, blocks }: AnthropicMessage, index: number): PlacedBlock[] {
  if (typeof content === 'string') return [];
  return blocks.flatMap((block, blockIndex) => {
    const type = textOf(block['type']);
    const path = `messages.${index}.content.${blockIndex}`;
    const placed = { block, type, path, role, isNested: false };
    if (type !== 'tool_result' || !Array.isArray(block['content'])) return [placed];
    const nested = objectsOf(block['content']).map((inner, innerIndex) => ({
      block: inner,
      type: textOf(inner['type']),
      path: `${path}.tool_result.content.${innerIndex}`,
      role,
      isNested: true,
    }));
    return [placed, ...nested];
  });
}

export function isBlockOf(...types: readonly string[]): (block: JsonObject) => boolean {
  return (block) => types.includes(textOf(block['type']));
}

export const isThinking = isBlockOf('thinking', 'redacted_thinking');

/** The assistant's turns since the last question: its calls and their results are still one answer. */
export function openTurns({ turns }: AnthropicView): readonly AnthropicTurn[] {
  const isQuestion = ({ role, blocks }: AnthropicTurn): boolean =>
    role === 'user' && !blocks.some(isBlockOf('tool_result'));
  const start = turns.findLastIndex(isQuestion);
  return turns.slice(start + 1).filter(({ role }) => role === 'assistant');
}

/** Those among the tools that the client runs; the others have a versioned type. */
export function isCustomTool(tool: JsonObject): boolean {
  return isObject(tool) && [undefined, null, 'custom'].includes(tool['type'] as string);
}
