/** What a run of kills in transit must show. */
import { type Transit, type TransitMoment, momentsIn } from './kill-moments';
import type { TransitKill, TransitRun } from './kill-transit';
import { type LedgerVerdict, ledgerVerdictOf } from './kill-verdict';

export const transits = Object.keys(momentsIn) as readonly Transit[];

export interface TransitVerdict extends LedgerVerdict {
  /** Kills whose call was still on its way when the worker was gone. */
  readonly hits: Readonly<Record<Transit, number>>;
  readonly conversations: number;
  /** Conversations whose memory, or whose whole transcript, is not byte for byte the undisturbed one's. */
  readonly changedMemories: number;
  readonly changedTranscripts: number;
}

export function transitVerdictOf(run: TransitRun): TransitVerdict {
  const { disturbed, undisturbed, calls, effects } = run;
  const expected = undisturbed[0]!;
  const all = [...undisturbed, ...disturbed];
  const transcripts = new Map(all.map(({ id, messages }) => [id, messages]));
  return {
    hits: {
      'continue-as-new': hitsIn(run.kills, 'continue-as-new'),
      compaction: hitsIn(run.kills, 'compaction'),
      'cache-miss': hitsIn(run.kills, 'cache-miss'),
    },
    conversations: disturbed.length,
    changedMemories: all.filter(({ memory }) => memory !== expected.memory).length,
    changedTranscripts: all.filter(({ transcript }) => transcript !== expected.transcript).length,
    ...ledgerVerdictOf({ calls, effects, transcripts }, all.length),
  };
}

function hitsIn(kills: readonly TransitKill[], transit: Transit): number {
  const moments: readonly TransitMoment[] = momentsIn[transit];
  return kills.filter(({ moment, isHit }) => isHit && moments.includes(moment)).length;
}
