/** What a conversation's history holds of its messages, in the order in which it came: raw, and not believed yet. */
import type { PinnedAgent } from '../../activities/contract';
import type { UserAgentMessage } from '../../agent/agent-messages';
import type { Spending } from '../../agent/usage';
import { nothingSpent } from '../../agent/usage';
import type { Decision, SendMessageInput } from '../../workflows/contract';
import { readMessage } from '../timeline/door';
import type { ActivityEnded, ActivityScheduled, HistoryFact } from '../timeline/facts';
import { readDecision, readPendingItems } from '../timeline/from-update-outcome';
import { Grace } from '../timeline/grace';
import { asCount, asFields, asList, asText, readPointer } from '../timeline/values';
import {
  isResponse,
  isResult,
  readMemory,
  readSpending,
  readTurns,
  unreadable,
} from './read-recorded';
import type { RecordedCall, RecordedItem, RecordedResumption } from './recorded-items';
import type { RecordedSummary, RecordedTool } from './recorded-items';

/** What is told of an activity's end, and that its end is waited for no longer. */
interface OpenActivity {
  readonly end: (ended: ActivityEnded) => void;
  readonly giveUp?: () => void;
}

export class RecordedHistory {
  readonly items: RecordedItem[] = [];
  /** As their senders sent them; the first with an id counts, and what it was changed to while it waited. */
  readonly userMessages = new Map<string, UserAgentMessage>();
  /** By turns that the first run here knew of in sum alone. */
  spentEarlier: Spending = nothingSpent;
  /** People's words, by what they were said of. */
  readonly decisions = new Map<string, Decision>();
  /** When the conversation last acted. */
  lastTaskMs = 0;
  private runs = 0;
  /** By the event that scheduled it. */
  private readonly open = new Map<number, OpenActivity>();
  private lastStep: RecordedCall | RecordedResumption | undefined;
  private readonly edits: unknown[] = [];
  private readonly grace = new Grace();

  add(fact: HistoryFact): void {
    const isStopped = this.lastStep?.interruptedAtMs !== undefined;
    if (this.grace.observe(fact, isStopped)) this.giveUp();
    switch (fact.type) {
      case 'run_started':
        return this.startRun(fact.input);
      case 'message_received':
        if (this.receive(fact.input)?.delivery === 'interrupt') this.interrupt(fact.atMs);
        return;
      case 'message_edited':
        this.edits.push(fact.input);
        return;
      case 'edit_answered':
        return this.edit(this.edits.shift(), fact.edited);
      case 'interrupted':
        return this.interrupt(fact.atMs);
      case 'decided':
        this.decisions.set(fact.decision.callId, fact.decision);
        return;
      case 'workflow_task_completed':
        return this.observeTask(fact.atMs);
      case 'activity_scheduled':
        return this.schedule(fact);
      case 'activity_ended': {
        this.open.get(fact.scheduledEventId)?.end(fact);
        this.open.delete(fact.scheduledEventId);
        return;
      }
      case 'message_taken':
      case 'messages_cancelled':
      case 'pause_changed':
      case 'timer_started':
      case 'timer_fired':
      case 'activity_started':
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
    if (carried === undefined) {
      asList(messages).forEach((message) => this.receive(message));
      return;
    }
    const { pinned, memory, turns, inbox, earlierTurns, approvals } = asFields(carried);
    if (this.runs === 1 && earlierTurns !== undefined)
      this.spentEarlier = readSpending(earlierTurns);
    this.pin(pinned);
    const { waiting, steering } = asFields(inbox);
    [...asList(waiting), ...asList(steering)].forEach((message) => this.receive(message));
    this.items.push({ type: 'carry', memory: readMemory(memory), turns: readTurns(turns) });
    for (const value of asList(asFields(approvals).decided)) {
      const decision = readDecision(value);
      if (decision?.by === 'user') this.decisions.set(decision.callId, decision);
    }
    this.resume(carried);
  }

  /** Its calls are open where what was carried ends with an answer that asks for some. */
  private resume(carried: unknown): void {
    const { pinned, memory, turns, nextStep, stepResults, approvals } = asFields(carried);
    const last = readMemory(memory).messages.at(-1);
    const turn = readTurns(turns).at(-1);
    const step = asCount(nextStep);
    if (last?.role !== 'assistant' || !turn?.isRunning || step === undefined) return;
    if (last.toolCalls.length === 0) return;
    const earlier = this.lastStep;
    const isSame = earlier?.turn === turn.turn && earlier.step === step;
    const tools = new Map<string, RecordedTool>();
    for (const { id, name } of last.toolCalls) {
      // What the run before saw of it is whole.
      const known = isSame ? earlier.tools.get(id) : undefined;
      const shown = asFields(stepResults)[id];
      if (known?.outcome) tools.set(id, known);
      else if (isResult(shown)) tools.set(id, { name, outcome: { shown } });
    }
    const items = readPendingItems(approvals);
    this.lastStep = {
      type: 'resumption',
      turn: turn.turn,
      step,
      agentHash: asText(asFields(pinned).hash) ?? '',
      tools,
      expiresAtMs: new Map(items.map(({ callId, expiresAtMs }) => [callId, expiresAtMs])),
      askedAtMs: this.lastTaskMs,
    };
    this.items.push(this.lastStep);
  }

  private observeTask(atMs: number): void {
    this.lastTaskMs = atMs;
    const step = this.lastStep;
    if (step?.type === 'call' && step.response) step.askedAtMs ??= atMs;
  }

  /** Of a turn that is over it says nothing: all that it asked for is there. */
  private interrupt(atMs: number): void {
    if (this.lastStep) this.lastStep.interruptedAtMs ??= atMs;
  }

  private giveUp(): void {
    for (const [eventId, { giveUp }] of this.open) {
      if (!giveUp) continue;
      giveUp();
      this.open.delete(eventId);
    }
  }

  private edit(input: unknown, isDone: boolean): void {
    const read = isDone ? readMessage(input) : undefined;
    if (read) this.userMessages.set(read.messageId, read.message);
  }

  /** @returns what nobody has sent before. */
  private receive(input: unknown): SendMessageInput | undefined {
    const read = readMessage(input);
    if (!read || this.userMessages.has(read.messageId)) return undefined;
    this.userMessages.set(read.messageId, read.message);
    return read;
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
        this.open.set(eventId, { end: ({ result }) => this.pin(result) });
        return;
      case 'getResponse': {
        const [turn, step] = [asCount(fields.turn), asCount(fields.step)];
        if (turn === undefined || step === undefined) return;
        const pointer = readPointer(fields.pointer);
        const [tools, expiresAtMs] = [new Map(), new Map()];
        const call: RecordedCall = { type: 'call', turn, step, pointer, tools, expiresAtMs };
        this.items.push(call);
        this.lastStep = call;
        const giveUp = () => (call.isSilent = true);
        this.open.set(eventId, { end: (ended) => endStep(call, ended), giveUp });
        return;
      }
      case 'summarize': {
        const [turn, step] = [asCount(fields.turn) ?? 0, asCount(fields.step) ?? 0];
        const pointer = readPointer(fields.pointer);
        const summary: RecordedSummary = { type: 'summary', turn, step, pointer };
        this.items.push(summary);
        const giveUp = () => undefined;
        this.open.set(eventId, { end: (ended) => endCall(summary, ended), giveUp });
        return;
      }
      case 'executeTool': {
        const [callId, name] = [asText(fields.callId), asText(fields.tool)];
        if (callId === undefined || name === undefined) return;
        const tool: RecordedTool = { name };
        const { lastStep } = this;
        lastStep?.tools.set(callId, tool);
        const giveUp = () => (tool.outcome = { interrupted: true });
        const isStopped = () => lastStep?.interruptedAtMs !== undefined;
        this.open.set(eventId, { end: (ended) => endTool(tool, ended, isStopped()), giveUp });
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

function endStep(call: RecordedCall, ended: ActivityEnded): void {
  endCall(call, ended);
  if (ended.outcome === 'cancelled' && call.interruptedAtMs !== undefined) call.isSilent = true;
}

function endTool(
  tool: RecordedTool,
  { outcome, result, failure }: ActivityEnded,
  isStopped: boolean,
): void {
  switch (outcome) {
    case 'completed':
      tool.outcome = { result: isResult(result) ? result : unreadable };
      return;
    case 'failed':
      tool.outcome = { failure: failure ?? { type: 'Failed', message: '' } };
      return;
    case 'cancelled':
      if (isStopped) tool.outcome = { interrupted: true };
      return;
  }
}
