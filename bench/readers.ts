/**
 * `npm run bench:readers [-- --rounds 20 --tokens-per-second 200 --readers 1,10,50]`: long answers with many readers. What
 * streaming adds to history, what it costs the server, how soon a reader has the first token, and whether what it shows is
 * what was answered. Redis is measured where `redis-server` is on the PATH.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { AgentClient } from '../client/agent-client';
import { startRedis } from '../test/support/redis-server';
import { systemProgram } from '../test/support/system-program';
import { withBenchEnvironment } from './environment';
import { type PacedProvider, startPacedProvider } from './paced-provider';
import { pacedText } from './paced-text';
import { percentile } from './percentiles';
import { measureFloor } from './readers-floor';
import { benchPeers } from './readers-peers';
import { type Site, type SiteOptions, type Way, startSite } from './readers-site';
import { watchAnswer } from './readers-watch';
import { decimal, table } from './tables';

const lengths = [4_000, 16_000] as const;
/** A person reads this fast; it is the pace at which the first token is measured. */
const slowTokensPerSecond = 20;
const shortAnswer = 40;
const patienceMs = 60_000;
const readingMs = 300;
const targets = { heartbeat: { p50: 150, p95: 250 }, redis: { p50: 30, p99: 100 } } as const;

interface Plan {
  readonly rounds: number;
  readonly tokensPerSecond: number;
  readonly readers: readonly number[];
  readonly withPeers: boolean;
}

interface Bench {
  readonly plan: Plan;
  readonly provider: PacedProvider;
  readonly siteOptions: Omit<SiteOptions, 'way' | 'baseURL'>;
  readonly ways: readonly Way[];
  readonly failures: string[];
}

async function main(): Promise<void> {
  const plan = readPlan();
  await withBenchEnvironment(async ({ address, bundles, folder }) => {
    const file = systemProgram('redis-server');
    const redis = file === undefined ? undefined : await startRedis(file);
    const provider = await startPacedProvider();
    const siteOptions = { address, bundle: bundles.holdfast, redisUrl: redis?.url };
    const ways: readonly Way[] = redis ? ['heartbeat', 'redis'] : ['heartbeat'];
    if (!redis) say('Redis is left out: `redis-server` is not on the PATH.');
    const bench: Bench = { plan, provider, siteOptions, ways, failures: [] };
    try {
      const floor = { address, bundle: bundles.bare, rounds: plan.rounds, pauseMs: readingMs };
      const [floorMs] = percentiles(await measureFloor(floor));
      say(`\nA bare workflow, from an update to the start of its activity: p50 ${floorMs} ms`);
      await measureFirstTokens(bench);
      await measureLongAnswers(bench);
      if (plan.withPeers) await benchPeers({ ...plan, address, folder, provider, lengths, say });
    } finally {
      await provider.stop();
      await redis?.kill();
    }
    for (const failure of bench.failures) say(`FAILED: ${failure}`);
    process.exitCode = bench.failures.length > 0 ? 1 : 0;
  });
}

/** Short answers at a person's pace, many of them. */
async function measureFirstTokens(bench: Bench): Promise<void> {
  const { plan, provider, siteOptions, ways, failures } = bench;
  const pace = { characters: shortAnswer, intervalMs: 1_000 / slowTokensPerSecond };
  const direct: number[] = [];
  for (let round = 0; round < plan.rounds; round++) direct.push(await provider.firstToken(pace));
  const directMs = percentile(direct, 50);
  const rows: string[][] = [];
  for (const way of ways) {
    const site = await startSite({ ...siteOptions, way, baseURL: provider.urlFor(pace) });
    try {
      for (const readers of plan.readers) {
        const { firstMs, onTheWayMs, wrong } = await rounds(site, provider, readers, plan.rounds);
        const above = firstMs.map((ms) => ms - directMs);
        rows.push([way, `${readers}`, ...percentiles(above), ...percentiles(onTheWayMs)]);
        if (wrong > 0) failures.push(`${wrong} readers of ${way} saw another text.`);
        for (const [name, limit] of Object.entries(targets[way as keyof typeof targets])) {
          const measured = percentile(above, Number(name.slice(1)));
          if (measured <= limit) continue;
          const what = `first token ${name}, ${way}, ${readers} readers`;
          failures.push(`${what}: ${decimal(measured, 0)} ms; the target is ${limit} ms.`);
        }
      }
    } finally {
      await site.stop();
    }
  }
  say(
    `\nTo the first token, ms above a direct call of the provider (${decimal(directMs, 1)} ms), and on the way from provider to reader, each token; ${slowTokensPerSecond} tokens/s, ${plan.rounds} answers each`,
  );
  const head = ['deltas', 'readers', 'p50', 'p95', 'p99', 'way p50', 'way p95', 'way p99'];
  say(table(head, rows));
}

async function rounds(site: Site, provider: PacedProvider, readers: number, count: number) {
  const { id } = await site.client.start({ agent: 'clerk', id: `readers-${randomUUID()}` });
  const firstMs: number[] = [];
  const onTheWayMs: number[] = [];
  let wrong = 0;
  // The first turn also resolves the agent, and opens connections.
  for (let round = 0; round <= count; round++) {
    const watched = await watchAnswer(site.client, id, readers, writtenBy(provider));
    // Who writes has read before; the end of the last turn is not in the way by then.
    await sleep(readingMs);
    if (round === 0) continue;
    firstMs.push(...watched.firstMs);
    onTheWayMs.push(...watched.onTheWayMs);
    wrong += watched.wrongReaders;
  }
  return { firstMs, onTheWayMs, wrong };
}

function writtenBy(provider: PacedProvider): () => Promise<readonly number[]> {
  return async () => (await provider.lastAnswer()).writtenAt;
}

/** Each once: what is counted does not spread. */
async function measureLongAnswers(bench: Bench): Promise<void> {
  const { plan, provider, siteOptions, ways, failures } = bench;
  const intervalMs = 1_000 / plan.tokensPerSecond;
  const rows: string[][] = [];
  for (const characters of lengths) {
    const baseURL = provider.urlFor({ characters, intervalMs });
    let silentBytes: number | undefined;
    for (const way of ['off', ...ways] as const) {
      const site = await startSite({ ...siteOptions, way, baseURL });
      try {
        // Nobody reads what is not written.
        for (const readers of way === 'off' ? [0] : [0, ...plan.readers]) {
          const { bytes, heartbeats, wrong, content, delays } = await longAnswer(
            site,
            provider,
            readers,
          );
          silentBytes ??= bytes;
          const added = bytes - silentBytes;
          const name = `${characters} characters, ${way}, ${readers} readers`;
          process.stderr.write(`${name}: ${bytes} bytes of history\n`);
          // Times and process ids have a digit more or less.
          if (Math.abs(added) > 64) failures.push(`${name}: ${added} bytes more history.`);
          if (wrong > 0 || content !== pacedText(characters))
            failures.push(`${name}: ${wrong} readers saw another text than the durable one.`);
          const way95 = delays.length > 0 ? decimal(percentile(delays, 95), 0) : '–';
          rows.push([characters, way, readers, bytes, added, heartbeats, wrong, way95].map(String));
        }
      } finally {
        await site.stop();
      }
    }
  }
  say(`\nOne long answer, ${plan.tokensPerSecond} tokens/s`);
  const head = ['characters', 'deltas', 'readers', 'history, B', 'added by streaming, B'];
  say(table([...head, 'heartbeats sent', 'wrong readers', 'way p95, ms'], rows));
}

async function longAnswer(site: Site, provider: PacedProvider, readers: number) {
  const { client } = site;
  const id = `long-${randomUUID()}`;
  const before = await site.heartbeats();
  await client.start({ agent: 'clerk', id });
  // Sent sooner, the message may come with the first workflow task or after it: an event more or less.
  await untilIdle(client, id);
  const watched =
    readers > 0
      ? await watchAnswer(client, id, readers, writtenBy(provider))
      : await unwatched(site, id);
  const { historyBytes: bytes } = await client.describe(id);
  return {
    bytes,
    heartbeats: (await site.heartbeats()) - before,
    wrong: watched.wrongReaders,
    content: watched.content,
    delays: watched.onTheWayMs,
  };
}

/** Nobody looks at the answer while it comes. */
async function unwatched({ client }: Site, id: string) {
  const { messageId } = await client.send(id, 'Go on.');
  await untilIdle(client, id, messageId);
  const messages = await client.allMessages(id);
  const { message } = messages.at(-1) ?? {};
  const content = message?.role === 'assistant' ? message.content : '';
  return { wrongReaders: 0, content, onTheWayMs: [] };
}

/** Until message `messageId` is answered, or just until nothing is to be done. A worker that has just started may be slow to say. */
async function untilIdle(client: AgentClient, id: string, messageId?: string): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const state = await client.state(id, messageId).catch((error: unknown) => {
      if (Date.now() > deadline) throw error;
      return undefined;
    });
    const isAnswered = state?.message?.status === 'answered';
    if (messageId === undefined ? state?.status === 'idle' : isAnswered) return;
    await sleep(500);
  }
}

function percentiles(values: readonly number[]): string[] {
  return [50, 95, 99].map((percent) => decimal(percentile(values, percent), 0));
}

function readPlan(): Plan {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '20' },
      'tokens-per-second': { type: 'string', default: '200' },
      readers: { type: 'string', default: '1,10,50' },
      'without-peers': { type: 'boolean', default: false },
    },
  });
  return {
    rounds: Number(values.rounds),
    tokensPerSecond: Number(values['tokens-per-second']),
    readers: values.readers.split(',').map(Number),
    withPeers: !values['without-peers'],
  };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

// Readers of the peers may still be trying again.
void main().finally(() => process.exit());
