/** When a piece of work ran within its turn, as a bar of blocks: an eighth of a cell is the finest. */

export interface BarSpan {
  /** All as parts of the whole, 0 to 1. */
  readonly start: number;
  /** Where the last attempt began; what is before it was lost, or waited. */
  readonly attempt: number;
  readonly end: number;
  /** No attempt is at work yet, or again: all of it is waiting. */
  readonly isWaiting?: boolean;
}

export interface Bar {
  readonly before: string;
  /** Lost with earlier attempts, or waited. */
  readonly lost: string;
  readonly work: string;
  readonly after: string;
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** `before + lost + work + after` takes exactly `width` cells. Work that is too short to be seen takes an eighth. */
export function toBar({ start, attempt, end, isWaiting }: BarSpan, width: number): Bar {
  const from = Math.min(width - 1, Math.floor(clamp(start) * width));
  const lostCells = Math.round(clamp(attempt) * width) - from;
  const lost = Math.min(width - 1 - from, Math.max(0, lostCells));
  const workFrom = from + lost;
  const workEighths = Math.max(1, Math.round((clamp(end) * width - workFrom) * 8));
  const whole = Math.floor(workEighths / 8);
  const work = isWaiting ? '' : '█'.repeat(whole) + (eighths[workEighths % 8] ?? '');
  return {
    before: ' '.repeat(from),
    lost: '░'.repeat(lost),
    work,
    after: ' '.repeat(Math.max(0, width - workFrom - work.length)),
  };
}

function clamp(part: number): number {
  return Number.isFinite(part) ? Math.min(1, Math.max(0, part)) : 0;
}
