/** When a piece of work ran within its turn, as a bar of blocks: an eighth of a cell is the finest. */

export interface BarSpan {
  /** All as parts of the whole, 0 to 1. */
  readonly start: number;
  /** Where the last attempt began; what is before it was lost, or waited. */
  readonly attempt: number;
  readonly end: number;
  /** No attempt is at work yet, or again: all of it is waiting. */
  readonly isWaiting?: boolean;
  /** What work is drawn with. @default blocks of an eighth of a cell */
  readonly shade?: string;
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
export function toBar({ start, attempt, end, isWaiting, shade }: BarSpan, width: number): Bar {
  const from = Math.min(width - 1, Math.round(clamp(start) * width));
  const lostCells = Math.round((clamp(attempt) - clamp(start)) * width);
  const lost = Math.min(width - 1 - from, Math.max(0, lostCells));
  const room = width - from - lost;
  const workCells = (clamp(end) - clamp(start)) * width - lost;
  const workEighths = Math.min(room * 8, Math.max(1, Math.round(workCells * 8)));
  const whole = Math.floor(workEighths / 8);
  const blocks = shade
    ? shade.repeat(Math.ceil(workEighths / 8))
    : '█'.repeat(whole) + (eighths[workEighths % 8] ?? '');
  const work = isWaiting ? '' : blocks;
  return {
    before: ' '.repeat(from),
    lost: '░'.repeat(lost),
    work,
    after: ' '.repeat(room - work.length),
  };
}

function clamp(part: number): number {
  return Number.isFinite(part) ? Math.min(1, Math.max(0, part)) : 0;
}
