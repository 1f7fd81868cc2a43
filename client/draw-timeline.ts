/** Timeline → lines of text for a terminal. Pure: the same timeline is the same text in every place. */
import { type Canvas, createCanvas } from './timeline/canvas';
import { cellsOf, fit, plain, wrapPieces } from './timeline/cells';
import { type TimelineCounts, countsOf } from './timeline/counts';
import { drawTurn } from './timeline/draw-turn';
import type { Timeline, TimelineStatus } from './timeline/types';
import { counted, formatBytes, formatCost, formatDuration, formatTokens } from './timeline/words';

export interface DrawTimelineOptions {
  /** Of the terminal, in cells. Below 60 it is drawn as for 60, above 140 as for 140. */
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
  const canvas = createCanvas(timeline, { width, colour });
  const counts = countsOf(timeline);
  const turns = timeline.turns.flatMap((turn) => ['', ...drawTurn(turn, canvas)]);
  const legend = [
    ...(turns.some((line) => line.includes('░'))
      ? ['░ waited, or was lost with an earlier attempt']
      : []),
    ...(turns.some((line) => line.includes('▒')) ? ['▒ waited for a person'] : []),
  ].join(' · ');
  return [
    ...drawHeader(timeline, counts, canvas),
    ...turns,
    ...drawWaiting(timeline, canvas),
    ...(legend ? ['', canvas.paint.dim(legend)] : []),
    ...(proof ? ['', ...drawProof(counts, canvas)] : []),
  ];
}

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

const beginningLost =
  'The server has dropped the first runs: their turns are shown as far as they were carried over.';

function drawHeader(
  timeline: Timeline,
  counts: TimelineCounts,
  { paint, width }: Canvas,
): readonly string[] {
  const { id, agent, model, status, error, runs, events, historyBytes } = timeline;
  const title = [
    plain(id),
    ...(agent === undefined ? [] : [`agent ${plain(agent)}`]),
    ...(model === undefined ? [] : [`model ${plain(model)}`]),
    statusWords[status],
  ];
  const inRuns = runs > 1 ? ` in ${counted(runs, 'run')}` : '';
  const bytes = historyBytes === undefined ? '' : `, ${formatBytes(historyBytes)}`;
  const sizes = [
    counted(counts.turns, 'turn'),
    counted(counts.steps, 'step'),
    counted(counts.toolCalls, 'tool call'),
    `${formatTokens(counts.usage)} tokens`,
    // Of the demo and of models of one's own it is not known, and nobody misses it.
    ...(counts.costUsd ? [formatCost(counts.costUsd)] : []),
    `${formatDuration(counts.atWorkMs)} at work`,
    counted(events, 'event') + inRuns + bytes,
    ...(counts.lostAttempts > 0 ? [`${counted(counts.lostAttempts, 'attempt')} lost`] : []),
  ];
  return [
    ...wrapPieces(title, width).map((line) => paint.bold(line)),
    ...wrapPieces(sizes, width).map((line) => paint.dim(line)),
    ...(error ? [paint.red(fit(`✗ ${error.type}: ${error.message}`, width))] : []),
    ...(timeline.isBeginningLost ? [paint.yellow(fit(beginningLost, width))] : []),
  ];
}

function drawWaiting({ waiting }: Timeline, { paint, width }: Canvas): readonly string[] {
  if (waiting.length === 0) return [];
  const lead = '○ waiting  ';
  const room = width - cellsOf(lead);
  return ['', ...waiting.map(({ text }) => paint.cyan(lead) + fit(text, room))];
}

function drawProof(counts: TimelineCounts, { paint, width }: Canvas): readonly string[] {
  const { userMessages, answers, toolCalls, toolResults, answeredSteps, promptDigests } = counts;
  const { steeredMessages, interruptedTurns } = counts;
  const told = [
    `answers ${answers}`,
    ...(steeredMessages > 0 ? [`steered ${steeredMessages}`] : []),
    ...(interruptedTurns > 0 ? [`interrupted ${interruptedTurns}`] : []),
  ];
  const isEach = userMessages === answers + steeredMessages + interruptedTurns;
  const parts = [
    proofPart(isEach, `user messages ${userMessages}`, told.join(' + ')),
    proofPart(toolCalls === toolResults, `tool calls ${toolCalls}`, `results ${toolResults}`),
    proofPart(
      answeredSteps === promptDigests,
      `answered steps ${answeredSteps}`,
      `prompts known by digest ${promptDigests}`,
    ),
  ];
  const colour = parts.every((part) => part.startsWith('✓')) ? paint.green : paint.red;
  return wrapPieces(parts, width).map((line) => colour(line));
}

function proofPart(isEqual: boolean, left: string, right: string): string {
  return isEqual ? `✓ ${left} = ${right}` : `✗ ${left} ≠ ${right}`;
}
