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
import type { ModelResponse } from '../../agent/model';
import type { TimelineTurn } from '../timeline/types';
import type { Rebuilt, RebuiltCompaction, RebuiltMessage } from './rebuilt';
import { originOf } from './origin';
import { Proof } from './proof';
import type { RecordedCall, RecordedCarry, RecordedHistory, RecordedItem } from './recorded';
import type { RecordedSummary } from './recorded';
import { toMemory, unreadableText } from './read-recorded';
import type { StepNumber } from './types';
import { NotRecordedError, RecordedModel, recordedTools, unknownAgent } from './recorded-world';

/** `turns`: which messages each one took. */
export async function rebuildMessages(
  recorded: RecordedHistory,
  turns: readonly TimelineTurn[],
): Promise<Rebuilt> {
  const rebuild = new Rebuild(recorded, turns);
  for (const item of recorded.items) await rebuild.take(item);
  return rebuild.result;
}

/** Type of the failure of a model call whose prompt was too long. */
const contextLength = 'ModelError.context_length';

interface OpenTurn {
  readonly turn: number;
  /** Sequence number of its first message. */
  readonly firstSeq: number;
  /** Whether another step is to come. */
  isRunning: boolean;
}

class Rebuild {
  private memory = new Memory();
  /** The last one that was opened. */
  private turn: OpenTurn = { turn: 0, firstSeq: 0, isRunning: false };
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

  get result(): Rebuilt {
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
    }
  }

  private takeOver({ memory, turns }: RecordedCarry): void {
    this.memory = toMemory(memory);
    const last = turns.at(-1);
    if (last) this.turn = { ...last, firstSeq: last.messages[0]?.seq ?? this.memory.nextSeq };
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
      if (turn !== this.turn.turn) this.openTurn(turn);
      const isProven = pointer && this.proof.holds(this.memory.messages, pointer);
      if (!isProven) this.unproven.push({ turn, step });
      // What is too long is made shorter and sent once more.
      const { failure } = call;
      if (failure && failure.type !== contextLength) this.turn.isRunning = false;
      if (call.type === 'summary') this.compact(call);
      else if (call.response) await this.runStep(call, call.response);
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

  private openTurn(turn: number): void {
    this.memory.closeOpenCalls('Not executed: the turn failed.');
    this.turn = { turn, firstSeq: this.memory.nextSeq, isRunning: true };
    for (const { messageId } of this.turns.get(turn)?.userMessages ?? []) {
      const message = this.recorded.userMessages.get(messageId);
      const sent = message ?? { role: 'user', content: unreadableText };
      const seq = this.memory.append(toModelClientMessage(sent));
      this.keep(seq, { turn, messageId });
    }
  }

  /** One step of the loop, as far as history tells it. */
  private async runStep(call: RecordedCall, response: ModelResponse): Promise<void> {
    const { turn, step } = call;
    const pinned = this.agents.get(call.pointer?.agentHash ?? '') ?? unknownAgent(call.tools);
    const runner = new AgentRunner({
      model: new RecordedModel(response),
      tools: recordedTools(pinned, call.tools),
    });
    const maxSteps = pinned.agent.limits?.maxSteps ?? defaultMaxSteps;
    // Whatever its limit was, this step was taken.
    const agent = { ...pinned.agent, limits: { maxSteps: step } };
    const firstSeq = this.memory.nextSeq;
    try {
      for await (const event of runner.run(agent, this.memory, { turn, step })) {
        if (event.type !== 'step_finished') continue;
        this.turn.isRunning = !event.isFinal && step < maxSteps;
        break;
      }
    } catch (error) {
      if (error instanceof OutputError) this.turn.isRunning = false;
      else if (!(error instanceof NotRecordedError)) throw error;
    } finally {
      this.keep(firstSeq, { turn, step });
    }
  }

  /** What has entered Memory from `firstSeq` on. */
  private keep(firstSeq: number, origin: Omit<RebuiltMessage, 'seq' | 'message'>): void {
    for (const [index, message] of this.memory.slice(firstSeq).entries()) {
      const seq = firstSeq + index;
      this.messages.set(seq, { seq, ...origin, message });
    }
  }
}
