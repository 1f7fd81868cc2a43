/** One turn: what was said, each step's work, and what came of it. */
import type { Canvas } from './canvas';
import { indentCells } from './canvas';
import { cellsOf, column, fit } from './cells';
import { drawWork } from './draw-work';
import type { TimelineCompaction, TimelineStep, TimelineTurn } from './types';
import { formatDuration, formatTokens } from './words';

export function drawTurn(turn: TimelineTurn, canvas: Canvas): readonly string[] {
  return [
    ...drawHeading(turn, canvas),
    ...inOrder(turn).flatMap((work) =>
      'think' in work ? drawStep(turn, work, canvas) : drawCompaction(turn, work, canvas),
    ),
    ...drawOutcome(turn, canvas),
  ];
}

function drawHeading(turn: TimelineTurn, canvas: Canvas): readonly string[] {
  const { paint, width, labelCells, barCells, tookCells, tokensCells } = canvas;
  const [first, ...steered] = turn.userMessages;
  const number = `${turn.turn}  `;
  const indent = ' '.repeat(indentCells + number.length);
  const text = number + column(first?.text ?? '', labelCells + 1 + barCells - number.length);
  const took = column(formatDuration(turn.durationMs), tookCells, 'right');
  const tokens = column(formatTokens(turn.usage), tokensCells, 'right');
  return [
    `${mark(turn, canvas)} ${paint.bold(text + took)}${paint.dim(tokens)}`,
    ...steered.map((message) => indent + paint.bold(fit(message.text, width - indent.length))),
  ];
}

function mark({ status }: TimelineTurn, { paint }: Canvas): string {
  switch (status) {
    case 'answered':
      return paint.green('●');
    case 'failed':
      return paint.red('●');
    case 'running':
      return paint.cyan('○');
  }
}

/** As they came one after the other. */
function inOrder({
  steps,
  compactions,
}: TimelineTurn): readonly (TimelineStep | TimelineCompaction)[] {
  const startOf = (work: TimelineStep | TimelineCompaction) =>
    Date.parse('think' in work ? work.think.startedAt : work.startedAt);
  return [...steps, ...compactions].toSorted((left, right) => startOf(left) - startOf(right));
}

function drawCompaction(
  turn: TimelineTurn,
  work: TimelineCompaction,
  canvas: Canvas,
): readonly string[] {
  const hasFailed = work.status === 'failed' || work.status === 'cancelled';
  const label = hasFailed ? '✗ compact' : 'compact';
  const tokens = work.usage && { tokens: formatTokens(work.usage) };
  return drawWork({ turn, work, label, hasFailed, ...tokens }, canvas);
}

function drawStep(
  turn: TimelineTurn,
  { step, think, act }: TimelineStep,
  canvas: Canvas,
): readonly string[] {
  const thinkLabel = think.model === undefined ? `think ${step}` : `think ${step} · ${think.model}`;
  const thinkFailed = think.status === 'failed' || think.status === 'cancelled';
  return [
    ...drawWork(
      {
        turn,
        work: think,
        label: thinkFailed ? `✗ ${thinkLabel}` : thinkLabel,
        hasFailed: thinkFailed,
        isFailureTold: turn.error !== undefined,
        ...(think.usage && { tokens: formatTokens(think.usage) }),
      },
      canvas,
    ),
    ...act.flatMap((call) => {
      const hasFailed = call.isError || call.status === 'cancelled';
      const label = `${hasFailed ? '✗' : '└'} ${call.label}`;
      return drawWork({ turn, work: call, label, hasFailed }, canvas);
    }),
  ];
}

function drawOutcome(
  { error, answer, status, steps }: TimelineTurn,
  canvas: Canvas,
): readonly string[] {
  const { paint, width } = canvas;
  const indent = ' '.repeat(indentCells);
  const line = (lead: string, text: string) =>
    indent + lead + fit(text, width - cellsOf(indent) - 2);
  if (error) return [paint.red(line('✗ ', `${error.type}: ${error.message}`))];
  if (answer !== undefined) return [line(paint.green('↳ '), answer || '(no words)')];
  const think = steps.at(-1)?.think;
  const isSpeaking = status === 'running' && think?.status === 'running' && think.text;
  return isSpeaking ? [paint.dim(line('… ', think.text))] : [];
}
