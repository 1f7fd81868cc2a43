/** Where things stand in a drawing, and its colours. */
import { createColors } from 'picocolors';
import type { Timeline } from './types';
import { workerNames } from './worker-names';

type Paint = ReturnType<typeof createColors>;

/** All widths in cells. A row is: indent, label, bar, how long it took, tokens. */
export interface Canvas {
  readonly width: number;
  readonly labelCells: number;
  readonly barCells: number;
  readonly tookCells: number;
  readonly tokensCells: number;
  readonly paint: Paint;
  readonly nameOf: (workerIdentity: string) => string;
}

export const indentCells = 2;
const tookCells = 9;
const tokensCells = 16;
const narrowest = 60;
const widest = 140;
/** Of what the numbers leave; the bar takes the rest. */
const labelShare = 0.46;

export function createCanvas(
  timeline: Timeline,
  options: { readonly width: number; readonly colour: boolean },
): Canvas {
  const width = Math.min(widest, Math.max(narrowest, Math.floor(options.width)));
  // One cell stands between label and bar.
  const rest = width - indentCells - 1 - tookCells - tokensCells;
  const labelCells = Math.round(rest * labelShare);
  return {
    width,
    labelCells,
    barCells: rest - labelCells,
    tookCells,
    tokensCells,
    paint: createColors(options.colour),
    nameOf: workerNames(timeline),
  };
}
