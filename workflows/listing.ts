/**
 * How the server lists a conversation: its search attributes, kept current. Each change is an event of history, so only
 * what people filter by makes one: two a turn, and two each time that the run waits for somebody.
 */
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { ListedAttributes, ListedStatus } from './contract';
import { toPairs } from './contract';
import type { Conversation } from './conversation';

export class Listing {
  constructor(private readonly conversation: Conversation) {}

  /**
   * Called whenever something else begins. Only what has changed is written, and of that only what the start brought along:
   * anything else the server may not know, and then the workflow task would fail for ever.
   */
  update(status: ListedStatus = statusOf(this.conversation)): void {
    const { conversation } = this;
    const { listed, pinned, approvals, turnLog, runningTurn } = conversation;
    if (!listed) return;
    const values = {
      status,
      needsApproval: approvals.pending.some(({ kind }) => kind !== 'question'),
      ...(pinned && { agent: pinned.agent.name, model: pinned.agent.model }),
    };
    const isOther = changesOf(listed, values) !== undefined;
    // In the middle of a turn the cost alone is no news: it changes with every step.
    if (!isOther && runningTurn) return;
    const costUsd = Number(turnLog.knownCostUsd.toFixed(6));
    const changes = changesOf(listed, { ...values, costUsd });
    if (!changes) return;
    upsertSearchAttributes(toPairs(changes));
    conversation.listed = { ...listed, ...changes };
  }
}

function changesOf(
  listed: ListedAttributes,
  values: ListedAttributes,
): ListedAttributes | undefined {
  const changes = Object.entries(values).filter(([name, value]) => {
    const before = listed[name as keyof ListedAttributes];
    return before !== undefined && before !== value;
  });
  return changes.length > 0 ? Object.fromEntries(changes) : undefined;
}

function statusOf(conversation: Conversation): ListedStatus {
  if (conversation.approvals.pending.length > 0) return 'waiting_for_person';
  if (conversation.isPaused) return 'paused';
  if (conversation.hasWork) return 'running';
  return conversation.turns.at(-1)?.status === 'failed' ? 'failed' : 'idle';
}
