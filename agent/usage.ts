/** What model calls use and what that comes to. */

/**
 * Tokens, as the provider counted them. Totals are inclusive: `inputTokens` holds the cached ones and those written to
 * a cache, `outputTokens` the reasoning ones. Everything else is a part of one of the two. All are whole and never
 * negative; where a provider says nothing, both totals are 0.
 */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the input: read from a cache. */
  readonly cachedInputTokens?: number;
  /** Of the input: written to a cache. */
  readonly cacheWriteTokens?: number;
  /** Of `cacheWriteTokens`: written to be kept for an hour, which costs more than five minutes. */
  readonly cacheWriteHourTokens?: number;
  /** Of the input: heard. */
  readonly inputAudioTokens?: number;
  /** Of the input: heard, and read from a cache. */
  readonly cachedInputAudioTokens?: number;
  /** Of the output: thought. */
  readonly reasoningTokens?: number;
  /** Of the output: spoken. */
  readonly outputAudioTokens?: number;
  /** No tokens: searches that the provider itself ran, and charges for apart. */
  readonly webSearches?: number;
}

export const noUsage: Usage = { inputTokens: 0, outputTokens: 0 };

const parts = [
  'cachedInputTokens',
  'cacheWriteTokens',
  'cacheWriteHourTokens',
  'inputAudioTokens',
  'cachedInputAudioTokens',
  'reasoningTokens',
  'outputAudioTokens',
  'webSearches',
] as const satisfies readonly (keyof Usage)[];

/** Usage from counts that may be missing, null, or no counts at all; parts of nothing are left out. */
export function usageOf(counts: { readonly [Key in keyof Usage]?: unknown }): Usage {
  const said = parts.map((part) => [part, toCount(counts[part])] as const);
  return {
    inputTokens: toCount(counts.inputTokens),
    outputTokens: toCount(counts.outputTokens),
    ...Object.fromEntries(said.filter(([, count]) => count > 0)),
  };
}

export function addUsage(left: Usage, right: Usage): Usage {
  const sums = parts.map((part) => [part, (left[part] ?? 0) + (right[part] ?? 0)] as const);
  return usageOf({
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    ...Object.fromEntries(sums),
  });
}

export function hasTokens({ inputTokens, outputTokens }: Usage): boolean {
  return inputTokens + outputTokens > 0;
}

/** Tokens and their price in US dollars. `null`: unknown, which is something else than nothing. */
export interface Spending {
  readonly usage: Usage;
  readonly costUsd: number | null;
}

export const nothingSpent: Spending = { usage: noUsage, costUsd: 0 };

/** What attempts that failed had used up by then, as far as the provider said so. */
export interface FailedAttempts extends Spending {
  /** How many attempts: only those whose provider had counted tokens. */
  readonly attempts: number;
}

/** One part of unknown price makes the sum unknown: a sum of the rest would look like the whole. */
export function addSpending(left: Spending, right: Spending): Spending {
  const isKnown = left.costUsd !== null && right.costUsd !== null;
  return {
    usage: addUsage(left.usage, right.usage),
    costUsd: isKnown ? toUsd(left.costUsd + right.costUsd) : null,
  };
}

export function addFailedAttempts(
  left: FailedAttempts | undefined,
  right: FailedAttempts | undefined,
): FailedAttempts | undefined {
  if (!left || !right) return left ?? right;
  return { attempts: left.attempts + right.attempts, ...addSpending(left, right) };
}

/** A model's answer and what it took to get it. */
interface Answered {
  readonly usage: Usage;
  readonly costUsd?: number | null;
  readonly failedAttempts?: FailedAttempts;
}

/** Of a whole step: the attempts that failed are paid for too. */
export function spendingOf({ usage, costUsd = null, failedAttempts }: Answered): Spending {
  return addSpending({ usage, costUsd }, failedAttempts ?? nothingSpent);
}

/** What a model call's heartbeat, or one detail of its failure, says in `spent`. It may be of another version. */
export function spentIn(details: unknown): FailedAttempts | undefined {
  if (typeof details !== 'object' || details === null || !('spent' in details)) return undefined;
  return parseFailedAttempts(details.spent);
}

/** What crossed a process or a version, or `undefined` when it is something else. */
export function parseFailedAttempts(value: unknown): FailedAttempts | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { attempts, usage, costUsd } = value as Record<string, unknown>;
  if (toCount(attempts) === 0 || typeof usage !== 'object' || usage === null) return undefined;
  return { attempts: toCount(attempts), usage: usageOf(usage), costUsd: parseUsd(costUsd) };
}

/** An amount of US dollars; `null` for what is none. */
export function parseUsd(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? toUsd(value) : null;
}

/** Without the noise of binary fractions: a token costs 0.00000001 $ at the least. */
function toUsd(amount: number): number {
  return Number(amount.toFixed(12));
}

function toCount(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.max(0, Math.round(value)) : 0;
}
