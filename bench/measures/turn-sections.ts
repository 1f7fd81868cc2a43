/** What turns have shown, as tables: a row for each length. */
import type { ContenderName } from '../contenders/contract';
import type { Cells, Row, Section } from '../results';

/** For each step. */
export interface Sample {
  readonly bytes: number;
  readonly carryBytes: number;
  readonly events: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly calls: number;
}

/** What became of one contender at one number of steps. */
export interface Outcome {
  readonly samples: Sample[];
  death?: string;
}

export type Outcomes = ReadonlyMap<number, ReadonlyMap<ContenderName, Outcome>>;

export function sectionsOf(
  names: readonly ContenderName[],
  outcomes: Outcomes,
  overheads: ReadonlyMap<number, number>,
): readonly Section[] {
  const rows = (
    digits: number,
    figure: (sample: Sample) => number,
    { isShort = true }: { readonly isShort?: boolean } = {},
  ): readonly Row[] =>
    [...outcomes].map(([steps, byName]) => ({
      name: stepsName(steps),
      digits,
      cells: cellsOf(names, byName, { figure, isShort }),
    }));
  const method =
    'One turn: one tool call a step with a 2 KB result, 2 KB of instructions, an 800-character answer. The last step is the answer.';
  return [
    {
      title: historyTitle,
      method: `${method} \`historySize\` as the server counts it, over all runs of the chain. What continue-as-new carries from one run to the next stands by itself.`,
      rows: [
        ...rows(0, ({ bytes }) => bytes, { isShort: false }),
        ...[...outcomes].flatMap(([steps, byName]) => carryRow(steps, byName)),
        ...[...overheads].map(([steps, bytes]) => ({
          name: overheadName(steps),
          digits: 0,
          cells: { holdfast: { values: [bytes] } },
        })),
      ],
    },
    {
      title: eventsTitle,
      method: 'All events of the turn, divided by its steps.',
      rows: rows(2, ({ events }) => events),
    },
    {
      title: wallTitle,
      method:
        'From the start of the workflow to its answer, divided by its steps. The provider answers at once and parses what it is sent, which is the same for all.',
      rows: rows(1, ({ wallMs }) => wallMs),
    },
    {
      title: cpuTitle,
      method:
        'Of the worker process, all its threads. Provider, client and server are processes of their own.',
      rows: rows(1, ({ cpuMs }) => cpuMs),
    },
    {
      title: callsTitle,
      method: 'What reached the provider, divided by the steps.',
      rows: rows(2, ({ calls }) => calls),
    },
  ];
}

export const historyTitle = 'History, bytes per step';
export const eventsTitle = 'Events per step';
export const wallTitle = 'Wall time per step, ms';
export const cpuTitle = 'Worker CPU per step, ms';
export const callsTitle = 'HTTP requests per step';

export function stepsName(steps: number): string {
  return `${steps.toLocaleString('en-US')} steps`;
}

export function overheadName(steps: number): string {
  return `${stepsName(steps)}: beyond the JSON of messages and agent`;
}

function carryRow(steps: number, byName: ReadonlyMap<ContenderName, Outcome>): readonly Row[] {
  const values = byName.get('holdfast')?.samples.map(({ carryBytes }) => carryBytes) ?? [];
  const cells = { holdfast: { values } };
  const name = `${stepsName(steps)}: the carry`;
  return values.some((value) => value > 0) ? [{ name, digits: 0, cells }] : [];
}

function cellsOf(
  names: readonly ContenderName[],
  byName: ReadonlyMap<ContenderName, Outcome>,
  { figure, isShort }: { readonly figure: (sample: Sample) => number; readonly isShort: boolean },
): Cells {
  return Object.fromEntries(
    names.map((name) => {
      const { samples = [], death } = byName.get(name) ?? {};
      if (death === undefined) return [name, { values: samples.map(figure) }];
      // Once is enough for the reason.
      return [name, { text: isShort ? death.split(':')[0]! : death }];
    }),
  );
}
