/**
 * THE LOOP: think, act, think … until the model answers without asking for a tool. It asks the world through
 * `ModelBase` and `Tool` and nothing else, so it runs in process and, unchanged, as a workflow. Its only state is
 * Memory and the step number: a host may stop at any `step_finished` and start anew on the same Memory; or while tools
 * are at work, for what was asked for and has no result is asked for again.
 */
import type { ReActAgent } from './agent';
import { agentAtStep, defaultMaxSteps } from './agent';
import type { Approve } from './approval';
import { askingFirst } from './approval';
import { sha256Hex } from './digest';
import { StepLimitError, isCancellation } from './errors';
import { jsonBytes } from './json';
import { Memory, toolState } from './memory';
import type { ToolCallMessage, ToolExecutionResultMessage } from './messages';
import { toolErrorResponse, toolResponse } from './messages';
import type { Message, ModelBase, ModelResponse, StreamEvent } from './model';
import { requireOutput, toRepair } from './output';
import type { RunEvent, RunOptions, RunPosition, RunResult } from './run-events';
import { withHooks } from './run-events';
import { argumentsLimitBytes, callsLimit } from './size-limits';
import type { Tool } from './tool';
import { addSpending, nothingSpent, spendingOf } from './usage';

export class AgentRunner {
  private readonly model: ModelBase;
  private readonly tools: readonly Tool[];
  private readonly conversationId: string;

  /**
   * `conversationId` is what idempotency keys are made from. @default 'in-process'
   * `approve` is asked in process, before calls that need a person's word. @default nobody: they are refused
   */
  constructor(
    private readonly world: {
      readonly model: ModelBase;
      readonly tools?: readonly Tool[];
      readonly conversationId?: string;
      readonly approve?: Approve;
    },
  ) {
    this.model = world.model;
    this.tools = world.tools ?? [];
    this.conversationId = world.conversationId ?? 'in-process';
  }

  /**
   * Runs steps on `memory` until the turn's final answer.
   *
   * @throws StepLimitError when the agent's `limits.maxSteps` are spent; OutputError when the second answer is not as
   * its `output` says either; whatever the model throws.
   */
  async *run(agent: ReActAgent, memory: Memory, position: RunPosition): AsyncGenerator<RunEvent> {
    const maxSteps = agent.limits?.maxSteps ?? defaultMaxSteps;
    for (let step = position.step; step <= maxSteps; step++) {
      let response = memory.unanswered;
      // Here and not in a generator of its own: in the sandbox every promise costs.
      for await (const event of response ? [] : this.think(agent, memory, { ...position, step })) {
        if (!event.isFinal) {
          yield event;
          continue;
        }
        response = withOwnCallIds(event.accumulated, position.turn, step);
        memory.append(response);
        yield { ...event, accumulated: response };
        break;
      }
      if (!response) throw new Error('The model ended its stream without a `complete` event.');
      for (const result of await this.act(response, memory, position.signal)) {
        memory.append(result);
        yield { type: 'tool_result', result };
      }
      const repair = toRepair(response, memory.messages);
      if (repair) memory.append(repair);
      const isAnswer = response.toolCalls.length === 0 && response.finishReason !== 'pause';
      const isFinal = isAnswer && !repair;
      yield { type: 'step_finished', step, isFinal };
      if (isFinal) return;
    }
    throw new StepLimitError(maxSteps);
  }

  private think(
    agent: ReActAgent,
    memory: Memory,
    { step, signal }: RunPosition,
  ): AsyncIterable<StreamEvent> {
    memory.requireSendable();
    const asked = agentAtStep(agent, step, memory.messages);
    return this.model.streamResponse(asked, memory.messages, { signal });
  }

  /** All calls at once; their results in call order. Calls of an answer that was cut are not run. */
  private act(
    { toolCalls, finishReason }: ModelResponse,
    memory: Memory,
    signal: AbortSignal | undefined,
  ): Promise<readonly ToolExecutionResultMessage[]> | readonly ToolExecutionResultMessage[] {
    if (finishReason === 'tool_calls') {
      const tooMany = `TooManyCalls: not executed. Of the calls of one answer the first ${callsLimit} are.`;
      return Promise.all(
        toolCalls.map((call, index) =>
          index < callsLimit
            ? this.execute(call, memory, signal)
            : Promise.resolve(toolErrorResponse(call, tooMany)),
        ),
      );
    }
    const reason = `Not executed: the answer ended early (${finishReason}).`;
    return toolCalls.map((call) => toolErrorResponse(call, reason));
  }

  private async execute(
    call: ToolCallMessage,
    memory: Memory,
    signal: AbortSignal | undefined,
  ): Promise<ToolExecutionResultMessage> {
    const tool = this.tools.find(({ name }) => name === call.name);
    if (!tool) {
      const known = this.tools.map(({ name }) => name).join(', ') || 'none';
      return toolErrorResponse(call, `Unknown tool \`${call.name}\`. Known tools: ${known}.`);
    }
    if (call.malformedArguments !== undefined) {
      return toolErrorResponse(
        call,
        `The arguments of \`${call.name}\` are not a JSON object: ${call.malformedArguments}`,
      );
    }
    try {
      const bytes = jsonBytes(call.arguments);
      if (bytes > argumentsLimitBytes) {
        return toolErrorResponse(
          call,
          `ArgumentsTooLarge: \`${call.name}\` was not executed. Its arguments have ${bytes} bytes of JSON; the limit is ${argumentsLimitBytes}.`,
        );
      }
      const result = await tool.execute(call.arguments, {
        callId: call.id,
        idempotencyKey: sha256Hex(`${this.conversationId}/${call.id}`).slice(0, 32),
        attempt: 1,
        signal,
        state: toolState(memory.messages, call.name),
      });
      return toolResponse(call, result);
    } catch (error) {
      if (isCancellation(error) || signal?.aborted) throw error;
      return toolErrorResponse(call, error instanceof Error ? error.message : String(error));
    }
  }

  /** A whole turn in process, event by event. */
  async *streamResponse(
    agent: ReActAgent,
    inputs: readonly Message[],
    { signal, hooks = {} }: RunOptions = {},
  ): AsyncGenerator<RunEvent, RunResult> {
    const memory = Memory.from({ firstSeq: 0, messages: inputs });
    const tools = askingFirst(this.tools, agent.approval, this.world.approve);
    const runner = new AgentRunner({ ...this.world, tools });
    const events = withHooks(runner.run(agent, memory, { turn: 1, step: 1, signal }), hooks);
    let spent = nothingSpent;
    let response: ModelResponse | undefined;
    for await (const event of events) {
      if (event.type === 'complete') {
        response = event.accumulated;
        spent = addSpending(spent, spendingOf(response));
      }
      yield event;
    }
    if (!response) throw new Error('The turn ended without a model response.');
    const output = requireOutput(agent, response);
    return {
      content: response.content,
      response,
      ...(output !== undefined && { output }),
      messages: memory.messages,
      ...spent,
    };
  }

  /** A whole turn in process. */
  async getResponse(
    agent: ReActAgent,
    inputs: readonly Message[],
    options: RunOptions = {},
  ): Promise<RunResult> {
    const events = this.streamResponse(agent, inputs, options);
    for (;;) {
      const next = await events.next();
      if (next.done) return next.value;
    }
  }
}

function withOwnCallIds(response: ModelResponse, turn: number, step: number): ModelResponse {
  if (response.toolCalls.length === 0) return response;
  const toolCalls = response.toolCalls.map((call, index) => ({
    ...call,
    ...(call.id && { providerId: call.id }),
    id: `t${turn}s${step}c${index}`,
  }));
  return { ...response, toolCalls };
}
