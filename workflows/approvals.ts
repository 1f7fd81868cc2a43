/**
 * What waits for a person: tool calls to be approved, questions to be answered, budgets to be extended. Pure over plain
 * state: who waits and for how long is decision-desk.ts.
 */
import { sha256Hex } from '../agent/digest';
import type { JsonObject } from '../agent/json';
import { cut } from '../agent/json';
import { callsLimit } from '../agent/size-limits';
import type { ToolDefinition } from '../agent/tool';
import type { ApprovalsState, Decided, DecideInput, Decision, PendingItem } from './contract';
import { RejectionType } from './contract';
import type { Rejection } from './message-door';

/** For those who come late, and for calls that wait still: one "always" may decide a whole step's. */
const decisionsRemembered = 2 * callsLimit;
/** Characters that are remembered of what was said with one, once the model has read it. */
const wordsRemembered = 200;
/** Characters of what somebody sent that an error repeats. */
const echoed = 80;

export type AskedItem = Omit<PendingItem, 'askedAt' | 'expiresAt' | 'argumentsHash'>;

export class Approvals {
  private items: readonly PendingItem[];
  private decisions: readonly Decision[];
  /** Tools whose calls need no word any more. */
  private allowed: readonly string[];

  constructor({ pending = [], decided = [], allowedTools = [] }: ApprovalsState = {}) {
    this.items = pending;
    this.decisions = decided;
    this.allowed = allowedTools;
  }

  /** Oldest first. */
  get pending(): readonly PendingItem[] {
    return this.items;
  }

  isAllowed(tool: string): boolean {
    return this.allowed.includes(tool);
  }

  /** Another agent takes over: what was allowed of a tool does not count for another one of its name. */
  keepAllowed(before: readonly ToolDefinition[], after: readonly ToolDefinition[]): void {
    const written = (tools: readonly ToolDefinition[], tool: string) =>
      JSON.stringify(tools.find(({ name }) => name === tool));
    this.allowed = this.allowed.filter((tool) => written(before, tool) === written(after, tool));
  }

  /**
   * The item that waits for `asked`: what a run before this one asked still stands, with its own expiry. Absent where
   * it is decided.
   */
  ask(asked: AskedItem, nowMs: number, patienceMs: number): PendingItem | undefined {
    const argumentsHash = hashArguments(asked.arguments);
    const known = this.find(asked.callId);
    if (known?.argumentsHash === argumentsHash) return known;
    // The run that it was decided in was left before the call was carried out.
    if (this.decisionOf(asked.callId)?.argumentsHash === argumentsHash) return undefined;
    const item: PendingItem = {
      ...asked,
      argumentsHash,
      askedAt: toIso(nowMs),
      expiresAt: toIso(nowMs + patienceMs),
    };
    // Decided or not, what was said of other arguments does not count for these.
    this.items = [...this.items.filter(({ callId }) => callId !== asked.callId), item];
    this.decisions = this.decisions.filter(({ callId }) => callId !== asked.callId);
    return item;
  }

  /** Why a decision cannot be taken. One that comes late or twice can: it is told what was decided. */
  rejection({ callId, argumentsHash, approved, answer }: DecideInput): Rejection | undefined {
    const item = this.find(callId);
    if (!item) {
      if (this.decisionOf(callId)) return undefined;
      const known = this.items.map((it) => it.callId).join(', ') || 'none';
      return {
        type: RejectionType.unknownCall,
        message: `Nothing waits for a decision by the id \`${cut(callId, echoed)}\`. Waiting: ${known}.`,
      };
    }
    if (argumentsHash !== undefined && argumentsHash !== item.argumentsHash) {
      return {
        type: RejectionType.argumentsChanged,
        message: `The arguments of \`${callId}\` are no longer those of ${cut(argumentsHash, echoed)}. They are those of ${item.argumentsHash}: look again.`,
      };
    }
    if (item.kind === 'question' && approved && !answer?.trim()) {
      return {
        type: RejectionType.malformed,
        message: `\`${callId}\` is a question: it needs an \`answer\`.`,
      };
    }
    return undefined;
  }

  /** The first decision counts; whoever comes later is told of it. */
  decide(input: DecideInput): Decided {
    const earlier = this.decisionOf(input.callId);
    if (earlier) return { ...earlier, isFirst: false };
    const { callId, approved, reason, answer, remember } = input;
    const item = this.find(callId);
    if (item?.kind === 'approval' && approved && remember) this.allow(item);
    const decision = this.settle(callId, {
      approved,
      by: 'user',
      ...(reason !== undefined && { reason }),
      ...(answer !== undefined && { answer }),
    });
    return { ...decision, isFirst: true };
  }

  /** Nobody said a word in time, or the turn was interrupted: that is no. */
  refuse(callId: string, by: 'expiry' | 'interrupt'): Decision {
    return this.decisionOf(callId) ?? this.settle(callId, { approved: false, by });
  }

  /** The turn is over: nothing of it waits any more. */
  refuseAll(by: 'interrupt'): void {
    for (const { callId } of this.items) this.refuse(callId, by);
  }

  /** The calls of a step have come to their end: of long answers and reasons a part is left to be shown. */
  forgetWords(): void {
    if (this.decisions.length === 0) return;
    this.decisions = this.decisions.map((decision) => ({
      ...decision,
      ...(decision.reason !== undefined && { reason: cut(decision.reason, wordsRemembered) }),
      ...(decision.answer !== undefined && { answer: cut(decision.answer, wordsRemembered) }),
    }));
  }

  decisionOf(callId: string): Decision | undefined {
    return this.decisions.find((decision) => decision.callId === callId);
  }

  snapshot(): ApprovalsState | undefined {
    const { items: pending, decisions: decided, allowed: allowedTools } = this;
    if (pending.length + decided.length + allowedTools.length === 0) return undefined;
    return { pending, decided, allowedTools };
  }

  private find(callId: string): PendingItem | undefined {
    return this.items.find((item) => item.callId === callId);
  }

  /** Calls of its tool need no word any more, those that wait beside it included. */
  private allow({ tool, callId }: PendingItem): void {
    this.allowed = [...new Set([...this.allowed, tool])];
    for (const other of this.items) {
      const isMeant = other.kind === 'approval' && other.tool === tool && other.callId !== callId;
      if (isMeant) this.settle(other.callId, { approved: true, by: 'user' });
    }
  }

  private settle(callId: string, outcome: Omit<Decision, 'callId' | 'argumentsHash'>): Decision {
    const argumentsHash = this.find(callId)?.argumentsHash;
    const decision = { callId, ...outcome, ...(argumentsHash !== undefined && { argumentsHash }) };
    this.items = this.items.filter((item) => item.callId !== callId);
    this.decisions = [...this.decisions, decision].slice(-decisionsRemembered);
    return decision;
  }
}

/** What a decision is bound to. */
export function hashArguments(toolArguments: JsonObject): string {
  return sha256Hex(JSON.stringify(toolArguments)).slice(0, 16);
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
