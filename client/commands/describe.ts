/** What the command line says, in words. Pure. */
import type { AgentResponseMessage } from '../../agent/agent-messages';
import { describeGauges } from '../../agent/budget-gauges';
import type { UserMessage } from '../../agent/messages';
import { contentToText } from '../../agent/messages';
import type { FailedAttempts } from '../../agent/usage';
import type {
  Acknowledgement,
  Compacted,
  ConversationState,
  SequencedMessage,
} from '../../workflows/contract';
import { toPrintable } from '../chat/printable';
import type { ListedConversation } from '../list-conversations';
import { formatCost } from '../timeline/words';
import { describePending } from './describe-pending';

export function describeAcknowledgement({ accepted, seq, position }: Acknowledgement): string {
  switch (accepted) {
    case 'appended':
      return `appended as message ${seq}`;
    case 'queued':
      return `queued at position ${position}`;
    case 'steering':
      return 'taken: it enters the running turn before its next model call';
    case 'duplicate':
      return 'known already: it stays one message';
  }
}

export function describeCompacted(id: string, { compaction, promptTokens }: Compacted): string {
  const size = `about ${promptTokens.toLocaleString('en')} tokens`;
  return compaction === 'accepted'
    ? `${id} (${size}) is compacted before its next step.`
    : `${id} (${size}) has nothing to compact.`;
}

export function describeResponse({ content, error }: AgentResponseMessage): string {
  return error ? `The turn failed (${error.type}): ${error.message}` : content;
}

export function describeState(id: string, state: ConversationState): readonly string[] {
  const { status, agent, turn, step, activity, messages, queued, usage, setAside, turns } = state;
  const { costUsd, failedAttempts, steering = [], isPaused, pending = [] } = state;
  const failed = turns.filter((summary) => summary.status === 'failed');
  return [
    `${id} · ${status}${isPaused ? ' · paused' : ''}${activity && activity !== 'paused' ? ` · ${activity}` : ''}`,
    `agent ${agent ? `${agent.name} · ${agent.model} · ${agent.hash.slice(0, 12)}` : 'not resolved yet'}`,
    `turn ${turn} · step ${step} · ${messages} messages · ${queued.length} queued${steering.length > 0 ? ` · ${steering.length} steering` : ''}`,
    `tokens ${usage.inputTokens} in, ${usage.outputTokens} out · ${typeof costUsd === 'number' ? formatCost(costUsd) : 'cost unknown'}`,
    ...(failedAttempts ? [describeFailedAttempts(failedAttempts)] : []),
    ...describeBudgets(state),
    describePrompt(state),
    ...pending.flatMap((item) => describePending(id, item, Date.now())),
    ...failed.map(
      ({ turn: number, error }) => `turn ${number} failed (${error?.type}): ${error?.message}`,
    ),
    ...(setAside.count > 0
      ? [`${setAside.count} malformed signals set aside; the last: ${setAside.reasons.at(-1)}`]
      : []),
  ];
}

function describeBudgets({ budgets }: ConversationState): readonly string[] {
  const { turn, conversation } = budgets;
  return [
    ...(turn ? [`this turn ${describeGauges(turn).join(' · ')}`] : []),
    `conversation ${describeGauges(conversation).join(' · ')}`,
  ];
}

function describePrompt(state: ConversationState): string {
  const { promptTokens, contextWindow, compactions, compactionError: error } = state;
  const window = contextWindow ? ` of ${contextWindow.toLocaleString('en')}` : '';
  const compacted = compactions > 0 ? ` · compacted ${compactions}×` : '';
  const failed = error ? ` · ${error.message}` : '';
  return `next prompt about ${promptTokens.toLocaleString('en')}${window} tokens${compacted}${failed}`;
}

function describeFailedAttempts({ attempts, usage, costUsd }: FailedAttempts): string {
  const cost = costUsd === null ? '' : `, ${formatCost(costUsd)}`;
  const plural = attempts === 1 ? '' : 's';
  return `of these for ${attempts} attempt${plural} that failed: ${usage.inputTokens} in, ${usage.outputTokens} out${cost}`;
}

export function describeMessage({ seq, turn, message }: SequencedMessage): string {
  const where = `${String(seq).padStart(4)}  turn ${turn}  `;
  switch (message.role) {
    case 'user':
      return indented(
        `${where}${message.isRepair ? 'repair    ' : 'user      '} ${contentToText(message.content)}`,
      );
    case 'assistant': {
      const calls = message.toolCalls.map(
        ({ id, name, arguments: given }) => `${id} ${name}(${JSON.stringify(given)})`,
      );
      return indented(
        `${where}assistant  ${[message.content, ...calls].filter(Boolean).join(' · ')}`,
      );
    }
    case 'tool_response':
      return indented(
        `${where}tool       ${message.toolCallId} ${message.toolName}${message.isError ? ' (error)' : ''}: ${contentToText(message.content)}`,
      );
  }
}

export function describeSummary({ content }: UserMessage): string {
  return indented(`  …  summary    ${contentToText(content)}`);
}

/** No line of a message looks like the first one of another. */
function indented(text: string): string {
  return text.replaceAll('\n', '\n      ');
}

export function describeConversation(listed: ListedConversation): string {
  const { id, status, started, ended, attributes } = listed;
  const { agent, model, costUsd } = attributes;
  const known = [
    attributes.status,
    agent,
    model,
    ...(costUsd === undefined ? [] : [formatCost(costUsd)]),
  ].filter((word) => word !== undefined);
  const rest = known.length > 0 ? `  ${known.join(' · ')}` : '';
  return `${status.toLowerCase().padEnd(10)} ${started}  ${ended ?? ''.padEnd(24)}  ${id}${rest}`;
}

/** An error in one line. Temporal's client says what it was doing; what went wrong stands in the cause's `details`. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return onOneLine(String(error));
  const details = (error.cause as { details?: unknown } | undefined)?.details;
  const hasDetails = typeof details === 'string' && details !== '';
  return onOneLine(hasDetails ? `${error.message}: ${details}` : error.message);
}

function onOneLine(text: string): string {
  return toPrintable(text.replace(/\s*\n\s*/g, ' ').trim());
}
