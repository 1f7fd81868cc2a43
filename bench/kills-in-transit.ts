/** Workers are killed while a run is left, a summary is written or a transcript is asked for; a part of bench/kills.ts. */
import { type Transit, type TransitMoment, momentsIn } from '../test/support/kill-moments';
import { type TransitKill, runTransitKills } from '../test/support/kill-transit';
import { type TransitVerdict, transitVerdictOf } from '../test/support/kill-transit-verdict';
import type { BenchEnvironment } from './environment';
import { decimal, spread } from './tables';

/** @returns what did not go as it must. */
export async function benchTransit(
  { address, bundles }: Pick<BenchEnvironment, 'address' | 'bundles'>,
  transit: Transit,
  kills: number,
): Promise<readonly string[]> {
  process.stdout.write(`\n${kills} kills: ${transit}\n`);
  const order = momentsIn[transit];
  const run = await runTransitKills({
    address,
    bundle: bundles.holdfast,
    moments: Array.from({ length: kills }, (_, index) => order[index % order.length]!),
    conversations: 4,
    onKill: (kill, index) => process.stdout.write(`${lineOf(kill, index)}\n`),
  });
  const verdict = transitVerdictOf(run);
  process.stdout.write(`${report(run.kills, verdict, transit)}\n`);
  return problemsOf(verdict, transit, kills);
}

function lineOf({ moment, pid, isHit, ...kill }: TransitKill, index: number): string {
  const hit = isHit ? '' : ' (MISSED: the call was over)';
  return `kill ${String(index).padStart(2)}: pid ${pid}, ${moment}${hit}: recovered in ${decimal(kill.recoveryMs / 1_000)} s = ${decimal(kill.recoveryMs / kill.boundMs)} × ${kill.boundMs / 1_000} s`;
}

function report(
  kills: readonly TransitKill[],
  { hits, ...verdict }: TransitVerdict,
  transit: Transit,
): string {
  const order: readonly TransitMoment[] = momentsIn[transit];
  return [
    `Kills that hit their moment: ${hits[transit]} of ${kills.length}; ${verdict.conversations} conversations of ten steps.`,
    `Unlike the undisturbed one: ${verdict.changedTranscripts} transcripts, ${verdict.changedMemories} memories.`,
    `Calls that came again: ${verdict.repeatedCalls}; with other bytes than the first time: ${verdict.changedRepeats}; prompts that the transcript does not stand for: ${verdict.foreignPrompts}.`,
    `Duplicate effects: ${verdict.duplicateEffects}; missing effects: ${verdict.missingEffects}.`,
    '',
    '| killed at | hits | recovery ÷ bound, median | most |',
    '|---|---|---|---|',
    ...order.map((moment) => rowOf(kills, moment)),
  ].join('\n');
}

function rowOf(kills: readonly TransitKill[], moment: TransitMoment): string {
  const ratios = kills
    .filter((kill) => kill.isHit && kill.moment === moment)
    .map(({ recoveryMs, boundMs }) => recoveryMs / boundMs);
  if (ratios.length === 0) return `| ${moment} | 0 | | |`;
  const { median, most } = spread(ratios);
  return `| ${moment} | ${ratios.length} | ${decimal(median)} | ${decimal(most)} |`;
}

function problemsOf(verdict: TransitVerdict, transit: Transit, kills: number): readonly string[] {
  const hits = verdict.hits[transit];
  return [
    ...(hits < kills ? [`${transit}: ${hits} of ${kills} kills hit their moment`] : []),
    ...(
      [
        'changedTranscripts',
        'changedMemories',
        'changedRepeats',
        'foreignPrompts',
        'duplicateEffects',
        'missingEffects',
      ] as const
    )
      .filter((count) => verdict[count] !== 0)
      .map((count) => `${transit}: ${count}: ${verdict[count]}`),
  ];
}
