/** What the bench tells the process of a contender, and what it is told. */
import type { TurnInput } from './contract';

/** What is said, and where the provider is. */
export interface WorldOptions {
  readonly providerURL: string;
  readonly model: string;
}

/** What one process does. */
export type Assignment =
  | { readonly role: 'bundle'; readonly file: string }
  | ({ readonly role: 'worker'; readonly taskQueue: string } & Placed)
  | ({
      readonly role: 'replay';
      readonly workflowId: string;
      readonly rounds: number;
      readonly copies: number;
    } & Placed)
  | {
      readonly role: 'reader';
      readonly address: string;
      readonly taskQueue: string;
      readonly turn: TurnInput;
      readonly firstWord: string;
      readonly rounds: number;
    };

interface Placed {
  readonly address: string;
  /** File of the workflow bundle. */
  readonly bundle: string;
  readonly world: WorldOptions;
}

/** What a worker may be asked. */
export type WorkerRequest = 'figures' | 'collectGarbage' | 'stop';

export interface Figures {
  /** Of all its threads since it started, in microseconds. */
  readonly cpuMicroseconds: number;
  readonly residentBytes: number;
  /** Of V8, all threads together; only after a collection of the garbage. */
  readonly heapBytes?: number;
}

export type Report =
  | { readonly type: 'ready' }
  | { readonly type: 'figures'; readonly figures: Figures }
  | { readonly type: 'bundled'; readonly codeBytes: number; readonly bytes: number }
  /** Milliseconds per event, round by round. */
  | { readonly type: 'replayed'; readonly perEventMs: readonly number[]; readonly events: number }
  /** Milliseconds from the start of the workflow to the first piece, round by round. */
  | {
      readonly type: 'read';
      readonly firstPieceMs: readonly number[];
      readonly isStreaming: boolean;
    };
