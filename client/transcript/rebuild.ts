/**
 * The messages of a conversation from what its history holds. No rule of the loop is repeated here: the loop itself
 * runs once more, step by step, in the world as it was, and the digests that history has of the prompts prove what
 * comes of it. In doubt, what continue-as-new took along is believed.
 */
import type { PinnedAgent } from '../../activities/contract';
import { defaultMaxSteps } from '../../agent/agent';
import { toModelClientMessage } from '../../agent/agent-messages';
import { AgentRunner } from '../../agent/agent-runner';
import { MemoryError, OutputError } from '../../agent/errors';
import { Memory } from '../../agent/memory';
import type { TimelineTurn } from '../timeline/types';
import type { Rebuilt, RebuiltCompaction, RebuiltMessage } from './rebuilt';
import { findConclusion } from './conclude';
import { originOf } from './origin';
import { Proof } from './proof';
import type { RecordedHistory } from './recorded';
import type { RecordedCall, RecordedCarry, RecordedItem } from './recorded-items';
import type { RecordedResumption, RecordedSummary } from './recorded-items';
import { toMemory, unreadableText } from './read-recorded';
import type { StepNumber } from './types';
import { wholeResult } from './whole-result';
import { NotRecordedError, RecordedModel, recordedTools, unknownAgent } from './recorded-world';

/** `turns`: which messages each one took. */
export async function rebuildMessages(
  recorded: RecordedHistory,
  turns: readonly TimelineTurn[],
): Promise<Rebuilt> {
  const rebuild = new Rebuild(recorded, turns);
  for (const item of recorded.items) await rebuild.take(item);
  return rebuild.end();
}

/** Type of the failure of a model call whose prompt was too long. */
const contextLength = 'ModelError.context_length';

interface OpenTurn {
  readonly turn: number;
  /** Sequence number of its first message. */
  readonly firstSeq: number;
  /** Whether another step is to come. */
  isRunning: boolean;
  /** The last one that was taken. */
  lastStep: number;
}

class Rebuild {
  private memory = new Memory();
  /** The last one that was opened. */
  private turn: OpenTurn = { turn: 0, firstSeq: 0, isRunning: false, lastStep: 0 };
  /** Ids of users' messages that have entered Memory. */
  private readonly entered = new Set<string>();
  private readonly messages = new Map<number, RebuiltMessage>();
  private readonly compactions: RebuiltCompaction[] = [];
  private readonly unproven: StepNumber[] = [];
  private readonly agents = new Map<string, PinnedAgent>();
  private readonly turns: ReadonlyMap<number, TimelineTurn>;
  private readonly proof = new Proof();

  constructor(
    private readonly recorded: RecordedHistory,
    turns: readonly TimelineTurn[],
  ) {
    this.turns = new Map(turns.map((turn) => [turn.turn, turn]));
  }

  /** Of the last turns no model may have been called. */
  end(): Rebuilt {
    this.openTurns(Number.POSITIVE_INFINITY);
    const messages = [...this.messages.values()].toSorted((left, right) => left.seq - right.seq);
    return { messages, compactions: this.compactions, unproven: this.unproven };
  }

  async take(item: RecordedItem): Promise<void> {
    switch (item.type) {
      case 'pin':
        this.agents.set(item.pinned.hash, item.pinned);
        return;
      case 'carry':
        return this.takeOver(item);
      case 'call':
      case 'summary':
        return this.takeCall(item);
      case 'resumption':
        return this.resume(item);
    }
  }

  private takeOver({ memory, turns }: RecordedCarry): void {
    this.memory = toMemory(memory);
    const last = turns.at(-1);
    if (last) {
      const firstSeq = last.messages[0]?.seq ?? this.memory.nextSeq;
      const lastStep = last.turn === this.turn.turn ? this.turn.lastStep : 0;
      this.turn = { turn: last.turn, isRunning: last.isRunning, firstSeq, lastStep };
    }
    for (const { messages } of turns) {
      for (const { messageId } of messages) this.entered.add(messageId);
    }
    if (this.compactions.length === 0) this.keepHead();
    // What was seen as it came is the original; compaction may have taken something from what it kept.
    const isInDoubt = this.unproven.length > 0;
    for (const { seq, message } of this.memory.sequencedFrom(0)) {
      const known = this.messages.get(seq);
      if (known && !isInDoubt) continue;
      const origin = known ?? originOf({ seq, message, turns, before: this.messages.get(seq - 1) });
      this.messages.set(seq, { ...origin, message });
    }
  }

  private async takeCall(call: RecordedCall | RecordedSummary): Promise<void> {
    const { turn, step, pointer } = call;
    try {
      this.openTurns(turn);
      if (call.type === 'call') this.join(call);
      else if (step > this.turn.lastStep) this.turn.isRunning ||= this.turn.lastStep > 0;
      const isProven = pointer && this.proof.holds(this.memory.messages, pointer);
      if (!isProven) this.unproven.push({ turn, step });
      // What is too long is made shorter and sent once more.
      const { failure } = call;
      if (failure && failure.type !== contextLength) this.turn.isRunning = false;
      if (call.type === 'summary') this.compact(call);
      else if (call.response ?? call.isSilent) await this.runStep(call, pointer?.agentHash);
    } catch (error) {
      // A Memory that takes no more is one of another version.
      if (!(error instanceof MemoryError)) throw error;
      this.unproven.push({ turn, step });
    }
  }

  private compact({ turn, step, pointer, response }: RecordedSummary): void {
    if (!pointer || !response) return;
    const { memory } = this;
    const keepFrom = this.turn.isRunning ? this.turn.firstSeq : memory.nextSeq;
    memory.compact({ length: pointer.length, keepFrom, summary: response.content });
    this.keepHead({ at: { turn, step }, response });
  }

  private keepHead(written: Pick<RebuiltCompaction, 'at' | 'response'> = {}): void {
    const { head, firstSeq } = this.memory;
    if (!head) return;
    this.compactions.push({
      ...written,
      beforeSeq: head.writtenAt,
      untilSeq: firstSeq - 1,
      keptSeqs: head.kept.map(({ seq }) => seq),
      summary: head.summary,
    });
  }

  /** Those up to `last` that are not open yet. */
  private openTurns(last: number): void {
    for (const { turn } of this.turns.values()) {
      if (turn > this.turn.turn && turn <= last) this.openTurn(turn);
    }
    if (last > this.turn.turn && Number.isFinite(last)) this.openTurn(last);
  }

  private openTurn(turn: number): void {
    const isStopped = this.turns.get(this.turn.turn)?.status === 'interrupted';
    const why = isStopped ? 'the user interrupted' : 'the turn failed';
    this.memory.closeOpenCalls(`Not executed: ${why}.`);
    this.turn = { turn, firstSeq: this.memory.nextSeq, isRunning: true, lastStep: 0 };
    for (const message of this.turns.get(turn)?.userMessages ?? []) {
      if (message.step === undefined) this.enter(turn, message.messageId);
    }
  }

  private enter(turn: number, messageId: string): void {
    const message = this.recorded.userMessages.get(messageId);
    const sent = message ?? { role: 'user', content: unreadableText };
    const seq = this.memory.append(toModelClientMessage(sent));
    this.entered.add(messageId);
    this.keep(seq, { turn, messageId });
  }

  /** What entered the running turn before this call: what people said meanwhile, then what the host has to say. */
  private join({ turn, step, pointer }: RecordedCall): void {
    this.turn.isRunning = true;
    const joining = (this.turns.get(turn)?.userMessages ?? []).filter(
      (message) => (message.step ?? step + 1) <= step && !this.entered.has(message.messageId),
    );
    const { memory, proof } = this;
    const room = pointer ? pointer.length - memory.messages.length : joining.length;
    for (const { messageId } of joining.slice(0, Math.max(0, room))) this.enter(turn, messageId);
    const agent = this.agents.get(pointer?.agentHash ?? '')?.agent;
    const { messages, nextSeq } = memory;
    const conclusion = agent && pointer && findConclusion(agent, { proof, messages, pointer });
    if (!conclusion) return;
    memory.append(conclusion);
    this.keep(nextSeq, { turn, step });
  }

  private async resume(resumption: RecordedResumption): Promise<void> {
    if (this.memory.unanswered) await this.runStep(resumption, resumption.agentHash);
  }

  /** One step of the loop, as far as history tells it. */
  private async runStep(
    recorded: RecordedCall | RecordedResumption,
    agentHash: string | undefined,
  ): Promise<void> {
    const { turn, step } = recorded;
    const pinned = this.agents.get(agentHash ?? '') ?? unknownAgent(recorded.tools);
    const response = recorded.type === 'call' ? recorded.response : this.memory.unanswered;
    const calls = response?.toolCalls.length ?? 0;
    const runner = new AgentRunner({
      model: new RecordedModel(response),
      tools: recordedTools(pinned, { calls, recorded, words: this.recorded }),
    });
    this.turn.lastStep = step;
    const maxSteps = pinned.agent.limits?.maxSteps ?? defaultMaxSteps;
    // Whatever its limit was, this step was taken.
    const agent = { ...pinned.agent, limits: { maxSteps: step } };
    const firstSeq = this.memory.nextSeq;
    try {
      for await (const event of runner.run(agent, this.memory, { turn, step })) {
        if (event.type !== 'step_finished') continue;
        const isOver = event.isFinal || recorded.interruptedAtMs !== undefined;
        this.turn.isRunning = !isOver && step < maxSteps;
        break;
      }
    } catch (error) {
      if (error instanceof OutputError) this.turn.isRunning = false;
      else if (!(error instanceof NotRecordedError)) throw error;
    } finally {
      this.keep(firstSeq, { turn, step }, recorded.tools);
    }
  }

  /** What has entered Memory from `firstSeq` on. */
  private keep(
    firstSeq: number,
    origin: Omit<RebuiltMessage, 'seq' | 'message'>,
    tools?: RecordedCall['tools'],
  ): void {
    for (const [index, message] of this.memory.slice(firstSeq).entries()) {
      const seq = firstSeq + index;
      const whole = tools && wholeResult(message, tools);
      this.messages.set(seq, { seq, ...origin, message, ...(whole && { whole }) });
    }
  }
}
