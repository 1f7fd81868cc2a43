/** Which turn and step a message is of that is known from what was carried over alone. */
import type { Message } from '../../agent/model';
import type { RebuiltMessage } from './rebuilt';
import type { CarriedTurn } from './read-recorded';

export interface CarriedMessage {
  readonly seq: number;
  readonly message: Message;
  readonly turns: readonly CarriedTurn[];
  /** The message before it, if it is known. */
  readonly before: RebuiltMessage | undefined;
}

export function originOf(carried: CarriedMessage): Omit<RebuiltMessage, 'message'> {
  const { seq, turns } = carried;
  const record = turns.findLast(({ messages }) => (messages[0]?.seq ?? 0) <= seq);
  const messageId = record?.messages.find((message) => message.seq === seq)?.messageId;
  const turn = record?.turn ?? 0;
  const step = messageId === undefined ? stepOf(carried, turn) : undefined;
  return {
    seq,
    turn,
    ...(step !== undefined && { step }),
    ...(messageId !== undefined && { messageId }),
  };
}

/** The ids of its calls say it; else it is the step after the one before it. */
function stepOf({ message, before }: CarriedMessage, turn: number): number | undefined {
  const previous = before?.turn === turn ? before : undefined;
  switch (message.role) {
    case 'user':
      return previous?.step;
    case 'tool_response':
      return stepIn(message.toolCallId) ?? previous?.step;
    case 'assistant': {
      const told = stepIn(message.toolCalls[0]?.id ?? '');
      if (told !== undefined || !previous) return told;
      if (previous.step !== undefined) return previous.step + 1;
      return previous.messageId === undefined ? undefined : 1;
    }
  }
}

/** Of a call's id, `t<turn>s<step>c<index>`. */
function stepIn(callId: string): number | undefined {
  const step = /^t\d+s(\d+)c\d+$/.exec(callId)?.[1];
  return step === undefined ? undefined : Number(step);
}
