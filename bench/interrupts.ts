/**
 * `npm run bench:interrupts [-- --rounds 30]`: from `client.interrupt` in mid-answer to the provider's closed connection and
 * to the end of the turn; on a server with Holdfast's settings, and on one without those that push a cancellation to its worker.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { AgentClient } from '../client/agent-client';
import { withBenchEnvironment } from './environment';
import { type PacedProvider, startPacedProvider } from './paced-provider';
import { now } from './paced-text';
import { percentile } from './percentiles';
import { startSite } from './readers-site';
import { decimal, table } from './tables';

const servers = [
  { name: 'with our settings', targetMs: 250, extraArguments: [] },
  {
    name: 'without',
    targetMs: 1_000,
    extraArguments: [
      ...['--dynamic-config-value', 'frontend.WorkerCommandsEnabled=false'],
      ...['--dynamic-config-value', 'system.enableCancelActivityWorkerCommand=false'],
    ],
  },
] as const;

/** An answer of a minute, at a person's pace. */
const pace = { characters: 5_000, intervalMs: 50 };

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '30' } } });
  const rounds = Number(values.rounds);
  const provider = await startPacedProvider();
  const rows: string[][] = [];
  try {
    for (const { name, targetMs, extraArguments } of servers) {
      await withBenchEnvironment(
        async ({ address, bundles }) => {
          const baseURL = provider.urlFor(pace);
          const { holdfast: bundle } = bundles;
          const options = { address, bundle, baseURL, redisUrl: undefined };
          const site = await startSite({ ...options, way: 'heartbeat' });
          try {
            const { id } = await site.client.start({ agent: 'clerk', id: randomUUID() });
            const closedMs: number[] = [];
            const endedMs: number[] = [];
            for (let round = 0; round < rounds; round++) {
              const times = await interruptOnce(site.client, id, provider);
              closedMs.push(times.closedMs);
              endedMs.push(times.endedMs);
            }
            rows.push([name, ...spread(closedMs), `< ${targetMs}`, ...spread(endedMs)]);
            if (Math.max(...closedMs) >= targetMs) process.exitCode = 1;
          } finally {
            await site.stop();
          }
        },
        { extraArguments },
      );
    }
  } finally {
    await provider.stop();
  }
  const head = ['server', 'closed p50, ms', 'most', 'target', 'turn over p50, ms', 'most'];
  process.stdout.write(`\nAn answer is interrupted, ${rounds} times each\n`);
  process.stdout.write(`${table(head, rows)}\n`);
}

async function interruptOnce(client: AgentClient, id: string, provider: PacedProvider) {
  let calledAt = 0;
  let interrupting: Promise<unknown> | undefined;
  for await (const event of client.stream(id, { message: 'Go on.' })) {
    if (event.type === 'partial' && !interrupting) {
      // Not always at the same distance from a heartbeat.
      await sleep(Math.random() * 500);
      calledAt = now();
      interrupting = client.interrupt(id);
    }
  }
  const endedMs = now() - calledAt;
  await interrupting;
  const { closedAt } = await provider.lastAnswer();
  if (closedAt === undefined) throw new Error('The connection is still open.');
  return { closedMs: closedAt - calledAt, endedMs };
}

function spread(values: readonly number[]): string[] {
  return [percentile(values, 50), Math.max(...values)].map((value) => decimal(value, 0));
}

void main();
