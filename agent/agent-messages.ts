/**
 * Agent messages: what people and programs say to an agent and what it answers. `toModelClientMessage` is the
 * only bridge from here to the client messages that Memory holds.
 */
import type { JsonValue } from './json';
import type { AssistantMessage, ContentBlock, UserMessage } from './messages';
import { assistantMessage, userMessage } from './messages';
import type { FinishReason, Usage } from './model';

/** What enters a conversation. */
export interface UserAgentMessage {
  readonly role: 'user';
  readonly content: string | readonly ContentBlock[];
}

/** Why a turn ended without an answer. `type` is one of `FailureType` (activities/contract.ts) or an `AgentError`'s name. */
export interface TurnError {
  readonly type: string;
  readonly message: string;
}

/** What a turn yields: the final answer, or the reason why there is none (`error`). */
export interface AgentResponseMessage {
  readonly role: 'agent';
  readonly content: string;
  readonly turn: number;
  readonly finishReason: FinishReason;
  /** Totals over the turn's model calls, and over their attempts that failed after they were billed. */
  readonly usage: Usage;
  /** What that cost, in US dollars; `null` when the price of a part of it is not known. */
  readonly costUsd: number | null;
  /** Of an agent with an `output`: the answer as a value, as its schema says. `content` is its JSON. */
  readonly output?: JsonValue;
  readonly error?: TurnError;
}

export type AgentMessage = UserAgentMessage | AgentResponseMessage;

export function toModelClientMessage(message: UserAgentMessage): UserMessage;
export function toModelClientMessage(message: AgentResponseMessage): AssistantMessage;
export function toModelClientMessage(message: AgentMessage): UserMessage | AssistantMessage {
  switch (message.role) {
    case 'user':
      return userMessage(message.content);
    case 'agent':
      return assistantMessage(message.content);
  }
}
