/** The turns of a conversation, one after the other, whoever opens them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TurnSummary } from '../../workflows/contract';
import type { AgentClient } from '../agent-client';
import type { ConversationEvent } from '../conversation-events';
import {
  DeadlineError,
  MessageCancelledError,
  NoWorkerError,
  WorkerCannotProcessError,
} from '../errors';

export interface FollowOptions {
  readonly client: AgentClient;
  readonly id: string;
  /** Somebody here has sent a message: it is looked at once. */
  readonly wakeUp: WakeUp;
  readonly signal: AbortSignal;
}

export type FollowedEvent =
  | { readonly type: 'turn'; readonly turn: number }
  | ConversationEvent
  /** For the moment nothing can be read. */
  | { readonly type: 'trouble'; readonly message: string }
  /** The conversation takes no more messages and has nothing to do. */
  | { readonly type: 'ended' };

const idleLookMs = 1_000;
const hastyLookMs = 100;
const hasteMs = 3_000;

/** Begins with the turn that runs, or else with the next one. */
export async function* followTurns(options: FollowOptions): AsyncGenerator<FollowedEvent> {
  const { client, id, wakeUp, signal } = options;
  let fromSeq = 0;
  let seenEvents = -1;
  let trouble: string | undefined;
  let failures = 0;
  let lastTurn: number | undefined;
  while (!signal.aborted) {
    try {
      const run = await client.describe(id);
      const isHasty = Date.now() - wakeUp.calledAtMs < hasteMs;
      if (run.historyEvents !== seenEvents || isHasty) {
        const state = await client.state(id);
        lastTurn ??= state.turn - (isRunning(state.turns) ? 1 : 0);
        const next = state.turns.find(({ turn }) => turn > (lastTurn ?? 0));
        if (next) {
          yield { type: 'turn', turn: next.turn };
          for await (const event of eventsOf(options, next, fromSeq)) {
            if (event.type === 'message') fromSeq = event.message.seq + 1;
            yield event;
          }
          lastTurn = next.turn;
          continue;
        }
        if (fromSeq === 0) fromSeq = state.messages;
        seenEvents = run.historyEvents;
      }
      trouble = undefined;
      failures = 0;
      if (run.status !== 'RUNNING') {
        yield { type: 'ended' };
        return;
      }
      await wakeUp.within(isHasty ? hastyLookMs : idleLookMs);
    } catch (error) {
      if (!mayPass(error)) throw error;
      failures += 1;
      // A worker that takes another one's place may need longer than one question is waited for.
      const isEarly = error instanceof DeadlineError && failures < 2;
      if (!isEarly && error.message !== trouble) {
        yield { type: 'trouble', message: error.message };
        trouble = error.message;
      }
      await wakeUp.within(idleLookMs);
    }
  }
}

async function* eventsOf(
  { client, id }: FollowOptions,
  { messageIds }: TurnSummary,
  fromSeq: number,
): AsyncGenerator<ConversationEvent> {
  const [messageId] = messageIds;
  if (messageId === undefined) return;
  yield* client.watch(id, messageId, { fromSeq, includesUserMessages: true });
}

function isRunning(turns: readonly TurnSummary[]): boolean {
  return turns.at(-1)?.status === 'running';
}

function mayPass(error: unknown): error is Error {
  return (
    error instanceof NoWorkerError ||
    error instanceof WorkerCannotProcessError ||
    error instanceof DeadlineError ||
    error instanceof MessageCancelledError
  );
}

/** Ends a pause early. */
export class WakeUp {
  /** Unix milliseconds. 0 before the first call. */
  calledAtMs = 0;
  private wake: () => void = () => undefined;

  call(): void {
    this.calledAtMs = Date.now();
    this.wake();
  }

  /** Resolves when it is called, or after so many milliseconds. */
  async within(ms: number): Promise<void> {
    const woken = new AbortController();
    this.wake = () => woken.abort();
    await sleep(ms, undefined, { signal: woken.signal }).catch(() => undefined);
  }
}
