/** What a contender brings along: its own Temporal SDK, its workflows, its plugin. All else is the same for all. */
import type * as workerPackage from '@temporalio/worker';
import type { ReplayWorkerOptions, WorkerOptions } from '@temporalio/worker';

export const contenders = [
  'holdfast',
  'bare',
  'ai-sdk',
  'openai-agents',
  'strands-agents',
] as const;
export type ContenderName = (typeof contenders)[number];

/** The published packages. They live in `bench/peers/`, each with its own dependencies. */
export const peers = ['ai-sdk', 'openai-agents', 'strands-agents'] as const;
export type PeerName = (typeof peers)[number];

/** What a contender's activities may use. */
export interface World {
  /** Of the provider, for the vendor's client: with `/v1`. */
  readonly baseURL: string;
  readonly apiKey: string;
  readonly model: string;
  readonly instructions: string;
  readonly entryText: (entry: number) => string;
}

export interface Contender {
  /** Its own copy: a worker, a plugin and a workflow of different copies do not fit together. */
  readonly temporal: typeof workerPackage;
  readonly workflowsPath: string;
  readonly workerParts: (world: World) => WorkerParts;
  readonly openReader: (address: string) => Promise<Reader>;
}

export type WorkerParts = Partial<WorkerOptions> &
  Pick<ReplayWorkerOptions, 'plugins' | 'sinks' | 'interceptors'>;

/** A client that has connected. It may be asked many times. */
export interface Reader {
  /** Whether pieces reach it before the answer is whole. */
  readonly isStreaming: boolean;
  /** Starts a conversation and returns when the first piece of the answer is there. */
  readonly firstPiece: (asking: Asking) => Promise<void>;
}

export interface Asking {
  readonly taskQueue: string;
  readonly workflowId: string;
  readonly turn: TurnInput;
  /** With this word the answer begins. */
  readonly firstWord: string;
}

/** The input of the workflows `turn`, `idle` and `streamed` of everyone but Holdfast. */
export interface TurnInput {
  readonly question: string;
  readonly instructions: string;
  readonly model: string;
  /** Of model calls, the one with the answer included. */
  readonly steps: number;
}
