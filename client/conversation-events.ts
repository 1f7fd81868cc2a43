/** What a caller who watches a conversation is told. */
import type { AgentResponseMessage } from '../agent/agent-messages';
import type { SequencedMessage } from '../workflows/contract';

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
  /** The turn is over. */
  | {
      readonly type: 'complete';
      readonly content: string;
      readonly isFinal: true;
      readonly response: AgentResponseMessage;
    };
