/** What continue-as-new took along, read for the turns that it remembers. */
import type { TurnError } from '../../agent/agent-messages';
import type { Spending } from '../../agent/usage';
import { parseUsd } from '../../agent/usage';
import type { TurnStatus } from '../../workflows/contract';
import {
  asCount,
  asFields,
  asList,
  asText,
  fullText,
  readError,
  readUsage,
  shortText,
} from './values';

export interface CarriedTurn {
  readonly turn: number;
  readonly userMessages: readonly { readonly messageId: string; readonly text: string }[];
  readonly status: TurnStatus;
  readonly spent: Spending;
  readonly answer?: string;
  readonly error?: TurnError;
}

export function carriedTurns(carried: unknown): readonly CarriedTurn[] {
  const { turns, memory } = asFields(carried);
  const contentAt = contentBySeq(memory);
  return asList(turns).flatMap((value) => {
    const fields = asFields(value);
    const turn = asCount(fields.turn);
    if (turn === undefined) return [];
    // An answer that has left Memory stands with its turn.
    const content = asFields(fields.answer).content ?? contentAt(fields.answerSeq);
    const answer = fields.status === 'answered' ? content : undefined;
    const error = readError(fields.error);
    return [
      {
        turn,
        userMessages: asList(fields.messages).map((message) => ({
          messageId: asText(asFields(message).messageId) ?? '',
          text: shortText(contentAt(asFields(message).seq)),
        })),
        status: readStatus(fields.status),
        spent: { usage: readUsage(fields.usage), costUsd: parseUsd(fields.costUsd) },
        ...(answer !== undefined && { answer: fullText(answer) }),
        ...(error && { error }),
      },
    ];
  });
}

function contentBySeq(memory: unknown): (seq: unknown) => unknown {
  const { firstSeq, messages, head } = asFields(memory);
  const first = asCount(firstSeq) ?? 0;
  const list = asList(messages);
  // Users' messages may have stayed when their neighbours left.
  const kept = asList(asFields(head).kept).map(asFields);
  const keptAt = (seq: unknown) => asFields(kept.find((entry) => entry.seq === seq)?.message);
  return (seq) => asFields(list[(asCount(seq) ?? -1) - first] ?? keptAt(seq)).content;
}

function readStatus(status: unknown): TurnStatus {
  const known = ['answered', 'failed', 'interrupted'] as const;
  return known.find((one) => one === status) ?? 'running';
}
