/**
 * Watches a conversation until one message is answered: deltas from the heartbeats, durable messages from the state.
 * Deltas are only ever a preview; the durable message that ends a step wins.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MessagesPage, PendingItem, SequencedMessage } from '../workflows/contract';
import type { ConversationEvent } from './conversation-events';
import type { ConversationReader } from './conversation-reader';
import {
  ConversationEndedError,
  DeadlineError,
  MessageCancelledError,
  NoWorkerError,
  WorkerCannotProcessError,
} from './errors';
import { Progress } from './progress';

export interface WatchOptions {
  readonly reader: ConversationReader;
  readonly id: string;
  readonly messageId: string;
  /** Messages before this one are not read: the turn is known to begin there or behind it. @default 0 */
  readonly fromSeq?: number;
  /** Whether what users said in the turn is told too. @default false */
  readonly includesUserMessages?: boolean;
}

const describeIntervalMs = 100;
/** With nothing moving, the state is asked for again after this long. */
const stateIntervalMs = 1_000;
/** How long a conversation may go without a worker that answers before the wait is given up. */
const patienceMs = 20_000;

export async function* watchMessage(options: WatchOptions): AsyncGenerator<ConversationEvent> {
  const { reader, id } = options;
  const memory = new MemoryFollower(options);
  const progress = new Progress();
  let seenEvents = -1;
  let askedAt = 0;
  let answeredAt = Date.now();
  for (;;) {
    const run = await reader.describe(id);
    const isOver = run.status !== 'RUNNING';
    if (isOver || run.historyEvents !== seenEvents || Date.now() - askedAt >= stateIntervalMs) {
      seenEvents = run.historyEvents;
      askedAt = Date.now();
      const news = await memory.news().catch((error: unknown) => error as Error);
      if (news instanceof Error) {
        if (isOver) throw await endOf(options);
        if (!mayPass(news) || Date.now() - answeredAt > patienceMs) throw news;
      } else {
        answeredAt = Date.now();
        yield* news.events;
        if (news.isFinal) return;
        if (isOver) throw await endOf(options);
      }
    }
    const { turn, steps } = memory;
    if (turn !== undefined) yield* progress.observe(run, turn, steps);
    await sleep(describeIntervalMs);
  }
}

/** A worker may be about to come back. */
function mayPass(error: Error): boolean {
  return (
    error instanceof DeadlineError ||
    error instanceof NoWorkerError ||
    error instanceof WorkerCannotProcessError
  );
}

/** A run that failed says why itself. */
async function endOf({ reader, id }: WatchOptions): Promise<Error> {
  await reader.result(id);
  return new ConversationEndedError(id);
}

/** Tells the messages of our turn as they enter Memory, and its end. */
class MemoryFollower {
  turn: number | undefined;
  /** Steps of the turn whose response is in Memory: their deltas are old news. */
  steps = 0;
  private nextSeq: number;
  /** Ids of the calls that are known to wait for a person. */
  private waiting: readonly string[] = [];

  constructor(private readonly options: WatchOptions) {
    this.nextSeq = options.fromSeq ?? 0;
  }

  async news(): Promise<{ events: readonly ConversationEvent[]; isFinal: boolean }> {
    const { reader, id, messageId } = this.options;
    const { message, pending } = await reader.state(id, messageId);
    if (!message || !('turn' in message)) {
      if (message?.status === 'cancelled') throw new MessageCancelledError(messageId);
      return { events: [], isFinal: false };
    }
    const { turn } = message;
    const events: ConversationEvent[] = (await this.newMessages(turn)).map((entry) => ({
      type: 'message',
      isFinal: false,
      message: entry,
    }));
    this.turn = turn;
    const isRunning = message.status === 'running';
    events.push(...this.changesOf(isRunning ? pending : []));
    if (isRunning) return { events, isFinal: false };
    const { response } = message;
    events.push({ type: 'complete', content: response.content, isFinal: true, response });
    return { events, isFinal: true };
  }

  /** What waits for a person is the running turn's: no other one is at work. */
  private changesOf(pending: readonly PendingItem[] = []): readonly ConversationEvent[] {
    const before = this.waiting;
    this.waiting = pending.map(({ callId }) => callId);
    const settled = before.filter((callId) => !this.waiting.includes(callId));
    const asked = pending.filter(({ callId }) => !before.includes(callId));
    return [
      ...settled.map((callId) => ({ type: 'settled', isFinal: false, callId }) as const),
      ...asked.map((item) => ({ type: 'pending', isFinal: false, item }) as const),
    ];
  }

  private async newMessages(turn: number): Promise<readonly SequencedMessage[]> {
    const { reader, id } = this.options;
    const found: SequencedMessage[] = [];
    let nextSeq = this.nextSeq;
    for (let from: number | undefined = nextSeq; from !== undefined;) {
      const page: MessagesPage = await reader.messages(id, { from });
      found.push(...page.messages);
      nextSeq = (page.messages.at(-1)?.seq ?? nextSeq - 1) + 1;
      from = page.next;
    }
    this.nextSeq = nextSeq;
    const { includesUserMessages = false } = this.options;
    const ours = found.filter(
      (entry) => entry.turn === turn && (includesUserMessages || entry.message.role !== 'user'),
    );
    this.steps += ours.filter(({ message }) => message.role === 'assistant').length;
    return ours;
  }
}
