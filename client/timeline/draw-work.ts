/** One piece of work as a row (label, bar, duration, tokens), and under it what became of its attempts. */
import { toBar } from './bar';
import type { Canvas } from './canvas';
import { indentCells } from './canvas';
import { column, fit } from './cells';
import type { LostWorker, TimelineTurn, TimelineWork } from './types';
import { formatDuration } from './words';

export interface DrawnWork {
  readonly turn: TimelineTurn;
  readonly work: TimelineWork;
  readonly label: string;
  readonly tokens?: string;
  readonly hasFailed: boolean;
}

const noteIndent = ' '.repeat(indentCells + 2);

export function drawWork(drawn: DrawnWork, canvas: Canvas): readonly string[] {
  const { work, hasFailed, tokens = '' } = drawn;
  const { paint, labelCells, tookCells, tokensCells, width } = canvas;
  const label = column(drawn.label, labelCells);
  const took = work.status === 'not_run' ? 'not run' : formatDuration(work.durationMs);
  const row = [
    ' '.repeat(indentCells),
    hasFailed ? paint.red(label) : label,
    ' ',
    drawBar(drawn, canvas),
    column(took, tookCells, 'right'),
    paint.dim(column(tokens, tokensCells, 'right')),
  ];
  const notes = notesOn(work, canvas).map(
    ({ paint: colour, text }) => noteIndent + colour(fit(text, width - noteIndent.length)),
  );
  return [row.join('').trimEnd(), ...notes];
}

function drawBar({ turn, work, hasFailed }: DrawnWork, { barCells, paint }: Canvas): string {
  if (work.status === 'not_run') return ' '.repeat(barCells);
  const offsetMs = Date.parse(work.startedAt) - Date.parse(turn.startedAt);
  const { beforeLastAttemptMs, durationMs } = work;
  const bar = toBar(
    {
      start: offsetMs / turn.durationMs,
      attempt: (offsetMs + beforeLastAttemptMs) / turn.durationMs,
      end: (offsetMs + durationMs) / turn.durationMs,
      isWaiting: work.status === 'running' && beforeLastAttemptMs >= durationMs,
    },
    barCells,
  );
  const colour = hasFailed ? paint.red : work.status === 'running' ? paint.cyan : paint.blue;
  return bar.before + paint.yellow(bar.lost) + colour(bar.work) + bar.after;
}

interface Note {
  readonly paint: (text: string) => string;
  readonly text: string;
}

function notesOn(work: TimelineWork, canvas: Canvas): readonly Note[] {
  const { paint, nameOf } = canvas;
  const { attempts, worker, status, lostWorkers, failure } = work;
  const on = worker === undefined ? '' : ` on ${nameOf(worker)}`;
  // A failure of the last attempt itself stands on a line of its own.
  const isLast = ({ attempt }: { readonly attempt: number }) => attempt === attempts;
  const isOver = status !== 'running';
  const earlier = [
    ...lostWorkers.filter((lost) => !isLast(lost)).map((lost) => describeLost(lost, canvas)),
    ...(failure && !isLast(failure) ? [describeFailure(failure)] : []),
    ...(attempts > 2 ? ['history keeps the last failure only'] : []),
  ];
  const last = [
    ...lostWorkers.filter(isLast).map((lost) => describeLost(lost, canvas)),
    ...(failure && isLast(failure) ? [describeFailure(failure)] : []),
  ];
  const running = attempts === 0 ? 'waiting for a worker' : `running, attempt ${attempts}${on}`;
  return [
    ...(attempts > 1 && (isOver || last.length > 0)
      ? [{ paint: paint.yellow, text: [`↻ attempt ${attempts}${on}`, ...earlier].join(' · ') }]
      : []),
    ...(isOver ? last.map((text) => ({ paint: paint.red, text: `✗ ${text}` })) : []),
    ...(!isOver && last.length > 0
      ? [{ paint: paint.yellow, text: ['↻ waiting for a worker', ...last].join(' · ') }]
      : []),
    ...(!isOver && last.length === 0
      ? [{ paint: paint.cyan, text: [`… ${running}`, ...earlier].join(' · ') }]
      : []),
  ];
}

function describeLost(
  { attempt, reason, worker, isInferred }: LostWorker,
  { nameOf }: Canvas,
): string {
  if (worker === undefined) return `attempt ${attempt} lost its worker (${reason})`;
  return isInferred
    ? `worker lost (${reason}), ${nameOf(worker)} not seen again`
    : `worker ${nameOf(worker)} lost (${reason})`;
}

function describeFailure(failure: NonNullable<TimelineWork['failure']>): string {
  return `attempt ${failure.attempt} failed: ${failure.type}: ${failure.message}`;
}
