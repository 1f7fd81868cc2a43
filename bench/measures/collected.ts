/** Samples of all contenders. Who fails once is asked no more, and its reason stands where its figures would. */
import type { ContenderName } from '../contenders/contract';
import type { Cell, Cells } from '../results';

export class Collected<Sample> {
  private readonly samples: ReadonlyMap<ContenderName, Sample[]>;
  private readonly failures = new Map<ContenderName, string>();

  constructor(
    private readonly names: readonly ContenderName[],
    private readonly progress: (line: string) => void,
  ) {
    this.samples = new Map(names.map((name) => [name, []]));
  }

  /** Adds what `work` finds; or, if it throws, why there is nothing. */
  async collect(
    name: ContenderName,
    work: () => Promise<Sample | readonly Sample[]>,
  ): Promise<void> {
    if (this.failures.has(name)) return;
    try {
      const found = await work();
      this.samples.get(name)?.push(...(Array.isArray(found) ? found : [found as Sample]));
    } catch (error) {
      this.fail(name, toReason(error));
    }
  }

  fail(name: ContenderName, reason: string): void {
    this.failures.set(name, reason);
    this.progress(`${name}: ${reason}`);
  }

  hasFailed(name: ContenderName): boolean {
    return this.failures.has(name);
  }

  samplesOf(name: ContenderName): readonly Sample[] {
    return this.samples.get(name) ?? [];
  }

  cells(
    figure: (sample: Sample) => number,
    noteOf: (name: ContenderName) => string | undefined = () => undefined,
  ): Cells {
    return Object.fromEntries(
      this.names.map((name) => [name, this.cell(name, figure, noteOf(name))]),
    );
  }

  private cell(name: ContenderName, figure: (sample: Sample) => number, note?: string): Cell {
    const text = this.failures.get(name);
    if (text !== undefined) return { text };
    const values = this.samplesOf(name).map(figure);
    return values.length === 0 ? { text: '–' } : { values, ...(note !== undefined && { note }) };
  }
}

/** Of a cell in a table. */
const longestReason = 160;

/** On one line, and nothing that would end a cell of a table. */
export function toReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(/\s+/g, ' ').replaceAll('|', '/').slice(0, longestReason);
}
