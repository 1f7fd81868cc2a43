/** Workers are killed in the middle of an answer that three people read; a part of bench/kills.ts. */
import {
  type KillPoint,
  type StreamingKill,
  killPoints,
  runStreamingKills,
} from '../test/support/kill-streaming';
import { startRedis } from '../test/support/redis-server';
import { systemProgram } from '../test/support/system-program';
import type { BenchEnvironment } from './environment';
import { decimal, spread } from './tables';

const order = Object.keys(killPoints) as readonly KillPoint[];

/** On heartbeats and, where there is a `redis-server`, through Redis. @returns what did not go as it must. */
export async function benchStreaming(
  { address, bundles }: Pick<BenchEnvironment, 'address' | 'bundles'>,
  kills: number,
): Promise<readonly string[]> {
  const points = Array.from({ length: kills }, (_, index) => order[index % order.length]!);
  const run = async (channel: string, redisUrl?: string): Promise<readonly string[]> => {
    process.stdout.write(`\n${kills} kills: streaming, pieces on ${channel}\n`);
    const all = await runStreamingKills({
      ...{ address, bundle: bundles.holdfast, points },
      ...(redisUrl !== undefined && { redisUrl }),
      onKill: (kill, index) => process.stdout.write(`${lineOf(kill, index)}\n`),
    });
    process.stdout.write(`${report(all)}\n`);
    return all.flatMap(({ problems }) => problems);
  };
  const problems = [...(await run('heartbeats'))];
  const file = systemProgram('redis-server');
  if (file === undefined) {
    process.stdout.write('SKIPPED: Redis, for `redis-server` is not on the PATH.\n');
    return problems;
  }
  const redis = await startRedis(file);
  try {
    return [...problems, ...(await run('Redis', redis.url))];
  } finally {
    await redis.kill();
  }
}

function lineOf({ point, pid, tookMs, shown, problems }: StreamingKill, index: number): string {
  const verdict = problems.length === 0 ? 'all three readers have the answer' : problems.join('; ');
  return `kill ${String(index).padStart(2)}: pid ${pid}, after the ${point} word, ${shown.join(', ')} characters shown: ${verdict} after ${decimal(tookMs / 1_000)} s`;
}

function report(kills: readonly StreamingKill[]): string {
  return [
    '',
    '| killed after the | kills | kills with a problem | from the kill to the end for all readers, median | most |',
    '|---|---|---|---|---|',
    ...order.map((point) => {
      const ours = kills.filter((kill) => kill.point === point);
      if (ours.length === 0) return `| ${point} word | 0 | | | |`;
      const { median, most } = spread(ours.map(({ tookMs }) => tookMs / 1_000));
      const bad = ours.filter(({ problems }) => problems.length > 0).length;
      return `| ${point} word | ${ours.length} | ${bad} | ${decimal(median)} s | ${decimal(most)} s |`;
    }),
  ].join('\n');
}
