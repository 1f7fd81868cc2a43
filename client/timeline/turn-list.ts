/** The turns of a conversation as they open, one after the other: which of them a fact is about. */
import { carriedTurns } from './carried';
import type { Door } from './door';
import type { TurnRecord } from './turn';
import { goOn, lastEndMs } from './turn';
import type { TurnSurroundings } from './turn-end';
import { endForNext } from './turn-end';
import { pauseFrom } from './waits';

type OpenTurn = Pick<TurnRecord, 'turn' | 'userMessages' | 'carriedSpent'> & {
  readonly atMs: number;
};

export interface TurnListOptions {
  readonly door: Door;
  readonly isPaused: () => boolean;
  /** As far as facts have been told. */
  readonly surroundings: () => TurnSurroundings;
}

export class TurnList {
  private readonly list: TurnRecord[] = [];
  private readonly byNumber = new Map<number, TurnRecord>();

  constructor(private readonly options: TurnListOptions) {}

  /** Oldest first. */
  get records(): readonly TurnRecord[] {
    return this.list;
  }

  get last(): TurnRecord | undefined {
    return this.list.at(-1);
  }

  get running(): TurnRecord | undefined {
    return this.last?.status === 'running' ? this.last : undefined;
  }

  find(turn: number): TurnRecord | undefined {
    return this.byNumber.get(turn);
  }

  /** The agent was free for it: whatever waited before it has had its turn, and no model was called for that. */
  openTaken(messageId: string, atMs: number): void {
    if (!this.options.door.isQueued(messageId)) return;
    this.endLast();
    for (;;) {
      const message = this.options.door.next();
      if (!message) return;
      const turn = (this.last?.turn ?? 0) + 1;
      this.open({ turn, userMessages: [message], atMs });
      if (message.messageId === messageId) return;
      this.endLast();
    }
  }

  private endLast(): void {
    const last = this.last;
    if (last) endForNext(last, this.options.surroundings());
    this.options.door.queueSteering();
  }

  /** Of what waited while the agent was paused nothing tells that it has its turn by now. */
  openPaused(atMs: number): void {
    const message = this.options.door.next();
    if (!message) return;
    const turn = (this.last?.turn ?? 0) + 1;
    this.open({ turn, userMessages: [message], atMs });
  }

  /** The turn of a model call. A new number opens the next turn, and ends the one before if nothing else has. */
  at(turn: number | undefined, atMs: number): TurnRecord {
    const last = this.last;
    const isSame = turn === undefined ? last?.status === 'running' : last?.turn === turn;
    if (last && isSame) {
      if (last.status !== 'running') this.options.door.steerLate();
      return goOn(last);
    }
    this.endLast();
    const number = turn ?? (last?.turn ?? 0) + 1;
    // Of those between no model was called.
    for (let unseen = (last?.turn ?? number) + 1; unseen < number; unseen++) {
      const message = this.options.door.next();
      if (!message) break;
      const record = this.open({ turn: unseen, userMessages: [message], atMs });
      if (this.options.door.isInterrupting) record.interruptedAtMs = atMs;
      this.endLast();
    }
    const message = this.options.door.next();
    return this.open({ turn: number, userMessages: message ? [message] : [], atMs });
  }

  /** A turn begins when its message is there and the turn before it is over; at `atMs` when neither is known. */
  open({ atMs, ...fields }: OpenTurn): TurnRecord {
    const acceptedAt = fields.userMessages[0]?.acceptedAt;
    const acceptedAtMs = acceptedAt === undefined ? atMs : Date.parse(acceptedAt);
    const startedAtMs = Math.max(acceptedAtMs, this.last?.endedAtMs ?? 0);
    const record: TurnRecord = {
      ...fields,
      startedAtMs,
      status: 'running',
      steps: [],
      compactions: [],
      waits: this.options.isPaused() ? [pauseFrom(startedAtMs)] : [],
    };
    this.list.push(record);
    this.byNumber.set(record.turn, record);
    return record;
  }

  /** What continue-as-new took along is the truth about turns; what was read before has more to tell. */
  restore(carried: unknown, atMs: number): void {
    for (const { turn, status, spent, answer, error, ...carriedTurn } of carriedTurns(carried)) {
      const mine = this.find(turn);
      const userMessages = carriedTurn.userMessages.map(
        (message) =>
          mine?.userMessages.find((it) => it.messageId === message.messageId) ??
          this.options.door.find(message.messageId) ??
          message,
      );
      const record = mine ?? this.open({ turn, userMessages, atMs, carriedSpent: spent });
      record.userMessages = userMessages;
      if (record.status !== 'running' || status === 'running') continue;
      if (answer !== undefined) record.answer = answer;
      if (error) record.error = error;
      record.status = status;
      record.endedAtMs = mine ? lastEndMs(mine) : atMs;
    }
  }
}
