/**
 * What the conversation itself answered to an update → fact. The answer says which update it was, and what really came
 * of it: no rule of the door has to be repeated here. Pure and total.
 */
import type { Acknowledgement, Decision } from '../../workflows/contract';
import type { HistoryFact } from './facts';
import { asCount, asFields, asList, asText } from './values';

export function fromUpdateOutcome(outcome: unknown, atMs: number): HistoryFact | undefined {
  const fields = asFields(outcome);
  const { accepted, messageId, interrupted, cancelled, edited, isPaused } = fields;
  if (typeof messageId === 'string' && isAccepted(accepted)) {
    return { type: 'message_taken', atMs, messageId, accepted };
  }
  const turn = asCount(interrupted);
  if (turn !== undefined) return { type: 'interrupted', atMs, turn };
  if (typeof edited === 'boolean') return { type: 'edit_answered', atMs, edited };
  if (typeof isPaused === 'boolean') return { type: 'pause_changed', atMs, isPaused };
  if (Array.isArray(cancelled)) {
    return { type: 'messages_cancelled', atMs, messageIds: cancelled.filter(isText) };
  }
  const decision = fields.isFirst === true ? readDecision(fields) : undefined;
  return decision && { type: 'decided', atMs, decision };
}

export function readDecision(value: unknown): Decision | undefined {
  const { callId, approved, by, reason, answer } = asFields(value);
  const known = (['user', 'expiry', 'interrupt'] as const).find((one) => one === by);
  if (typeof callId !== 'string' || typeof approved !== 'boolean' || !known) return undefined;
  return {
    callId,
    approved,
    by: known,
    ...(typeof reason === 'string' && { reason }),
    ...(typeof answer === 'string' && { answer }),
  };
}

/** What waits for a person, as continue-as-new took it along: id and when nobody's word means no. */
export interface CarriedItem {
  readonly callId: string;
  readonly kind: string;
  readonly tool: string;
  readonly askedAtMs: number;
  readonly expiresAtMs: number;
}

export function readPendingItems(approvals: unknown): readonly CarriedItem[] {
  return asList(asFields(approvals).pending).flatMap((item) => {
    const { callId, kind, tool, askedAt, expiresAt } = asFields(item);
    const [askedAtMs, expiresAtMs] = [toMs(askedAt), toMs(expiresAt)];
    if (typeof callId !== 'string' || askedAtMs === undefined || expiresAtMs === undefined) {
      return [];
    }
    return [
      { callId, kind: asText(kind) ?? '', tool: asText(tool) ?? '?', askedAtMs, expiresAtMs },
    ];
  });
}

function isAccepted(value: unknown): value is Acknowledgement['accepted'] {
  return ['appended', 'queued', 'steering', 'duplicate'].some((one) => one === value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function toMs(time: unknown): number | undefined {
  const ms = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
