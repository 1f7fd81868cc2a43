/** One turn: what was said, each step's work, and what came of it. */
import type { Canvas } from './canvas';
import { indentCells } from './canvas';
import { cellsOf, column, fit } from './cells';
import { drawWork } from './draw-work';
import type {
  TimelineCompaction,
  TimelineStep,
  TimelineTurn,
  TimelineWait,
  WaitOutcome,
} from './types';
import { formatDuration, formatTokens } from './words';

export function drawTurn(turn: TimelineTurn, canvas: Canvas): readonly string[] {
  return [
    ...drawHeading(turn, canvas),
    ...inOrder(turn).flatMap((work) => {
      if ('think' in work) return drawStep(turn, work, canvas);
      return 'kind' in work ? drawWait(turn, work, canvas) : drawCompaction(turn, work, canvas);
    }),
    ...drawOutcome(turn, canvas),
  ];
}

function drawHeading(turn: TimelineTurn, canvas: Canvas): readonly string[] {
  const { paint, width, labelCells, barCells, tookCells, tokensCells } = canvas;
  const [first, ...others] = turn.userMessages;
  // Those that a step is known of stand before that.
  const steered = others.filter(({ step }) => step === undefined);
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
    case 'interrupted':
      return paint.yellow('●');
    case 'running':
      return paint.cyan('○');
  }
}

type Row = TimelineStep | TimelineCompaction | TimelineWait;

/** As they came one after the other. What a tool call waited for stands with it. */
function inOrder({ steps, compactions, waits }: TimelineTurn): readonly Row[] {
  const calls = new Set(steps.flatMap(({ act }) => act.map(({ callId }) => callId)));
  const others = waits.filter(({ callId }) => callId === undefined || !calls.has(callId));
  const startOf = (work: Row) =>
    Date.parse('think' in work ? work.think.startedAt : work.startedAt);
  const rows: readonly Row[] = [...steps, ...compactions, ...others];
  return rows.toSorted((left, right) => startOf(left) - startOf(right));
}

const waitWords: Readonly<Record<WaitOutcome, string>> = {
  waiting: 'waiting',
  allowed: 'allowed',
  refused: 'refused',
  answered: 'answered',
  expired: 'nobody came',
  interrupted: 'interrupted',
  resumed: 'resumed',
};

function drawWait(turn: TimelineTurn, wait: TimelineWait, canvas: Canvas): readonly string[] {
  const hasFailed = wait.outcome === 'refused' || wait.outcome === 'expired';
  const label = `${hasFailed ? '✗' : '◷'} ${wait.kind} · ${waitWords[wait.outcome]}`;
  const { startedAt, durationMs } = wait;
  const status = wait.outcome === 'waiting' ? ('running' as const) : ('done' as const);
  const work = { startedAt, durationMs, beforeLastAttemptMs: 0, attempts: 1, lostWorkers: [] };
  const drawn = { turn, work: { ...work, status }, label, hasFailed, isForPerson: true };
  return drawWork(drawn, canvas);
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
  const steered = turn.userMessages.filter((message) => message.step === step);
  const isFirst = turn.steps.find((it) => it.step === step)?.think === think;
  const indent = ' '.repeat(indentCells);
  return [
    ...(isFirst ? steered : []).map(
      ({ text }) => indent + canvas.paint.bold(fit(`↪ ${text}`, canvas.width - indentCells)),
    ),
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
      const wait = turn.waits.find(({ callId }) => callId === call.callId);
      return [
        ...(wait ? drawWait(turn, wait, canvas) : []),
        // What a person's word settled has no more to show.
        ...(wait && call.status === 'running' && call.attempts === 0 && wait.outcome === 'waiting'
          ? [indent + canvas.paint.dim(fit(label, canvas.width - indentCells))]
          : drawWork({ turn, work: call, label, hasFailed }, canvas)),
      ];
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
  if (status === 'interrupted') {
    const said = answer === undefined ? '' : `: ${answer}`;
    return [paint.yellow(line('■ ', `interrupted${said}`))];
  }
  if (answer !== undefined) return [line(paint.green('↳ '), answer || '(no words)')];
  const think = steps.at(-1)?.think;
  const isSpeaking = status === 'running' && think?.status === 'running' && think.text;
  return isSpeaking ? [paint.dim(line('… ', think.text))] : [];
}
