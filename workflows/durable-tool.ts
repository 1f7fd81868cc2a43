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
import { text } from '../agent/messages';
import type { Message } from '../agent/model';
import type { Tool, ToolAnnotations, ToolContext, ToolDefinition, ToolResult } from '../agent/tool';
import { mayRunAgain } from '../agent/tool';
import type { ToolFailure } from '../agent/tool-failure';
import { explainToolFailure } from '../agent/tool-failure';
import { toolLabel } from './labels';
import type { Transcript } from './transcript';

const defaultToolTimeoutMs = 120_000;

export interface DurableToolOptions {
  readonly definition: ToolDefinition;
  readonly pinned: PinnedAgent;
  readonly transcript: Transcript;
  /** The conversation's messages; the last one is the response that asked. */
  readonly messages: () => readonly Message[];
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

  async execute(toolArguments: JsonObject, context: ToolContext): Promise<ToolResult> {
    const summary = toolLabel(this.name, toolArguments);
    this.options.onActivity(summary);
    const input = this.toInput(toolArguments, context);
    try {
      return await this.proxy().executeTool.executeWithOptions({ summary }, [input]);
    } catch (error) {
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
      return { content: [text(this.explain(error))], isError: true };
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
    const { transcript, messages, pinned } = this.options;
    return {
      tool: this.name,
      callId,
      idempotencyKey,
      ...(isInline && { arguments: toolArguments }),
      ...(state !== undefined && {
        state: isStateInline ? { value: state } : { inTranscript: true },
      }),
      ...(!(isInline && isStateInline) && { pointer: transcript.publish(messages(), pinned.hash) }),
    };
  }

  private explain(failure: ActivityFailure): string {
    const { definition, pinned } = this.options;
    const { maxAttempts } = pinned.execution;
    return explainToolFailure({ tool: definition, maxAttempts, failure: toToolFailure(failure) });
  }
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
