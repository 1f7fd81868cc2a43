/** How long a client waits for the first piece of an answer, from its send on. */
import { randomUUID } from 'node:crypto';
import type { Contender } from './contract';
import type { Assignment, Report } from './process-contract';

/** Connections, compiled code and caches are there before anyone counts. */
const warmUps = 2;

export async function firstPieces(
  { openReader }: Contender,
  { address, taskQueue, turn, firstWord, rounds }: Extract<Assignment, { role: 'reader' }>,
): Promise<Report> {
  const reader = await openReader(address);
  const firstPieceMs: number[] = [];
  for (let round = -warmUps; round < rounds; round++) {
    const workflowId = `read-${randomUUID().slice(0, 8)}`;
    const sentAt = performance.now();
    await reader.firstPiece({ taskQueue, workflowId, turn, firstWord });
    if (round >= 0) firstPieceMs.push(performance.now() - sentAt);
  }
  return { type: 'read', firstPieceMs, isStreaming: reader.isStreaming };
}
