/** Where a reader of a conversation stands, and that as a short text: no server has to remember it. Pure. */
import { InvalidOffsetError } from '../errors';

/** What a reader has been told. */
export interface StreamPosition {
  /** Sequence number of the message that comes next. */
  readonly seq: number;
  /** How many of that message's events have been told already. */
  readonly told: number;
  /** The last turn whose end has been told; no message of it, or of one before it, comes any more. */
  readonly turn: number;
  /** Of the answer that was being generated. */
  readonly shown?: ShownPieces | undefined;
  /** Ids of what waited for a person. */
  readonly waiting: readonly string[];
}

/** How many characters of a step's text and reasoning, and of which attempt of which call. */
export interface ShownPieces {
  readonly turn: number;
  readonly step: number;
  readonly attempt: number;
  /** Of the model call; attempts are its own. Absent where an older worker wrote. */
  readonly call?: string | undefined;
  readonly text: number;
  readonly thinking: number;
}

export const atTheBeginning: StreamPosition = { seq: 0, told: 0, turn: 0, waiting: [] };

export function formatOffset({ seq, told, turn, shown, waiting }: StreamPosition): string {
  const pieces =
    shown &&
    [shown.turn, shown.step, shown.attempt, shown.text, shown.thinking, shown.call]
      .filter((part) => part !== undefined)
      .join('.');
  const ids = waiting.map((callId) => `!${encodeURIComponent(callId).replaceAll('!', '%21')}`);
  return `${seq}.${told}.${turn}${pieces === undefined ? '' : `~${pieces}`}${ids.join('')}`;
}

const pattern =
  /^(\d+)(?:\.(\d+)\.(\d+)(?:~(\d+)\.(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\.([\w-]+))?)?((?:![\w.%~*'()-]+)*))?$/;

/** @throws InvalidOffsetError */
export function parseOffset(text: string): StreamPosition {
  const match = pattern.exec(text);
  const numbers = match?.slice(1, 9).map((digits) => Number(digits ?? 0)) ?? [];
  if (!match || !numbers.every(Number.isSafeInteger)) throw new InvalidOffsetError(text);
  const [seq = 0, told = 0, lastTurn = 0, turn = 0, step = 0, attempt = 0, ...lengths] = numbers;
  const [textLength = 0, thinking = 0] = lengths;
  const call = match[9];
  const waiting = (match[10] ?? '').split('!').slice(1);
  return {
    seq,
    told,
    turn: lastTurn,
    ...(match[4] !== undefined && {
      shown: { turn, step, attempt, ...(call && { call }), text: textLength, thinking },
    }),
    waiting: waiting.map((id) => decodeId(id, text)),
  };
}

function decodeId(id: string, text: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    throw new InvalidOffsetError(text);
  }
}
