/** The only door into a conversation: its input, signals, queries and updates, and the guards that check them. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { PinnedAgent, Pointer, ResolveAgentInput } from '../activities/contract';
import type { AgentDefinition } from '../agent/agent';
import type { AgentResponseMessage, TurnError, UserAgentMessage } from '../agent/agent-messages';
import type { MemorySnapshot } from '../agent/memory';
import type { UserMessage } from '../agent/messages';
import type { FinishReason, Message, Usage } from '../agent/model';
import type { FailedAttempts, Spending } from '../agent/usage';

export const agentWorkflowType = 'agentWorkflow';
export const defaultTaskQueue = 'holdfast';
/** Characters of a message id. The server itself takes 1,000. */
export const messageIdLimit = 200;
/** JSON bytes of one user message. */
export const messageLimitBytes = 256 * 1024;
/** Messages that may wait for their turn. */
export const queueLimit = 100;

/** `conversation` stays open for more messages; `task` completes with the answer to its first ones. */
export type ConversationMode = 'conversation' | 'task';
export type Delivery = 'queue';

export interface AgentWorkflowInput {
  /** A name that the worker knows, or an inline definition whose tools the worker knows. */
  readonly agent: string | AgentDefinition;
  /** @default 'conversation' */
  readonly mode?: ConversationMode;
  /** The first messages, in order; each opens a turn. */
  readonly messages?: readonly SendMessageInput[];
  /** Continue as new once a run's history has this many events. @default when the server suggests it */
  readonly continueAsNewAfterEvents?: number;
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
 * What became of a message: `seq` once it is in Memory, `position` (1 is next) while it waits. Within one run Temporal
 * itself answers a repeated update with its first outcome; `duplicate` is for repeats over continue-as-new, and for
 * ids that came another way.
 */
export interface Acknowledgement {
  readonly messageId: string;
  readonly accepted: 'appended' | 'queued' | 'duplicate';
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

export type TurnStatus = 'running' | 'answered' | 'failed';

export interface TurnSummary {
  readonly turn: number;
  readonly messageIds: readonly string[];
  readonly status: TurnStatus;
  readonly error?: TurnError;
}

export type MessageStatus =
  | { readonly status: 'unknown' }
  | { readonly status: 'queued'; readonly position: number }
  | { readonly status: 'running'; readonly turn: number }
  | {
      readonly status: 'answered' | 'failed';
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
  /** The last turns, oldest first, 20 at most. */
  readonly turns: readonly TurnSummary[];
  /** Of the whole conversation, attempts that failed after they were billed included. */
  readonly usage: Usage;
  /** What that cost, in US dollars; `null` when the price of a part of it is not known. */
  readonly costUsd: number | null;
  /** The part of both that was spent in vain. Absent when nothing was. */
  readonly failedAttempts?: FailedAttempts;
  /** Malformed signals that were put aside: how many, and why the last ones. */
  readonly setAside: { readonly count: number; readonly reasons: readonly string[] };
  /** What became of the message that the query asked for. */
  readonly message?: MessageStatus;
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

/** A message that waits for its turn. */
export type WaitingMessage = Pick<SendMessageInput, 'messageId' | 'message'>;

export interface InboxState {
  readonly waiting: readonly WaitingMessage[];
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
  readonly failedAttempts?: FailedAttempts;
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
  readonly failedAttempts?: FailedAttempts;
}

/** What continue-as-new takes along. */
export interface CarriedConversation {
  readonly pinned: PinnedAgent;
  /** What `pinned` was resolved from, once `adopt` has changed it. */
  readonly adopted?: ResolveAgentInput;
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
  readonly previousRunId: string;
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
  malformed: 'MalformedMessage',
  transcriptGone: 'TranscriptGone',
} as const;
