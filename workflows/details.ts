/** The Markdown that the Temporal UI shows for a conversation: what it does, what it waits for, what it has taken. */
import { setCurrentDetails } from '@temporalio/workflow';
import { describeGauges } from '../agent/budget-gauges';
import { cutToBytes, jsonBytes } from '../agent/json';
import { asCode, asText } from '../agent/markdown';
import type { UserMessage } from '../agent/messages';
import { contentToText } from '../agent/messages';
import type { Message } from '../agent/model';
import { gaugesOf } from './budget-guard';
import type { WaitingMessage } from './contract';
import type { Conversation } from './conversation';
import { describeWaiting } from './details-pending';
import { toolLabel } from './labels';

/** The server takes 20,000 bytes. */
const detailsLimitBytes = 16 * 1024;
const messagesShown = 8;
const messageLimit = 240;
const callsShown = 48;
const queuedShown = 5;

/**
 * They are drawn when somebody looks, which is rare, and then they are of that moment: the SDK writes the details into
 * the answer to a query of its own, as JSON, and JSON asks for `toJSON`. `id`: the conversation's.
 */
export function showDetails(conversation: Conversation, id: string): void {
  const details = { toJSON: () => toDetails(conversation, id) };
  setCurrentDetails(details as unknown as string);
}

export function toDetails(conversation: Conversation, id: string): string {
  const { pinned, memory, approvals } = conversation;
  const { name = 'agent', model = '…' } = pinned?.agent ?? {};
  const paragraphs = [
    `### ${asText(name, messageLimit)} · ${asText(model, messageLimit)}`,
    describeProgress(conversation),
    ...describeFailure(conversation),
    ...describeWaiting(id, approvals.pending),
    describeSpending(conversation),
    ...describeQueue(conversation),
  ];
  const lines = memory.messages.slice(-messagesShown).map(toLine);
  // The newest are what somebody looks for.
  while (lines.length > 1 && jsonBytes([...paragraphs, ...lines]) > detailsLimitBytes - 100) {
    lines.shift();
  }
  const hidden = memory.messages.length - lines.length;
  const earlier = hidden > 0 ? [`_${hidden} earlier messages_`] : [];
  return cutToBytes([...paragraphs, ...earlier, ...lines].join('\n\n'), detailsLimitBytes);
}

function describeProgress(conversation: Conversation): string {
  const { turns, step, inbox, compactions } = conversation;
  return [
    `turn ${turns.at(-1)?.turn ?? 0}`,
    `step ${step}`,
    `**${doing(conversation)}**`,
    ...(compactions > 0 ? [`compacted ${compactions}×`] : []),
    ...(inbox.waitingIds.length > 0 ? [`${inbox.waitingIds.length} queued`] : []),
    ...(inbox.steeringIds.length > 0 ? [`${inbox.steeringIds.length} steering`] : []),
  ].join(' · ');
}

function doing(conversation: Conversation): string {
  const { activity, isPaused, isClosing, hasWork, approvals } = conversation;
  if (approvals.pending.length > 0) return 'waiting for a person';
  if (isPaused && (activity === undefined || activity === 'paused')) return 'paused';
  if (activity !== undefined) return asText(activity, messageLimit);
  if (isClosing && !hasWork) return 'closed';
  return 'waiting for a message';
}

function describeFailure({ turns }: Conversation): readonly string[] {
  const { turn, error } = turns.at(-1) ?? {};
  if (!error) return [];
  const { type, message } = error;
  return [
    `**Turn ${turn} failed** · ${asText(type, messageLimit)}: ${asText(message, messageLimit)}`,
  ];
}

function describeSpending(conversation: Conversation): string {
  const { turnLog, runningTurn } = conversation;
  const { usage, costUsd, failedAttempts } = turnLog.spent;
  const inVain = failedAttempts ? `, ${failedAttempts.attempts} failed attempts included` : '';
  const cost = costUsd === null ? ' · not all prices are known' : '';
  const tokens = `${usage.inputTokens.toLocaleString('en')} tokens in, ${usage.outputTokens.toLocaleString('en')} out`;
  const gauges = (scope: 'turn' | 'conversation') =>
    asText(describeGauges(gaugesOf(conversation, scope)).join(' · '), messageLimit);
  return [
    ...(runningTurn ? [`this turn: ${gauges('turn')}`] : []),
    `conversation: ${gauges('conversation')}`,
    `${tokens}${inVain}${cost}`,
  ].join('  \n');
}

function describeQueue({ inbox }: Conversation): readonly string[] {
  const { waiting, steering = [] } = inbox.snapshot();
  const toQueued = (how: string) => (queued: WaitingMessage) =>
    `_${how}_ ${asCode(queued.messageId)} ${asText(contentToText(queued.message.content), messageLimit)}`;
  const lines = [...steering.map(toQueued('steering')), ...waiting.map(toQueued('queued'))];
  const hidden = lines.length - queuedShown;
  return [...lines.slice(0, queuedShown), ...(hidden > 0 ? [`_${hidden} more_`] : [])];
}

function speaker({ isRepair, isSummary, isConclusion }: UserMessage): string {
  if (isSummary) return 'summary';
  if (isConclusion) return 'limit';
  return isRepair ? 'repair' : 'user';
}

function toLine(message: Message): string {
  switch (message.role) {
    case 'user':
      return `**${speaker(message)}** ${asText(contentToText(message.content), messageLimit)}`;
    case 'assistant': {
      const { content, toolCalls } = message;
      const shown = toolCalls.slice(0, callsShown);
      const calls = shown.map((call) => asCode(toolLabel(call.name, call.arguments)));
      const hidden = toolCalls.length - shown.length;
      const more = hidden > 0 ? `… and ${hidden} more` : '';
      return `**agent** ${[asText(content, messageLimit), ...calls, more].filter(Boolean).join(' ')}`;
    }
    case 'tool_response':
      return `**${asText(message.toolName, messageLimit)}** ${message.isError ? '⚠ ' : ''}${asText(contentToText(message.content), messageLimit)}`;
  }
}
