/** `npm run bench:long [-- --steps 500 --only small]`: conversations of thousands of steps cost as much per step at the end. */
import { parseArgs } from 'node:util';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { AgentClient } from '../client/agent-client';
import { withBenchEnvironment } from './environment';
import { problemsOf, report } from './long-report';
import { type LongRun, runLong } from './long-run';
import type { LongTalk } from './long-script';

const mostTurns = 50;
/** Of one turn. */
const leastSteps = 10;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      steps: { type: 'string', default: '5000' },
      only: { type: 'string', default: 'small,large' },
    },
  });
  const steps = Number(values.steps);
  const talks: Readonly<Record<string, LongTalk>> = {
    small: talkOf(steps, 2),
    large: talkOf(steps / 10, 20),
  };
  const chosen = values.only.split(',').map((name) => {
    const talk = talks[name];
    if (!talk) throw new Error(`--only takes \`small\` and \`large\`, not \`${name}\`.`);
    return talk;
  });
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  await withBenchEnvironment(async (environment) => {
    const { address, serverVersion } = environment;
    const client = await AgentClient.connect({ address, namespace: 'default' });
    const runs: LongRun[] = [];
    for (const talk of chosen) {
      progress(`${talk.turns} turns of ${talk.stepsOfTurn} steps`);
      runs.push(await runLong({ client, environment, talk, progress }));
    }
    await client.disconnect();
    process.stdout.write(`${report(runs, serverVersion)}\n`);
    const problems = runs.flatMap(problemsOf);
    for (const problem of problems) process.stdout.write(`MISSED: ${problem}\n`);
    process.exitCode = problems.length > 0 ? 1 : 0;
  });
}

function talkOf(steps: number, kilobytes: number): LongTalk {
  const turns = Math.min(mostTurns, Math.max(1, Math.floor(steps / leastSteps)));
  const stepsOfTurn = Math.max(2, Math.round(steps / turns));
  return { turns, stepsOfTurn, resultCharacters: kilobytes * 1_024 };
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
