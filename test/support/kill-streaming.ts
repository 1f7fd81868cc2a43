/**
 * Three readers watch an answer whose worker is killed in the middle of it; one of them has left before, and comes back by its
 * offset while nobody is at work. What each of them saw is judged by a `StrictReader`.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { AgentClient } from '../../client/agent-client';
import type { ConversationEvent } from '../../client/conversation-events';
import { RedisDeltaReader } from '../../wire/redis-delta-reader';
import { KillWorkers } from './kill-workers';
import { type Storyteller, startStoryteller, story, storyWords } from './slow-storyteller';
import { StrictReader } from './strict-reader';

/** How far the answer is when its worker is killed, in words. */
export const killPoints = { first: 1, half: storyWords / 2, last: storyWords } as const;
export type KillPoint = keyof typeof killPoints;

export interface StreamingKill {
  readonly point: KillPoint;
  readonly pid: number;
  /** From SIGKILL to the end of the turn for the last of the readers. */
  readonly tookMs: number;
  /** Characters of the lost attempt that each reader had been shown. */
  readonly shown: readonly number[];
  /** What must not have happened, in words. Empty when all is well. */
  readonly problems: readonly string[];
}

export interface StreamingKillOptions {
  readonly address: string;
  /** File of the workflow bundle. */
  readonly bundle: string;
  readonly points: readonly KillPoint[];
  /** Pieces go through it. @default they ride on heartbeats */
  readonly redisUrl?: string;
  readonly onKill?: (kill: StreamingKill, index: number) => void;
}

/** How long the readers may take to be shown the beginning, and the lost worker’s last words to arrive. */
const previewMs = 5_000;
const settledMs = 250;

export async function runStreamingKills(
  options: StreamingKillOptions,
): Promise<readonly StreamingKill[]> {
  const { address, bundle, points, redisUrl } = options;
  const taskQueue = `streaming-${randomUUID().slice(0, 8)}`;
  const teller = await startStoryteller();
  const clients = await Promise.all(
    Array.from({ length: 3 }, () => connect({ address, taskQueue, redisUrl })),
  );
  const workers = await KillWorkers.start({
    ...{ address, bundle, taskQueue, ledgerUrl: teller.url },
    environment: { HOLDFAST_REDIS_URL: redisUrl ?? '' },
  });
  try {
    const kills: StreamingKill[] = [];
    for (const point of points) {
      const kill = await killOnce({ clients, workers, teller, point });
      kills.push(kill);
      options.onKill?.(kill, kills.length);
    }
    return kills;
  } finally {
    await Promise.all(clients.map((client) => client.disconnect()));
    await workers.stop();
    await teller.close();
  }
}

interface Stage {
  readonly clients: readonly AgentClient[];
  readonly workers: KillWorkers;
  readonly teller: Storyteller;
  readonly point: KillPoint;
}

async function killOnce({ clients, workers, teller, point }: Stage): Promise<StreamingKill> {
  const [first, second, third] = clients as [AgentClient, AgentClient, AgentClient];
  const { id } = await first.start({ agent: 'teller' });
  const stopped = teller.stopAt(id, killPoints[point]);
  const readers = Array.from({ length: 3 }, () => new StrictReader());
  const [one, two, three] = readers as [StrictReader, StrictReader, StrictReader];
  const watching = [
    follow(first.stream(id, { message: 'Tell me a story.' }), one),
    follow(second.stream(id), two),
  ];
  const leaving = follow(third.stream(id), three, () => three.preview !== '');
  const { pid } = await stopped;
  const lateAt = Date.now() + previewMs;
  while (readers.some(({ preview }) => preview === '') && Date.now() < lateAt) await delay(20);
  await delay(settledMs);
  const shown = readers.map(({ preview }) => preview.length);
  const killedAt = Date.now();
  await workers.kill(pid);
  const replaced = workers.add();
  // Nobody is at work by now: the server has not even noticed.
  const cameBack = leaving.then(() =>
    follow(third.stream(id, { from: three.offset ?? '0' }), three),
  );
  await Promise.all([...watching, cameBack]);
  const tookMs = Date.now() - killedAt;
  await replaced;
  const durable = await first.allMessages(id);
  await first.close(id);
  const problems = readers.flatMap((reader, index) =>
    problemsOf(reader, shown[index] ?? 0, durable).map(
      (problem) => `reader ${index + 1}: ${problem}`,
    ),
  );
  return { point, pid, tookMs, shown, problems };
}

function problemsOf(
  reader: StrictReader,
  shown: number,
  durable: readonly unknown[],
): readonly string[] {
  const { problems, messages, answers } = reader;
  const resets = reader.events.flatMap((event) =>
    event.type === 'attempt' ? [event.attempt] : [],
  );
  // The next attempt may fail too, while a replay is waited for. None comes twice, or after a later one.
  const isInOrder = resets.every((attempt, index) => attempt > (resets[index - 1] ?? 1));
  const isTold = resets.length > 0 || shown === 0;
  const answer = answers.at(-1)?.content;
  return [
    ...problems,
    ...(JSON.stringify(messages) === JSON.stringify(durable)
      ? []
      : ['other messages than Memory’s']),
    ...(answer === story ? [] : [`ended with ${JSON.stringify(answer)}`]),
    ...(reader.count('complete') === 1 ? [] : [`${reader.count('complete')} ends`]),
    ...(isInOrder && isTold ? [] : [`told of the attempts ${resets.join(', ') || 'nothing'}`]),
  ];
}

async function follow(
  events: AsyncIterable<ConversationEvent>,
  reader: StrictReader,
  isEnough: () => boolean = () => false,
): Promise<void> {
  for await (const event of events) {
    reader.observe(event);
    if (isEnough()) return;
  }
}

async function connect(where: {
  readonly address: string;
  readonly taskQueue: string;
  readonly redisUrl: string | undefined;
}): Promise<AgentClient> {
  const { address, taskQueue, redisUrl: url } = where;
  const deltas = url === undefined ? undefined : new RedisDeltaReader({ url });
  return AgentClient.connect({
    address,
    namespace: 'default',
    taskQueue,
    ...(deltas && { deltas }),
  });
}
