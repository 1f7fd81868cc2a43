/** How soon to look again. Pure: times come in, in milliseconds. */
import type { ConversationState } from '../../workflows/contract';

export interface PaceFacts {
  readonly now: number;
  readonly lastLookAt: number;
  /** When something has last been seen to move. */
  readonly lastMoveAt: number;
  /** When the channel has last told a piece; 0 before the first. Absent without a channel. */
  readonly lastPieceAt?: number | undefined;
  /** Undefined: it could not be read. */
  readonly state: ConversationState | undefined;
  /** A model call is at work, or waits to be tried again. */
  readonly isThinking: boolean;
  /** Between two looks while it is. @default pace.thinking */
  readonly intervalMs?: number | undefined;
}

export const pace = {
  /** While a model call may be at work: heartbeats come so often. */
  thinking: 100,
  /** The same, where pieces come by a channel: what is looked for is the beginning and the end. */
  channel: 250,
  /** A tool that takes long. */
  acting: 250,
  /** Somebody is waited for. */
  parked: 500,
  idle: 1_000,
  trouble: 500,
} as const;

/** A tool counts as long from then on. */
const longMs = 2_000;
/** A channel that has told nothing for so long is quiet: the step may be over. */
const quietMs = 150;
/** However lively it is. */
const channelMostMs = 1_000;

/** The time of the next look, if nobody calls for one. */
export function nextLookAt(facts: PaceFacts): number {
  const { lastLookAt, lastPieceAt = -Infinity, isThinking } = facts;
  const isLively = isThinking && lastPieceAt > lastLookAt - quietMs;
  if (!isLively) return lastLookAt + intervalOf(facts);
  return Math.min(lastLookAt + channelMostMs, Math.max(lastPieceAt + quietMs, lastLookAt + 50));
}

function intervalOf(facts: PaceFacts): number {
  const { now, lastMoveAt, lastPieceAt, state, isThinking, intervalMs = pace.thinking } = facts;
  if (!state) return pace.trouble;
  if (state.pending !== undefined || state.activity === 'paused') return pace.parked;
  if (state.status === 'idle' || state.status === 'closed') return pace.idle;
  if (isThinking) return lastPieceAt === undefined ? intervalMs : pace.channel;
  return now - lastMoveAt > longMs ? pace.acting : pace.thinking;
}
