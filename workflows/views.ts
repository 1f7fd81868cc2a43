/** What queries answer: views of a conversation. Pure. */
import { jsonBytes } from '../agent/json';
import { gaugesOf } from './budget-guard';
import type { Conversation } from './conversation';
import { contextWindowOf, promptTokensOf } from './prompt-size';
import type {
  ConversationState,
  MessageStatus,
  MessagesPage,
  MessagesRequest,
  SequencedMessage,
  StateRequest,
  TurnRecord,
  TurnSummary,
} from './contract';

const turnsShown = 20;

export function viewState(conversation: Conversation, request: StateRequest): ConversationState {
  const { pinned, inbox, turns, activity, compactions, compactionError } = conversation;
  const contextWindow = pinned && contextWindowOf(pinned);
  const { pending } = conversation.approvals;
  return {
    status: statusOf(conversation),
    ...(pinned && {
      agent: { name: pinned.agent.name, model: pinned.agent.model, hash: pinned.hash },
    }),
    mode: conversation.mode,
    turn: turns.at(-1)?.turn ?? 0,
    step: turns.length === 0 ? 0 : conversation.step,
    ...(activity !== undefined && { activity }),
    messages: conversation.memory.nextSeq,
    promptTokens: promptTokensOf(conversation),
    ...(contextWindow !== undefined && { contextWindow }),
    compactions,
    ...(compactionError && { compactionError }),
    queued: inbox.waitingIds,
    ...(inbox.steeringIds.length > 0 && { steering: inbox.steeringIds }),
    ...(conversation.isPaused && { isPaused: true }),
    ...(pending.length > 0 && { pending }),
    turns: turns.slice(-turnsShown).map(summary),
    ...conversation.turnLog.spent,
    budgets: {
      ...(conversation.runningTurn && { turn: gaugesOf(conversation, 'turn') }),
      conversation: gaugesOf(conversation, 'conversation'),
    },
    setAside: inbox.setAside,
    ...(request.messageId !== undefined && {
      message: messageStatus(conversation, request.messageId),
    }),
  };
}

export function viewMessages(
  conversation: Conversation,
  { from, limitBytes }: Required<MessagesRequest>,
): MessagesPage {
  const { memory, turns } = conversation;
  const page: SequencedMessage[] = [];
  let bytes = 0;
  let next: number | undefined;
  for (const { seq, message } of memory.sequencedFrom(from)) {
    const entry = { seq, ...originOf(turns, seq), message };
    bytes += jsonBytes(entry);
    if (page.length > 0 && bytes > limitBytes) {
      next = seq;
      break;
    }
    page.push(entry);
  }
  const summary = from === 0 ? memory.head?.summary : undefined;
  return { messages: page, ...(summary && { summary }), ...(next !== undefined && { next }) };
}

function statusOf(conversation: Conversation): ConversationState['status'] {
  if (conversation.isClosing) return conversation.hasWork ? 'closing' : 'closed';
  if (!conversation.pinned) return 'starting';
  return conversation.hasWork ? 'running' : 'idle';
}

function messageStatus(conversation: Conversation, messageId: string): MessageStatus {
  const position = conversation.inbox.waitingIds.indexOf(messageId) + 1;
  if (position > 0) return { status: 'queued', position };
  if (conversation.inbox.steeringIds.includes(messageId)) return { status: 'steering' };
  if (conversation.inbox.isCancelled(messageId)) return { status: 'cancelled' };
  const turn = conversation.turnLog.find(messageId);
  if (!turn) return { status: 'unknown' };
  return turn.status === 'running'
    ? { status: 'running', turn: turn.turn }
    : { status: turn.status, turn: turn.turn, response: conversation.responseOf(turn) };
}

function summary({ turn, messages, status, error }: TurnRecord): TurnSummary {
  const firstSeq = messages[0]?.seq;
  return {
    turn,
    messageIds: messages.map(({ messageId }) => messageId),
    ...(firstSeq !== undefined && { firstSeq }),
    status,
    ...(error && { error }),
  };
}

/** The turn that a message belongs to and, for a user's, the id it was sent with. */
function originOf(
  turns: readonly TurnRecord[],
  seq: number,
): Pick<SequencedMessage, 'turn' | 'messageId'> {
  const record = turns.findLast(({ messages }) => (messages[0]?.seq ?? 0) <= seq);
  const messageId = record?.messages.find((message) => message.seq === seq)?.messageId;
  return { turn: record?.turn ?? 0, ...(messageId !== undefined && { messageId }) };
}
