/** What a caller who watches a conversation is told. */
import type { AgentResponseMessage } from '../agent/agent-messages';
import type { PendingItem, SequencedMessage } from '../workflows/contract';

export type ConversationEvent =
  /** The next piece of an answer that is being generated. */
  | {
      readonly type: 'partial';
      readonly content: string;
      readonly isFinal: false;
      readonly turn: number;
      readonly step: number;
      readonly attempt: number;
      /** Where `content` begins in the step's text, in characters. Beyond what was told: a gap, which the message fills. */
      readonly offset: number;
    }
  /** A new attempt has begun: drop what was shown of this step. */
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
  /** The turn waits for a person: see `decide`. */
  | { readonly type: 'pending'; readonly isFinal: false; readonly item: PendingItem }
  /** It waits for that no more: somebody decided, the time is over, or the turn was interrupted. */
  | { readonly type: 'settled'; readonly isFinal: false; readonly callId: string }
  /** The turn is over. */
  | {
      readonly type: 'complete';
      readonly content: string;
      readonly isFinal: true;
      readonly response: AgentResponseMessage;
    };
