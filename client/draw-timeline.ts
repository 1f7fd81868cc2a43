/** Timeline → lines of text for a terminal. Pure: the same timeline is the same text everywhere. */
import { createColors } from 'picocolors';
import type { Usage } from '../agent/model';
import { cellsOf, column, fit, plain, wrapPieces } from './timeline/cells';
import { counted, formatBytes, formatCount, formatDuration } from './timeline/words';
import { type TimelineCounts, countsOf } from './timeline/counts';
import { type Canvas, drawWork, rowOf } from './timeline/draw-work';
import type { Timeline, TimelineStatus, TimelineTurn } from './timeline/types';
import { workerNames } from './timeline/worker-names';

export interface DrawTimelineOptions {
  /** Of the terminal, in cells. Less than 60 is drawn as 60, more than 140 as 140. */
  readonly width: number;
  /** @default false */
  readonly colour?: boolean;
  /** Ends with a line that counts what must be there exactly once. @default false */
  readonly proof?: boolean;
}

export function drawTimeline(
  timeline: Timeline,
  { width, colour = false, proof = false }: DrawTimelineOptions,
): readonly string[] {
  const counts = countsOf(timeline);
  const canvas: Canvas = {
    ...columnsOf(Math.min(140, Math.max(60, Math.floor(width)))),
    paint: createColors(colour),
    nameOf: workerNames(timeline),
  };
  const turns = timeline.turns.flatMap((turn) => ['', ...drawTurn(turn, canvas)]);
  const hasWaits = turns.some((line) => line.includes('░'));
  return [
    ...drawHeader(timeline, counts, canvas),
    ...turns,
    ...drawWaiting(timeline, canvas),
    ...(hasWaits ? ['', canvas.paint.dim('░ waiting, or lost with an earlier attempt')] : []),
    ...(proof ? ['', ...drawProof(counts, canvas)] : []),
  ];
}

function drawHeader(timeline: Timeline, counts: TimelineCounts, canvas: Canvas): readonly string[] {
  const { paint, width } = canvas;
  const { id, agent, model, status, error, runs, events, historyBytes } = timeline;
  const about = [agent && `agent ${agent}`, model && `model ${model}`].filter(Boolean);
  const sizes = [
    counted(counts.turns, 'turn'),
    counted(counts.steps, 'step'),
    counted(counts.toolCalls, 'tool call'),
    `${formatCount(counts.usage.inputTokens)} → ${formatCount(counts.usage.outputTokens)} tokens`,
    `${formatDuration(counts.atWorkMs)} at work`,
    counted(events, 'event') +
      (runs > 1 ? ` in ${runs} runs` : '') +
      (historyBytes ? `, ${formatBytes(historyBytes)}` : ''),
    ...(counts.lostWorkers > 0 ? [`${counted(counts.lostWorkers, 'worker')} lost`] : []),
  ];
  const title = [plain(id), ...about, statusWords[status]].map(String);
  return [
    ...wrapPieces(title, width).map((line) => paint.bold(line)),
    ...wrapPieces(sizes, width).map((line) => paint.dim(line)),
    ...(error ? [paint.red(fit(`✗ ${error.type}: ${error.message}`, width))] : []),
    ...(timeline.isBeginningLost ? [paint.yellow(fit(beginningLost, width))] : []),
  ];
}

const beginningLost =
  'The server has dropped the first runs: their turns are shown as far as they were carried over.';

const statusWords: Readonly<Record<TimelineStatus, string>> = {
  running: 'running',
  idle: 'idle',
  waiting: 'waiting for a worker',
  closed: 'closed',
  failed: 'failed',
  cancelled: 'cancelled',
  terminated: 'terminated',
  timed_out: 'timed out',
};

function drawTurn(turn: TimelineTurn, canvas: Canvas): readonly string[] {
  const { paint, width } = canvas;
  const [first, ...others] = turn.userMessages;
  const marks = {
    answered: paint.green('●'),
    failed: paint.red('✗'),
    running: paint.cyan('◌'),
  } as const;
  const number = `${turn.turn}  `;
  const indent = ' '.repeat(2 + number.length);
  const room = canvas.labelCells + canvas.barCells + 1 - number.length;
  const heading = rowOf(canvas, {
    text: marks[turn.status] + ' ' + paint.bold(number + column(first?.text ?? '', room)),
    took: paint.bold(column(formatDuration(turn.durationMs), canvas.tookCells, 'right')),
    tokens: paint.dim(column(tokensOf(turn.usage), canvas.tokensCells, 'right')),
  });
  const textWidth = width - indent.length;
  return [
    heading,
    ...others.map(({ text }) => indent + paint.bold(fit(text, textWidth))),
    ...turn.steps.flatMap(({ step, think, act }) => [
      ...drawWork({ turn, work: think, label: thinkLabel(step, think.model) }, canvas),
      ...act.flatMap((call) =>
        drawWork({ turn, work: call, label: call.label, isTool: true, isError: call.isError }, canvas),
      ),
    ]),
    ...drawOutcome(turn, canvas),
  ];
}

function thinkLabel(step: number, model: string | undefined): string {
  return model === undefined ? `think ${step}` : `think ${step} · ${model}`;
}

function drawOutcome(turn: TimelineTurn, { paint, width }: Canvas): readonly string[] {
  const room = width - 4;
  if (turn.error) return [`  ${paint.red(fit(`✗ ${turn.error.type}: ${turn.error.message}`, room + 2))}`];
  if (turn.answer !== undefined) return [`  ${paint.green('↳')} ${fit(turn.answer, room)}`];
  const partial = turn.steps.at(-1)?.think;
  if (turn.status !== 'running' || partial?.status !== 'running' || !partial.text) return [];
  // What is being said now is at the end.
  return [`  ${paint.cyan('…')} ${paint.dim(fit(partial.text, room))}`];
}

function drawWaiting({ waiting }: Timeline, { paint, width }: Canvas): readonly string[] {
  if (waiting.length === 0) return [];
  const lead = '◌ waiting  ';
  return [
    '',
    ...waiting.map(({ text }) => paint.cyan(lead) + fit(text, width - cellsOf(lead))),
  ];
}

function drawProof(counts: TimelineCounts, { paint, width }: Canvas): readonly string[] {
  const { userMessages, answers, toolCalls, toolResults, answeredSteps, promptDigests } = counts;
  const parts: readonly (readonly [boolean, string])[] = [
    [userMessages === answers, `user messages ${userMessages} = answers ${answers}`],
    [toolCalls === toolResults, `tool calls ${toolCalls} = results ${toolResults}`],
    [answeredSteps === promptDigests, `prompt digest known for ${promptDigests} of ${answeredSteps} steps`],
  ];
  const pieces = parts.map(([holds, text]) => (holds ? `✓ ${text}` : `✗ ${text.replace('=', '≠')}`));
  const holds = parts.every(([isTrue]) => isTrue);
  return wrapPieces(pieces, width).map((line) => (holds ? paint.green(line) : paint.red(line)));
}

export function tokensOf({ inputTokens, outputTokens }: Usage): string {
  return `${formatCount(inputTokens)} → ${formatCount(outputTokens)}`;
}

/** What a row is made of; the label and the bar share what the numbers leave. */
function columnsOf(width: number) {
  const tookCells = 9;
  const tokensCells = 16;
  const rest = width - 2 - 1 - tookCells - tokensCells;
  const labelCells = Math.round(rest * 0.48);
  return { width, labelCells, barCells: rest - labelCells, tookCells, tokensCells };
}
