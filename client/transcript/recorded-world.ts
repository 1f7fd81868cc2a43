/**
 * The world as it was: the model and the tools of one step, which answer what history says that they answered. With
 * these the loop itself (agent/agent-runner.ts) says which messages came of them.
 */
import type { PinnedAgent } from '../../activities/contract';
import { FailureType } from '../../activities/contract';
import type { JsonObject, JsonSchema } from '../../agent/json';
import { text } from '../../agent/messages';
import type { ModelResponse, StreamEvent } from '../../agent/model';
import { ModelBase, complete } from '../../agent/model';
import type { Tool, ToolContext, ToolDefinition, ToolResult } from '../../agent/tool';
import type { ToolFailure } from '../../agent/tool-failure';
import { explainToolFailure } from '../../agent/tool-failure';
import type { FailureFact } from '../timeline/facts';
import type { RecordedTool } from './recorded';

/** History ends here. By its name the loop takes it for a cancellation, which it never swallows. */
export class NotRecordedError extends Error {
  override readonly name = 'AbortError';
}

export class RecordedModel extends ModelBase {
  constructor(private readonly response: ModelResponse) {
    super();
  }

  // oxlint-disable-next-line require-await
  override async *streamResponse(): AsyncGenerator<StreamEvent> {
    yield complete(this.response);
  }
}

export function recordedTools(
  { agent, execution }: PinnedAgent,
  recorded: ReadonlyMap<string, RecordedTool>,
): readonly Tool[] {
  const { maxAttempts } = execution;
  return agent.tools.map((definition) => new ToolOnRecord({ definition, maxAttempts, recorded }));
}

interface ToolOnRecordOptions {
  readonly definition: ToolDefinition;
  readonly maxAttempts: number;
  readonly recorded: ReadonlyMap<string, RecordedTool>;
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

  execute(_arguments: JsonObject, { callId }: ToolContext): Promise<ToolResult> {
    const { definition: tool, maxAttempts, recorded } = this.options;
    const outcome = recorded.get(callId)?.outcome;
    if (!outcome) return Promise.reject(new NotRecordedError());
    if ('result' in outcome) return Promise.resolve(outcome.result);
    const failure = toToolFailure(outcome.failure);
    const reason = explainToolFailure({ tool, maxAttempts, failure });
    return Promise.resolve({ content: [text(reason)], isError: true });
  }
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
