/** What can be told of messages from history, before it is known what it took to get them. */
import type { UserMessage } from '../../agent/messages';
import type { Message, ModelResponse } from '../../agent/model';
import type { StepNumber } from './types';
import type { WholeResult } from './whole-result';

export interface RebuiltMessage {
  readonly seq: number;
  readonly turn: number;
  /** Absent for a user's message. */
  readonly step?: number;
  /** Of a user's message: the id it was sent with. */
  readonly messageId?: string;
  readonly message: Message;
  /** Of a tool's result that the model was shown a part of. */
  readonly whole?: WholeResult;
}

/** Messages gave way to a summary. */
export interface RebuiltCompaction {
  /** Before which step; absent where history is gone. */
  readonly at?: StepNumber;
  /** The sequence number of the message that came next. */
  readonly beforeSeq: number;
  /** The last message that it stands for. */
  readonly untilSeq: number;
  /** Of those that it stands for: users' messages that stayed beside it. */
  readonly keptSeqs: readonly number[];
  readonly summary: UserMessage;
  readonly response?: ModelResponse;
}

export interface Rebuilt {
  /** In order. */
  readonly messages: readonly RebuiltMessage[];
  /** In order. */
  readonly compactions: readonly RebuiltCompaction[];
  /** Model calls whose prompt, by its digest, was made of other messages than these. */
  readonly unproven: readonly StepNumber[];
}
