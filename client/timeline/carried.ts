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
    const answer = fields.status === 'answered' ? contentAt(fields.answerSeq) : undefined;
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
  const { firstSeq, messages } = asFields(memory);
  const first = asCount(firstSeq) ?? 0;
  const list = asList(messages);
  return (seq) => asFields(list[(asCount(seq) ?? -1) - first]).content;
}

function readStatus(status: unknown): TurnStatus {
  return status === 'answered' || status === 'failed' ? status : 'running';
}
