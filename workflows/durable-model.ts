/** `ModelBase` as an activity: the messages go to the worker's cache, a pointer goes into history. */
import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { AgentActivities, PinnedAgent } from '../activities/contract';
import type { ReActAgent } from '../agent/agent';
import type { Message, StreamEvent } from '../agent/model';
import { ModelBase, complete } from '../agent/model';
import { thinkLabel } from './labels';
import type { Transcript } from './transcript';

/** Longest pause between attempts, unless the provider names one. */
const longestRetryDelay = '30 seconds';

export interface DurableModelOptions {
  readonly pinned: PinnedAgent;
  readonly transcript: Transcript;
  readonly turn: number;
  /** The step of the first call; every call is one step. */
  readonly firstStep: number;
  /** Told what goes on, in words. */
  readonly onActivity: (label: string) => void;
}

export class DurableModel extends ModelBase {
  private readonly activities: ReturnType<typeof proxyModelActivities>;
  private step: number;

  constructor(private readonly options: DurableModelOptions) {
    super();
    this.step = options.firstStep;
    this.activities = proxyModelActivities(options.pinned);
  }

  override async *streamResponse(
    agent: ReActAgent,
    inputs: readonly Message[],
  ): AsyncGenerator<StreamEvent> {
    const { pinned, transcript, turn, onActivity } = this.options;
    const step = this.step++;
    const summary = thinkLabel(step, agent.model);
    onActivity(summary);
    const pointer = transcript.publish(inputs, pinned.hash);
    const input = { pointer, turn, step };
    yield complete(await this.activities.getResponse.executeWithOptions({ summary }, [input]));
  }
}

function proxyModelActivities(pinned: PinnedAgent) {
  return proxyActivities<Pick<AgentActivities, 'getResponse'>>(modelCallOptions(pinned));
}

/** How every activity that calls a model is timed and retried. */
export function modelCallOptions({ execution }: PinnedAgent): ActivityOptions {
  return {
    startToCloseTimeout: execution.modelTimeoutMs,
    heartbeatTimeout: execution.heartbeatTimeoutMs,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: {
      initialInterval: execution.firstRetryDelayMs,
      maximumInterval: longestRetryDelay,
      maximumAttempts: execution.maxAttempts,
    },
  };
}
