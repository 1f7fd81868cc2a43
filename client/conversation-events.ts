/** What a caller who watches a conversation is told. */
import type { AgentResponseMessage, TurnError } from '../agent/agent-messages';
import type { ToolCallMessage, ToolExecutionResultMessage } from '../agent/messages';
import type { ConversationState, PendingItem, SequencedMessage } from '../workflows/contract';

/** `isFinal`: a turn is over with it, or the conversation. */
export type ConversationEvent = StreamedEvent & {
  /** Where the stream stands behind this event: `from` this one it goes on with the next. Opaque. */
  readonly offset: string;
};

/** A piece of what is being generated, told once. A preview: the durable message of the step wins. */
interface Piece {
  readonly isFinal: false;
  readonly content: string;
  readonly turn: number;
  readonly step: number;
  readonly attempt: number;
  /** Where `content` begins, in characters (UTF-16 units). Beyond what was told: a gap, which the message fills. */
  readonly textOffset: number;
}

/** An event, but for its offset. */
export type StreamedEvent =
  /** The next piece of an answer. */
  | (Piece & { readonly type: 'partial' })
  /** The next piece of the model's reasoning, as far as it shows that. It is never kept. */
  | (Piece & { readonly type: 'thinking' })
  /** A new attempt has begun: of a model call (`getResponse`), drop what was shown of its step. */
  | {
      readonly type: 'attempt';
      readonly isFinal: false;
      readonly activity: string;
      readonly attempt: number;
      readonly lostWorker?: string;
      readonly worker?: string;
    }
  /** A message has entered Memory. */
  | { readonly type: 'message'; readonly isFinal: false; readonly message: SequencedMessage }
  /** The model has asked for a tool. What needs a person's word is `pending` next. */
  | { readonly type: 'tool_started'; readonly isFinal: false; readonly call: ToolCallMessage }
  /** Its result is in Memory; those of one step come together. */
  | {
      readonly type: 'tool_finished';
      readonly isFinal: false;
      readonly callId: string;
      readonly result: ToolExecutionResultMessage;
    }
  /** Where the conversation stands, and what goes on there in words. */
  | {
      readonly type: 'status';
      readonly isFinal: false;
      readonly status: ConversationState['status'];
      readonly activity?: string;
    }
  /** The turn waits for a person: see `decide`. */
  | { readonly type: 'pending'; readonly isFinal: false; readonly item: PendingItem }
  /** It waits for that no more: somebody decided, the time is over, or the turn was interrupted. */
  | { readonly type: 'settled'; readonly isFinal: false; readonly callId: string }
  /** The turn is over. */
  | {
      readonly type: 'complete';
      readonly isFinal: true;
      readonly content: string;
      readonly response: AgentResponseMessage;
    }
  /** For the moment nothing can be read. The stream goes on by itself once it can. */
  | { readonly type: 'trouble'; readonly isFinal: false; readonly message: string }
  /** The conversation takes no more messages and has nothing to do; `error` where it failed as a whole. */
  | { readonly type: 'ended'; readonly isFinal: true; readonly error?: TurnError };
