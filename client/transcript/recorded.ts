/** What a conversation's history holds of its messages, in the order in which it came: raw, and not believed yet. */
import type { PinnedAgent, Pointer } from '../../activities/contract';
import type { UserAgentMessage } from '../../agent/agent-messages';
import type { MemorySnapshot } from '../../agent/memory';
import type { ModelResponse } from '../../agent/model';
import type { ToolResult } from '../../agent/tool';
import type { Spending } from '../../agent/usage';
import { nothingSpent } from '../../agent/usage';
import { readMessage } from '../timeline/door';
import type { ActivityEnded, ActivityScheduled, FailureFact, HistoryFact } from '../timeline/facts';
import { asCount, asFields, asList, asText, readPointer } from '../timeline/values';
import type { CarriedTurn } from './read-recorded';
import {
  isResponse,
  isResult,
  readMemory,
  readSpending,
  readTurns,
  unreadable,
} from './read-recorded';

export type RecordedItem = RecordedPin | RecordedCarry | RecordedCall | RecordedSummary;

/** From here on calls may be of this agent. */
export interface RecordedPin {
  readonly type: 'pin';
  readonly pinned: PinnedAgent;
}

/** A run began with what the one before it took along. */
export interface RecordedCarry {
  readonly type: 'carry';
  readonly memory: MemorySnapshot;
  readonly turns: readonly CarriedTurn[];
}

/** A model call, and what the tools came to that its answer asked for. */
export interface RecordedCall {
  readonly type: 'call';
  readonly turn: number;
  readonly step: number;
  readonly pointer: Pointer | undefined;
  /** Absent while there is no answer, and when there will be none. */
  response?: ModelResponse;
  /** Why there will be none. */
  failure?: FailureFact;
  /** By the id of the call. */
  readonly tools: Map<string, RecordedTool>;
}

/** A model call that wrote what stands for the first messages of Memory from then on. */
export interface RecordedSummary {
  readonly type: 'summary';
  readonly turn: number;
  readonly step: number;
  /** To the messages that give way. */
  readonly pointer: Pointer | undefined;
  response?: ModelResponse;
  failure?: FailureFact;
}

export interface RecordedTool {
  readonly name: string;
  /** Absent while it runs, and when it was cancelled. */
  outcome?: { readonly result: ToolResult } | { readonly failure: FailureFact };
}

export class RecordedHistory {
  readonly items: RecordedItem[] = [];
  /** As their senders sent them; the first with an id counts. */
  readonly userMessages = new Map<string, UserAgentMessage>();
  /** By turns that the first run here knew of in sum alone. */
  spentEarlier: Spending = nothingSpent;
  private runs = 0;
  /** What is told of an activity's end, by the event that scheduled it. */
  private readonly open = new Map<number, (ended: ActivityEnded) => void>();
  private lastCall: RecordedCall | undefined;

  add(fact: HistoryFact): void {
    switch (fact.type) {
      case 'run_started':
        return this.startRun(fact.input);
      case 'message_received':
        return this.receive(fact.input);
      case 'activity_scheduled':
        return this.schedule(fact);
      case 'activity_ended': {
        this.open.get(fact.scheduledEventId)?.(fact);
        this.open.delete(fact.scheduledEventId);
        return;
      }
      case 'activity_started':
      case 'workflow_task_completed':
      case 'close_asked':
      case 'run_ended':
        return;
    }
  }

  private startRun(input: unknown): void {
    // A new run counts its events anew.
    this.open.clear();
    this.runs += 1;
    const { messages, carried } = asFields(input);
    if (carried === undefined) return asList(messages).forEach((message) => this.receive(message));
    const { pinned, memory, turns, inbox, earlierTurns } = asFields(carried);
    if (this.runs === 1 && earlierTurns !== undefined)
      this.spentEarlier = readSpending(earlierTurns);
    this.pin(pinned);
    asList(asFields(inbox).waiting).forEach((message) => this.receive(message));
    this.items.push({ type: 'carry', memory: readMemory(memory), turns: readTurns(turns) });
  }

  private receive(input: unknown): void {
    const read = readMessage(input);
    if (!read || this.userMessages.has(read.messageId)) return;
    this.userMessages.set(read.messageId, read.message);
  }

  private pin(value: unknown): void {
    const { agent, hash, execution } = asFields(value);
    if (typeof hash !== 'string' || !Array.isArray(asFields(agent).tools)) return;
    if (asCount(asFields(execution).maxAttempts) === undefined) return;
    this.items.push({ type: 'pin', pinned: value as PinnedAgent });
  }

  private schedule({ eventId, activityType, input }: ActivityScheduled): void {
    const fields = asFields(input);
    switch (activityType) {
      case 'resolveAgent':
        this.open.set(eventId, ({ result }) => this.pin(result));
        return;
      case 'getResponse': {
        const [turn, step] = [asCount(fields.turn), asCount(fields.step)];
        if (turn === undefined || step === undefined) return;
        const pointer = readPointer(fields.pointer);
        const call: RecordedCall = { type: 'call', turn, step, pointer, tools: new Map() };
        this.items.push(call);
        this.lastCall = call;
        this.open.set(eventId, (ended) => endCall(call, ended));
        return;
      }
      case 'summarize': {
        const [turn, step] = [asCount(fields.turn) ?? 0, asCount(fields.step) ?? 0];
        const pointer = readPointer(fields.pointer);
        const summary: RecordedSummary = { type: 'summary', turn, step, pointer };
        this.items.push(summary);
        this.open.set(eventId, (ended) => endCall(summary, ended));
        return;
      }
      case 'executeTool': {
        const [callId, name] = [asText(fields.callId), asText(fields.tool)];
        if (callId === undefined || name === undefined) return;
        const tool: RecordedTool = { name };
        this.lastCall?.tools.set(callId, tool);
        this.open.set(eventId, (ended) => endTool(tool, ended));
        return;
      }
      default:
        return;
    }
  }
}

function endCall(call: RecordedCall | RecordedSummary, { result, failure }: ActivityEnded): void {
  if (isResponse(result)) call.response = result;
  if (failure) call.failure = failure;
}

function endTool(tool: RecordedTool, { outcome, result, failure }: ActivityEnded): void {
  switch (outcome) {
    case 'completed':
      tool.outcome = { result: isResult(result) ? result : unreadable };
      return;
    case 'failed':
      tool.outcome = { failure: failure ?? { type: 'Failed', message: '' } };
      return;
    case 'cancelled':
      return;
  }
}
