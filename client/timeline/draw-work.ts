/** One piece of work as a row (label, bar, duration, tokens), and under it what happened to its attempts. */
import type { Colors } from 'picocolors/types';
import { type Bar, toBar } from './bar';
import { column, fit } from './cells';
import type { LostWorker, TimelineThink, TimelineTurn, TimelineWork } from './types';
import { formatCount, formatDuration } from './words';

/** Where things stand, and the colours. All widths in cells. */
export interface Canvas {
  readonly width: number;
  readonly labelCells: number;
  readonly barCells: number;
  readonly tookCells: number;
  readonly tokensCells: number;
  readonly paint: Colors;
  readonly nameOf: (workerIdentity: string) => string;
}

export interface DrawnWork {
  readonly turn: TimelineTurn;
  readonly work: TimelineWork & Pick<TimelineThink, 'usage'>;
  readonly label: string;
  readonly isTool?: boolean;
  readonly isError?: boolean;
}

export function drawWork(drawn: DrawnWork, canvas: Canvas): readonly string[] {
  const { turn, work, isTool = false, isError = false } = drawn;
  const { paint, labelCells, tookCells, tokensCells } = canvas;
  const hasFailed = isError || work.status === 'failed' || work.status === 'cancelled';
  const label = column((isTool ? '  ' : '') + (hasFailed ? '✗ ' : '') + drawn.label, labelCells);
  const { usage } = work;
  const row = rowOf(canvas, {
    text: `  ${hasFailed ? paint.red(label) : label} ${drawBar(turn, work, hasFailed, canvas)}`,
    took: column(work.status === 'not_run' ? '' : formatDuration(work.durationMs), tookCells, 'right'),
    tokens: paint.dim(column(usage ? tokensOf(usage) : '', tokensCells, 'right')),
  });
  return [row, ...notesOn(work, canvas).map((note) => `    ${note}`)];
}

export function rowOf(_canvas: Canvas, row: { text: string; took: string; tokens: string }): string {
  return `${row.text}${row.took}${row.tokens}`.trimEnd();
}
