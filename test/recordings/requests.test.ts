/** Every kept request told in neutral words and written again by our adapters; and what the comparison would notice. */
import path from 'node:path';
import { canonicalise, type Sides } from '../support/fidelity/canonical';
import { differenceKinds, kindOf, unexplained } from '../support/fidelity/difference-kinds';
import type { FidelityReport } from '../support/fidelity/fidelity-report';
import { brokenPromises, fidelityReport } from '../support/fidelity/fidelity-report';
import { inexpressibleKinds } from '../support/fidelity/inexpressible';
import {
  compareRequests,
  ourRequestOf,
  requestFidelity,
} from '../support/fidelity/request-fidelity';
import { readRecordings } from '../support/raw/raw-exchanges';
import type { Json } from '../support/raw/raw-json';
import { isRecord } from '../support/raw/raw-json';
import type { RawExchange, RawWire } from '../support/raw/raw-types';

const folder =
  process.env.HOLDFAST_RECORDINGS ?? path.join(__dirname, '..', 'fixtures', 'recordings');

type ModelCall = RawExchange & { readonly wire: RawWire };

let report: FidelityReport;
let calls: readonly ModelCall[];

beforeAll(async () => {
  report = await fidelityReport(folder);
  const { exchanges } = await readRecordings(folder);
  calls = exchanges.filter(
    (it): it is ModelCall =>
      it.kind === 'generation' && it.wire !== undefined && isRecord(it.request?.body),
  );
}, 60_000);

test('most requests can be told, and nearly all of those are written as they were recorded', () => {
  expect(brokenPromises(report)).toEqual([]);
  expect(report.gated.requests).toBeGreaterThan(80);
  expect(new Set(calls.map(({ wire }) => wire)).size).toBe(4);
});

test('everything that differs, cannot be told or is written in two ways has its reason', () => {
  const { inexpressible, differences, canonicalised } = report;
  const listed = [...inexpressible, ...differences, ...canonicalised];
  expect(listed.filter(({ reason }) => reason === '')).toEqual([]);
  const reasons = [...Object.values(inexpressibleKinds), ...differenceKinds.map((it) => it.reason)];
  expect(reasons.every((reason) => reason.length > 20)).toBe(true);
});

/** What may be said in any way: streaming, our own breakpoints, and ids of items that are sent whole. */
function isUnseen(leaf: Leaf, ours: Json): boolean {
  const [list, index] = leaf;
  if (/^stream$|^stream_options\.|\.cache_control\.type$/.test(leaf.join('.'))) return true;
  if (!/^input\.\d+\.(id|status)$/.test(leaf.join('.'))) return false;
  const item = (ours[String(list)] as readonly Json[])[Number(index)];
  return item?.['type'] === 'message' || item?.['type'] === 'function_call';
}

test('the comparison sees a change of any word of ours', () => {
  const overlooked: string[] = [];
  let changes = 0;
  for (const call of calls) {
    const fidelity = requestFidelity(call);
    if (!('differences' in fidelity) || fidelity.differences.length > 0) continue;
    const recorded = call.request?.body as Json;
    const ours = ourRequestOf(call);
    for (const leaf of leavesOf(ours)) {
      if (isUnseen(leaf, ours)) continue;
      changes += 1;
      const changed = { recorded, ours: withChange(ours, leaf) as Json };
      if (compareRequests(call.wire, changed).differences.length === 0) {
        overlooked.push(`${call.id}: ${leaf.join('.')}`);
      }
    }
  }
  expect(overlooked).toEqual([]);
  expect(changes).toBeGreaterThan(1_000);
}, 120_000);

test('a message that is left out is a difference that nothing explains', () => {
  const lists: Readonly<Record<RawWire, string>> = {
    'openai-responses': 'input',
    'openai-chat': 'messages',
    anthropic: 'messages',
    gemini: 'contents',
  };
  for (const call of calls) {
    const fidelity = requestFidelity(call);
    if (!('differences' in fidelity) || fidelity.differences.length > 0) continue;
    const recorded = call.request?.body as Json;
    const ours = ourRequestOf(call);
    const items = ours[lists[call.wire]] as readonly unknown[];
    const cut = { ...ours, [lists[call.wire]]: items.slice(0, -1) };
    const { differences } = compareRequests(call.wire, { recorded, ours: cut });
    expect(differences.map(kindOf)).toContain(unexplained);
  }
});

test('what makes two requests alike leaves equal ones equal', () => {
  for (const call of calls) {
    const body = call.request?.body as Json;
    const { sides, applied } = canonicalise(call.wire, { recorded: body, ours: body } as Sides);
    expect(sides.recorded).toEqual(sides.ours);
    expect(applied).toEqual([]);
  }
});

type Leaf = readonly (string | number)[];

function leavesOf(value: unknown, at: Leaf = []): readonly Leaf[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf(item, [...at, index]));
  if (isRecord(value)) {
    return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...at, key]));
  }
  return [at];
}

function withChange(value: unknown, [key, ...rest]: Leaf): unknown {
  if (key === undefined) return typeof value === 'string' ? `${value} and more` : 'another';
  if (Array.isArray(value)) {
    return value.map((item, index) => (index === key ? withChange(item, rest) : (item as unknown)));
  }
  return { ...(value as Json), [key]: withChange((value as Json)[key], rest) };
}
