/** When a turn waited for people: collected fact by fact, then told. */
import { defaultDecisionMs } from '../../agent/agent';
import type { Decision } from '../../workflows/contract';
import type { CarriedItem } from './from-update-outcome';
import type { TimelineWait, WaitOutcome } from './types';
import type { ReadAgent, ReadResponse } from './values';
import { between, toIso } from './work';
import { wordNeeded } from './word-needed';

export interface WaitRecord {
  readonly kind: TimelineWait['kind'];
  readonly callId?: string;
  /** Of what is asked for, at first when it could be; then when it was. */
  askedAtMs: number;
  isAsked: boolean;
  /** From when on nobody's word means no. */
  expiresAtMs?: number;
  endedAtMs?: number;
  outcome: WaitOutcome;
}

export interface AskingAnswer {
  readonly turn: number;
  readonly step: number;
  readonly response: ReadResponse;
  readonly agent: ReadAgent;
  readonly atMs: number;
}

/** For the calls of an answer that need a word. One that was remembered shows when the call is run all the same. */
export function waitsFor({ turn, step, response, agent, atMs }: AskingAnswer): WaitRecord[] {
  if (response.finishReason !== 'tool_calls') return [];
  return response.toolCalls.flatMap((call, index) => {
    const kind = wordNeeded(agent.definition, call);
    const callId = `t${turn}s${step}c${index}`;
    return kind ? [{ kind, callId, askedAtMs: atMs, isAsked: false, outcome: 'waiting' }] : [];
  });
}

export function pauseFrom(atMs: number): WaitRecord {
  return { kind: 'pause', askedAtMs: atMs, isAsked: true, outcome: 'waiting' };
}

/** What the run before asked for still waits, with its own expiry. */
export function carryWaits(waits: WaitRecord[], items: readonly CarriedItem[]): void {
  for (const { callId, kind, askedAtMs, expiresAtMs } of items) {
    const known = waits.find((wait) => wait.callId === callId);
    if (known) known.expiresAtMs = expiresAtMs;
    else if (kind === 'approval' || kind === 'question' || kind === 'budget') {
      waits.push({ kind, callId, askedAtMs, expiresAtMs, isAsked: true, outcome: 'waiting' });
    }
  }
}

/** The conversation has acted: what it could ask for it has asked for, and what is too old means no. */
export function observeTask(waits: readonly WaitRecord[], atMs: number, agent: ReadAgent): void {
  for (const wait of openOf(waits)) {
    if (!wait.isAsked) {
      wait.isAsked = true;
      wait.askedAtMs = atMs;
    }
    if (wait.kind === 'pause') continue;
    wait.expiresAtMs ??= wait.askedAtMs + (agent.decisionMs ?? defaultDecisionMs);
    if (atMs >= wait.expiresAtMs) endWait(wait, 'expired', wait.expiresAtMs);
  }
}

/** @returns whether it was asked for by what `waits` know. */
export function decide(
  waits: readonly WaitRecord[],
  { callId, approved }: Decision,
  atMs: number,
): boolean {
  const wait = waits.find((it) => it.callId === callId);
  if (!wait) return false;
  const yes = wait.kind === 'question' ? 'answered' : 'allowed';
  endWait(wait, approved ? yes : 'refused', atMs);
  return true;
}

/** Of budgets nothing but the word itself stands in history. */
export function decideBudget(
  waits: WaitRecord[],
  decision: Decision,
  askedAtMs: number,
  atMs: number,
): void {
  const asked = { kind: 'budget', callId: decision.callId, askedAtMs, isAsked: true } as const;
  waits.push({ ...asked, outcome: 'waiting' });
  decide(waits, decision, atMs);
}

/** All of them, or those of one kind. */
export function endWaits(
  waits: readonly WaitRecord[],
  outcome: WaitOutcome,
  atMs: number,
  kind?: WaitRecord['kind'],
): void {
  for (const wait of openOf(waits)) {
    if (kind === undefined || wait.kind === kind) endWait(wait, outcome, atMs);
  }
}

export function openOf(waits: readonly WaitRecord[]): readonly WaitRecord[] {
  return waits.filter(({ outcome }) => outcome === 'waiting');
}

export function toTimelineWait(wait: WaitRecord, untilMs: number): TimelineWait {
  const { kind, callId, askedAtMs, endedAtMs = untilMs, outcome } = wait;
  return {
    kind,
    ...(callId !== undefined && { callId }),
    startedAt: toIso(askedAtMs),
    durationMs: between(askedAtMs, endedAtMs),
    outcome,
  };
}

function endWait(wait: WaitRecord, outcome: WaitOutcome, atMs: number): void {
  wait.outcome = outcome;
  wait.endedAtMs = Math.max(atMs, wait.askedAtMs);
}
