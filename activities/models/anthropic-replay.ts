/**
 * Anthropic's own content blocks, kept so that they can be sent back as they came. Thinking and whatever else the
 * neutral form cannot express is kept verbatim; of texts and calls, only what the neutral form lacks.
 */
import type { ContentBlockParam, ToolUseBlockParam } from '@anthropic-ai/sdk/resources/messages';
import type { JsonObject, JsonValue } from '../../agent/json';
import type { ToolCallMessage } from '../../agent/messages';
import type { FinishReason, ModelResponse, ProviderData } from '../../agent/model';
import { isObject } from './request-json';

export const anthropicProvider = 'anthropic';

/** Stands in `content` between two texts that something else came between. */
const textSeparator = '\n\n';

/** What stands in `content` before the text of the block at `index`, when `content` is that of the blocks before. */
export function separatorBefore(
  blocks: readonly (JsonObject | undefined)[],
  index: number,
  content: string,
): string {
  return content === '' || blocks[index - 1]?.['type'] === 'text' ? '' : textSeparator;
}

/** The text that a user sees of an answer. */
export function contentOf(blocks: readonly JsonObject[]): string {
  return textRanges(blocks).content;
}

interface TextRange {
  readonly from: number;
  readonly to: number;
}

/** `content`, and where in it each block's text stands. */
function textRanges(blocks: readonly JsonObject[]): { content: string; ranges: TextRange[] } {
  let content = '';
  const ranges = blocks.map((block, index) => {
    const text = textOf(block);
    if (text !== '') content += separatorBefore(blocks, index, content) + text;
    return { from: content.length - text.length, to: content.length };
  });
  return { content, ranges };
}

export function textOf({ type, text }: JsonObject): string {
  return type === 'text' && typeof text === 'string' ? text : '';
}

/** The blocks of a completed answer, or `undefined` where the neutral form says it all. */
export function toProviderData(
  blocks: readonly JsonObject[],
  toolCalls: readonly ToolCallMessage[],
  finishReason: FinishReason,
  family: string,
): ProviderData | undefined {
  const { content, ranges } = textRanges(blocks);
  const replayed = new Set(replayableBlocks(blocks, finishReason));
  let calls = 0;
  const items = blocks.flatMap((block, index): JsonObject[] => {
    const call = block['type'] === 'tool_use' ? calls++ : -1;
    if (!replayed.has(block)) return [];
    if (call >= 0) return [keptCall(block, call, toolCalls[call])];
    if (block['type'] !== 'text') return [block];
    if (hasEntries(block['citations'])) return [block];
    const range = ranges[index];
    const isWhole = !range || range.to - range.from === content.length;
    return [{ type: 'text', ...(!isWhole && { ...range }) }];
  });
  return saysMore(items) ? { provider: anthropicProvider, family, items } : undefined;
}

/** More than the neutral form: anything but plain texts, then plain calls. */
function saysMore(items: readonly JsonObject[]): boolean {
  const isPlain = items.every((item) => Object.keys(item).every((key) => neutralKeys.has(key)));
  const firstCall = items.findIndex(({ type }) => type === 'tool_use');
  const lastText = items.findLastIndex(({ type }) => type === 'text');
  return !isPlain || (firstCall >= 0 && lastText > firstCall);
}

const neutralKeys: ReadonlySet<string> = new Set(['type', 'from', 'to', 'call']);

/** The call at `index` of the answer's. */
function keptCall(block: JsonObject, index: number, call: ToolCallMessage | undefined): JsonObject {
  const { id: _id, name: _name, input: _input, caller, type: _type, ...rest } = block;
  const isDirect = !isObject(caller) || caller['type'] === 'direct';
  const kept = Object.entries(rest).filter(([, value]) => value !== null && value !== undefined);
  return {
    type: 'tool_use',
    ...(call && { call: index }),
    ...Object.fromEntries(kept),
    ...(!isDirect && { caller }),
  };
}

/**
 * Thinking is refused without its signature, and at the end of an answer. Of an answer that was cut, a server's
 * tool that never came to its result is refused too.
 */
function replayableBlocks(
  blocks: readonly JsonObject[],
  finishReason: FinishReason,
): readonly JsonObject[] {
  if (finishReason === 'pause') return blocks;
  const isWhole = finishReason === 'stop' || finishReason === 'tool_calls';
  const answered = new Set(blocks.map((block) => block['tool_use_id']));
  const replayed = blocks.filter((block) => {
    if (block['type'] === 'thinking') return Boolean(block['signature']);
    return isWhole || block['type'] !== 'server_tool_use' || answered.has(block['id']);
  });
  return replayed.slice(0, replayed.findLastIndex((block) => !isThinking(block)) + 1);
}

export function isThinking({ type }: { readonly type?: unknown }): boolean {
  return type === 'thinking' || type === 'redacted_thinking';
}

function hasEntries(value: JsonValue | undefined): boolean {
  return Array.isArray(value) && value.length > 0;
}

/** How the request at hand names a call. */
export type ToCallBlock = (call: ToolCallMessage) => ToolUseBlockParam;

/** The blocks to send for `message`, or `undefined` where another provider or model family must do without. */
export function fromProviderData(
  { content, toolCalls, providerData }: ModelResponse,
  family: string,
  toCallBlock: ToCallBlock,
): ContentBlockParam[] | undefined {
  const { provider, family: answeredBy, items = [] } = providerData ?? {};
  if (provider !== anthropicProvider || answeredBy !== family) return undefined;
  return (items as readonly JsonObject[]).flatMap((item): JsonValue[] => {
    if (item['type'] === 'tool_use') {
      const { call: index, ...kept } = item;
      const call = toolCalls[Number(index)];
      return call ? [{ ...(toCallBlock(call) as unknown as JsonObject), ...kept }] : [];
    }
    if (item['type'] !== 'text') return [item];
    if (item['text'] !== undefined) return textOf(item).trim() ? [item] : [];
    const { from = 0, to = content.length } = item;
    const text = content.slice(Number(from), Number(to));
    return text.trim() ? [{ type: 'text', text }] : [];
  }) as unknown as ContentBlockParam[];
}
