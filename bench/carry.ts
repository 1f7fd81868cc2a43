/**
 * `npm run bench:carry [-- --only pictures]`: how much a conversation may hold until continue-as-new cannot take it all
 * along, and what taking it along costs. After every message the conversation continues as new.
 */
import { fork } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { MessageContent } from '../client/agent-client';
import { AgentClient } from '../client/agent-client';
import { type CarryWorkerOptions, hoarderName } from './carry-contract';
import { type CarryFigures, carryFigures } from './carry-figures';
import { withBenchEnvironment } from './environment';
import { type Passages, readPassages } from './long-text';
import { decimal, table } from './tables';

/** Characters of one message; a message may have 256 KiB. */
const messageCharacters = 200_000;
/** More than any limit. */
const mostMessages = 60;
const charactersPerToken = 4;

type Contents = (index: number, passages: Passages) => MessageContent;

const kinds: Readonly<Record<string, Contents>> = {
  text: (index, passages) => passages(index, messageCharacters),
  pictures: () => [
    {
      type: 'image',
      mimeType: 'image/png',
      data: randomBytes((messageCharacters * 3) / 4).toString('base64'),
    },
  ],
};

interface Row extends CarryFigures {
  readonly messages: number;
  readonly compactions: number;
  readonly residentBytes: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: 'string', default: 'text,pictures' } } });
  await withBenchEnvironment(async ({ address, bundles, serverVersion }) => {
    const taskQueue = `bench-carry-${randomUUID().slice(0, 8)}`;
    const client = await AgentClient.connect({ address, namespace: 'default', taskQueue });
    for (const kind of values.only.split(',')) {
      const contents = kinds[kind];
      if (!contents) throw new Error(`--only takes ${Object.keys(kinds).join(' and ')}.`);
      const worker = await startWorker({ address, taskQueue, bundle: bundles.holdfast });
      const rows = await growUntilCompacted(client, contents, () => worker.residentBytes());
      await worker.stop();
      process.stdout.write(`${report(kind, rows, serverVersion)}\n\n`);
    }
    await client.disconnect();
  });
}

async function growUntilCompacted(
  client: AgentClient,
  contents: Contents,
  residentBytes: () => Promise<number>,
): Promise<readonly Row[]> {
  const passages = readPassages();
  const { id } = await client.start({ agent: hoarderName, continueAsNewAfterEvents: 4 });
  const rows: Row[] = [];
  for (let messages = 1; messages <= mostMessages; messages++) {
    await client.ask(id, contents(messages, passages));
    const { compactions } = await client.state(id);
    const figures = await carryFigures(client, id);
    // Beyond the wall it stays in its run until the next turn, which begins with the summary.
    if (!figures || figures.runId === rows.at(-1)?.runId) continue;
    rows.push({ ...figures, messages, compactions, residentBytes: await residentBytes() });
    if (compactions > 0) break;
  }
  return rows;
}

function report(kind: string, rows: readonly Row[], serverVersion: string): string {
  const wall = rows.findLast(({ compactions }) => compactions === 0);
  const shown = rows.filter((row, index) => index % 5 === 4 || row === wall || row.compactions > 0);
  return [
    `Continue-as-new with a growing transcript of ${kind}, messages of ${megabytes(messageCharacters)}. Server ${serverVersion}.`,
    table(
      ['messages', 'tokens', 'JSON', 'on the wire', 'ms', 'worker RSS', 'compactions'],
      shown.map((row) => [
        String(row.messages),
        String(Math.round(row.jsonBytes / charactersPerToken)),
        megabytes(row.jsonBytes),
        megabytes(row.wireBytes),
        String(Math.round(row.milliseconds)),
        megabytes(row.residentBytes),
        String(row.compactions),
      ]),
    ),
    `Tokens: estimated at ${charactersPerToken} bytes of JSON each, also those of pictures. ms: from the old run's last event to the new run's first completed workflow task.`,
    `The wall: ${megabytes(wall?.jsonBytes ?? 0)} of JSON, ${megabytes(wall?.wireBytes ?? 0)} on the wire. Beyond it the oldest messages give way to a summary, and stay in the earlier run's history.`,
  ].join('\n');
}

function megabytes(count: number): string {
  return `${decimal(count / 1e6)} MB`;
}

async function startWorker(options: CarryWorkerOptions) {
  const child = fork(path.join(__dirname, 'carry-worker.ts'), [JSON.stringify(options)], {
    execArgv: ['--import', `file://${require.resolve('tsx')}`],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const reply = async (): Promise<unknown> => {
    const failure = ended.then(() => Promise.reject(new Error(`Worker ${child.pid} ended.`)));
    const [message] = (await Promise.race([once(child, 'message'), failure])) as [unknown];
    return message;
  };
  await reply();
  return {
    async residentBytes(): Promise<number> {
      const answer = reply();
      child.send('rss');
      return Number(await answer);
    },
    async stop(): Promise<void> {
      child.disconnect();
      await ended;
    },
  };
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
