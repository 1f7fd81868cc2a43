/** The size of what every workflow isolate loads. */
import type { ContenderName } from '../contenders/contract';
import type { Cells, Section } from '../results';

export interface BundleSize {
  /** Without the source map. */
  readonly codeBytes: number;
  readonly bytes: number;
}

export function bundleSizes(sizes: ReadonlyMap<ContenderName, BundleSize>): Section {
  const cells = (figure: (size: BundleSize) => number): Cells =>
    Object.fromEntries(
      [...sizes].map(([name, size]) => [name, { values: [figure(size) / 1_000] }]),
    );
  return {
    title: bundleTitle,
    method: "The workflow bundle, made by each contender's own worker package and plugin.",
    rows: [
      { name: codeName, digits: 0, cells: cells(({ codeBytes }) => codeBytes) },
      { name: 'with the source map, KB', digits: 0, cells: cells(({ bytes }) => bytes) },
    ],
  };
}

export const bundleTitle = 'Bundle size';
export const codeName = 'code, KB';
