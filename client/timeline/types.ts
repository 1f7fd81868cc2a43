/** A conversation as it was lived: JSON data, read from history. Times are ISO 8601 in UTC, durations milliseconds. */
import type { TurnError } from '../../agent/agent-messages';
import type { FinishReason, Usage } from '../../agent/model';
import type { PendingKind, TurnStatus } from '../../workflows/contract';

/**
 * `running`: a turn is at work. `idle`: open, and nothing to do. `waiting`: messages wait that no worker has taken.
 * The others are how a conversation ended; `closed` is the good one.
 */
export type TimelineStatus =
  'running' | 'idle' | 'waiting' | 'closed' | 'failed' | 'cancelled' | 'terminated' | 'timed_out';

/** What there is to say of a conversation before its turns. */
export interface TimelineHead {
  readonly id: string;
  /** Absent until the agent is resolved. */
  readonly agent?: string;
  readonly model?: string;
  readonly status: TimelineStatus;
  /** Why the conversation failed. */
  readonly error?: TurnError;
  readonly startedAt: string;
  readonly endedAt?: string;
  /** When the history was read: what runs is measured up to here. */
  readonly readAt: string;
  /** How many runs were read; each continue-as-new starts one. */
  readonly runs: number;
}

export interface Timeline extends TimelineHead {
  /** The server no longer has the first runs: turns of theirs are known by what was carried over alone. */
  readonly isBeginningLost: boolean;
  readonly events: number;
  readonly historyBytes?: number;
  readonly turns: readonly TimelineTurn[];
  /** Messages that no turn has taken yet, oldest first. */
  readonly waiting: readonly TimelineMessage[];
}

export interface TimelineMessage {
  readonly messageId: string;
  /** On one line, cut. */
  readonly text: string;
  readonly acceptedAt?: string;
  /** Of a message that entered its turn when that was running: before which step. */
  readonly step?: number;
}

export interface TimelineTurn {
  readonly turn: number;
  readonly userMessages: readonly TimelineMessage[];
  /** When the agent was free for it: its message was there and the turn before it was over. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly status: TurnStatus;
  /** Totals over the turn's model calls, attempts that failed after they were billed included. */
  readonly usage: Usage;
  /** In US dollars; `null` when the price of a part of it is not known. */
  readonly costUsd: number | null;
  /** Empty for a turn whose history is gone. */
  readonly steps: readonly TimelineStep[];
  /** Model calls that wrote a summary of older messages, in this turn or behind it. */
  readonly compactions: readonly TimelineCompaction[];
  /** When people were waited for, in order. */
  readonly waits: readonly TimelineWait[];
  /** Of an interrupted turn: what the model had said of it by then. */
  readonly answer?: string;
  readonly error?: TurnError;
}

export interface TimelineStep {
  readonly step: number;
  readonly think: TimelineThink;
  readonly act: readonly TimelineToolCall[];
}

/** From when to when a turn waited for a person, and what came of it. */
export interface TimelineWait {
  /** `pause`: somebody said `pause`. */
  readonly kind: PendingKind | 'pause';
  /** What `decide` knows it by. Absent for a pause. */
  readonly callId?: string;
  readonly startedAt: string;
  readonly durationMs: number;
  /**
   * `waiting`: it still does. `allowed`, `refused`, `answered`: by a person. `expired`: nobody said a word in time, which
   * means no; `interrupted` means no as well. `resumed`: the pause is over.
   */
  readonly outcome: WaitOutcome;
}

export type WaitOutcome =
  'waiting' | 'allowed' | 'refused' | 'answered' | 'expired' | 'interrupted' | 'resumed';

/** The summary is written before the model call of `step`. */
export interface TimelineCompaction extends TimelineWork {
  readonly step: number;
  /** With what its failed attempts were billed for. */
  readonly usage?: Usage;
  readonly costUsd?: number | null;
}

/** `not_run`: a tool call that the loop answered itself, for instance because there is no such tool or a person said no. */
export type WorkStatus = 'running' | 'done' | 'failed' | 'cancelled' | 'not_run';

/** What is known of any piece of work, over all its attempts. */
export interface TimelineWork {
  readonly startedAt: string;
  /** From the first attempt's scheduling to the result, pauses and lost attempts included. */
  readonly durationMs: number;
  /** The part of `durationMs` before the last attempt began: in the queue, or lost with earlier attempts. */
  readonly beforeLastAttemptMs: number;
  readonly status: WorkStatus;
  /** 0 while no worker has taken it. */
  readonly attempts: number;
  /** Identity of the worker that has, or had, the last attempt. */
  readonly worker?: string;
  /** Temporal keeps the last failure alone: of three attempts, the first one's end is not in history. */
  readonly lostWorkers: readonly LostWorker[];
  /** Why the last attempt that ended without a result did so, when it was no lost worker. */
  readonly failure?: AttemptFailure;
}

export interface LostWorker {
  /** The attempt that was lost with it. */
  readonly attempt: number;
  readonly reason: string;
  readonly worker?: string;
  /**
   * History does not say who had an attempt that was retried: `worker` is the one that asked for it, to which it was
   * handed at once, and of which history holds no sign from then on.
   */
  readonly isInferred: boolean;
}

export interface AttemptFailure {
  readonly attempt: number;
  readonly type: string;
  readonly message: string;
}

export interface TimelineThink extends TimelineWork {
  /** The model that answered, as the provider names it. */
  readonly model?: string;
  readonly finishReason?: FinishReason;
  /** With what its failed attempts were billed for. */
  readonly usage?: Usage;
  readonly costUsd?: number | null;
  readonly promptDigest?: string;
  /** On one line, cut. While it runs: what the last heartbeat told. */
  readonly text?: string;
}

export interface TimelineToolCall extends TimelineWork {
  readonly callId: string;
  readonly tool: string;
  readonly label: string;
  /** The model was told that the call failed. */
  readonly isError: boolean;
}

/** What is known of a conversation besides its facts. */
export interface TimelineHeading {
  readonly id: string;
  readonly readAtMs: number;
  readonly events: number;
  readonly historyBytes?: number;
}
