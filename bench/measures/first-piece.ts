/** How long a client waits for the first piece of an answer that is written word by word. */
import { runOnce } from '../contender-process';
import type { ContenderName } from '../contenders/contract';
import type { Section } from '../results';
import { firstWord } from '../text';
import { Collected } from './collected';
import { type Arena, inTurn, placeWorker, turnOf } from './arena';

export interface FirstPieceOptions {
  /** Each with a client process of its own. */
  readonly rounds: number;
  readonly asksPerRound: number;
}

export async function measureFirstPiece(
  arena: Arena,
  { rounds, asksPerRound }: FirstPieceOptions,
): Promise<Section> {
  const times = new Collected<number>(arena.names, arena.progress);
  const withoutStream = new Set<ContenderName>();
  for (let round = 0; round < rounds; round++) {
    arena.progress(`first piece, round ${round + 1} of ${rounds}`);
    for (const name of inTurn(arena.names, round)) {
      await times.collect(name, async () => {
        const { worker, taskQueue } = await placeWorker(arena, name, 'slow');
        try {
          const { firstPieceMs, isStreaming } = await runOnce(
            name,
            {
              role: 'reader',
              address: arena.address,
              taskQueue,
              turn: turnOf(1),
              firstWord,
              rounds: asksPerRound,
            },
            'read',
          );
          if (!isStreaming) withoutStream.add(name);
          return firstPieceMs;
        } finally {
          await worker.stop();
        }
      });
    }
  }
  return {
    title: firstPieceTitle,
    method:
      "From a client's send, which starts a conversation, to the first streamed piece that it sees. The provider writes a word every 10 ms. Peers publish every 100 ms. The bare loop streams nothing: its figure is the whole answer.",
    rows: [
      {
        name: firstPieceName,
        digits: 0,
        cells: times.cells(
          (elapsedMs) => elapsedMs,
          (name) => (withoutStream.has(name) ? 'whole answer' : undefined),
        ),
      },
    ],
  };
}

export const firstPieceTitle = 'Time to first token';
export const firstPieceName = 'send to first piece, ms';
