/**
 * The messages that a pointer stands for, from history alone: the workflow is replayed over it, and what it would give
 * to a worker's cache is kept here. Nothing is executed and nothing is written; the digest proves the result.
 */
import { type InjectedSinks, type ReplayWorkerOptions, Worker } from '@temporalio/worker';
import type { History } from '@temporalio/common/lib/proto-utils';
import type { Pointer, TranscriptEntry, TranscriptSinks } from '../activities/contract';
import { emptyDigest, extendDigest } from '../agent/digest';
import type { Message } from '../agent/model';
import { dataConverter } from '../wire/data-converter';

export type WorkflowCode = Pick<ReplayWorkerOptions, 'workflowBundle' | 'workflowsPath'>;

export interface ReplayRequest {
  readonly id: string;
  /** Of the run that made the call, from its first event on. */
  readonly history: History;
  readonly pointer: Pointer;
  readonly code: WorkflowCode;
}

export interface ReplayedTranscript {
  readonly messages: readonly Message[];
  /** Whether the messages' rolling digest is the pointer's. */
  readonly isProven: boolean;
}

/** @throws Error when the history does not lead to such a call with the workflow code of today. */
export async function replayTranscript(request: ReplayRequest): Promise<ReplayedTranscript> {
  const { id, history, pointer, code } = request;
  const collected = new Collected(pointer);
  const failure = await replay({ ...code, sinks: collected.sinks(), dataConverter }, history, id);
  const { messages } = collected;
  if (messages) return { messages, isProven: digestOf(messages) === pointer.digest };
  throw new Error(
    failure
      ? `its history does not replay with this version's workflow code (${failure.message})`
      : 'replayed, its history holds no such messages',
  );
}

/** What the workflow gave to the cache. */
class Collected {
  private entries: readonly TranscriptEntry[] = [];
  private found: { readonly messages: readonly Message[]; readonly isProven: boolean } | undefined;

  constructor(private readonly pointer: Pointer) {}

  get messages(): readonly Message[] | undefined {
    return this.found?.messages;
  }

  sinks(): InjectedSinks<TranscriptSinks> {
    return {
      transcript: {
        append: {
          fn: (_info, epoch, entries) => this.append(epoch, entries),
          callDuringReplay: true,
        },
        pin: { fn: () => undefined, callDuringReplay: false },
      },
    };
  }

  /** An append at a seq forgets everything behind it, as the cache does; other epochs are other transcripts. */
  private append(appended: number, entries: readonly TranscriptEntry[]): void {
    const { epoch, length, digest } = this.pointer;
    if (appended !== epoch) return;
    this.entries = [...this.entries.slice(0, entries[0]?.seq), ...entries];
    if (this.found?.isProven || this.entries.length < length) return;
    const isProven = this.entries[length - 1]?.digestAfter === digest;
    const messages = this.entries.slice(0, length).map(({ message }) => message);
    this.found = { messages, isProven };
  }
}

/** What failed behind the call that is asked for does not matter. */
async function replay(
  options: ReplayWorkerOptions,
  history: History,
  id: string,
): Promise<Error | undefined> {
  try {
    await Worker.runReplayHistory(options, history, id);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function digestOf(messages: readonly Message[]): string {
  return messages.reduce<string>(extendDigest, emptyDigest);
}
