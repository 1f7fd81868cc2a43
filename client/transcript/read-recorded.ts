/** Reads what history holds of messages without believing it: other versions, other programs and codecs write there too. */
import { MemoryError } from '../../agent/errors';
import type { MemoryHead, MemorySnapshot } from '../../agent/memory';
import { Memory } from '../../agent/memory';
import type { Message, ModelResponse } from '../../agent/model';
import type { ToolResult } from '../../agent/tool';
import type { Spending } from '../../agent/usage';
import { parseUsd } from '../../agent/usage';
import { asCount, asFields, asList, asText, readUsage } from '../timeline/values';

/** Where a turn's user messages stand in Memory. */
export interface CarriedTurn {
  readonly turn: number;
  readonly isRunning: boolean;
  readonly messages: readonly { readonly messageId: string; readonly seq: number }[];
}

/** In the place of what this version, or this reader's codec, cannot read. */
export const unreadableText = '(It cannot be read.)';
export const unreadable: ToolResult = { content: [{ type: 'text', text: unreadableText }] };

export function isResponse(value: unknown): value is ModelResponse {
  const { role, content, toolCalls } = asFields(value);
  const isCall = (call: unknown) => typeof asFields(call).name === 'string';
  return role === 'assistant' && typeof content === 'string' && isListOf(toolCalls, isCall);
}

export function isResult(value: unknown): value is ToolResult {
  return isListOf(asFields(value).content, isBlock);
}

export function readMemory(value: unknown): MemorySnapshot {
  const { firstSeq, messages, head } = asFields(value);
  return {
    firstSeq: asCount(firstSeq) ?? 0,
    messages: asList(messages).filter(isMessage),
    ...(isHead(head) && { head }),
  };
}

export function readSpending(value: unknown): Spending {
  const { usage, costUsd } = asFields(value);
  return { usage: readUsage(usage), costUsd: parseUsd(costUsd) };
}

function isHead(value: unknown): value is MemoryHead {
  const { summary, kept, writtenAt } = asFields(value);
  const isKept = asList(kept).every(
    (entry) => asCount(asFields(entry).seq) !== undefined && isMessage(asFields(entry).message),
  );
  return isMessage(summary) && Array.isArray(kept) && isKept && asCount(writtenAt) !== undefined;
}

function isMessage(value: unknown): value is Message {
  const { role, content, toolCallId } = asFields(value);
  switch (role) {
    case 'user':
      return typeof content === 'string' || isListOf(content, isBlock);
    case 'assistant':
      return isResponse(value);
    case 'tool_response':
      return typeof toolCallId === 'string' && isListOf(content, isBlock);
    default:
      return false;
  }
}

function isBlock(value: unknown): boolean {
  return typeof asFields(value).type === 'string';
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}

export function readTurns(value: unknown): readonly CarriedTurn[] {
  return asList(value).flatMap((fields) => {
    const { turn, messages, status } = asFields(fields);
    const number = asCount(turn);
    if (number === undefined) return [];
    const read = asList(messages).flatMap((message) => {
      const [messageId, seq] = [
        asText(asFields(message).messageId),
        asCount(asFields(message).seq),
      ];
      return messageId === undefined || seq === undefined ? [] : [{ messageId, seq }];
    });
    return [{ turn: number, isRunning: status === 'running', messages: read }];
  });
}

/** As much of it as fits together. */
export function toMemory({ messages, ...snapshot }: MemorySnapshot): Memory {
  const memory = Memory.from({ ...snapshot, messages: [] });
  try {
    for (const message of messages) memory.append(message);
  } catch (error) {
    if (!(error instanceof MemoryError)) throw error;
  }
  return memory;
}
