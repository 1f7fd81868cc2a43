/** What the published packages' streaming costs: the same answers, on the same server, with their own readers. */
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
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
const patienceMs = 10_000;

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
  const { address, provider, lengths, tokensPerSecond, folder, say } = plan;
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
    try {
      const whole = await runToEnd(client, taskQueue, 'turn');
      for (const readers of [0, ...plan.readers]) {
        const run = await watched({ packages, client, taskQueue, readers, characters });
        const first = run.firstMs.filter(Number.isFinite).map((ms) => ms - directMs);
        const missed = run.firstMs.length - first.length;
        rows.push([
          name,
          `${characters}`,
          `${readers}`,
          `${run.bytes}`,
          `${run.bytes - whole}`,
          first.length > 0 ? decimal(percentile(first, 50), 0) : '–',
          missed > 0 ? `${missed} (${run.reason})` : '0',
        ]);
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      say(`${name} with ${characters} characters ends: ${reason}`);
    } finally {
      await worker.stop();
    }
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
async function runToEnd(client: Client, taskQueue: string, workflow: string): Promise<number> {
  const workflowId = `${workflow}-${randomUUID()}`;
  await client.workflow.execute(workflow, { taskQueue, workflowId, args: [turn] });
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
}

async function watched({ packages, client, taskQueue, readers, characters }: PeerRun) {
  const workflowId = `streamed-${randomUUID()}`;
  const startedAt = now();
  const args = [turn];
  const handle = await client.workflow.start('streamed', { taskQueue, workflowId, args });
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
  const late = new Promise((resolve) => setTimeout(resolve, patienceMs).unref());
  await Promise.race([Promise.all(readings), late]);
  return { firstMs, reason, bytes: await bytesOf(client, workflowId) };
}
