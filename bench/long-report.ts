/** The figures of long conversations beside each other, and what they are held to. */
import type { Stretch } from './long-history';
import type { LongRun } from './long-run';
import { decimal, spread, table } from './tables';

/** Of the first tenth: what the last tenth may be more or less. */
export const flatness = 0.05;
/** Of a tenth: with fewer steps its time is chance. */
const leastStepsForTime = 50;
const megabyte = 1e6;

interface Ends {
  readonly first: number;
  readonly last: number;
  readonly ratio: number;
}

export interface LongFigures {
  readonly steps: number;
  readonly bytes: Ends;
  /** With what compactions and new runs took. */
  readonly bytesAllIn: Ends;
  readonly wallMs: Ends;
  readonly wallAllInMs: Ends;
  readonly bareMs: Ends;
  /** Wall per step of each turn ÷ that of the bare loop right after it. */
  readonly toBare: Ends;
  /** Of the same, over all turns: last ÷ first, as a line through them has it. */
  readonly trend: number;
  readonly cpuMs: Ends;
}

export function figuresOf({ talk, history, turns }: LongRun): LongFigures {
  const steps = talk.turns * talk.stepsOfTurn;
  // Whole turns: a question and an answer are not in every step.
  const tenth = Math.max(1, Math.round(talk.turns / 10));
  const window = tenth * talk.stepsOfTurn;
  const inWindow = (stretches: readonly Stretch[], isFirst: boolean) =>
    stretches.filter(({ step }) => (isFirst ? step <= window : step > steps - window));
  const ofStretches = (
    stretches: readonly Stretch[],
    figure: (those: readonly Stretch[]) => number,
  ) => ends(figure(inWindow(stretches, true)), figure(inWindow(stretches, false)));
  const ofTurns = (figure: (turn: LongRun['turns'][number]) => number) =>
    ends(
      spread(turns.slice(0, tenth).map(figure)).median,
      spread(turns.slice(-tenth).map(figure)).median,
    );
  const alone = history.stretches.filter(({ type }) => type === 'step');
  const ratios = turns.map(({ bareMs }, index) => {
    const isOfTurn = ({ step }: Stretch) => Math.ceil(step / talk.stepsOfTurn) === index + 1;
    return spread(alone.filter(isOfTurn).map(({ wallMs }) => wallMs)).median / bareMs;
  });
  const total = (figure: (stretch: Stretch) => number) => (those: readonly Stretch[]) =>
    those.reduce((sum, stretch) => sum + figure(stretch), 0) / window;
  return {
    steps,
    bytes: ofStretches(
      alone,
      total(({ bytes }) => bytes),
    ),
    bytesAllIn: ofStretches(
      history.stretches,
      total(({ bytes }) => bytes),
    ),
    wallMs: ofStretches(alone, (those) => spread(those.map(({ wallMs }) => wallMs)).median),
    wallAllInMs: ofStretches(
      history.stretches,
      total(({ wallMs }) => wallMs),
    ),
    bareMs: ofTurns(({ bareMs }) => bareMs),
    toBare: ends(spread(ratios.slice(0, tenth)).median, spread(ratios.slice(-tenth)).median),
    trend: trendOf(ratios),
    cpuMs: ofTurns(({ cpuMs }) => cpuMs),
  };
}

/** What is not as it has to be. */
export function problemsOf(run: LongRun): readonly string[] {
  const { bytes, toBare, trend, steps } = figuresOf(run);
  const taken = run.history.stretches.filter(({ type }) => type === 'step').length;
  // A machine with other work is slower now and then: what grows does so in both.
  const isLongEnough = steps >= 10 * leastStepsForTime;
  const growth = isLongEnough ? Math.min(toBare.ratio, trend) : 0;
  return [
    ...run.differences,
    ...(taken === steps ? [] : [`${taken} steps were taken instead of ${steps}`]),
    ...(Math.abs(bytes.ratio - 1) <= flatness
      ? []
      : [`bytes per step: last ÷ first is ${decimal(bytes.ratio, 3)}`]),
    ...(growth <= 1 + flatness
      ? []
      : [`wall per step ÷ bare: last ÷ first is at least ${decimal(growth, 3)}`]),
  ];
}

export function report(runs: readonly LongRun[], serverVersion: string): string {
  const figures = runs.map(figuresOf);
  const row = (name: string, cell: (run: LongRun, figures: LongFigures) => string) => [
    name,
    ...runs.map((run, index) => cell(run, figures[index]!)),
  ];
  const head = runs.map(({ talk }) => `${(talk.resultCharacters / 1_024).toFixed(0)} KB results`);
  return [
    `Long conversations over a window of 128,000 tokens, one tool call a step. Server ${serverVersion}.`,
    table(
      ['', ...head],
      [
        row('steps', (run, { steps }) => `${steps} in ${run.talk.turns} turns`),
        row('runs in the chain', ({ history }) => String(history.runs)),
        row('compactions', ({ compactions }) => String(compactions)),
        row('history of all runs, MB', ({ history }) => decimal(history.serverBytes / megabyte)),
        row('history bytes per step', (_run, { bytes }) => shownEnds(bytes, 0)),
        row('… compactions and new runs included', (_run, it) => shownEnds(it.bytesAllIn, 0)),
        row('wall per step, ms (median)', (_run, { wallMs }) => shownEnds(wallMs, 1)),
        row('… compactions and new runs included (mean)', (_run, it) =>
          shownEnds(it.wallAllInMs, 1),
        ),
        row('the bare loop beside it, ms', (_run, { bareMs }) => shownEnds(bareMs, 1)),
        row('wall per step ÷ bare', (_run, { toBare }) => shownEnds(toBare, 2)),
        row('… as a line through all turns', (_run, { trend }) => `(${decimal(trend, 3)})`),
        row('worker CPU per step, ms', (_run, { cpuMs }) => shownEnds(cpuMs, 1)),
        row('a compaction, ms (median)', (run) => stretchMs(run, 'compaction')),
        row('a new run, ms (median)', (run) => stretchMs(run, 'new_run')),
        row('carry of a run, bytes of JSON', (run) => carries(run, ({ bytes }) => bytes)),
        row('carry of a run, bytes on the wire', (run) => carries(run, (it) => it.wireBytes)),
        row('workflow tasks that failed or timed out', ({ history }) =>
          String(history.failedTasks),
        ),
        row('state(): no answer within 5 s', ({ unanswered }) => String(unanswered)),
        row('worker memory, MB (begin → end)', ({ residentBytes: { begin, end } }) =>
          [begin, end].map((bytes) => (bytes / megabyte).toFixed(0)).join(' → '),
        ),
        row('transcript(): messages as in the script', ({ messages, differences }) =>
          differences.length === 0 ? `all ${messages}` : `NO: ${differences[0]}`,
        ),
        row('transcript(): seconds', ({ transcriptMs }) => decimal(transcriptMs / 1_000, 1)),
      ],
    ),
    'Two figures and their ratio: the first tenth of the turns, the last. History is without the carry, which stands at the end',
    'of a run and at the beginning of the next. A compaction is a model call of its own, and in no step.',
    `Targets: history bytes per step within ${100 * flatness} %, wall per step ÷ bare at most ${100 * flatness} % more (by the tenths or by the line; from ${10 * leastStepsForTime} steps on), nothing lost.`,
  ].join('\n');
}

/** The median of the slopes between any two: what stands out has no weight. */
function trendOf(values: readonly number[]): number {
  const slopes = values.flatMap((from, index) =>
    values.slice(index + 1).map((to, distance) => (to - from) / (distance + 1)),
  );
  const slope = spread(slopes).median || 0;
  const middle = spread(values).median;
  const half = (slope * (values.length - 1)) / 2;
  return (middle + half) / (middle - half);
}

function ends(first: number, last: number): Ends {
  return { first, last, ratio: last / first };
}

function shownEnds({ first, last, ratio }: Ends, digits: number): string {
  return `${first.toFixed(digits)} → ${last.toFixed(digits)} (${decimal(ratio, 3)})`;
}

function stretchMs({ history }: LongRun, wanted: Stretch['type']): string {
  const those = history.stretches.filter(({ type }) => type === wanted);
  return those.length === 0 ? '–' : decimal(spread(those.map(({ wallMs }) => wallMs)).median, 0);
}

function carries(
  { history }: LongRun,
  figure: (carry: LongRun['history']['carries'][number]) => number,
): string {
  if (history.carries.length === 0) return '–';
  const { least, median, most } = spread(history.carries.map(figure));
  return [least, median, most]
    .map((bytes) => Math.round(bytes).toLocaleString('en-US'))
    .join(' – ');
}
