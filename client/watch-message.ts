/**
 * Watches a conversation until one message is answered: deltas from the heartbeats, durable messages from the state.
 * Deltas are only ever a preview; the durable message that ends a step wins.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MessagesPage, SequencedMessage } from '../workflows/contract';
import type { ConversationEvent } from './conversation-events';
import type { ConversationReader } from './conversation-reader';
import {
  ConversationEndedError,
  DeadlineError,
  NoWorkerError,
  WorkerCannotProcessError,
} from './errors';
import { Progress } from './progress';

export interface WatchOptions {
  readonly reader: ConversationReader;
  readonly id: string;
  readonly messageId: string;
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
    if (turn !== undefined) yield* progress.observe(run.pending, turn, steps);
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
  private nextSeq = 0;

  constructor(private readonly options: WatchOptions) {}

  async news(): Promise<{ events: readonly ConversationEvent[]; isFinal: boolean }> {
    const { reader, id, messageId } = this.options;
    const { message } = await reader.state(id, messageId);
    if (!message || message.status === 'unknown' || message.status === 'queued') {
      return { events: [], isFinal: false };
    }
    const { turn } = message;
    const events: ConversationEvent[] = (await this.newMessages(turn)).map((entry) => ({
      type: 'message',
      isFinal: false,
      message: entry,
    }));
    this.turn = turn;
    if (message.status === 'running') return { events, isFinal: false };
    const { response } = message;
    events.push({ type: 'complete', content: response.content, isFinal: true, response });
    return { events, isFinal: true };
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
    const ours = found.filter((entry) => entry.turn === turn && entry.message.role !== 'user');
    this.steps += ours.filter(({ message }) => message.role === 'assistant').length;
    return ours;
  }
}
