/** What the published packages' streaming costs: the same answers, on the same server, with their own readers. */
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as clientPackage from '@temporalio/client';
import { compile } from './compiled';
import { runOnce, spawnWorker } from './contender-process';
import type { PeerName, TurnInput } from './contenders/contract';
import { type StreamPackages, holds, piecesTopic } from './contenders/workflow-stream-reader';
import type { PacedProvider } from './paced-provider';
import { now, pacedText, tokenLength } from './paced-text';
import { installPeer, peerFolder, peerVersions } from './peers';
import { percentile } from './percentiles';
import { decimal, table } from './tables';

export interface PeersPlan {
  readonly address: string;
  /** Where bundles may be written. */
  readonly folder: string;
  readonly provider: PacedProvider;
  readonly lengths: readonly number[];
  readonly readers: readonly number[];
  readonly tokensPerSecond: number;
  readonly say: (line: string) => void;
}

type Client = InstanceType<typeof clientPackage.Client>;

const peers: readonly PeerName[] = ['openai-agents', 'ai-sdk'];
const turn: TurnInput = { question: 'Go on.', instructions: 'Answer.', model: 'paced', steps: 1 };
const patienceMs = 15_000;
const lateMs = 5_000;

export async function benchPeers(plan: PeersPlan): Promise<void> {
  const { say } = plan;
  await compile();
  const rows: string[][] = [];
  for (const name of peers) {
    const missing = await installPeer(name, say);
    if (missing !== undefined) {
      say(`${name} is left out: ${missing}`);
      continue;
    }
    say(`${name}: ${JSON.stringify(await peerVersions(name))}`);
    await benchPeer(plan, name, rows);
  }
  const head = ['peer', 'characters', 'readers', 'history, B', 'added by streaming, B'];
  const rest = ['first token p50, ms above direct', 'readers without a piece'];
  say(`\nThe published packages, streaming each 100 ms, ${plan.tokensPerSecond} tokens/s`);
  say(table([...head, ...rest], rows));
}

async function benchPeer(plan: PeersPlan, name: PeerName, rows: string[][]): Promise<void> {
  const { address, provider, lengths, tokensPerSecond, folder } = plan;
  const bundle = path.join(folder, `${name}-bundle.js`);
  await runOnce(name, { role: 'bundle', file: bundle }, 'bundled');
  const packages = packagesOf(name);
  // Not closed: readers that were refused try again for as long as this process runs, and would end it.
  const connection = await packages.client.Connection.connect({ address });
  const client = new packages.client.Client({ connection });
  for (const characters of lengths) {
    const pace = { characters, intervalMs: 1_000 / tokensPerSecond };
    const direct = [1, 2, 3].map(() => provider.firstToken(pace));
    const directMs = percentile(await Promise.all(direct), 50);
    const world = { providerURL: provider.urlFor(pace), model: turn.model };
    const taskQueue = `${name}-${randomUUID()}`;
    const worker = await spawnWorker(name, { role: 'worker', address, taskQueue, bundle, world });
    const answerMs = (characters / tokenLength) * pace.intervalMs;
    const timeoutMs = patienceMs + 2 * answerMs;
    try {
      const whole = await runToEnd({ client, taskQueue, timeoutMs });
      for (const readers of [0, ...plan.readers]) {
        process.stderr.write(`${name}: ${characters} characters, ${readers} readers\n`);
        const run = { packages, client, taskQueue, readers, characters, timeoutMs };
        const cells = await cellsOf(run, { whole, directMs });
        rows.push([name, `${characters}`, `${readers}`, ...cells]);
      }
    } finally {
      await worker.stop();
    }
  }
}

/** Of one row: its history, what of it came by streaming, the first token, and readers that saw nothing. */
async function cellsOf(
  run: PeerRun,
  { whole, directMs }: { readonly whole: number; readonly directMs: number },
): Promise<readonly string[]> {
  try {
    const { firstMs, reason, bytes } = await watched(run);
    const first = firstMs.filter(Number.isFinite).map((ms) => ms - directMs);
    const missed = firstMs.length - first.length;
    return [
      `${bytes}`,
      `${bytes - whole}`,
      first.length > 0 ? decimal(percentile(first, 50), 0) : '–',
      missed > 0 ? `${missed} (${reason})` : '0',
    ];
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return [`ends: ${cause instanceof Error ? cause.message : String(cause)}`, '–', '–', '–'];
  }
}

function packagesOf(name: PeerName): StreamPackages {
  const load = createRequire(path.join(peerFolder(name), 'package.json'));
  return {
    client: load('@temporalio/client') as StreamPackages['client'],
    streams: load('@temporalio/workflow-streams/client') as StreamPackages['streams'],
  };
}

/** @returns the bytes of its history. */
async function runToEnd(run: Pick<PeerRun, 'client' | 'taskQueue' | 'timeoutMs'>): Promise<number> {
  const { client, taskQueue, timeoutMs } = run;
  const workflowId = `turn-${randomUUID()}`;
  await client.workflow.execute('turn', {
    taskQueue,
    workflowId,
    workflowExecutionTimeout: timeoutMs,
    args: [turn],
  });
  return bytesOf(client, workflowId);
}

async function bytesOf(client: Client, workflowId: string): Promise<number> {
  return (await client.workflow.getHandle(workflowId).describe()).historySize ?? 0;
}

interface PeerRun {
  readonly packages: StreamPackages;
  readonly client: Client;
  readonly taskQueue: string;
  readonly readers: number;
  readonly characters: number;
  /** Until a conversation that does not answer is ended. */
  readonly timeoutMs: number;
}

async function watched(run: PeerRun) {
  const { packages, client, taskQueue, readers, characters, timeoutMs } = run;
  const workflowId = `streamed-${randomUUID()}`;
  const startedAt = now();
  const handle = await client.workflow.start('streamed', {
    taskQueue,
    workflowId,
    workflowExecutionTimeout: timeoutMs,
    args: [turn],
  });
  const firstToken = pacedText(tokenLength);
  let reason = 'none came';
  const firstMs = Array.from({ length: readers }, () => Infinity);
  const readings = firstMs.map(async (_none, index) => {
    const topic = packages.streams.WorkflowStreamClient.create(client, workflowId).topic(
      piecesTopic,
    );
    try {
      for await (const { data } of topic.subscribe()) {
        if (firstMs[index] === Infinity && holds(data, firstToken))
          firstMs[index] = now() - startedAt;
      }
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
  });
  const content = (await handle.result()) as string;
  if (content !== pacedText(characters)) throw new Error('It answered something else.');
  // Readers that were refused go on trying after the end.
  await Promise.race([Promise.all(readings), sleep(lateMs)]);
  return { firstMs, reason, bytes: await bytesOf(client, workflowId) };
}
