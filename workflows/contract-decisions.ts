/** What waits for people, and what they decide. */
import type { JsonObject } from '../agent/json';

/** Why a run waits for a person: to allow a tool call, to answer a question, to let it pass a budget. */
export type PendingKind = 'approval' | 'question' | 'budget';

/** What waits for a person. */
export interface PendingItem {
  readonly callId: string;
  readonly kind: PendingKind;
  readonly tool: string;
  readonly arguments: JsonObject;
  /** A decision that names it counts for these arguments alone. */
  readonly argumentsHash: string;
  /** What would happen, in words: `read-only`, `may run again`, `runs once`; of a question, the question. */
  readonly effect: string;
  readonly askedAt: string;
  /** From then on nobody's word means no. */
  readonly expiresAt: string;
}

export interface DecideInput {
  readonly callId: string;
  readonly approved: boolean;
  /** As the item was shown. With other arguments by now the decision is refused. @default whatever the arguments are */
  readonly argumentsHash?: string;
  /** The model reads it with a no. */
  readonly reason?: string;
  /** To a question. */
  readonly answer?: string;
  /** Calls of this tool need no word any more in this conversation, nor do those that wait by now. @default false */
  readonly remember?: boolean;
}

export interface Decision {
  readonly callId: string;
  readonly approved: boolean;
  readonly by: 'user' | 'expiry' | 'interrupt';
  /** Of the arguments that it counts for. */
  readonly argumentsHash?: string;
  readonly reason?: string;
  readonly answer?: string;
}

/** What was decided. `isFirst` is false for a decision that came too late to count. */
export interface Decided extends Decision {
  readonly isFirst: boolean;
}

export interface ApprovalsState {
  readonly pending?: readonly PendingItem[];
  readonly decided?: readonly Decision[];
  readonly allowedTools?: readonly string[];
}
