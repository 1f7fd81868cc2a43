/** What callers of `AgentClient` pass and get when they start a conversation and speak to it. */
import type { AgentDefinition } from '../agent/agent';
import type { ContentBlock } from '../agent/messages';
import type { ConversationMode, Delivery } from '../workflows/contract';

export type MessageContent = string | readonly ContentBlock[];

export interface StartOptions {
  /** A name that the worker knows, or an inline definition whose tools the worker knows. */
  readonly agent: string | AgentDefinition;
  /** The workflow id. @default a new one, made from the agent's name */
  readonly id?: string;
  readonly message?: MessageContent;
  /** Of the first message. @default a new one */
  readonly messageId?: string;
  /** @default 'conversation' */
  readonly mode?: ConversationMode;
  /** See `AgentWorkflowInput`. */
  readonly continueAsNewAfterEvents?: number;
}

export interface SendOptions {
  /** The same id twice is one message: repeat a send whose answer you did not get. @default a new one */
  readonly messageId?: string;
  /** @default 'queue' */
  readonly delivery?: Delivery;
}

export interface StartedConversation {
  readonly id: string;
  /** Of the first message, when there was one. */
  readonly messageId?: string;
}
