/** What the line that is being typed is for: to decide on what waits for a person, or to be sent. Pure. */
import { cut } from '../../agent/json';
import type { PendingItem } from '../../workflows/contract';
import { toPrintable } from './printable';

export type Purpose =
  | { readonly kind: 'send' }
  | { readonly kind: 'decide'; readonly item: PendingItem }
  /** To decide on what waits no more. */
  | { readonly kind: 'late'; readonly item: PendingItem };

export class LinePurpose {
  private item: PendingItem | undefined;

  /** What has been begun to be typed for one thing is not turned to another. */
  choose(pending: readonly PendingItem[], hasDraft: boolean): Purpose {
    if (!hasDraft) [this.item] = pending;
    return this.of(pending);
  }

  /** Of the line that has just been entered. */
  of(pending: readonly PendingItem[]): Purpose {
    const { item } = this;
    if (!item) return { kind: 'send' };
    const waits = pending.some(({ callId }) => callId === item.callId);
    return { kind: waits ? 'decide' : 'late', item };
  }
}

/** Which of those that wait is meant is said where it could be another one. */
export function decisionPrompt({ kind, tool, callId }: PendingItem, isOneOfMany: boolean): string {
  const name = isOneOfMany ? ` ${cut(toPrintable(tool), 30)} ${toPrintable(callId)}` : '';
  return `${kind === 'question' ? 'answer' : 'y/n'}${name} › `;
}

export function describeLate({ tool, callId }: PendingItem): string {
  return `${callId} (${tool}) waits no more. What was typed is not sent.`;
}
