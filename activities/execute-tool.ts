/** Act: one tool call. What the tool says is a result; only a failure of the world is thrown, and retried. */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { isToolError } from '../agent/errors';
import type { JsonObject, JsonValue } from '../agent/json';
import { toolState } from '../agent/memory';
import { text } from '../agent/messages';
import type { Message } from '../agent/model';
import { resultLimits } from '../agent/size-limits';
import type { Tool, ToolResult } from '../agent/tool';
import type { ExecuteToolInput } from './contract';
import { FailureType } from './contract';
import { conversationOf } from './conversation-of';
import { toCancellationFailure, toToolFailure } from './failures';
import { startHeartbeat } from './heartbeat';
import { KeptResults } from './kept-results';
import { storableResult } from './storable-result';
import type { Transcripts } from './transcripts';

export interface ExecuteToolDependencies {
  readonly transcripts: Transcripts;
  readonly tools: ReadonlyMap<string, Tool>;
}

export function createExecuteTool({ transcripts, tools }: ExecuteToolDependencies) {
  const results = new KeptResults();
  return async function executeTool(input: ExecuteToolInput): Promise<ToolResult> {
    const context = Context.current();
    const heartbeat = startHeartbeat({ beat: (details) => context.heartbeat(details) });
    const { limits = resultLimits() } = input;
    const toStored = (result: ToolResult) => storableResult(result, { ...input, limits });
    try {
      const tool = tools.get(input.tool);
      if (!tool) throw unknownTool(input.tool, tools);
      const messages = input.pointer
        ? await transcripts.messages(conversationOf(context), input.pointer)
        : [];
      const result = await tool.execute(argumentsOf(input, messages), {
        callId: input.callId,
        idempotencyKey: input.idempotencyKey,
        attempt: context.info.attempt,
        signal: context.cancellationSignal,
        state: stateOf(input, messages),
        shownBytes: limits.textBytes,
        resultOf: results.finder(context),
      });
      return toStored(result);
    } catch (error) {
      if (context.cancellationSignal.aborted)
        throw toCancellationFailure(context.cancellationDetails);
      if (isToolError(error)) return toStored({ content: [text(error.message)], isError: true });
      throw toToolFailure(error);
    } finally {
      heartbeat.stop();
    }
  };
}

/** Arguments too long for the input stand in the response that asked. */
function argumentsOf(input: ExecuteToolInput, messages: readonly Message[]): JsonObject {
  if (input.arguments) return input.arguments;
  const response = messages.at(-1);
  const calls = response?.role === 'assistant' ? response.toolCalls : [];
  const call = calls.find(({ id }) => id === input.callId);
  if (call) return call.arguments;
  throw ApplicationFailure.nonRetryable(
    `The transcript holds no call \`${input.callId}\`.`,
    FailureType.transcriptUnavailable,
  );
}

function stateOf(
  { tool, state }: ExecuteToolInput,
  messages: readonly Message[],
): JsonValue | undefined {
  if (!state) return undefined;
  return 'value' in state ? state.value : toolState(messages, tool);
}

/** Retried: in a mixed fleet another worker may have it. */
function unknownTool(name: string, tools: ReadonlyMap<string, Tool>): ApplicationFailure {
  return ApplicationFailure.retryable(
    `This worker has no tool \`${name}\`. It has: ${[...tools.keys()].join(', ') || 'none'}.`,
    FailureType.unknownTool,
  );
}
