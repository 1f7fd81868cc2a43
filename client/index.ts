/** The public entry `holdfast/client`. */
export {
  AgentClient,
  type MessageContent,
  type SendOptions,
  type StartOptions,
  type StartedConversation,
} from './agent-client';
export type { PendingActivity, RunDescription } from './conversation-reader';
export {
  ConversationEndedError,
  DeadlineError,
  MessageRejectedError,
  NoWorkerError,
  PromptUnavailableError,
  RunFailedError,
  UnknownConversationError,
  UnknownStepError,
  UnknownTurnError,
  WorkerCannotProcessError,
} from './errors';
export type { ListedConversation } from './list-conversations';
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
  MessageStatus,
  MessagesPage,
  SequencedMessage,
} from '../workflows/contract';
