/** The way out of a run that has grown: whether it is time, and what the next run takes along. */
import { allHandlersFinished, continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { agentWorkflow } from './agent-workflow';
import { fits, hasGrown } from './carry-over';
import type { Compactor } from './compactor';
import type { AgentWorkflowInput } from './contract';
import type { Conversation } from './conversation';

export interface RunExitOptions {
  readonly input: AgentWorkflowInput;
  readonly conversation: Conversation;
  readonly compactor: Compactor;
}

const messagesBetweenTries = 20;

export class RunExit {
  /** Messages there were when nothing could make the carry small enough: with many more it is tried again. */
  private fitsNotAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: RunExitOptions) {}

  /** Whether it is time, and nobody is cut off: no handler, and no interruption, of which the next run would not know. */
  get isDue(): boolean {
    const { input, conversation } = this.options;
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    const limitEvents = input.continueAsNewAfterEvents;
    const size = { continueAsNewSuggested, historyEvents: historyLength, limitEvents };
    const isWorthIt = conversation.memory.nextSeq >= this.fitsNotAt + messagesBetweenTries;
    const isTime = isWorthIt && hasGrown(size) && allHandlersFinished();
    return isTime && !conversation.isInterruptAsked;
  }

  /** Leaves if it is time. Checked and left in one synchronous stretch. */
  leave(): Promise<never> | undefined {
    if (!this.isDue) return undefined;
    const { input, conversation, compactor } = this.options;
    const { messages: _delivered, ...lasting } = input;
    const next = { ...lasting, carried: conversation.carry(workflowInfo().runId) };
    if (fits(next.carried)) return continueAsNew<typeof agentWorkflow>(next);
    // What nothing can make smaller goes on in the run that it has, for a while.
    if (!compactor.shrinkCarry()) this.fitsNotAt = conversation.memory.nextSeq;
    return undefined;
  }
}
