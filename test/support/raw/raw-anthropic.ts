/** Anthropic Messages: a message, or the events that build one. */
import type { FinishReason } from '../../../agent/model';
import { piecesOf, toAnswer } from './raw-answer';
import { failureOf, failureOfResponse } from './raw-errors';
import { isRecord, number, parseArguments, record, records, text, type Json } from './raw-json';
import type { RawReading, RawResponse, RawToolCall, RawUsage } from './raw-types';

export function readAnthropic(response: RawResponse): RawReading {
  const failure = failureOfResponse(response);
  if (failure) return failure;
  const { isStream, events, fault } = piecesOf(response);
  if (fault !== undefined) return { outcome: 'incomplete', why: fault };
  if (isStream) return readStream(events.map(record));
  const message = record(events[0]);
  if (isRecord(message['error'])) return failureOf(message['error']);
  if (message['type'] !== 'message') return { outcome: 'incomplete', why: 'no message' };
  return readMessage(message, records(message['content']));
}

function readStream(events: readonly Json[]): RawReading {
  let message: Json | undefined;
  let blocks = new Map<number, Block>();
  for (const event of events) {
    const delta = record(event['delta']);
    switch (event['type']) {
      case 'error':
        return failureOf(record(event['error']));
      case 'message_start':
        // A second one means that a proxy asked again: what came before belongs to nobody.
        message = record(event['message']);
        blocks = new Map(records(message['content']).map((block, at) => [at, newBlock(block)]));
        break;
      case 'content_block_start':
        blocks.set(number(event['index']), newBlock(record(event['content_block'])));
        break;
      case 'content_block_delta':
        append(blocks.get(number(event['index'])), delta);
        break;
      case 'message_delta':
        message = { ...message, ...delta, usage: mergeUsage(message?.['usage'], event['usage']) };
        break;
      case 'message_stop': {
        if (!message) return { outcome: 'incomplete', why: 'message_stop without message_start' };
        if (text(message['stop_reason']) === '') {
          return { outcome: 'incomplete', why: 'message_stop without stop_reason' };
        }
        const ordered = [...blocks].sort(([left], [right]) => left - right);
        return readMessage(
          message,
          ordered.map(([, block]) => block),
        );
      }
    }
  }
  return { outcome: 'incomplete', why: `no message_stop after ${events.length} events` };
}

/** Grows by deltas. `json` is the text of a call's input, where it was streamed. */
interface Block extends Json {
  text?: string;
  thinking?: string;
  signature?: string;
  json?: string;
}

function newBlock(block: Json): Block {
  return { ...block };
}

function append(block: Block | undefined, delta: Json): void {
  if (!block) return;
  switch (delta['type']) {
    case 'text_delta':
      block.text = text(block.text) + text(delta['text']);
      break;
    case 'thinking_delta':
      block.thinking = text(block.thinking) + text(delta['thinking']);
      break;
    case 'signature_delta':
      block.signature = text(delta['signature']);
      break;
    case 'input_json_delta':
      block.json = text(block.json) + text(delta['partial_json']);
      break;
  }
}

/** `usage` of message_delta is cumulative and may lack what message_start told. */
function mergeUsage(start: unknown, delta: unknown): Json {
  const given = Object.entries(record(delta)).filter(([, value]) => value !== null);
  return { ...record(start), ...Object.fromEntries(given) };
}

function readMessage(message: Json, blocks: readonly Block[]): RawReading {
  const reason = text(message['stop_reason']);
  const texts = blocks.filter(({ type }) => type === 'text');
  const thinking = blocks.filter(({ type }) => type === 'thinking' || type === 'redacted_thinking');
  return toAnswer({
    textParts: texts.map((block) => text(block.text)),
    refusal: '',
    // `server_tool_use` and `mcp_tool_use` ran at Anthropic's.
    toolCalls: blocks.filter(({ type }) => type === 'tool_use').map(toCall),
    finishReason: finishReasons[reason] ?? 'other',
    rawFinishReason: reason,
    usage: usageOf(message['usage']),
    hasReasoning: thinking.length > 0,
    opaque: thinking.map((block) => text(block.signature ?? block['data'])),
    model: text(message['model']),
  });
}

function toCall(block: Block): RawToolCall {
  const { name, input } = block;
  // The input of the block's start stands unless something is streamed after it.
  const given = block.json ? parseArguments(block.json) : (input ?? {});
  const isObject = isRecord(given);
  return { name: text(name), arguments: isObject ? given : { malformed: JSON.stringify(given) } };
}

const finishReasons: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  tool_use: 'tool_calls',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  pause_turn: 'pause',
  refusal: 'refusal',
};

function usageOf(usage: unknown): RawUsage | undefined {
  if (!isRecord(usage)) return undefined;
  const written = number(usage['cache_creation_input_tokens']);
  const cached = number(usage['cache_read_input_tokens']);
  return {
    inputTokens: number(usage['input_tokens']) + written + cached,
    outputTokens: number(usage['output_tokens']),
    cachedInputTokens: cached,
    cacheWriteTokens: written,
    reasoningTokens: number(record(usage['output_tokens_details'])['thinking_tokens']),
  };
}
