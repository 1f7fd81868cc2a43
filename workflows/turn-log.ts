/**
 * The turns of a conversation: who opened each, how it ended, what it cost. Plain state. What has left Memory is
 * forgotten but for the last turns, whose answers stay with them; the totals stay exact.
 */
import type { TurnError } from '../agent/agent-messages';
import type { Message } from '../agent/model';
import type { FailedAttempts, Spending } from '../agent/usage';
import { addFailedAttempts, addSpending, nothingSpent } from '../agent/usage';
import type { EarlierTurns, KeptAnswer, TurnRecord } from './contract';
import { cutToBytes } from '../agent/json';

/** How many of the last turns are remembered whatever leaves Memory: a client may still wait for their answers. */
export const turnsRemembered = 20;
/** JSON bytes of all answers that are kept for them: the oldest are cut. */
export const keptAnswersBytes = 256 * 1024;
/** What is left of an answer that is cut. */
const cutAnswerBytes = 1024;

export type TurnOutcome = Pick<TurnRecord, 'status'> & {
  readonly answerSeq?: number;
  readonly error?: TurnError;
};

export class TurnLog {
  private list: TurnRecord[];
  private forgotten: EarlierTurns | undefined;

  constructor(records: readonly TurnRecord[] = [], earlier?: EarlierTurns) {
    this.list = [...records];
    this.forgotten = earlier;
  }

  /** Oldest first. */
  get records(): readonly TurnRecord[] {
    return this.list;
  }

  /** Those that are no longer among the records, in sum. */
  get earlier(): EarlierTurns | undefined {
    return this.forgotten;
  }

  get last(): TurnRecord | undefined {
    return this.list.at(-1);
  }

  /** The turn at work, if there is one. */
  get running(): TurnRecord | undefined {
    return this.last?.status === 'running' ? this.last : undefined;
  }

  /** Of the whole conversation. */
  get spent(): Spending & { readonly failedAttempts?: FailedAttempts } {
    const all = [...(this.forgotten ? [this.forgotten] : []), ...this.list];
    const failedAttempts = all
      .map((turn) => turn.failedAttempts)
      .reduce(addFailedAttempts, undefined);
    return {
      ...all.map(turnSpending).reduce(addSpending, nothingSpent),
      ...(failedAttempts && { failedAttempts }),
    };
  }

  open(messageId: string, seq: number, startedAtMs?: number): void {
    this.list.push({
      turn: (this.last?.turn ?? 0) + 1,
      messages: [{ messageId, seq }],
      status: 'running',
      ...nothingSpent,
      ...(startedAtMs !== undefined && { startedAtMs }),
    });
  }

  /** A message enters the running turn. */
  join(messageId: string, seq: number): void {
    this.update(({ messages }) => ({ messages: [...messages, { messageId, seq }] }));
  }

  /** The running turn's model has answered. */
  countStep(toolCalls: number): void {
    this.update((turn) => ({
      steps: (turn.steps ?? 0) + 1,
      toolCalls: (turn.toolCalls ?? 0) + toolCalls,
    }));
  }

  /** A person lets the running turn pass its budget. */
  extend(): void {
    this.update(({ extensions = 0 }) => ({ extensions: extensions + 1 }));
  }

  /** Time passed that is not to count, as far as the running turn was there. */
  postpone(fromMs: number, toMs: number): void {
    if (!this.running) return;
    this.update(({ startedAtMs }) =>
      startedAtMs === undefined
        ? {}
        : { startedAtMs: startedAtMs + toMs - Math.max(fromMs, startedAtMs) },
    );
  }

  /** Of the whole conversation, as far as it is known: one call without a price takes no dollar off a budget. */
  get knownCostUsd(): number {
    const all = [...(this.forgotten ? [this.forgotten] : []), ...this.list];
    return all.reduce((total, turn) => total + knownCostOf(turn), 0);
  }

  /** Model calls and tool calls of the whole conversation. */
  get counts(): { readonly steps: number; readonly toolCalls: number } {
    const all = [...(this.forgotten ? [this.forgotten] : []), ...this.list];
    const sum = (key: 'steps' | 'toolCalls') =>
      all.reduce((total, turn) => total + (turn[key] ?? 0), 0);
    return { steps: sum('steps'), toolCalls: sum('toolCalls') };
  }

  close(outcome: TurnOutcome): void {
    this.update(() => outcome);
  }

  /** Counted to the last turn. */
  spend(spending: Spending, failed: FailedAttempts | undefined): void {
    this.update((turn) => {
      const failedAttempts = addFailedAttempts(turn.failedAttempts, failed);
      return {
        ...withKnownCost(turn, spending),
        ...(failedAttempts && { failedAttempts }),
      };
    });
  }

  /** The turn that a message opened. */
  find(messageId: string): TurnRecord | undefined {
    return this.list.findLast(({ messages }) =>
      messages.some((message) => message.messageId === messageId),
    );
  }

  /** Messages before `firstSeq` are about to leave Memory; `messageAt` still has them. */
  forget(firstSeq: number, messageAt: (seq: number) => Message | undefined): void {
    const remembered = this.list.length - turnsRemembered;
    const isKept = (turn: TurnRecord, index: number) =>
      index >= remembered || (turn.answerSeq ?? turn.messages[0]?.seq ?? 0) >= firstSeq;
    const leaving = this.list.filter((turn, index) => !isKept(turn, index));
    this.list = this.list.filter(isKept);
    this.forgotten = leaving.reduce<EarlierTurns | undefined>(addTurn, this.forgotten);
    let bytes = 0;
    this.list = this.list
      .toReversed()
      .map((turn) => {
        const answer = answerOf(turn, firstSeq, messageAt);
        if (!answer) return turn;
        bytes += answer.content.length;
        const limit = bytes > keptAnswersBytes ? cutAnswerBytes : keptAnswersBytes;
        return { ...turn, answer: { ...answer, content: cutToBytes(answer.content, limit) } };
      })
      .toReversed();
  }

  private update(change: (turn: TurnRecord) => Partial<TurnRecord>): void {
    const { last } = this;
    if (last) this.list[this.list.length - 1] = { ...last, ...change(last) };
  }
}

/** A turn of a run that was begun before prices were kept has cost nobody knows what. */
export function turnSpending({
  usage,
  costUsd = null,
}: Pick<TurnRecord, 'usage' | 'costUsd'>): Spending {
  return { usage, costUsd };
}

type KnownSpending = Pick<TurnRecord, 'usage' | 'costUsd' | 'knownCostUsd'>;

function knownCostOf({ costUsd, knownCostUsd }: KnownSpending): number {
  return knownCostUsd ?? costUsd ?? 0;
}

function withKnownCost(
  left: KnownSpending,
  right: KnownSpending,
): Spending & { readonly knownCostUsd?: number } {
  const sum = addSpending(turnSpending(left), turnSpending(right));
  if (sum.costUsd !== null) return sum;
  return { ...sum, knownCostUsd: knownCostOf(left) + knownCostOf(right) };
}

function addTurn(earlier: EarlierTurns | undefined, turn: TurnRecord): EarlierTurns {
  const failedAttempts = addFailedAttempts(earlier?.failedAttempts, turn.failedAttempts);
  return {
    turns: (earlier?.turns ?? 0) + 1,
    steps: (earlier?.steps ?? 0) + (turn.steps ?? 0),
    toolCalls: (earlier?.toolCalls ?? 0) + (turn.toolCalls ?? 0),
    ...withKnownCost(earlier ?? nothingSpent, { ...turn, ...turnSpending(turn) }),
    ...(failedAttempts && { failedAttempts }),
  };
}

/** What a client has to be told of an answer that has left Memory, or is about to. */
function answerOf(
  { answer, answerSeq }: TurnRecord,
  firstSeq: number,
  messageAt: (seq: number) => Message | undefined,
): KeptAnswer | undefined {
  if (answer || answerSeq === undefined || answerSeq >= firstSeq) return answer;
  const message = messageAt(answerSeq);
  if (message?.role !== 'assistant') return undefined;
  const { content, finishReason, outputProblem } = message;
  return { content, finishReason, ...(outputProblem !== undefined && { outputProblem }) };
}
