/** One turn of a transcript. */
import { UnknownTurnError } from '../errors';
import type { Transcript } from './types';

/** With its own totals. @throws UnknownTurnError */
export function ofTurn(transcript: Transcript, turn: number): Transcript {
  const mine = transcript.turns.find((candidate) => candidate.turn === turn);
  if (!mine) throw new UnknownTurnError(transcript.id, turn, transcript.turns.at(-1)?.turn ?? 0);
  const { usage, costUsd } = mine;
  const turns = [mine];
  const messages = transcript.messages.filter((message) => message.turn === turn);
  const unproven = transcript.unproven.filter((step) => step.turn === turn);
  const compactions = transcript.compactions.filter((compaction) => compaction.turn === turn);
  return { ...transcript, usage, costUsd, turns, messages, compactions, unproven, waiting: [] };
}
