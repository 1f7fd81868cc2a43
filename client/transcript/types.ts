/** The whole transcript of a conversation: JSON data, read from history. Times are ISO 8601 in UTC, durations milliseconds. */
import type { TurnError, UserAgentMessage } from '../../agent/agent-messages';
import type { UserMessage } from '../../agent/messages';
import type { Usage } from '../../agent/model';
import type { SequencedMessage, TurnStatus } from '../../workflows/contract';
import type { TimelineHead, TimelineWork } from '../timeline/types';
import type { WholeResult } from './whole-result';

export interface Transcript extends TimelineHead {
  /**
   * The server no longer has the first runs. What they carried over is here, without its times and attempts; what they
   * did not is missing: the first message then has a `seq` above 0.
   */
  readonly isBeginningLost: boolean;
  /**
   * Model calls whose prompt was made of other messages than these, by the digest that history has of it. None, unless
   * another version wrote this history or a codec of its own hides it.
   */
  readonly unproven: readonly StepNumber[];
  /** Of all turns, attempts that failed after they were billed included. */
  readonly usage: Usage;
  /** In US dollars; `null` when the price of a part of it is not known. */
  readonly costUsd: number | null;
  readonly turns: readonly TranscriptTurn[];
  /** Every message since the beginning, in order, as it was before any compaction. */
  readonly messages: readonly TranscriptMessage[];
  /** Where messages gave way to a summary, in order. */
  readonly compactions: readonly TranscriptCompaction[];
  /** Messages that no turn has taken yet, oldest first. */
  readonly waiting: readonly TranscriptWaiting[];
}

export interface StepNumber {
  readonly turn: number;
  readonly step: number;
}

export interface TranscriptTurn {
  readonly turn: number;
  readonly status: TurnStatus;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly usage: Usage;
  /** In US dollars; `null` when the price of a part of it is not known. */
  readonly costUsd: number | null;
  readonly error?: TurnError;
}

/** A message as the query `messages` tells it, and what it took to get it. */
export interface TranscriptMessage extends SequencedMessage {
  /** Absent for a user's message. */
  readonly step?: number;
  /** When a user's message was taken in. */
  readonly acceptedAt?: string;
  /** Of a model's answer: with what its failed attempts were billed for. */
  readonly usage?: Usage;
  readonly costUsd?: number | null;
  /** Of a model's answer or a tool's result: when, how long, in how many attempts. Absent where history is gone. */
  readonly work?: TimelineWork;
  /** What a tool returned, where the model was shown a part of it: that part is `message`. */
  readonly whole?: WholeResult;
}

/** From here on the model was shown a summary in the place of the messages before. */
export interface TranscriptCompaction {
  /** The sequence number of the message that came next. */
  readonly beforeSeq: number;
  /** The last message that the summary stands for; the first is the conversation's. */
  readonly untilSeq: number;
  /** Of those: users' messages that the model was still shown. */
  readonly keptSeqs: readonly number[];
  /** As the model was shown it. */
  readonly summary: UserMessage;
  /** In which turn, and before which step. Absent, as all below, where history is gone. */
  readonly turn?: number;
  readonly step?: number;
  readonly usage?: Usage;
  readonly costUsd?: number | null;
  readonly work?: TimelineWork;
}

export interface TranscriptWaiting {
  readonly messageId: string;
  readonly message: UserAgentMessage;
  readonly acceptedAt?: string;
}
