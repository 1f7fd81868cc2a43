/** The Markdown that the Temporal UI shows for a conversation (tab *User Metadata*). */
import { cut, cutToBytes } from '../agent/json';
import type { UserMessage } from '../agent/messages';
import { contentToText } from '../agent/messages';
import type { Message } from '../agent/model';
import type { Conversation } from './conversation';
import { toolLabel } from './labels';

/** The server takes 20,000 bytes. */
const detailsLimitBytes = 16 * 1024;
const messagesShown = 8;
const messageLimit = 240;
/** Details are drawn at every call: those of an answer with a hundred would be drawn a hundred times. */
const callsShown = 48;

/** `lineOf` is `toLine`, or one that remembers: messages never change, and details are drawn twice a step. */
export function toDetails(conversation: Conversation, lineOf = toLine): string {
  const { pinned, turns, inbox, memory, activity, compactions } = conversation;
  const turn = turns.at(-1);
  const failed =
    turn?.error &&
    `\n**Turn ${turn.turn} failed** · ${turn.error.type}: ${cut(turn.error.message, messageLimit)}`;
  const waiting = inbox.waitingIds.length > 0 ? ` · ${inbox.waitingIds.length} waiting` : '';
  const compacted = compactions > 0 ? ` · compacted ${compactions}×` : '';
  const hidden = Math.max(0, memory.messages.length - messagesShown);
  const lines = [
    `### ${pinned?.agent.name ?? 'agent'} · ${pinned?.agent.model ?? '…'}`,
    `turn ${turn?.turn ?? 0} · step ${conversation.step} · **${activity ?? 'waiting for a message'}**${compacted}${waiting}${failed ?? ''}`,
    ...(hidden > 0 ? [`_${hidden} earlier messages_`] : []),
    ...memory.messages.slice(-messagesShown).map((message) => lineOf(message)),
  ];
  return cutToBytes(lines.join('\n\n'), detailsLimitBytes);
}

/** A `toLine` that draws each message once. */
export function rememberLines(): typeof toLine {
  const lines = new WeakMap<Message, string>();
  return (message) => {
    const known = lines.get(message);
    if (known !== undefined) return known;
    const line = toLine(message);
    lines.set(message, line);
    return line;
  };
}

function speaker({ isRepair, isSummary, isConclusion }: UserMessage): string {
  if (isSummary) return 'summary';
  if (isConclusion) return 'limit';
  return isRepair ? 'repair' : 'user';
}

function toLine(message: Message): string {
  switch (message.role) {
    case 'user':
      return `**${speaker(message)}** ${cut(contentToText(message.content), messageLimit)}`;
    case 'assistant': {
      const { content, toolCalls } = message;
      const shown = toolCalls.slice(0, callsShown);
      const calls = shown.map((call) => `\`${toolLabel(call.name, call.arguments)}\``);
      const hidden = toolCalls.length - shown.length;
      const more = hidden > 0 ? `… and ${hidden} more` : '';
      return `**agent** ${[cut(content, messageLimit), ...calls, more].filter(Boolean).join(' ')}`;
    }
    case 'tool_response':
      return `**${message.toolName}** ${message.isError ? '⚠ ' : ''}${cut(contentToText(message.content), messageLimit)}`;
  }
}
