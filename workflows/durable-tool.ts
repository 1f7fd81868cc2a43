/**
 * `Tool` as an activity. Its declared class decides what a lost worker means: a tool that may run again is retried;
 * any other gets one attempt, and the model is told honestly that the outcome is unknown.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  TimeoutFailure,
  isCancellation,
  proxyActivities,
} from '@temporalio/workflow';
import type { AgentActivities, ExecuteToolInput, PinnedAgent } from '../activities/contract';
import { FailureType, inlineLimitBytes } from '../activities/contract';
import type { JsonObject, JsonSchema } from '../agent/json';
import { jsonBytes } from '../agent/json';
import { defaultDecisionMs } from '../agent/agent';
import { needsApproval } from '../agent/approval';
import type { Message } from '../agent/model';
import { shownResult } from '../agent/shorten-result';
import { unusualResultLimits } from '../agent/size-limits';
import type { Tool, ToolAnnotations, ToolContext, ToolDefinition, ToolResult } from '../agent/tool';
import { mayRunAgain } from '../agent/tool';
import type { ToolFailure } from '../agent/tool-failure';
import { explainInterruption, explainToolFailure } from '../agent/tool-failure';
import type { AskedItem } from './approvals';
import type { Conversation } from './conversation';
import type { DecisionDesk } from './decision-desk';
import { effectOf, questionOf, refusal, toDecidedResult } from './decided-result';
import type { Interruption } from './interruption';
import { toolLabel } from './labels';
import type { Transcript } from './transcript';

const defaultToolTimeoutMs = 120_000;

export interface DurableToolOptions {
  readonly definition: ToolDefinition;
  readonly pinned: PinnedAgent;
  readonly transcript: Transcript;
  readonly conversation: Conversation;
  readonly interruption: Interruption;
  readonly desk: DecisionDesk;
  readonly onActivity: (label: string) => void;
}

export class DurableTool implements Tool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
  readonly annotations: ToolAnnotations;

  constructor(private readonly options: DurableToolOptions) {
    const { name, description, inputSchema, annotations } = options.definition;
    this.name = name;
    this.description = description;
    this.inputSchema = inputSchema;
    this.annotations = annotations ?? {};
  }

  /** A call that came to its end in the run before this one, while others of its step waited, is not repeated. */
  async execute(toolArguments: JsonObject, context: ToolContext): Promise<ToolResult> {
    const { conversation, desk } = this.options;
    const { stepResults } = conversation;
    const known = stepResults.get(context.callId);
    if (known) return known;
    const leaveDesk = desk.attend();
    try {
      const item = this.itemToDecide(toolArguments, context.callId);
      const decided = item && (await this.decide(item));
      const result = decided ?? (await this.carryOut(toolArguments, context));
      stepResults.set(context.callId, result);
      return result;
    } finally {
      leaveDesk();
    }
  }

  /** What a person is asked, where one has a say in the call. */
  private itemToDecide(toolArguments: JsonObject, callId: string): AskedItem | undefined {
    const { definition, conversation, pinned } = this.options;
    const isQuestion = definition.answeredBy === 'user';
    const isFree =
      conversation.approvals.isAllowed(this.name) ||
      !needsApproval(definition, toolArguments, pinned.agent.approval);
    if (!isQuestion && isFree) return undefined;
    return {
      callId,
      kind: isQuestion ? 'question' : 'approval',
      tool: this.name,
      arguments: toolArguments,
      effect: isQuestion ? questionOf(toolArguments) : effectOf(definition),
    };
  }

  /** @returns what the model is told instead of a result, where a person's word settles the call. */
  private async decide(item: AskedItem): Promise<ToolResult | undefined> {
    const { desk, pinned } = this.options;
    const patienceMs = pinned.agent.limits?.decisionMs ?? defaultDecisionMs;
    return toDecidedResult(item, await desk.ask(item, patienceMs));
  }

  /** History keeps the result whole; Memory, and so the model, what the agent's limits leave of it. */
  private async carryOut(toolArguments: JsonObject, context: ToolContext): Promise<ToolResult> {
    const { pinned, conversation, interruption, definition, onActivity } = this.options;
    if (interruption.isAsked) return refusal('Not executed: the user interrupted.');
    const summary = toolLabel(this.name, toolArguments);
    onActivity(summary);
    const { agent } = pinned;
    const calls = callsIn(conversation.memory.messages.at(-1));
    const limits = unusualResultLimits(agent.limits, calls);
    const input = { ...this.toInput(toolArguments, context), ...(limits && { limits }) };
    try {
      const result = await interruption.run(() =>
        this.proxy().executeTool.executeWithOptions({ summary }, [input]),
      );
      if (!result) return refusal(explainInterruption(definition));
      return shownResult(result, { agent, calls, callId: context.callId });
    } catch (error) {
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
      return refusal(this.explain(error));
    }
  }

  private proxy() {
    const { definition, pinned } = this.options;
    return proxyActivities<Pick<AgentActivities, 'executeTool'>>({
      startToCloseTimeout: definition.timeoutMs ?? defaultToolTimeoutMs,
      heartbeatTimeout: pinned.execution.heartbeatTimeoutMs,
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      retry: {
        initialInterval: pinned.execution.firstRetryDelayMs,
        maximumAttempts: mayRunAgain(definition) ? pinned.execution.maxAttempts : 1,
      },
    });
  }

  /** What stands in history already goes by pointer; small values stand beside it so that the UI shows them. */
  private toInput(toolArguments: JsonObject, context: ToolContext): ExecuteToolInput {
    const { callId, idempotencyKey, state } = context;
    const isInline = jsonBytes(toolArguments) <= inlineLimitBytes;
    const isStateInline = state === undefined || jsonBytes(state) <= inlineLimitBytes;
    const { transcript, conversation, pinned } = this.options;
    return {
      tool: this.name,
      callId,
      idempotencyKey,
      ...(isInline && { arguments: toolArguments }),
      ...(state !== undefined && {
        state: isStateInline ? { value: state } : { inTranscript: true },
      }),
      ...(!(isInline && isStateInline) && {
        pointer: transcript.publish(conversation.memory.messages, pinned.hash),
      }),
    };
  }

  private explain(failure: ActivityFailure): string {
    const { definition, pinned } = this.options;
    const { maxAttempts } = pinned.execution;
    return explainToolFailure({ tool: definition, maxAttempts, failure: toToolFailure(failure) });
  }
}

function callsIn(response: Message | undefined): number {
  return response?.role === 'assistant' ? response.toolCalls.length : 1;
}

function toToolFailure({ cause, message }: ActivityFailure): ToolFailure {
  const told = { message: cause?.message ?? message };
  if (cause instanceof TimeoutFailure) {
    const timedOut = cause.timeoutType === 'START_TO_CLOSE';
    return { ...told, lost: timedOut ? 'timed_out' : 'worker_lost' };
  }
  const hasShutDown =
    cause instanceof ApplicationFailure && cause.type === FailureType.workerShutdown;
  return hasShutDown ? { ...told, lost: 'worker_lost' } : told;
}
