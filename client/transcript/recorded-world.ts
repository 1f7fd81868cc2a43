/**
 * The world as it was: the model and the tools of one step, which answer what history says that they answered. With
 * these the loop itself (agent/agent-runner.ts) says which messages came of them.
 */
import type { PinnedAgent } from '../../activities/contract';
import { FailureType } from '../../activities/contract';
import type { ReActAgent } from '../../agent/agent';
import type { JsonObject, JsonSchema } from '../../agent/json';
import { text } from '../../agent/messages';
import type { ModelResponse, StreamEvent } from '../../agent/model';
import { ModelBase, complete, noUsage } from '../../agent/model';
import { shownResult } from '../../agent/shorten-result';
import type { Tool, ToolContext, ToolDefinition, ToolResult } from '../../agent/tool';
import type { ToolFailure } from '../../agent/tool-failure';
import { explainInterruption, explainToolFailure } from '../../agent/tool-failure';
import type { FailureFact } from '../timeline/facts';
import type { RecordedStep, RecordedTool } from './recorded-items';
import type { Words } from './word-result';
import { wordResult } from './word-result';

/** History ends here. By its name the loop takes it for a cancellation, which it never swallows. */
export class NotRecordedError extends Error {
  override readonly name = 'AbortError';
}

export class RecordedModel extends ModelBase {
  /** Without a response it was interrupted, and could not say how far it came. */
  constructor(private readonly response: ModelResponse | undefined) {
    super();
  }

  // oxlint-disable-next-line require-await
  override async *streamResponse({ model }: ReActAgent): AsyncGenerator<StreamEvent> {
    yield complete(this.response ?? silence(model));
  }
}

/** As workflows/durable-model.ts puts it, to the byte. */
function silence(model: string): ModelResponse {
  const interrupted = { finishReason: 'interrupted', usage: noUsage, costUsd: null } as const;
  return { role: 'assistant', content: '', toolCalls: [], model, ...interrupted };
}

export interface AnsweredStep {
  /** How many calls the answer asked for. */
  readonly calls: number;
  readonly recorded: RecordedStep;
  readonly words: Words;
}

export function recordedTools(
  { agent, execution }: PinnedAgent,
  step: AnsweredStep,
): readonly Tool[] {
  const { maxAttempts } = execution;
  return agent.tools.map(
    (definition) => new ToolOnRecord({ ...step, agent, definition, maxAttempts }),
  );
}

interface ToolOnRecordOptions extends AnsweredStep {
  readonly agent: ReActAgent;
  readonly definition: ToolDefinition;
  readonly maxAttempts: number;
}

class ToolOnRecord implements Tool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;

  constructor(private readonly options: ToolOnRecordOptions) {
    const { name, description, inputSchema } = options.definition;
    this.name = name;
    this.description = description;
    this.inputSchema = inputSchema;
  }

  execute(toolArguments: JsonObject, { callId }: ToolContext): Promise<ToolResult> {
    const result = this.resultOf(callId, toolArguments);
    return result ? Promise.resolve(result) : Promise.reject(new NotRecordedError());
  }

  private resultOf(callId: string, toolArguments: JsonObject): ToolResult | undefined {
    const { agent, calls, definition: tool, maxAttempts, recorded, words } = this.options;
    const known = recorded.tools.get(callId);
    if (known) {
      const { outcome } = known;
      if (!outcome) return undefined;
      if ('shown' in outcome) return outcome.shown;
      if ('result' in outcome) return shownResult(outcome.result, { agent, calls, callId });
      if ('interrupted' in outcome) return toError(explainInterruption(tool));
      const failure = toToolFailure(outcome.failure);
      return toError(explainToolFailure({ tool, maxAttempts, failure }));
    }
    const call = { callId, tool, arguments: toolArguments };
    return wordResult(call, { agent, recorded, words });
  }
}

function toError(reason: string): ToolResult {
  return { content: [text(reason)], isError: true };
}

function toToolFailure({ type, message, timeout }: FailureFact): ToolFailure {
  if (timeout) return { message, lost: timeout === 'start_to_close' ? 'timed_out' : 'worker_lost' };
  return type === FailureType.workerShutdown ? { message, lost: 'worker_lost' } : { message };
}

/** An agent of which no more is known than the tools that were run for it. */
export function unknownAgent(tools: ReadonlyMap<string, RecordedTool>): PinnedAgent {
  const definitions = [...tools.values()].map(({ name }) => ({
    name,
    description: '',
    inputSchema: {},
  }));
  const agent = { name: '', instructions: '', model: '', tools: definitions };
  const execution = {
    modelTimeoutMs: 0,
    heartbeatTimeoutMs: 0,
    maxAttempts: 1,
    firstRetryDelayMs: 0,
  };
  return { agent, hash: '', execution };
}
