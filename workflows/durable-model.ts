/** `ModelBase` as an activity: the messages go to the worker's cache, a pointer goes into history. */
import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { AgentActivities, PinnedAgent } from '../activities/contract';
import type { ReActAgent } from '../agent/agent';
import type { Message, ModelResponse, StreamEvent } from '../agent/model';
import { ModelBase, complete, noUsage } from '../agent/model';
import type { Interruption } from './interruption';
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
  readonly interruption: Interruption;
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

  override streamResponse(
    agent: ReActAgent,
    inputs: readonly Message[],
  ): AsyncIterable<StreamEvent> {
    return once(() => this.ask(agent, inputs));
  }

  private async ask(agent: ReActAgent, inputs: readonly Message[]): Promise<StreamEvent> {
    const { pinned, transcript, turn, interruption, onActivity } = this.options;
    const step = this.step++;
    const summary = thinkLabel(step, agent.model);
    onActivity(summary);
    const pointer = transcript.publish(inputs, pinned.hash);
    const input = { pointer, turn, step };
    const response = await interruption.run(() =>
      this.activities.getResponse.executeWithOptions({ summary }, [input]),
    );
    return complete(response ?? silence(agent.model));
  }
}

/** No generator: it makes many promises, and the sandbox records a stack for each. */
function once<Value>(make: () => Promise<Value>): AsyncIterable<Value> {
  let isOver = false;
  const next = (): Promise<IteratorResult<Value>> => {
    if (isOver) return Promise.resolve({ done: true, value: undefined });
    isOver = true;
    return make().then((value) => ({ done: false, value }));
  };
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

/** Of a model that was interrupted and could not say how far it came, nor what that cost. */
function silence(model: string): ModelResponse {
  const interrupted = { finishReason: 'interrupted', usage: noUsage, costUsd: null } as const;
  return { role: 'assistant', content: '', toolCalls: [], model, ...interrupted };
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
