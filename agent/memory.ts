/**
 * Memory: the messages of a conversation, always sendable. Every tool call that it holds gets exactly one result,
 * in call order, before anything else may follow.
 */
import { MemoryError } from './errors';
import type { JsonValue } from './json';
import type { ToolCallMessage } from './messages';
import { toolErrorResponse } from './messages';
import type { Message } from './model';

/** Memory as data. `firstSeq` is the sequence number of `messages[0]`. */
export interface MemorySnapshot {
  readonly firstSeq: number;
  readonly messages: readonly Message[];
}

export class Memory {
  private readonly list: Message[] = [];
  /** Calls of the last model response that have no result yet, in call order. */
  private pending: readonly ToolCallMessage[] = [];

  constructor(private readonly firstSeq = 0) {}

  static from(snapshot: MemorySnapshot): Memory {
    const memory = new Memory(snapshot.firstSeq);
    for (const message of snapshot.messages) memory.append(message);
    return memory;
  }

  get messages(): readonly Message[] {
    return this.list;
  }

  /** The sequence number that the next message will get. */
  get nextSeq(): number {
    return this.firstSeq + this.list.length;
  }

  /** Tool calls that still wait for their result. While there are any, Memory takes nothing but results. */
  get openCalls(): readonly ToolCallMessage[] {
    return this.pending;
  }

  /**
   * @returns the message's sequence number, stable for the whole conversation.
   * @throws MemoryError when `message` would make Memory unsendable.
   */
  append(message: Message): number {
    const [open, ...rest] = this.pending;
    if (message.role === 'tool_response') {
      if (open?.id !== message.toolCallId) {
        throw new MemoryError(
          `Memory cannot take the result of \`${message.toolCallId}\`: ${open ? `\`${open.id}\` comes first` : 'no tool call is open'}.`,
        );
      }
      this.pending = rest;
    } else if (open) {
      throw new MemoryError(
        `Memory waits for the result of \`${open.id}\`, not for a message of role ${message.role}.`,
      );
    } else if (message.role === 'assistant') {
      this.pending = message.toolCalls;
    }
    this.list.push(message);
    return this.nextSeq - 1;
  }

  /** @throws MemoryError while a tool call waits for its result: such a prompt is refused by every provider. */
  requireSendable(): void {
    const [open] = this.pending;
    if (open) throw new MemoryError(`Memory waits for the result of \`${open.id}\`.`);
  }

  /** Gives every open call an error result, so that Memory can be sent. */
  closeOpenCalls(reason: string): void {
    for (const call of this.pending) this.append(toolErrorResponse(call, reason));
  }

  /** Messages with `from` ≤ seq < `to`. */
  slice(from: number, to: number = this.nextSeq): readonly Message[] {
    return this.list.slice(Math.max(0, from - this.firstSeq), Math.max(0, to - this.firstSeq));
  }

  snapshot(): MemorySnapshot {
    return { firstSeq: this.firstSeq, messages: [...this.list] };
  }
}

/** What `toolName` returned as `state` at its last call, if anything. */
export function toolState(messages: readonly Message[], toolName: string): JsonValue | undefined {
  for (let index = messages.length - 1; index >= 0; index--) {
    const message = messages[index];
    if (
      message?.role === 'tool_response' &&
      message.toolName === toolName &&
      message.state !== undefined
    ) {
      return message.state;
    }
  }
  return undefined;
}
