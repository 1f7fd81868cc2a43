/** Figures in words and columns. */

/** Columns as wide as their widest cell, all but the first aligned right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n');
}

export function decimal(value: number, digits = 2): string {
  return value.toFixed(digits);
}

/** `1.88 KB`: a KB has 1,000 bytes. */
export function bytes(count: number): string {
  return count < 10_000 ? `${Math.round(count)} B` : `${decimal(count / 1_000, 1)} KB`;
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((left, right) => left - right);
  const [middle = NaN, next = middle] = sorted.slice(
    Math.floor((sorted.length - 1) / 2),
    Math.floor(sorted.length / 2) + 1,
  );
  return { median: (middle + next) / 2, least: sorted[0] ?? NaN, most: sorted.at(-1) ?? NaN };
}

/** `15.2 (14.0–17.9)` */
export function withRange({ median, least, most }: Spread, digits = 1): string {
  return `${decimal(median, digits)} (${decimal(least, digits)}–${decimal(most, digits)})`;
}
