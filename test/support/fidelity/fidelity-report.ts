/** Request fidelity over a folder of recordings: counts, kinds and reasons. */
import { readRecordings } from '../raw/raw-exchanges';
import type { RawExchange, RawWire } from '../raw/raw-types';
import { canonicalisations } from './canonical';
import { differenceKinds, kindOf } from './difference-kinds';
import { inexpressibleKinds } from './inexpressible';
import { requestFidelity } from './request-fidelity';

export interface FidelityCount {
  requests: number;
  expressible: number;
  equal: number;
  differ: number;
}

export interface Reasoned {
  readonly name: string;
  readonly count: number;
  readonly reason: string;
}

export interface FidelityReport {
  /** By `provider · source`. */
  readonly rows: ReadonlyMap<string, FidelityCount>;
  /** Over the sources that are held to the gate. */
  readonly gated: FidelityCount;
  readonly inexpressible: readonly Reasoned[];
  readonly differences: readonly Reasoned[];
  readonly canonicalised: readonly Reasoned[];
  /** `id: kind at path` of every request that differs. */
  readonly differing: readonly string[];
}

/** Who recorded what users of the vendors' own SDKs say. */
export const gatedSources: readonly string[] = ['mirascope', 'pydantic-ai'];

/** Of the expressible requests of `gatedSources`. */
export const leastEqual = 0.95;
/** Of all requests of `gatedSources`. */
export const mostInexpressible = 0.1;

export async function fidelityReport(
  folder: string,
  onProgress: (done: number, of: number) => void = () => undefined,
): Promise<FidelityReport> {
  const { exchanges } = await readRecordings(folder);
  const recorded = exchanges.filter(isRecordedRequest);
  const rows = new Map<string, FidelityCount>();
  const gated = newCount();
  const inexpressible = new Map<string, number>();
  const differences = new Map<string, number>();
  const canonicalised = new Map<string, number>();
  const differing: string[] = [];
  for (const [index, exchange] of recorded.entries()) {
    onProgress(index + 1, recorded.length);
    const row = rows.get(`${exchange.provider} · ${exchange.source}`) ?? newCount();
    rows.set(`${exchange.provider} · ${exchange.source}`, row);
    const counts = gatedSources.includes(exchange.source) ? [row, gated] : [row];
    const fidelity = requestFidelity(exchange);
    for (const count of counts) count.requests += 1;
    if ('inexpressible' in fidelity) {
      add(inexpressible, fidelity.inexpressible);
      continue;
    }
    const isEqual = fidelity.differences.length === 0;
    for (const count of counts) {
      count.expressible += 1;
      count[isEqual ? 'equal' : 'differ'] += 1;
    }
    for (const name of fidelity.canonicalised) add(canonicalised, name);
    for (const kind of new Set(fidelity.differences.map(kindOf))) add(differences, kind);
    differing.push(
      ...fidelity.differences.map((it) => `${exchange.id}: ${kindOf(it)} at ${it.path}`),
    );
  }
  return {
    rows,
    gated,
    inexpressible: reasoned(inexpressible, Object.entries(inexpressibleKinds)),
    differences: reasoned(differences, reasonsOf(differenceKinds)),
    canonicalised: reasoned(canonicalised, reasonsOf(Object.values(canonicalisations).flat())),
    differing,
  };
}

/** Why `report` does not hold what is promised; none where it does. */
export function brokenPromises({ gated, differences }: FidelityReport): readonly string[] {
  const { requests, expressible, equal } = gated;
  const unknown = differences.filter(({ reason }) => reason === '');
  return [
    ...(equal >= leastEqual * expressible
      ? []
      : [`${percent(equal, expressible)} of the expressible requests are equal, not 95 %.`]),
    ...(requests - expressible <= mostInexpressible * requests
      ? []
      : [`${percent(requests - expressible, requests)} cannot be expressed, which is over 10 %.`]),
    ...unknown.map(({ name, count }) => `${count} requests differ in a way that is ${name}.`),
  ];
}

export function percent(part: number, whole: number): string {
  return `${whole === 0 ? 100 : ((100 * part) / whole).toFixed(1)} %`;
}

function isRecordedRequest(
  exchange: RawExchange,
): exchange is RawExchange & { readonly wire: RawWire } {
  const { kind, wire, request } = exchange;
  return kind === 'generation' && wire !== undefined && request?.body !== undefined;
}

function newCount(): FidelityCount {
  return { requests: 0, expressible: 0, equal: 0, differ: 0 };
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function reasonsOf(
  kinds: readonly { readonly name: string; readonly reason: string }[],
): readonly (readonly [string, string])[] {
  return kinds.map(({ name, reason }) => [name, reason]);
}

/** The most frequent first. */
function reasoned(
  counts: ReadonlyMap<string, number>,
  reasons: readonly (readonly [string, string])[],
): readonly Reasoned[] {
  const reasonOf = new Map(reasons);
  return [...counts]
    .map(([name, count]) => ({ name, count, reason: reasonOf.get(name) ?? '' }))
    .sort((left, right) => right.count - left.count);
}
