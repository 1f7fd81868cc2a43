/** One piece of work as a row (label, bar, duration, tokens), and under it what became of its attempts. */
import { toBar } from './bar';
import type { Canvas } from './canvas';
import { indentCells } from './canvas';
import { column, fit, wrapPieces } from './cells';
import { type Note, notesOn } from './notes';
import type { TimelineTurn, TimelineWork } from './types';
import { formatDuration } from './words';

export interface DrawnWork {
  readonly turn: TimelineTurn;
  readonly work: TimelineWork;
  readonly label: string;
  readonly tokens?: string;
  readonly hasFailed: boolean;
  /** Why it failed for good stands elsewhere. */
  readonly isFailureTold?: boolean;
  /** Somebody is waited for: no worker is at it. */
  readonly isForPerson?: boolean;
}

const noteIndent = ' '.repeat(indentCells + 2);
const noteColours = { running: 'cyan', retried: 'yellow', failed: 'red' } as const satisfies Record<
  Note['kind'],
  string
>;

export function drawWork(drawn: DrawnWork, canvas: Canvas): readonly string[] {
  const { work, hasFailed, tokens = '', isFailureTold = false, isForPerson = false } = drawn;
  const { paint, labelCells, tookCells, tokensCells, width, nameOf } = canvas;
  const label = column(drawn.label, labelCells);
  const took = work.status === 'not_run' ? 'not run' : formatDuration(work.durationMs);
  const row = [
    ' '.repeat(indentCells),
    hasFailed ? paint.red(label) : label,
    ' ',
    drawBar(drawn, canvas),
    column(took, tookCells, 'right'),
    tokens && paint.dim(column(tokens, tokensCells, 'right')),
  ];
  const told = isForPerson ? [] : notesOn(work, { nameOf, isFailureTold });
  const notes = told.flatMap(({ kind, pieces }) => {
    const room = width - noteIndent.length;
    const lines = wrapPieces(
      pieces.map((piece) => fit(piece, room)),
      room,
    );
    return lines.map((line) => noteIndent + paint[noteColours[kind]](line));
  });
  return [row.join('').trimEnd(), ...notes];
}

function drawBar(
  { turn, work, hasFailed, isForPerson }: DrawnWork,
  { barCells, paint }: Canvas,
): string {
  if (work.status === 'not_run') return ' '.repeat(barCells);
  const offsetMs = Date.parse(work.startedAt) - Date.parse(turn.startedAt);
  const { beforeLastAttemptMs, durationMs } = work;
  const bar = toBar(
    {
      start: offsetMs / turn.durationMs,
      attempt: (offsetMs + beforeLastAttemptMs) / turn.durationMs,
      end: (offsetMs + durationMs) / turn.durationMs,
      isWaiting: !isForPerson && work.status === 'running' && beforeLastAttemptMs >= durationMs,
      ...(isForPerson && { shade: '▒' }),
    },
    barCells,
  );
  const colour = hasFailed ? paint.red : work.status === 'running' ? paint.cyan : paint.blue;
  return bar.before + paint.yellow(bar.lost) + colour(bar.work) + bar.after;
}
