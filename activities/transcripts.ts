/** From a pointer to a prompt: the cache if it is proven, else the workflow itself, asked page by page. */
import { ApplicationFailure } from '@temporalio/common';
import { emptyDigest, sha256Hex } from '../agent/digest';
import type { Message } from '../agent/model';
import type { TranscriptPage, TranscriptRequest } from '../workflows/contract';
import type { PinnedAgent, Pointer, TranscriptEntry } from './contract';
import { FailureType } from './contract';
import type { TranscriptCache } from './transcript-cache';
import { toEntries } from './transcript-cache';

/** The conversation that an activity belongs to, and a way to ask its workflow. */
export interface Conversation {
  /** Namespace and workflow id: the cache stays warm over continue-as-new. */
  readonly key: string;
  readonly query: WorkflowQuery;
}

export interface WorkflowQuery {
  (name: 'transcript', request: TranscriptRequest): Promise<TranscriptPage>;
  (name: 'pinnedAgent'): Promise<PinnedAgent>;
}

const pageBytes = 512 * 1024;
const pinnedAgentsLimit = 1_000;

/** How lookups went since the worker started. */
export interface TranscriptCounts {
  hits: number;
  misses: number;
}

export class Transcripts {
  readonly counts: TranscriptCounts = { hits: 0, misses: 0 };
  /** By hash: two conversations with the same agent share one. Insertion order is age. */
  private readonly agents = new Map<string, PinnedAgent>();

  constructor(private readonly cache: TranscriptCache) {}

  append(key: string, epoch: number, entries: readonly TranscriptEntry[]): void {
    this.cache.append(key, epoch, entries);
  }

  pin(pinned: PinnedAgent): void {
    this.agents.set(pinned.hash, pinned);
    if (this.agents.size <= pinnedAgentsLimit) return;
    const [oldest] = this.agents.keys();
    if (oldest !== undefined) this.agents.delete(oldest);
  }

  /** The agent that `pointer` is pinned to. @throws ApplicationFailure `TranscriptUnavailable`, to be retried. */
  async agent({ key, query }: Conversation, { agentHash }: Pointer): Promise<PinnedAgent> {
    const known = this.agents.get(agentHash);
    if (known) return known;
    return this.proven(await ask(() => query('pinnedAgent')), key, agentHash);
  }

  private proven(pinned: PinnedAgent, key: string, agentHash: string): PinnedAgent {
    if (sha256Hex(JSON.stringify(pinned.agent)) !== agentHash) {
      throw unavailable(`\`${key}\` is pinned to another agent than ${agentHash}.`);
    }
    this.pin(pinned);
    return pinned;
  }

  /** The messages that `pointer` stands for. @throws ApplicationFailure `TranscriptUnavailable`, to be retried. */
  async messages(conversation: Conversation, pointer: Pointer): Promise<readonly Message[]> {
    const cached = this.cache.lookup(conversation.key, pointer);
    if (cached) {
      this.counts.hits += 1;
      return cached;
    }
    this.counts.misses += 1;
    return this.fetch(conversation, pointer);
  }

  /** Nothing is cached before it is proven, and nothing is read from the cache that others write to meanwhile. */
  private async fetch({ key, query }: Conversation, pointer: Pointer): Promise<readonly Message[]> {
    let entries = [...this.cache.prefix(key, pointer)];
    let digest = entries.at(-1)?.digestAfter ?? emptyDigest;
    while (entries.length < pointer.length) {
      const from = entries.length;
      const withAgent = !this.agents.has(pointer.agentHash);
      const request = { pointer, from, limitBytes: pageBytes, ...(withAgent && { withAgent }) };
      const page = await ask(() => query('transcript', request));
      if (page.pinned) this.proven(page.pinned, key, pointer.agentHash);
      if (page.digestBefore !== digest) {
        if (from === 0)
          throw unavailable(`The transcript of \`${key}\` does not begin as it should.`);
        // What was cached is another branch: start over.
        entries = [];
        digest = emptyDigest;
        continue;
      }
      if (page.messages.length === 0)
        throw unavailable(`\`${key}\` answered an empty page at ${from}.`);
      entries.push(...toEntries(page.messages, from, digest));
      digest = entries.at(-1)?.digestAfter ?? emptyDigest;
    }
    if (digest !== pointer.digest)
      throw unavailable(`The transcript of \`${key}\` does not match its digest.`);
    this.cache.append(key, pointer.epoch, entries);
    return entries.map(({ message }) => message);
  }
}

async function ask<Result>(query: () => Promise<Result>): Promise<Result> {
  try {
    return await query();
  } catch (error) {
    throw unavailable(
      `The conversation could not be asked for its transcript: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function unavailable(message: string): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    type: FailureType.transcriptUnavailable,
    nextRetryDelay: '500 milliseconds',
  });
}
