/** What a conversation's history holds of its messages, item by item: raw, and not believed yet. */
import type { PinnedAgent, Pointer } from '../../activities/contract';
import type { MemorySnapshot } from '../../agent/memory';
import type { ModelResponse } from '../../agent/model';
import type { ToolResult } from '../../agent/tool';
import type { FailureFact } from '../timeline/facts';
import type { CarriedTurn } from './read-recorded';

export type RecordedItem =
  RecordedPin | RecordedCarry | RecordedCall | RecordedResumption | RecordedSummary;

/** From here on calls may be of this agent. */
export interface RecordedPin {
  readonly type: 'pin';
  readonly pinned: PinnedAgent;
}

/** A run began with what the one before it took along. */
export interface RecordedCarry {
  readonly type: 'carry';
  readonly memory: MemorySnapshot;
  readonly turns: readonly CarriedTurn[];
}

/** A step: what the tools came to that its answer asked for, and what people said of them. */
export interface RecordedStep {
  readonly turn: number;
  readonly step: number;
  /** By the id of the call. */
  readonly tools: Map<string, RecordedTool>;
  /** When people could be asked: when the conversation acted on the answer. */
  askedAtMs?: number;
  /** From when on nobody's word means no, where the run before this one has said so. */
  readonly expiresAtMs: ReadonlyMap<string, number>;
  /** When somebody stopped its turn. */
  interruptedAtMs?: number;
}

/** A model call, and what the tools came to that its answer asked for. */
export interface RecordedCall extends RecordedStep {
  readonly type: 'call';
  readonly pointer: Pointer | undefined;
  /** Absent while there is no answer, and when there will be none. */
  response?: ModelResponse;
  /** Why there will be none. */
  failure?: FailureFact;
  /** It was interrupted, and could not say how far it came. */
  isSilent?: true;
}

/** A step that the run before this one left open: nobody's call is repeated, what waited waits on. */
export interface RecordedResumption extends RecordedStep {
  readonly type: 'resumption';
  readonly agentHash: string;
}

/** A model call that wrote what stands for the first messages of Memory from then on. */
export interface RecordedSummary {
  readonly type: 'summary';
  readonly turn: number;
  readonly step: number;
  /** To the messages that give way. */
  readonly pointer: Pointer | undefined;
  response?: ModelResponse;
  failure?: FailureFact;
}

export interface RecordedTool {
  readonly name: string;
  /** Absent while it runs, and when it ended with its conversation. */
  outcome?:
    | { readonly result: ToolResult }
    /** As the model is shown it. */
    | { readonly shown: ToolResult }
    | { readonly failure: FailureFact }
    | { readonly interrupted: true };
}
