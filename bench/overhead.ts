/** `npm run bench:overhead [-- --rounds 9 --only pace]`: what Holdfast takes beyond a bare loop on the same server. */
import { parseArgs } from 'node:util';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { AgentClient } from '../client/agent-client';
import { type BenchEnvironment, withBenchEnvironment } from './environment';
import { compareMemory } from './memory';
import { comparePace } from './pace';
import { compareReplay } from './replay';
import { compareStartUp } from './start-up';
import { decimal, table, withRange } from './tables';

const stepsOfTurn = 50;
const stepsOfReplay = 100;
const parts = ['pace', 'memory', 'replay', 'start-up'] as const;
type Part = (typeof parts)[number];

/** One line of the report: both subjects, what their ratio (or Holdfast's own figure) is held to. */
interface Line {
  readonly name: string;
  readonly holdfast: string;
  readonly bare: string;
  readonly ratio: number;
  readonly target?: { readonly text: string; readonly isMet: boolean };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '9' }, only: { type: 'string' } },
  });
  const rounds = Number(values.rounds);
  const chosen = parts.filter((part) => !values.only || values.only.split(',').includes(part));
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  await withBenchEnvironment(async (environment) => {
    const client = await AgentClient.connect({
      address: environment.address,
      namespace: 'default',
    });
    const lines: Line[] = [];
    for (const part of chosen) {
      process.stderr.write(`measuring ${part} …\n`);
      lines.push(...(await measure[part](client, environment, rounds)));
    }
    await client.disconnect();
    process.stdout.write(`${report(lines, environment.serverVersion)}\n`);
  });
}

type Measurement = (
  client: AgentClient,
  environment: BenchEnvironment,
  rounds: number,
) => Promise<readonly Line[]>;

const measure: Readonly<Record<Part, Measurement>> = {
  async pace(client, environment, rounds) {
    const { paces, wallRatio, cpuRatio, transcripts } = await comparePace(client, environment, {
      steps: stepsOfTurn,
      rounds,
    });
    const { hits, misses } = transcripts;
    process.stdout.write(`transcript cache: ${hits} hits, ${misses} misses\n`);
    return [
      {
        name: 'wall per step, ms',
        holdfast: withRange(paces.holdfast.wallMs),
        bare: withRange(paces.bare.wallMs),
        ratio: wallRatio.median,
        target: atMost(wallRatio.median, 1.2, '÷ bare'),
      },
      {
        name: 'worker CPU per step, ms',
        holdfast: withRange(paces.holdfast.cpuMs),
        bare: withRange(paces.bare.cpuMs),
        ratio: cpuRatio.median,
        target: atMost(cpuRatio.median, 1.25, '÷ bare'),
      },
    ];
  },
  async memory(client, environment) {
    const { perThousand, ratio } = await compareMemory(client, environment, { rounds: 3 });
    return [
      {
        name: 'memory per 1,000 idle conversations, MB',
        holdfast: withRange(perThousand.holdfast, 0),
        bare: withRange(perThousand.bare, 0),
        ratio,
        target: atMost(ratio, 1.3, '÷ bare'),
      },
    ];
  },
  async replay(client, environment) {
    const options = { steps: stepsOfReplay, rounds: 5 };
    const { holdfast, bare } = await compareReplay(client, environment, options);
    return [
      {
        name: 'replay per event, ms',
        holdfast: withRange(holdfast, 3),
        bare: withRange(bare, 3),
        ratio: holdfast.median / bare.median,
        target: atMost(holdfast.median, 0.35, 'ms'),
      },
    ];
  },
  async 'start-up'(client, environment) {
    const { holdfast, bare } = await compareStartUp(client, environment, { rounds: 5 });
    return [
      {
        name: 'worker process to first answer, ms',
        holdfast: withRange(holdfast, 0),
        bare: withRange(bare, 0),
        ratio: holdfast.median / bare.median,
      },
    ];
  },
};

function atMost(value: number, limit: number, unit: string): NonNullable<Line['target']> {
  return { text: `≤ ${limit} ${unit}`, isMet: value <= limit };
}

function report(lines: readonly Line[], serverVersion: string): string {
  return [
    `Model and tool answer at once; the subjects take turns on one server (${serverVersion}). Median (range).`,
    table(
      ['', 'Holdfast', 'bare loop', '÷ bare', 'target'],
      lines.map(({ name, holdfast, bare, ratio, target }) => [
        name,
        holdfast,
        bare,
        decimal(ratio),
        target ? `${target.text}${target.isMet ? '' : ', MISSED'}` : '',
      ]),
    ),
  ].join('\n');
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
