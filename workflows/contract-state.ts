/** What the queries `state` and `messages` ask for and answer. */
import type { AgentResponseMessage, TurnError } from '../agent/agent-messages';
import type { BudgetGauges } from '../agent/budget-gauges';
import type { UserMessage } from '../agent/messages';
import type { Message, Usage } from '../agent/model';
import type { FailedAttempts } from '../agent/usage';
import type { PendingItem } from './contract-decisions';

/** `conversation` stays open for more messages; `task` completes with the answer to its first ones. */
export type ConversationMode = 'conversation' | 'task';

export type TurnStatus = 'running' | 'answered' | 'failed' | 'interrupted';

export interface TurnSummary {
  readonly turn: number;
  readonly messageIds: readonly string[];
  /** Seq of the message that opened it. Absent where an older worker answers. */
  readonly firstSeq?: number;
  readonly status: TurnStatus;
  readonly error?: TurnError;
}

export type MessageStatus =
  | { readonly status: 'unknown' }
  | { readonly status: 'queued'; readonly position: number }
  /** It waits to enter the running turn, before its next model call. */
  | { readonly status: 'steering' }
  | { readonly status: 'cancelled' }
  | { readonly status: 'running'; readonly turn: number }
  | {
      readonly status: 'answered' | 'failed' | 'interrupted';
      readonly turn: number;
      readonly response: AgentResponseMessage;
    };

export interface ConversationState {
  readonly status: 'starting' | 'idle' | 'running' | 'closing' | 'closed';
  /** Absent until the agent is resolved. */
  readonly agent?: { readonly name: string; readonly model: string; readonly hash: string };
  readonly mode: ConversationMode;
  /** The turn and step at work, or the last ones. 0 before the first. */
  readonly turn: number;
  readonly step: number;
  /** What goes on now, in words: `thinking`, `calculator(2+3)`. Absent when idle. */
  readonly activity?: string;
  readonly messages: number;
  /** A guess at the tokens of the next prompt: what the provider last counted, and what came after. */
  readonly promptTokens: number;
  /** Tokens that the model takes. Absent when nobody knows. */
  readonly contextWindow?: number;
  /** How often older messages gave way to a summary. */
  readonly compactions: number;
  /** Why the last one that was asked for did not come about. */
  readonly compactionError?: TurnError;
  readonly queued: readonly string[];
  /** Ids of messages that wait to enter the running turn. Absent when there are none. */
  readonly steering?: readonly string[];
  /** No model is called until somebody says `resume`. Absent when it is not so. */
  readonly isPaused?: true;
  /** What waits for a person, oldest first. Absent when nothing does. */
  readonly pending?: readonly PendingItem[];
  /** The last turns, oldest first, 20 at most. */
  readonly turns: readonly TurnSummary[];
  /** Of the whole conversation, attempts that failed after they were billed included. */
  readonly usage: Usage;
  /** What that cost, in US dollars; `null` when the price of a part of it is not known. */
  readonly costUsd: number | null;
  /** The part of both that was spent in vain. Absent when nothing was. */
  readonly failedAttempts?: FailedAttempts;
  /** What is taken of the budgets. */
  readonly budgets: BudgetsState;
  /** Malformed signals that were put aside: how many, and why the last ones. */
  readonly setAside: { readonly count: number; readonly reasons: readonly string[] };
  /** What became of the message that the query asked for. */
  readonly message?: MessageStatus;
}

export interface BudgetsState {
  /** Of the turn at work. Absent between two. */
  readonly turn?: BudgetGauges;
  readonly conversation: BudgetGauges;
}

export interface StateRequest {
  readonly messageId?: string;
}

export interface MessagesRequest {
  /** Sequence number of the first message wanted. @default 0 */
  readonly from?: number;
  /** The page ends before the message that would pass this. One message at least. @default 524_288 */
  readonly limitBytes?: number;
}

export interface SequencedMessage {
  readonly seq: number;
  readonly turn: number;
  readonly messageId?: string;
  readonly message: Message;
}

export interface MessagesPage {
  readonly messages: readonly SequencedMessage[];
  /** On a page from the beginning: what stands for the messages that have left Memory. Their history has them. */
  readonly summary?: UserMessage;
  /** Where the next page starts. Absent on the last. */
  readonly next?: number;
}
