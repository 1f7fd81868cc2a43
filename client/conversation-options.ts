/** What callers of `AgentClient` pass and get when they start a conversation and speak to it. */
import type { AgentDefinition } from '../agent/agent';
import type { ContentBlock } from '../agent/messages';
import type { ConversationMode, Delivery } from '../workflows/contract';

export type MessageContent = string | readonly ContentBlock[];

export interface StartOptions {
  /** A name that the worker knows, or an inline definition whose tools the worker knows. */
  readonly agent: string | AgentDefinition;
  /** The workflow id. @default a new one, made from the agent's name and, where one is given, from `messageId` */
  readonly id?: string;
  readonly message?: MessageContent;
  /**
   * Of the first message. Without `id`, the same one for the same agent, tenant and task queue is the same conversation:
   * choose one that nobody else chooses. @default a new one
   */
  readonly messageId?: string;
  /** @default 'conversation' */
  readonly mode?: ConversationMode;
  /** See `AgentWorkflowInput`. */
  readonly continueAsNewAfterEvents?: number;
  /** Whose it is: the search attribute `HoldfastTenant`, where the server has it. At most 255 characters. @default none */
  readonly tenant?: string;
}

export interface SendOptions {
  /** The same id twice is one message: repeat a send whose answer you did not get. @default a new one */
  readonly messageId?: string;
  /** @default 'queue' */
  readonly delivery?: Delivery;
}

export interface StreamOptions extends SendOptions {
  /** Sent first; then the stream is about the turn that answers it. The id may then be an agent's name, as for `ask`. */
  readonly message?: MessageContent;
  /**
   * Offset of the last event that the reader has: the stream goes on right behind it. `'0'` is the beginning of Memory;
   * what a compaction has taken from it since is left out. @default the running turn's beginning, or the next turn;
   * with `message` the turn that answers it
   */
  readonly from?: string;
  /**
   * `turn`: it ends with the first `complete`, or with that of the turn that answers `message`. `conversation`: it goes over
   * turns until the conversation has ended. @default 'turn'
   */
  readonly until?: 'turn' | 'conversation';
  /** Aborting ends the stream without a word. The conversation goes on. */
  readonly signal?: AbortSignal;
}

export interface StartedConversation {
  readonly id: string;
  /** Of the first message, when there was one. */
  readonly messageId?: string;
}
