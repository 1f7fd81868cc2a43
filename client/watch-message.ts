/**
 * Watches a conversation until one message is answered: deltas from the heartbeats, durable messages from the state.
 * Deltas are only ever a preview; the durable message that ends a step wins.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentResponseMessage } from '../agent/agent-messages';
import type { DeltaSnapshot } from '../wire/delta-channel';
import type { MessageStatus, MessagesPage, SequencedMessage } from '../workflows/contract';
import type { ConversationReader, PendingActivity, RunDescription } from './conversation-reader';
import { ConversationEndedError, DeadlineError, NoWorkerError } from './errors';

export type ConversationEvent =
  /** The next piece of an answer that is being generated. */
  | {
      readonly type: 'partial';
      readonly content: string;
      readonly isFinal: false;
      readonly turn: number;
      readonly step: number;
      readonly attempt: number;
    }
  /** A new attempt has begun: drop what was shown of this step. */
  | {
      readonly type: 'attempt';
      readonly isFinal: false;
      readonly activity: string;
      readonly attempt: number;
      readonly lostWorker?: string;
      readonly worker?: string;
    }
  /** A message has entered Memory. */
  | { readonly type: 'message'; readonly isFinal: false; readonly message: SequencedMessage }
  /** The turn is over. */
  | {
      readonly type: 'complete';
      readonly content: string;
      readonly isFinal: true;
      readonly response: AgentResponseMessage;
    };

export interface WatchOptions {
  readonly reader: ConversationReader;
  readonly id: string;
  readonly messageId: string;
}

const describeIntervalMs = 100;
/** With nothing moving, the state is asked for again after this long. */
const stateIntervalMs = 1_000;
/** How long a conversation may go without any worker before the wait is given up. */
const patienceMs = 60_000;

export async function* watchMessage(options: WatchOptions): AsyncGenerator<ConversationEvent> {
  const { reader, id } = options;
  const durable = new DurableMessages(options);
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
      const status = await statusOf(options, run);
      if (status) {
        answeredAt = Date.now();
        yield* durable.follow(status);
        if (status.status === 'answered' || status.status === 'failed') {
          const { response } = status;
          yield { type: 'complete', content: response.content, isFinal: true, response };
          return;
        }
        if (isOver) throw await endOf(options);
      } else if (Date.now() - answeredAt > patienceMs) {
        throw new DeadlineError(
          `Message \`${options.messageId}\` of conversation \`${id}\``,
          patienceMs,
        );
      }
    }
    if (durable.turn !== undefined)
      yield* progress.observe(run.pending, durable.turn, durable.steps);
    await sleep(describeIntervalMs);
  }
}

/** Undefined while no worker answers: one may be about to come back. */
async function statusOf(
  { reader, id, messageId }: WatchOptions,
  run: RunDescription,
): Promise<MessageStatus | undefined> {
  try {
    return (await reader.state(id, messageId)).message;
  } catch (error) {
    // A run that failed before its first answer says why itself.
    if (run.status !== 'RUNNING') await reader.result(id);
    if (error instanceof DeadlineError || error instanceof NoWorkerError) return undefined;
    throw error;
  }
}

/** A run that failed says why itself. */
async function endOf({ reader, id }: WatchOptions): Promise<Error> {
  await reader.result(id);
  return new ConversationEndedError(id);
}

/** Tells the messages of our turn as they enter Memory. */
class DurableMessages {
  turn: number | undefined;
  /** Steps of the turn whose response is in Memory: their deltas are old news. */
  steps = 0;
  private next = 0;

  constructor(private readonly options: WatchOptions) {}

  async *follow(status: MessageStatus): AsyncGenerator<ConversationEvent> {
    if (status.status === 'unknown' || status.status === 'queued') return;
    this.turn = status.turn;
    for (let from: number | undefined = this.next; from !== undefined;) {
      const page: MessagesPage = await this.options.reader.messages(this.options.id, { from });
      for (const message of page.messages) {
        this.next = message.seq + 1;
        if (message.turn !== status.turn || message.message.role === 'user') continue;
        if (message.message.role === 'assistant') this.steps += 1;
        yield { type: 'message', isFinal: false, message };
      }
      from = page.next;
    }
  }
}

/** What of the pending activities has been told. */
class Progress {
  private readonly attempts = new Map<string, { attempt: number; worker: string | undefined }>();
  private shown = { key: '', length: 0 };

  *observe(
    pending: readonly PendingActivity[],
    turn: number,
    finishedSteps: number,
  ): Generator<ConversationEvent> {
    for (const activity of pending) {
      yield* this.observeAttempt(activity);
      const { deltas } = activity;
      // Details outlive their attempt until the next one beats.
      const isOld = deltas?.turn !== turn || deltas.step <= finishedSteps;
      if (deltas && !isOld && deltas.attempt === activity.attempt)
        yield* this.observeDeltas(deltas);
    }
  }

  private *observeAttempt(activity: PendingActivity): Generator<ConversationEvent> {
    const { activityId, attempt, worker, isStarted, type } = activity;
    if (!isStarted) return;
    const before = this.attempts.get(activityId);
    this.attempts.set(activityId, { attempt, worker });
    if (!before || before.attempt === attempt) return;
    this.shown = { key: '', length: 0 };
    yield {
      type: 'attempt',
      isFinal: false,
      activity: type,
      attempt,
      ...(before.worker && { lostWorker: before.worker }),
      ...(worker && { worker }),
    };
  }

  private *observeDeltas({
    turn,
    step,
    attempt,
    offset,
    text,
  }: DeltaSnapshot): Generator<ConversationEvent> {
    const key = `${turn}/${step}/${attempt}`;
    if (this.shown.key !== key) this.shown = { key, length: 0 };
    const end = offset + text.length;
    if (end <= this.shown.length) return;
    const content = text.slice(Math.max(0, this.shown.length - offset));
    this.shown.length = end;
    yield { type: 'partial', content, isFinal: false, turn, step, attempt };
  }
}
