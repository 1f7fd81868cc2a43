/**
 * Compaction as it happens: when it is time, a model call writes a summary, and Memory and the transcript go on from
 * it. Always between two steps, with nothing else in flight.
 */
import { proxyActivities } from '@temporalio/workflow';
import type { AgentActivities, PinnedAgent } from '../activities/contract';
import type { ModelResponse } from '../agent/model';
import { spillOf } from './budget-guard';
import { carryTailTokens, carriedTokens } from './carry-over';
import type { CutPlan } from './compaction';
import { planCut, tailTokens } from './compaction';
import type { Conversation } from './conversation';
import { modelCallOptions } from './durable-model';
import type { Interruption } from './interruption';
import { compactLabel } from './labels';
import type { CountTokens } from './prompt-estimate';
import { contextWindowOf, promptLimitOf, promptPartsOf, promptTokensOf } from './prompt-size';
import type { Transcript } from './transcript';
import { isTooLong, spentInVain, toCompactionError } from './turn-error';

/** How often a request for a summary that its provider finds too long is halved. */
const mostHalvings = 5;

export interface CompactorOptions {
  readonly conversation: Conversation;
  readonly transcript: Transcript;
  /** Of the turn at work. */
  readonly interruption: () => Interruption;
  /** Told what goes on, in words. */
  readonly onActivity: (label: string) => void;
}

interface CutOrder {
  readonly tailTokens: number;
  /** Somebody wants it: the user, a provider, or the run that has to be left. */
  readonly isForced: boolean;
  /** Where bytes matter instead of tokens. */
  readonly count?: CountTokens;
}

export class Compactor {
  /** What the carry's bytes ask for. */
  private isCarryTooLarge = false;
  /** The step at which a prompt was too long, and how often by now. */
  private refused = { turn: 0, step: 0, times: 0 };

  constructor(private readonly options: CompactorOptions) {}

  /** Whether something is to be cut before the next model call. */
  get isDue(): boolean {
    return this.plan(this.order()) !== undefined;
  }

  /** What somebody asked for, whether or not there is anything to cut. */
  get canCompact(): boolean {
    return this.plan({ tailTokens: this.tail(0), isForced: true }) !== undefined;
  }

  /** @returns whether compaction can make it smaller; then it is due. */
  shrinkCarry(): boolean {
    this.isCarryTooLarge = true;
    if (this.isDue) return true;
    this.isCarryTooLarge = false;
    return false;
  }

  /** @throws CompactionError when no summary can be had. Memory is then as it was. */
  async compact(): Promise<void> {
    const { conversation } = this.options;
    const order = this.order();
    const wasAsked = conversation.isCompactionAsked;
    conversation.isCompactionAsked = false;
    this.isCarryTooLarge = false;
    const isOver = !order || (await this.carryOut(order));
    // Whoever interrupted the turn has not taken back what somebody asked for.
    if (!isOver && wasAsked) conversation.isCompactionAsked = true;
  }

  /**
   * A provider found the prompt too long: it is made shorter, to be sent once more.
   *
   * @throws `error` when it is another, when this was tried before, or when there is nothing left to cut.
   */
  async recover(error: unknown): Promise<void> {
    if (!isTooLong(error)) throw error;
    const { conversation } = this.options;
    const { step, turnLog } = conversation;
    const turn = turnLog.last?.turn ?? 0;
    const isAgain = this.refused.turn === turn && this.refused.step === step;
    const orders = [1, 2].map((times) => ({ times, tailTokens: this.tail(times), isForced: true }));
    const order = orders.find(
      (it) => it.times > (isAgain ? this.refused.times : 0) && this.plan(it) !== undefined,
    );
    if (!order) throw error;
    this.refused = { turn, step, times: order.times };
    conversation.spendInVain(spentInVain(error));
    await this.carryOut(order);
  }

  private order(): CutOrder | undefined {
    const { conversation } = this.options;
    const { isCompactionAsked, pinned, memory } = conversation;
    if (isCompactionAsked) return { tailTokens: this.tail(0), isForced: true };
    if (this.isCarryTooLarge) {
      const tailTokens = carryTailTokens(memory.messages.slice(memory.headLength));
      return { tailTokens, isForced: true, count: carriedTokens };
    }
    const limit = pinned && promptLimitOf(pinned);
    // What was compacted just now does not get shorter by that once more.
    if (limit === undefined || memory.head?.writtenAt === memory.nextSeq) return undefined;
    const isTooLong = promptTokensOf(conversation) > limit;
    // What is spent is passed by one call, and that is the model's last word.
    return isTooLong && !spillOf(conversation, conversation.now())
      ? { tailTokens: this.tail(0), isForced: false }
      : undefined;
  }

  private tail(hardness: number): number {
    const { conversation } = this.options;
    const window = conversation.pinned && contextWindowOf(conversation.pinned);
    return tailTokens(promptTokensOf(conversation), window, hardness);
  }

  private plan(order: CutOrder | undefined, requestTokens?: number): CutPlan | undefined {
    const { conversation } = this.options;
    const { memory, pinned, keepFrom } = conversation;
    if (!order || !pinned) return undefined;
    return planCut({
      ...promptPartsOf(conversation),
      ...order,
      headLength: memory.headLength,
      keepFrom: memory.headLength + Math.max(0, keepFrom - memory.firstSeq),
      requestTokens: requestTokens ?? promptLimitOf(pinned),
    });
  }

  /**
   * In as many requests as it takes, the oldest messages first: each summary heads the next one's request.
   *
   * @returns whether it came to its end; otherwise it was interrupted.
   */
  private async carryOut(order: CutOrder): Promise<boolean> {
    let requestTokens: number | undefined;
    for (let halvings = 0; ;) {
      const plan = this.plan(order, requestTokens);
      if (!plan) return true;
      try {
        const response = await this.summarize(plan, requestTokens);
        if (!response) return false;
        this.replace(plan, response);
        if (plan.isLast) return true;
      } catch (error) {
        this.options.conversation.spendInVain(spentInVain(error));
        if (!isTooLong(error) || ++halvings > mostHalvings) throw toCompactionError(error);
        requestTokens = Math.floor(plan.promptTokens / 2);
      }
    }
  }

  private replace(plan: CutPlan, response: ModelResponse): void {
    const { conversation, transcript } = this.options;
    conversation.compact(plan.length, response);
    transcript.rewrite();
  }

  /** @returns undefined when it was interrupted: then all is as it was. */
  private summarize(
    plan: CutPlan,
    requestTokens: number | undefined,
  ): Promise<ModelResponse | undefined> {
    const { conversation, transcript, interruption, onActivity } = this.options;
    const { memory, step, turnLog } = conversation;
    const pinned = conversation.requirePinned();
    const summary = compactLabel(plan.messages);
    onActivity(summary);
    const limitTokens = requestTokens ?? promptLimitOf(pinned);
    const input = {
      pointer: transcript.publish(memory.messages, pinned.hash, plan.length),
      turn: turnLog.last?.turn ?? 0,
      step,
      ...(plan.isTooLong && limitTokens !== undefined && { limitTokens }),
    };
    return interruption().run(() =>
      proxySummary(pinned).summarize.executeWithOptions({ summary }, [input]),
    );
  }
}

function proxySummary(pinned: PinnedAgent) {
  return proxyActivities<Pick<AgentActivities, 'summarize'>>(modelCallOptions(pinned));
}
