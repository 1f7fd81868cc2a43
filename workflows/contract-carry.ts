/** What continue-as-new takes along: a conversation as data. */
import type { PinnedAgent, ResolveAgentInput } from '../activities/contract';
import type { TurnError, UserAgentMessage } from '../agent/agent-messages';
import type { MemorySnapshot } from '../agent/memory';
import type { FinishReason, Usage } from '../agent/model';
import type { ToolResult } from '../agent/tool';
import type { FailedAttempts, Spending } from '../agent/usage';
import type { ListedAttributes } from './contract-attributes';
import type { ApprovalsState } from './contract-decisions';
import type { TurnStatus } from './contract-state';

/**
 * A message that waits for its turn. `isUrgent`: before those that are not. `isInterrupting`: before all others, and the turn
 * before its own is to stop.
 */
export interface WaitingMessage {
  readonly messageId: string;
  readonly message: UserAgentMessage;
  readonly isUrgent?: true;
  readonly isInterrupting?: true;
}

export interface InboxState {
  readonly waiting: readonly WaitingMessage[];
  /** Those that are to enter the running turn. */
  readonly steering?: readonly WaitingMessage[];
  /** Ids that were taken back, oldest first, bounded. */
  readonly cancelledIds?: readonly string[];
  /** Ids of every message taken, oldest first, bounded. */
  readonly knownIds: readonly string[];
  readonly setAside: { readonly count: number; readonly reasons: readonly string[] };
}

/** One turn, as the conversation remembers it. */
export interface TurnRecord {
  readonly turn: number;
  /** The user messages of the turn and where they stand in Memory. */
  readonly messages: readonly { readonly messageId: string; readonly seq: number }[];
  readonly status: TurnStatus;
  /** Failed attempts included, as far as the provider counted them. */
  readonly usage: Usage;
  /** What that cost, in US dollars. Absent where the run began before it was kept. */
  readonly costUsd?: number | null;
  /** What is known of it, where not all is. */
  readonly knownCostUsd?: number;
  readonly failedAttempts?: FailedAttempts;
  /** Model calls that were answered. Absent where the run began before it was kept. */
  readonly steps?: number;
  /** Tool calls that were asked for. */
  readonly toolCalls?: number;
  /** Moved on by the time that it was paused, and that questions about budgets took. */
  readonly startedAtMs?: number;
  /** How often a person let it pass its budget. */
  readonly extensions?: number;
  /** Seq of the final answer, once there is one. */
  readonly answerSeq?: number;
  /** The final answer, once it has left Memory. */
  readonly answer?: KeptAnswer;
  readonly error?: TurnError;
}

/** What remains of a final answer that has left Memory. Of many long ones the oldest are cut. */
export interface KeptAnswer {
  readonly content: string;
  readonly finishReason: FinishReason;
  readonly outputProblem?: string | null;
}

/** Turns that have left Memory and are too old to be asked for, in sum. */
export interface EarlierTurns extends Spending {
  readonly turns: number;
  readonly steps?: number;
  readonly toolCalls?: number;
  readonly knownCostUsd?: number;
  readonly failedAttempts?: FailedAttempts;
}

/** What continue-as-new takes along. */
export interface CarriedConversation {
  readonly pinned: PinnedAgent;
  /** What `pinned` was resolved from, once `adopt` has changed it. */
  readonly adopted?: ResolveAgentInput;
  /** Whoever takes over from `pinned` at the next step. */
  readonly nextPinned?: PinnedAgent;
  readonly memory: MemorySnapshot;
  readonly inbox: InboxState;
  readonly turns: readonly TurnRecord[];
  readonly earlierTurns?: EarlierTurns;
  /** How often Memory was compacted: the transcript's epoch. @default 0 */
  readonly compactions?: number;
  /** The step at which the turn that is not over goes on. */
  readonly nextStep: number;
  readonly isClosing: boolean;
  /** Somebody asked for a compaction that has not come about yet. @default false */
  readonly isCompactionAsked?: boolean;
  /** @default false */
  readonly isPaused?: boolean;
  readonly approvals?: ApprovalsState;
  /** Of calls that came to an end while others of their step wait for a person, by their ids. */
  readonly stepResults?: Readonly<Record<string, ToolResult>>;
  readonly startedAtMs?: number;
  /** Since when no budget's time passes. */
  readonly heldSinceMs?: number;
  /** How often a person let the conversation pass its budget. */
  readonly extensions?: number;
  /** What its search attributes say by now. */
  readonly listed?: ListedAttributes;
  readonly previousRunId: string;
}
