/** What Holdfast is held to beside the others, and whether the figures of this run hold it. */
import { type ContenderName, peers } from './contenders/contract';
import { coldStartName, coldStartTitle } from './measures/cold-start';
import { memoryTitle, residentName } from './measures/memory';
import { replayName, replayTitle } from './measures/replay';
import {
  cpuTitle,
  historyTitle,
  overheadName,
  stepsName,
  wallTitle,
} from './measures/turn-sections';
import type { Section, Verdict } from './results';
import { spread } from './tables';

/** At this number of steps paces are compared: every peer is still alive, and the start has stopped to matter. */
const stepsCompared = 50;

export function verdictsOf(
  sections: readonly Section[],
  steps: readonly number[],
): readonly Verdict[] {
  const find = (title: string, row: string) => figuresOf(sections, title, row);
  const longest = steps.map((count) => find(historyTitle, stepsName(count)));
  const pace = find(wallTitle, stepsName(stepsCompared));
  const cpu = find(cpuTitle, stepsName(stepsCompared));
  const memory = find(memoryTitle, residentName);
  const coldStart = find(coldStartTitle, coldStartName);
  const replay = find(replayTitle, replayName);
  const overheads = steps.map((count) => find(historyTitle, overheadName(count)).holdfast);
  return [
    atMost(
      'history beyond the JSON of messages and agent ≤ 2,000 bytes per step, at every length',
      worst(overheads),
      2_000,
      { digits: 0 },
    ),
    atMost(
      'history ≤ 1.15 × the bare loop, at every length',
      worst(longest.map(({ holdfast, bare }) => ratio(holdfast, bare))),
      1.15,
    ),
    atMost(
      `wall per step ≤ 1.2 × the bare loop (${stepsCompared} steps)`,
      ratio(pace.holdfast, pace.bare),
      1.2,
    ),
    atMost(
      `wall per step ≤ 0.6 × the best peer (${stepsCompared} steps)`,
      ratio(pace.holdfast, bestPeer(pace)),
      0.6,
      { bare: ratio(pace.bare, bestPeer(pace)) },
    ),
    atMost(
      `worker CPU per step ≤ 1.25 × the bare loop (${stepsCompared} steps)`,
      ratio(cpu.holdfast, cpu.bare),
      1.25,
    ),
    atMost(
      'memory per idle conversation ≤ 1.3 × the bare loop',
      ratio(memory.holdfast, memory.bare),
      1.3,
    ),
    atMost(
      'memory per idle conversation ≤ 1/6 of the best peer',
      ratio(memory.holdfast, bestPeer(memory)),
      1 / 6,
      { bare: ratio(memory.bare, bestPeer(memory)) },
    ),
    atMost('replay ≤ 0.35 ms an event', replay.holdfast, 0.35, { bare: replay.bare, digits: 3 }),
    atMost(
      'cold start ≤ 0.75 × the best peer',
      ratio(coldStart.holdfast, bestPeer(coldStart)),
      0.75,
      { bare: ratio(coldStart.bare, bestPeer(coldStart)) },
    ),
  ].flatMap((verdict) => verdict ?? []);
}

type Figures = Partial<Readonly<Record<ContenderName, number>>>;

/** Medians. Who has no figure is not there. */
function figuresOf(sections: readonly Section[], title: string, name: string): Figures {
  const rows = sections.filter((section) => section.title === title).flatMap(({ rows }) => rows);
  const cells = Object.entries(rows.find((row) => row.name === name)?.cells ?? {});
  return Object.fromEntries(
    cells.flatMap(([contender, cell]) =>
      'values' in cell && cell.values.length > 0 ? [[contender, spread(cell.values).median]] : [],
    ),
  );
}

function bestPeer(figures: Figures): number | undefined {
  const known = peers.flatMap((peer) => figures[peer] ?? []);
  return known.length > 0 ? Math.min(...known) : undefined;
}

function ratio(value: number | undefined, base: number | undefined): number | undefined {
  return value === undefined || base === undefined ? undefined : value / base;
}

function worst(values: readonly (number | undefined)[]): number | undefined {
  const known = values.flatMap((value) => value ?? []);
  return known.length > 0 ? Math.max(...known) : undefined;
}

interface Details {
  readonly bare?: number | undefined;
  /** @default 2 */
  readonly digits?: number;
}

/** Nothing, where the figures are missing. */
function atMost(
  text: string,
  value: number | undefined,
  limit: number,
  { bare, digits = 2 }: Details = {},
): Verdict | undefined {
  if (value === undefined) return undefined;
  return {
    text,
    measured: value.toFixed(digits),
    ...(bare !== undefined && { bare: bare.toFixed(digits) }),
    isMet: value <= limit,
  };
}
