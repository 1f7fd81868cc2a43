/** What a turn that is over yielded: its answer, from Memory or as it was kept, and what it cost. Pure. */
import type { AgentResponseMessage } from '../agent/agent-messages';
import type { Memory } from '../agent/memory';
import type { FinishReason, ModelResponse } from '../agent/model';
import { outputOf } from '../agent/output';
import type { TurnRecord } from './contract';
import { turnSpending } from './turn-log';

export function toResponse(turn: TurnRecord, memory: Memory): AgentResponseMessage {
  const answer = turn.answer ?? answerIn(memory, turn);
  const otherwise: FinishReason = turn.status === 'interrupted' ? 'interrupted' : 'error';
  const finishReason = answer?.finishReason ?? otherwise;
  const output = answer && outputOf(answer);
  return {
    role: 'agent',
    content: answer?.content ?? '',
    turn: turn.turn,
    finishReason,
    ...turnSpending(turn),
    ...(output !== undefined && { output }),
    ...(turn.error && { error: turn.error }),
  };
}

function answerIn(memory: Memory, { answerSeq }: TurnRecord): ModelResponse | undefined {
  if (answerSeq === undefined) return undefined;
  const [message] = memory.slice(answerSeq, answerSeq + 1);
  return message?.role === 'assistant' ? message : undefined;
}
