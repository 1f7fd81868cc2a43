/**
 * The facts of a conversation's history that its timeline is folded from: one plain JSON record for each event that
 * matters, decoded as far as it could be. The server's own types end where these begin.
 */

import type { FailedAttempts } from '../../agent/usage';
import type { Acknowledgement, Decision } from '../../workflows/contract';

export type HistoryFact =
  | RunStarted
  | MessageReceived
  | MessageTaken
  | MessageEdited
  | EditAnswered
  | MessagesCancelled
  | Interrupted
  | Decided
  | PauseChanged
  | CloseAsked
  | TimerStarted
  | TimerFired
  | WorkflowTaskCompleted
  | ActivityScheduled
  | ActivityStarted
  | ActivityEnded
  | RunEnded;

interface Fact {
  /** Milliseconds since 1970, by the server's clock. */
  readonly atMs: number;
}

export interface RunStarted extends Fact {
  readonly type: 'run_started';
  readonly previousRunId?: string;
  /** The workflow's input; undefined when it cannot be decoded. */
  readonly input: unknown;
}

/** By update or signal; the conversation may have set it aside. */
export interface MessageReceived extends Fact {
  readonly type: 'message_received';
  readonly input: unknown;
}

/** What the conversation answered to a message that came by update. */
export interface MessageTaken extends Fact, Pick<Acknowledgement, 'messageId' | 'accepted'> {
  readonly type: 'message_taken';
}

/** Whether it still could be is told by `EditAnswered`, in the same order. */
export interface MessageEdited extends Fact {
  readonly type: 'message_edited';
  readonly input: unknown;
}

export interface EditAnswered extends Fact {
  readonly type: 'edit_answered';
  readonly edited: boolean;
}

/** Those that had not entered Memory. */
export interface MessagesCancelled extends Fact {
  readonly type: 'messages_cancelled';
  readonly messageIds: readonly string[];
}

/** By the update; a message may interrupt too. */
export interface Interrupted extends Fact {
  readonly type: 'interrupted';
  readonly turn: number;
}

/** A person's word, where it counted. */
export interface Decided extends Fact {
  readonly type: 'decided';
  readonly decision: Decision;
}

export interface PauseChanged extends Fact {
  readonly type: 'pause_changed';
  readonly isPaused: boolean;
}

export interface TimerStarted extends Fact {
  readonly type: 'timer_started';
  readonly eventId: number;
  readonly durationMs: number;
}

export interface TimerFired extends Fact {
  readonly type: 'timer_fired';
  readonly startedEventId: number;
}

export interface CloseAsked extends Fact {
  readonly type: 'close_asked';
}

export interface WorkflowTaskCompleted extends Fact {
  readonly type: 'workflow_task_completed';
  readonly worker: string;
}

export interface ActivityScheduled extends Fact {
  readonly type: 'activity_scheduled';
  readonly eventId: number;
  readonly activityId: string;
  readonly activityType: string;
  /** What the Temporal UI shows beside it. */
  readonly label?: string;
  readonly input: unknown;
}

/** The last attempt: the server writes it down when the activity is over. */
export interface ActivityStarted extends Fact {
  readonly type: 'activity_started';
  readonly scheduledEventId: number;
  readonly worker: string;
  readonly attempt: number;
  /** How the attempt before ended. */
  readonly lastFailure?: FailureFact;
}

export interface ActivityEnded extends Fact {
  readonly type: 'activity_ended';
  readonly scheduledEventId: number;
  readonly outcome: 'completed' | 'failed' | 'cancelled';
  readonly result?: unknown;
  readonly failure?: FailureFact;
}

export type RunOutcome =
  'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed_out' | 'continued_as_new';

export interface RunEnded extends Fact {
  readonly type: 'run_ended';
  readonly outcome: RunOutcome;
  readonly nextRunId?: string;
  readonly failure?: FailureFact;
}

export type TimeoutType =
  'start_to_close' | 'schedule_to_start' | 'schedule_to_close' | 'heartbeat' | 'unknown';

/** A failure, out of the wrappers that Temporal puts around it. */
export interface FailureFact {
  /** Of an ApplicationFailure, else the kind of failure. */
  readonly type: string;
  readonly message: string;
  readonly timeout?: TimeoutType;
  /** What a model call's attempts were billed for until then. */
  readonly spent?: FailedAttempts;
}

/** An activity without an end in history, as DescribeWorkflowExecution shows it. */
export interface PendingFact {
  readonly activityId: string;
  readonly attempt: number;
  readonly isStarted: boolean;
  /** When the current attempt was given to a worker. */
  readonly startedAtMs?: number;
  /** Who has the attempt, or had the one before when none is started. */
  readonly worker?: string;
  readonly lastFailure?: FailureFact;
  /** What the answer says so far. */
  readonly text?: string;
}
