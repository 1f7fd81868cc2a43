/**
 * Memory: the messages of a conversation, always sendable. Every tool call that it holds gets exactly one result,
 * in call order, before anything else may follow. Older messages may give way to a summary.
 */
import { MemoryError } from './errors';
import type { JsonValue } from './json';
import type { ToolCallMessage, UserMessage } from './messages';
import { toolErrorResponse, toolResponse } from './messages';
import type { Message, ModelResponse } from './model';
import { detached } from './provider-data';
import { toSummaryMessage } from './summary';
import type { ToolResult } from './tool';

/** What stands where messages have left Memory. */
export interface MemoryHead {
  readonly summary: UserMessage;
  /** Messages from before `firstSeq` that stayed as they were: a user's, of the turn that was running then. */
  readonly kept: readonly { readonly seq: number; readonly message: UserMessage }[];
  /** The next sequence number when it was written: what responses before it told of their prompts' length is no guide. */
  readonly writtenAt: number;
}

/** Memory as data. `firstSeq` is the sequence number of `messages[0]`. */
export interface MemorySnapshot {
  readonly firstSeq: number;
  readonly messages: readonly Message[];
  readonly head?: MemoryHead;
}

/** How messages give way to a summary. */
export interface MemoryCut {
  /** As many of `Memory.messages` leave it. */
  readonly length: number;
  /** Users' messages from this sequence number on stay. */
  readonly keepFrom: number;
  /** What the model wrote. */
  readonly summary: string;
}

export class Memory {
  /** The head first, if there is one. */
  private list: Message[] = [];
  private first: number;
  private headOrNone: MemoryHead | undefined;
  /** Calls of the last model response that have no result yet, in call order. */
  private pending: readonly ToolCallMessage[] = [];

  constructor(firstSeq = 0) {
    this.first = firstSeq;
  }

  static from({ firstSeq, messages, head }: MemorySnapshot): Memory {
    const memory = new Memory(firstSeq);
    if (head) memory.begin(head);
    for (const message of messages) memory.append(message);
    return memory;
  }

  /** What a prompt is made of: a summary and what was kept beside it, if there are any, then the messages themselves. */
  get messages(): readonly Message[] {
    return this.list;
  }

  /** What stands for the messages that have left. */
  get head(): MemoryHead | undefined {
    return this.headOrNone;
  }

  /** How many of `messages` are the head. */
  get headLength(): number {
    return this.headOrNone ? 1 + this.headOrNone.kept.length : 0;
  }

  /** The sequence number of the first message that has never left. */
  get firstSeq(): number {
    return this.first;
  }

  /** The sequence number that the next message will get. */
  get nextSeq(): number {
    return this.first + this.list.length - this.headLength;
  }

  /** From here on in `messages`, responses tell of prompts that began as the next one does. */
  get countedFrom(): number {
    const { headOrNone: head } = this;
    return head ? this.headLength + Math.max(0, head.writtenAt - this.first) : 0;
  }

  /** Tool calls that still wait for their result. While there are any, Memory takes nothing but results. */
  get openCalls(): readonly ToolCallMessage[] {
    return this.pending;
  }

  /** The last response, while none of its calls has its result yet. */
  get unanswered(): ModelResponse | undefined {
    const last = this.list.at(-1);
    return last?.role === 'assistant' && this.pending.length > 0 ? last : undefined;
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

  /** Gives every open call the result that is known of it, by its id, or else an error: so Memory can be sent. */
  closeOpenCalls(reason: string, known: ReadonlyMap<string, ToolResult> = new Map()): void {
    for (const call of this.pending) {
      const result = known.get(call.id);
      this.append(result ? toolResponse(call, result) : toolErrorResponse(call, reason));
    }
  }

  /** Messages with `from` ≤ seq < `to`. */
  slice(from: number, to: number = this.nextSeq): readonly Message[] {
    const index = (seq: number) => this.headLength + Math.max(0, seq - this.first);
    return this.list.slice(index(from), index(to));
  }

  /** The messages that Memory has as they were, from the sequence number `from` on. */
  *sequencedFrom(from: number): Generator<{ readonly seq: number; readonly message: Message }> {
    for (const entry of this.headOrNone?.kept ?? []) if (entry.seq >= from) yield entry;
    for (let seq = Math.max(from, this.first); seq < this.nextSeq; seq++) {
      yield { seq, message: this.list[this.headLength + seq - this.first]! };
    }
  }

  /**
   * A summary takes the place of the first messages. Sequence numbers stay what they are.
   *
   * @throws MemoryError when a call would be parted from its result, or nothing but the head would leave.
   */
  compact({ length, keepFrom, summary }: MemoryCut): void {
    const leaving = length - this.headLength;
    if (leaving < 1 || length > this.list.length || this.list[length]?.role === 'tool_response') {
      throw new MemoryError(`Memory cannot be cut after ${length} messages.`);
    }
    const kept = [...this.sequencedFrom(0)]
      .filter(({ seq }) => seq < this.first + leaving)
      .flatMap(({ seq, message }) =>
        message.role === 'user' && !message.isRepair && !message.isConclusion && seq >= keepFrom
          ? [{ seq, message }]
          : [],
      );
    const writtenAt = this.nextSeq;
    const toolStates = toolStatesIn(this.list.slice(0, length));
    const tail = this.list.slice(length).map(detached);
    this.first += leaving;
    this.list = [];
    this.begin({ summary: toSummaryMessage(summary, this.first, toolStates), kept, writtenAt });
    this.list.push(...tail);
  }

  snapshot(): MemorySnapshot {
    const { first: firstSeq, headOrNone: head } = this;
    return { firstSeq, messages: this.list.slice(this.headLength), ...(head && { head }) };
  }

  private begin(head: MemoryHead): void {
    this.headOrNone = head;
    this.list.push(head.summary, ...head.kept.map(({ message }) => message));
  }
}

/** What `toolName` returned as `state` at its last call, if anything. */
export function toolState(messages: readonly Message[], toolName: string): JsonValue | undefined {
  for (let index = messages.length - 1; index >= 0; index--) {
    const message = messages[index];
    if (message?.role === 'user' && message.toolStates) return message.toolStates[toolName];
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

/** By tool: the last state in `messages`. */
function toolStatesIn(messages: readonly Message[]): Readonly<Record<string, JsonValue>> {
  const states = messages.flatMap((message): (readonly [string, JsonValue])[] => {
    if (message.role === 'user') return Object.entries(message.toolStates ?? {});
    if (message.role !== 'tool_response' || message.state === undefined) return [];
    return [[message.toolName, message.state]];
  });
  return Object.fromEntries(states);
}
