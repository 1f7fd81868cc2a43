/** What a run of the bench has found, figure by figure. */
import type { ContenderName } from './contenders/contract';

/** What was found at one contender: figures of several rounds, or why there are none. */
export type Cell =
  | { readonly values: readonly number[]; readonly note?: string }
  /** A few words: "died at step 119". */
  | { readonly text: string };

export type Cells = Partial<Readonly<Record<ContenderName, Cell>>>;

/** One row of a table: one figure of all contenders. */
export interface Row {
  /** Of what and in which unit: "wall per step, ms". */
  readonly name: string;
  readonly digits: number;
  readonly cells: Cells;
}

/** One table. */
export interface Section {
  readonly title: string;
  /** How it was measured, in one paragraph. */
  readonly method: string;
  readonly rows: readonly Row[];
}

/** A number that DESIGN.md or an issue holds Holdfast to. */
export interface Verdict {
  readonly text: string;
  readonly measured: string;
  /** What the bare loop would have here: no less can be had on this machine. Absent where it is the measure itself. */
  readonly bare?: string;
  readonly isMet: boolean;
}

/** What the figures were measured on. */
export interface Circumstances {
  readonly date: string;
  readonly machine: string;
  readonly node: string;
  readonly server: string;
  /** Of the machine over one minute, before and after. Above the number of processors: others worked too. */
  readonly load: readonly [before: number, after: number];
  readonly versions: Readonly<Record<string, string>>;
  readonly isQuick: boolean;
  /** What could not be measured, and why; in whole sentences. */
  readonly problems: readonly string[];
}

export interface Results {
  readonly circumstances: Circumstances;
  readonly sections: readonly Section[];
  readonly verdicts: readonly Verdict[];
}
