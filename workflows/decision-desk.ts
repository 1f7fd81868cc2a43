/** Where a run waits for people: until the word is there, the time is over, or the turn is interrupted. */
import { condition } from '@temporalio/workflow';
import type { AskedItem } from './approvals';
import type { Conversation } from './conversation';
import type { Decision } from './contract';
import type { Interruption } from './interruption';
import { expiryLabel } from './labels';

export interface DecisionDeskOptions {
  readonly conversation: Conversation;
  /** Of the turn at work. */
  readonly interruption: () => Interruption;
  /** Told that somebody is waited for. */
  readonly onActivity: (label: string) => void;
}

export class DecisionDesk {
  /** Tool calls that have begun and not ended, those that wait here among them. */
  private openCalls = 0;

  constructor(private readonly options: DecisionDeskOptions) {}

  /** People are waited for, and nothing else goes on: not even a call that was allowed just now. */
  get isParked(): boolean {
    const { pending } = this.options.conversation.approvals;
    const calls = pending.filter(({ kind }) => kind !== 'budget').length;
    return pending.length > 0 && calls === this.openCalls;
  }

  /** A tool call begins that may have to wait here. @returns what is to be called at its end. */
  attend(): () => void {
    this.openCalls += 1;
    return () => (this.openCalls -= 1);
  }

  async ask(item: AskedItem, patienceMs: number): Promise<Decision> {
    const { conversation, onActivity } = this.options;
    const interruption = this.options.interruption();
    const { approvals } = conversation;
    const pending = approvals.ask(item, Date.now(), patienceMs);
    conversation.settleClocks();
    const { callId } = item;
    if (!pending) return approvals.decisionOf(callId)!;
    onActivity(`waiting for a person · ${item.tool}`);
    const leftMs = Math.max(1, Date.parse(pending.expiresAt) - Date.now());
    const isDecided = () => approvals.decisionOf(callId) !== undefined;
    await condition(() => isDecided() || interruption.isAsked, leftMs, {
      summary: expiryLabel(item.tool, callId),
    });
    const decision = approvals.refuse(callId, interruption.isAsked ? 'interrupt' : 'expiry');
    conversation.settleClocks();
    return decision;
  }
}
