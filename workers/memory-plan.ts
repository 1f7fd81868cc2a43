/**
 * How much a worker keeps in memory, from the heap that its process may have, where the environment does not say.
 *
 * Conversations live in the isolate of the SDK's workflow thread, transcripts in the main one. V8 gives each of them the
 * limit that `--max-old-space-size` (or Node, by the machine) sets, and a container has to hold both: so both are planned
 * within one such limit. Past it the workflow thread dies, and the worker with it.
 */
import { getHeapStatistics } from 'node:v8';
import type { Environment } from './environment';

const mebibyte = 1024 * 1024;

/** The SDK, providers' clients, the workflow bundle and prompts on their way. The SDK's own formula leaves as much. */
const restMib = 200;
/**
 * Of the limit. What is counted are bytes of JSON; in the heap, text takes up to twice as many: two bytes a character
 * as soon as one of them is beyond Latin-1.
 */
const transcriptShare = 1 / 8;
const mostTranscriptsMib = 256;
const heapPerTranscriptByte = 2;
/**
 * One conversation in the cache. Measured, heap each: 0.15 MB, and 2.3 times the JSON of its transcript; which makes
 * 1.3 MB where a window of 128k tokens is full. (The process grew by 0.3 MB for each idle one after a single answer, and
 * by 1.0 MB for each with 100 messages of 127 KB in sum.) The SDK reckons with 1.7.
 */
const conversationMib = 1.5;
/** Fewer would replay more than they work. */
const fewestConversations = 10;

/** Who decided: the environment, or the heap. */
export type MemoryPlanSource = 'environment' | 'heap';

export interface MemoryPlan {
  readonly heapLimitMib: number;
  /** Conversations in the worker's cache; others are replayed when they wake. */
  readonly maxCachedWorkflows: number;
  readonly maxCachedWorkflowsFrom: MemoryPlanSource;
  /** For `TranscriptCache`. */
  readonly transcriptCacheMib: number;
  readonly transcriptCacheFrom: MemoryPlanSource;
}

export type MemoryEnvironment = Pick<
  Environment,
  'HOLDFAST_MAX_CACHED_WORKFLOWS' | 'HOLDFAST_TRANSCRIPT_CACHE_MB'
>;

/** Pure, but for the default of `heapLimitMib`: what V8 says of this process. */
export function planMemory(
  {
    HOLDFAST_MAX_CACHED_WORKFLOWS: workflows,
    HOLDFAST_TRANSCRIPT_CACHE_MB: transcripts,
  }: MemoryEnvironment,
  heapLimitMib = Math.floor(getHeapStatistics().heap_size_limit / mebibyte),
): MemoryPlan {
  const transcriptCacheMib =
    transcripts ?? Math.min(mostTranscriptsMib, Math.floor(heapLimitMib * transcriptShare));
  return {
    heapLimitMib,
    maxCachedWorkflows: workflows ?? conversationsIn(heapLimitMib, transcriptCacheMib),
    maxCachedWorkflowsFrom: workflows === undefined ? 'heap' : 'environment',
    transcriptCacheMib,
    transcriptCacheFrom: transcripts === undefined ? 'heap' : 'environment',
  };
}

function conversationsIn(heapLimitMib: number, transcriptCacheMib: number): number {
  const left = heapLimitMib - restMib - transcriptCacheMib * heapPerTranscriptByte;
  return Math.max(fewestConversations, Math.floor(left / conversationMib));
}

/** `keeps 190 conversations and 81 MiB of transcripts (both by its heap of 648 MiB)`. */
export function planInWords(plan: MemoryPlan): string {
  const heap = `by its heap of ${plan.heapLimitMib} MiB`;
  const source = (from: MemoryPlanSource, variable: keyof MemoryEnvironment) =>
    from === 'heap' ? heap : `by ${variable}`;
  const workflows = source(plan.maxCachedWorkflowsFrom, 'HOLDFAST_MAX_CACHED_WORKFLOWS');
  const transcripts = source(plan.transcriptCacheFrom, 'HOLDFAST_TRANSCRIPT_CACHE_MB');
  const conversations = `keeps ${plan.maxCachedWorkflows} conversations`;
  const kept = `${plan.transcriptCacheMib} MiB of transcripts`;
  return workflows === transcripts
    ? `${conversations} and ${kept} (both ${heap})`
    : `${conversations} (${workflows}) and ${kept} (${transcripts})`;
}
