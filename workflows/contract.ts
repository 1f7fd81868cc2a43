/** The only door into a conversation: its input, signals, queries and updates, and the guards that check them. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { PinnedAgent, Pointer } from '../activities/contract';
import type { AgentDefinition } from '../agent/agent';
import type { UserAgentMessage } from '../agent/agent-messages';
import type { Message } from '../agent/model';
import type { ListedAttributes } from './contract-attributes';
import type { CarriedConversation } from './contract-carry';
import type { DecideInput, Decided } from './contract-decisions';
import type {
  ConversationMode,
  ConversationState,
  MessagesPage,
  MessagesRequest,
  StateRequest,
} from './contract-state';

export * from './contract-attributes';
export type * from './contract-carry';
export type * from './contract-decisions';
export type * from './contract-state';

export const agentWorkflowType = 'agentWorkflow';
export const defaultTaskQueue = 'holdfast';
/** Characters of a message id. The server itself takes 1,000. */
export const messageIdLimit = 200;
/** JSON bytes of one user message. */
export const messageLimitBytes = 256 * 1024;
/** Messages that may wait for their turn. */
export const queueLimit = 100;
/** JSON bytes of their contents in sum: continue-as-new takes them along, and no summary can stand for them. */
export const queueLimitBytes = 1024 * 1024;

/**
 * `queue`: a turn of its own, after those that wait. `steer`: into the running turn, before its next model call.
 * `interrupt`: stops the running turn and opens the next one. While the agent is idle all three open a turn at once.
 */
export type Delivery = 'queue' | 'steer' | 'interrupt';

export interface AgentWorkflowInput {
  /** A name that the worker knows, or an inline definition whose tools the worker knows. */
  readonly agent: string | AgentDefinition;
  /** @default 'conversation' */
  readonly mode?: ConversationMode;
  /** The first messages, in order; each opens a turn. */
  readonly messages?: readonly SendMessageInput[];
  /** Continue as new once a run's history has this many events. @default when the server suggests it */
  readonly continueAsNewAfterEvents?: number;
  /**
   * What its search attributes say at the start. Those that are named here are kept current, so the server must have them.
   * @default none are written
   */
  readonly listed?: ListedAttributes;
  /** Only continue-as-new writes this. */
  readonly carried?: CarriedConversation;
}

export interface SendMessageInput {
  /** Chosen by the sender. The same id twice is one message. 1 to 200 characters. */
  readonly messageId: string;
  readonly message: UserAgentMessage;
  /** @default 'queue' */
  readonly delivery?: Delivery;
}

/**
 * What became of a message: `seq` once it is in Memory, `position` (1 is next) while it waits for a turn of its own. Within one run Temporal
 * itself answers a repeated update with its first outcome; `duplicate` is for repeats over continue-as-new, and for
 * ids that came another way.
 */
export interface Acknowledgement {
  readonly messageId: string;
  readonly accepted: 'appended' | 'queued' | 'steering' | 'duplicate';
  readonly seq?: number;
  readonly position?: number;
}

/**
 * Whom a running conversation goes on with, from the next step on. `agent` alone takes that agent with its own model,
 * `model` alone keeps the agent; neither takes the same once more, as the worker has it now.
 */
export interface AdoptInput {
  /** A name that the worker knows, or an inline definition whose tools the worker knows. */
  readonly agent?: string | AgentDefinition;
  /** Instead of the agent's own. */
  readonly model?: string;
}

export interface Adopted {
  readonly agent: { readonly name: string; readonly model: string; readonly hash: string };
}

/** `accepted`: before the next model call, or at once when none is to come. `nothing`: all is too new. */
export interface Compacted {
  readonly compaction: 'accepted' | 'nothing';
  readonly promptTokens: number;
}

export interface InterruptInput {
  /** Stops this one alone: it may be over by the time that the word arrives. @default whichever is running */
  readonly turn?: number;
}

/** `interrupted`: the turn that was stopped, if one was at work. */
export interface Interrupted {
  readonly interrupted?: number;
}

export interface Paused {
  readonly isPaused: boolean;
}

export interface CancelQueuedInput {
  readonly messageIds: readonly string[];
}

export interface CancelledMessages {
  /** Those that had not entered Memory yet. They never will. */
  readonly cancelled: readonly string[];
}

export interface EditQueuedInput {
  readonly messageId: string;
  readonly message: UserAgentMessage;
}

/** `edited` is false when the message has entered Memory, or is not known. */
export interface Edited {
  readonly edited: boolean;
}

/** For the worker's own cache: which messages, and the proof that what it holds before `from` is right. */
export interface TranscriptRequest {
  readonly pointer: Pointer;
  readonly from: number;
  readonly limitBytes: number;
  /** Whether the worker lacks the agent too: a second query would replay the run a second time. @default false */
  readonly withAgent?: boolean;
}

export interface TranscriptPage {
  readonly digestBefore: string;
  readonly messages: readonly Message[];
  readonly pinned?: PinnedAgent;
}

export const sendMessage = defineUpdate<Acknowledgement, [SendMessageInput]>('sendMessage');
export const adopt = defineUpdate<Adopted, [AdoptInput]>('adopt');
export const compact = defineUpdate<Compacted>('compact');
export const decide = defineUpdate<Decided, [DecideInput]>('decide');
export const interrupt = defineUpdate<Interrupted, [InterruptInput?]>('interrupt');
export const pause = defineUpdate<Paused>('pause');
export const resume = defineUpdate<Paused>('resume');
export const cancelQueued = defineUpdate<CancelledMessages, [CancelQueuedInput]>('cancelQueued');
export const editQueued = defineUpdate<Edited, [EditQueuedInput]>('editQueued');
export const close = defineUpdate<{ readonly closed: true }>('close');
export const userMessage = defineSignal<[SendMessageInput]>('userMessage');
export const state = defineQuery<ConversationState, [StateRequest?]>('state');
export const messages = defineQuery<MessagesPage, [MessagesRequest?]>('messages');
export const transcript = defineQuery<TranscriptPage, [TranscriptRequest]>('transcript');
export const pinnedAgent = defineQuery<PinnedAgent>('pinnedAgent');

/** `type` of the ApplicationFailures that the door answers with. */
export const RejectionType = {
  invalidInput: 'InvalidInput',
  closed: 'ConversationClosed',
  full: 'QueueFull',
  tooLarge: 'MessageTooLarge',
  agentTooLarge: 'AgentTooLarge',
  malformed: 'MalformedMessage',
  transcriptGone: 'TranscriptGone',
  unknownCall: 'UnknownCall',
  argumentsChanged: 'ArgumentsChanged',
} as const;
