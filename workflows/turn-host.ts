/** Hosts the loop: runs a turn step by step, and sees between two steps to all that is no business of the loop's. */
import { condition, workflowInfo } from '@temporalio/workflow';
import type { PinnedAgent } from '../activities/contract';
import { AgentRunner } from '../agent/agent-runner';
import { BudgetKeeper } from './budget-keeper';
import { Compactor } from './compactor';
import type { AgentWorkflowInput } from './contract';
import type { Conversation } from './conversation';
import { DecisionDesk } from './decision-desk';
import { DurableModel } from './durable-model';
import { DurableTool } from './durable-tool';
import { Interruption } from './interruption';
import { RunExit } from './run-exit';
import type { Transcript } from './transcript';
import { spentInVain, toTurnError } from './turn-error';

/** A run that only waits has five. It is not left before something has happened in it. */
const waitingRunEvents = 12;

export interface TurnHostOptions {
  readonly input: AgentWorkflowInput;
  readonly conversation: Conversation;
  readonly transcript: Transcript;
  /** Told what goes on, in words. */
  readonly onActivity: (label: string) => void;
}

export class TurnHost {
  readonly compactor: Compactor;
  readonly exit: RunExit;
  private readonly desk: DecisionDesk;
  private readonly budgetKeeper: BudgetKeeper;
  /** Of the turn at work, or of the next one. */
  private interruption: Interruption;

  constructor(private readonly options: TurnHostOptions) {
    const { conversation } = options;
    const parts = { ...options, interruption: () => this.interruption };
    this.interruption = this.newInterruption();
    this.compactor = new Compactor(parts);
    this.desk = new DecisionDesk(parts);
    this.budgetKeeper = new BudgetKeeper({ conversation, desk: this.desk });
    this.exit = new RunExit({ ...options, compactor: this.compactor });
  }

  /** The running turn, to its end. A run that has grown is left on the way. */
  async runTurn(): Promise<void> {
    const { conversation } = this.options;
    let isOver = false;
    const taken = this.takeSteps().finally(() => (isOver = true));
    const watched = this.interruption.watch(() => isOver);
    try {
      await Promise.race([taken, watched.then(() => taken), this.leaveWhileParked(() => isOver)]);
    } catch (error) {
      const turnError = toTurnError(error);
      if (!turnError) throw error;
      conversation.failTurn(turnError, spentInVain(error));
    } finally {
      // One that was carried out lets nothing more begin, and between two turns there is work too.
      this.interruption = this.newInterruption();
    }
  }

  /** While nobody waits for an answer: what comes of it is told by the state. */
  async compactWhileIdle(): Promise<void> {
    const { conversation } = this.options;
    let isOver = false;
    const compacted = this.compactor.compact().finally(() => (isOver = true));
    // A message that comes meanwhile opens its turn, and that may be interrupted.
    const watched = this.interruption.watch(() => isOver);
    try {
      await Promise.race([compacted, watched.then(() => compacted)]);
    } catch (error) {
      conversation.compactionError = toTurnError(error);
      if (!conversation.compactionError) throw error;
    }
    this.interruption = this.newInterruption();
    conversation.activity = undefined;
  }

  private async takeSteps(): Promise<void> {
    const { conversation } = this.options;
    while (conversation.runningTurn) {
      if (conversation.isInterruptAsked) conversation.interruptTurn();
      // What was asked for is settled first: nothing else may enter Memory.
      else if (conversation.memory.unanswered || (await this.isReadyToThink())) {
        await this.runStepsOrRecover();
      }
    }
  }

  /**
   * Between two steps, in this order: wait, make room, listen, and look at the budget.
   *
   * @returns false when something has happened meanwhile, and all is to be looked at again.
   */
  private async isReadyToThink(): Promise<boolean> {
    const { conversation } = this.options;
    conversation.pinNext();
    if (conversation.isPaused) await this.waitForResume();
    if (this.isToStop) return false;
    if (this.compactor.isDue) {
      await this.compactor.compact();
      await this.exit.leave();
      if (this.isToStop) return false;
    }
    conversation.takeSteering();
    if (conversation.isAnswered) {
      // What came too late for it was taken back.
      conversation.endTurn();
      return false;
    }
    return (await this.budgetKeeper.admit()) && !this.isToStop;
  }

  private get isToStop(): boolean {
    const { isInterruptAsked, isPaused } = this.options.conversation;
    return isInterruptAsked || isPaused;
  }

  private async waitForResume(): Promise<void> {
    const { conversation, onActivity } = this.options;
    const isOver = () => !conversation.isPaused || conversation.isInterruptAsked;
    onActivity('paused');
    await condition(() => isOver() || this.hasGrownWaiting);
    if (!isOver()) await this.exit.leave();
    await condition(isOver);
  }

  /** People may take days: a run that has grown meanwhile is left, and the next one waits on. */
  private async leaveWhileParked(isOver: () => boolean): Promise<never> {
    const isTime = () => this.desk.isParked && this.hasGrownWaiting;
    while (!isOver() && !isTime()) await condition(() => isOver() || isTime());
    await (isOver() ? undefined : this.exit.leave());
    // Nobody waits for this: the turn has come to its end, or the run cannot be left.
    return new Promise<never>(() => {});
  }

  private get hasGrownWaiting(): boolean {
    return workflowInfo().historyLength >= waitingRunEvents && this.exit.isDue;
  }

  /** A prompt that is too long is made shorter, and the step goes on from there. */
  private async runStepsOrRecover(): Promise<void> {
    try {
      await this.runSteps(this.options.conversation.requirePinned());
    } catch (error) {
      await this.compactor.recover(error);
    }
  }

  /** To the end of the turn, or to the step before which something is to happen. */
  private async runSteps(pinned: PinnedAgent): Promise<void> {
    const { conversation } = this.options;
    const { step, memory } = conversation;
    const turn = conversation.runningTurn?.turn ?? 0;
    const runner = this.createRunner(turn, pinned);
    for await (const event of runner.run(pinned.agent, memory, { turn, step })) {
      conversation.observe(event);
      if (event.type !== 'step_finished' || event.isFinal) continue;
      const leaving = this.exit.leave();
      if (leaving) await leaving;
      if (conversation.pinned !== pinned || this.isSomethingToHappen) return;
    }
  }

  private get isSomethingToHappen(): boolean {
    const isSteered = this.options.conversation.inbox.steeringIds.length > 0;
    return this.isToStop || isSteered || this.compactor.isDue || this.budgetKeeper.isDue;
  }

  private createRunner(turn: number, pinned: PinnedAgent): AgentRunner {
    const { workflowId, firstExecutionRunId } = workflowInfo();
    const { conversation } = this.options;
    const { step, memory } = conversation;
    const shared = { ...this.options, pinned, interruption: this.interruption };
    // A step whose calls are open has asked its model already.
    const firstStep = memory.unanswered ? step + 1 : step;
    return new AgentRunner({
      model: new DurableModel({ ...shared, turn, firstStep }),
      tools: pinned.agent.tools.map(
        (definition) => new DurableTool({ ...shared, definition, desk: this.desk }),
      ),
      conversationId: `${workflowId}/${firstExecutionRunId}`,
    });
  }

  private newInterruption(): Interruption {
    return new Interruption(() => this.options.conversation.isInterruptAsked);
  }
}
