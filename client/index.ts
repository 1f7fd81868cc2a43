/** The public entry `holdfast/client`. */
export {
  AgentClient,
  type MessageContent,
  type SendOptions,
  type StartOptions,
  type StartedConversation,
  type StreamOptions,
} from './agent-client';
export type { PendingActivity, RunDescription } from './conversation-reader';
export {
  ConversationEndedError,
  DeadlineError,
  InvalidOffsetError,
  MessageCancelledError,
  MessageForgottenError,
  MessageRejectedError,
  NoSearchAttributesError,
  NoWorkerError,
  PromptUnavailableError,
  RunFailedError,
  ServerAwayError,
  UnknownConversationError,
  UnknownStepError,
  UnknownTurnError,
  WorkerCannotProcessError,
} from './errors';
export type { ListOptions, ListedConversation } from './list-conversations';
export type { WaitingForPeople, WaitingItem } from './waiting-for-people';
export type { ConnectOptions } from './connect';
export type { ConversationEvent } from './conversation-events';
export type { Prompt, PromptOptions } from './prompt';
export {
  type Transcript,
  type TranscriptCompaction,
  type TranscriptMessage,
  type TranscriptOptions,
  type TranscriptTurn,
  type TranscriptWaiting,
  transcriptToMarkdown,
} from './transcript';
export type {
  Acknowledgement,
  AdoptInput,
  Adopted,
  Compacted,
  AgentWorkflowInput,
  ConversationState,
  DecideInput,
  Decided,
  Delivery,
  Interrupted,
  ListedAttributes,
  ListedStatus,
  MessageStatus,
  MessagesPage,
  Paused,
  PendingItem,
  SequencedMessage,
} from '../workflows/contract';
