/**
 * `npm run bench:kills [-- --kills 30] [--only calls|continue-as-new|compaction|cache-miss|streaming]`: workers are
 * killed in the middle of calls, while something is on its way, and while people watch; what is lost, doubled, and how long it
 * takes.
 */
import { parseArgs } from 'node:util';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { type Kill, type KillPhase, runKills } from '../test/support/kill-run';
import { type KillVerdict, verdictOf } from '../test/support/kill-verdict';
import { type BenchEnvironment, withBenchEnvironment } from './environment';
import { benchTransit } from './kills-in-transit';
import { benchStreaming } from './kills-while-streaming';
import { decimal, spread } from './tables';

const order: readonly KillPhase[] = ['model', 'tool', 'between', 'tool', 'model'];
/** Confirmed kills in a model call, and as many in a tool; a run with fewer shows nothing. */
const leastKills = 10;
const recoveryTarget = 1.15;

/** What can be asked for alone, and how many kills it takes by default. */
const defaultKills = {
  calls: 30,
  'continue-as-new': 20,
  compaction: 20,
  'cache-miss': 20,
  streaming: 60,
} as const;
type Part = keyof typeof defaultKills;
const parts = Object.keys(defaultKills) as readonly Part[];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { kills: { type: 'string' }, only: { type: 'string', multiple: true } },
  });
  const { only = parts } = values;
  const unknown = only.filter((name) => !parts.some((part) => part === name));
  if (unknown.length > 0) {
    throw new TypeError(`No part \`${unknown.join(', ')}\`. Known: ${parts.join(', ')}.`);
  }
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  await withBenchEnvironment(async (environment) => {
    const problems: string[] = [];
    for (const part of parts.filter((known) => only.includes(known))) {
      const kills = Number(values.kills ?? defaultKills[part]);
      problems.push(...(await bench(environment, part, kills)));
    }
    for (const problem of problems) process.stdout.write(`FAILED: ${problem}\n`);
    process.exitCode = problems.length > 0 ? 1 : 0;
  });
}

/** @returns what did not go as it must. */
function bench(
  environment: BenchEnvironment,
  part: Part,
  kills: number,
): Promise<readonly string[]> {
  switch (part) {
    case 'calls':
      return benchCalls(environment, kills);
    case 'streaming':
      return benchStreaming(environment, kills);
    default:
      return benchTransit(environment, part, kills);
  }
}

/** @returns what did not go as it must. */
async function benchCalls(
  { address, bundles }: BenchEnvironment,
  kills: number,
): Promise<readonly string[]> {
  const run = await runKills({
    address,
    bundle: bundles.holdfast,
    phases: Array.from({ length: kills }, (_, index) => order[index % order.length]!),
    conversations: 4,
    onKill: (kill, index) => process.stdout.write(`${lineOf(kill, index)}\n`),
  });
  const verdict = verdictOf(run);
  process.stdout.write(`${report(run.kills, verdict)}\n`);
  return problemsOf(verdict);
}

function lineOf(kill: Kill, index: number): string {
  const where =
    kill.phase === 'between'
      ? `${Math.round(kill.afterMs)} ms after the tool of step ${kill.step}`
      : `${Math.round(kill.afterMs)} ms into the ${kill.phase} call of step ${kill.step}`;
  const silence =
    kill.silenceMs === undefined
      ? ''
      : `; ${seconds(kill.silenceMs)} s after the last sign of life`;
  return `kill ${String(index).padStart(2)}: pid ${kill.pid}, ${where}: recovered in ${seconds(kill.recoveryMs)} s = ${decimal(kill.recoveryMs / kill.boundMs)} × ${kill.boundMs / 1_000} s${silence}`;
}

function report(kills: readonly Kill[], verdict: KillVerdict): string {
  const { confirmed } = verdict;
  return [
    `Confirmed kills: ${confirmed.model} in a model call, ${confirmed.tool} in a tool, ${confirmed.between} between calls; ${verdict.conversations} conversations of ten steps.`,
    `Transcripts unlike the undisturbed one: ${verdict.changedTranscripts}.`,
    `Calls that came again: ${verdict.repeatedCalls}; with other bytes than the first time: ${verdict.changedRepeats}; prompts that the transcript does not stand for: ${verdict.foreignPrompts}.`,
    `Duplicate effects: ${verdict.duplicateEffects}; missing effects: ${verdict.missingEffects}.`,
    ...order
      .filter((phase, index) => order.indexOf(phase) === index)
      .map((phase) => recoveryOf(kills, phase)),
    'Recovery: from SIGKILL to the next request at the ledger. The heartbeat timeout counts from the last beat, which may be older than the kill. Bound: the longest timeout of what was in flight (heartbeat 2 s, sticky queue 1 s, a started workflow task 10 s). The survivor has been at work before; one that has just started needs 0.1 to 0.2 s more for the first conversation that it replays.',
  ].join('\n');
}

function recoveryOf(kills: readonly Kill[], phase: KillPhase): string {
  const ratios = kills
    .filter((kill) => kill.phase === phase)
    .map((kill) => kill.recoveryMs / kill.boundMs);
  if (ratios.length === 0) return `Recovery ÷ bound, ${phase}: no kill.`;
  const { median, most } = spread(ratios);
  return `Recovery ÷ bound, ${phase}: median ${decimal(median)}, most ${decimal(most)} (target ≤ ${recoveryTarget}${most <= recoveryTarget ? '' : ', MISSED'}).`;
}

function problemsOf(verdict: KillVerdict): readonly string[] {
  const { confirmed } = verdict;
  return [
    ...(confirmed.model < leastKills
      ? [`${confirmed.model} confirmed kills in a model call, ${leastKills} are needed`]
      : []),
    ...(confirmed.tool < leastKills
      ? [`${confirmed.tool} confirmed kills in a tool, ${leastKills} are needed`]
      : []),
    ...(
      [
        'changedTranscripts',
        'changedRepeats',
        'foreignPrompts',
        'duplicateEffects',
        'missingEffects',
      ] as const
    )
      .filter((count) => verdict[count] !== 0)
      .map((count) => `${count}: ${verdict[count]}`),
  ];
}

const seconds = (milliseconds: number) => decimal(milliseconds / 1_000);

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
