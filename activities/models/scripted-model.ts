/** Public entry of `holdfast/testing`: a model that answers by script, for tests that read as conversations. */
import type { ReActAgent } from '../../agent/agent';
import type { JsonObject } from '../../agent/json';
import type { ToolCallMessage } from '../../agent/messages';
import type {
  Message,
  ModelCallOptions,
  ModelRequest,
  ModelResponse,
  StreamEvent,
} from '../../agent/model';
import { ModelBase, noUsage } from '../../agent/model';
import { toDemoRequest } from './demo-format';
import { streamWords } from './stream-words';
import { promptDigestOf } from './prompt-digest';

/** A response to give, with or without thinking before it, or an error to throw. */
export type ScriptedAnswer = ModelResponse | ScriptedThinking | Error;

/** See `afterThinking`. */
export interface ScriptedThinking {
  readonly thinking: string;
  readonly response: ModelResponse;
}

/** An answer, or a function that makes it from what the model was asked. */
export type ScriptedStep =
  | ScriptedAnswer
  | ((agent: ReActAgent, inputs: readonly Message[]) => ScriptedAnswer | Promise<ScriptedAnswer>);

export interface ScriptedModelOptions {
  /**
   * Which step answers. `call`: the nth call gets step n. `position`: a call whose inputs hold n assistant messages
   * gets step n + 1, so that every attempt of one step gets the same answer, in whichever process. @default 'call'
   */
  readonly by?: 'call' | 'position';
  /** How long to wait between two streamed words, in milliseconds. @default 0 */
  readonly streamDelayMs?: number;
}

/** One call of a `ScriptedModel`, frozen as it was made. */
export interface ScriptedRequest {
  readonly agent: ReActAgent;
  readonly inputs: readonly Message[];
}

/** The model was called more often than its script has steps. */
export class UnexpectedModelCall extends Error {
  override readonly name = 'UnexpectedModelCall';
  constructor(
    readonly call: number,
    readonly scriptedSteps: number,
  ) {
    super(
      `Unexpected model call #${call}: the script has ${scriptedSteps} step${scriptedSteps === 1 ? '' : 's'}.`,
    );
  }
}

export class ScriptedModel extends ModelBase {
  /** Every call so far, in order. */
  readonly requests: ScriptedRequest[] = [];
  private readonly steps: readonly ScriptedStep[];
  private readonly by: 'call' | 'position';
  private readonly streamDelayMs: number;
  private readonly consumed = new Set<number>();

  constructor(
    steps: readonly ScriptedStep[],
    { by = 'call', streamDelayMs = 0 }: ScriptedModelOptions = {},
  ) {
    super();
    this.steps = steps;
    this.by = by;
    this.streamDelayMs = streamDelayMs;
  }

  async *streamResponse(
    agent: ReActAgent,
    inputs: readonly Message[],
    { signal }: ModelCallOptions = {},
  ): AsyncGenerator<StreamEvent> {
    const request = frozenCopy({ agent, inputs });
    this.requests.push(request);
    const answer = await this.nextAnswer(request);
    if (answer instanceof Error) throw answer;
    const { thinking, response } = 'thinking' in answer ? answer : afterThinking('', answer);
    const promptDigest = promptDigestOf(toDemoRequest(agent, inputs));
    const wordDelayMs = this.streamDelayMs;
    yield* streamWords({ promptDigest, ...response }, { wordDelayMs, thinking, signal });
  }

  /** What it would send if it had a provider. */
  override toRequest(agent: ReActAgent, inputs: readonly Message[]): ModelRequest {
    const body = JSON.stringify(toDemoRequest(agent, inputs));
    return { provider: 'scripted', model: 'scripted', body };
  }

  private async nextAnswer({ agent, inputs }: ScriptedRequest): Promise<ScriptedAnswer> {
    const index =
      this.by === 'call'
        ? this.requests.length - 1
        : inputs.filter((message) => message.role === 'assistant').length;
    const step = this.steps[index];
    if (step === undefined) throw new UnexpectedModelCall(index + 1, this.steps.length);
    this.consumed.add(index);
    return typeof step === 'function' ? step(agent, inputs) : step;
  }

  /** @throws Error when steps of the script were never asked for. */
  assertComplete(): void {
    const left = this.steps.length - this.consumed.size;
    if (left === 0) return;
    throw new Error(
      `The script is not complete: ${left} of its ${this.steps.length} steps ${left === 1 ? 'was' : 'were'} never asked for.`,
    );
  }
}

type ResponseOverrides = Partial<Omit<ModelResponse, 'role'>>;

/** A final answer. */
export function textResponse(content: string, overrides: ResponseOverrides = {}): ModelResponse {
  return {
    role: 'assistant',
    content,
    toolCalls: [],
    finishReason: 'stop',
    usage: noUsage,
    model: 'scripted',
    ...overrides,
  };
}

/** `response`, and the reasoning that is streamed before it: a preview, of which nothing is kept. */
export function afterThinking(thinking: string, response: ModelResponse): ScriptedThinking {
  return { thinking, response };
}

/** An answer that asks for tools. Ids are `call_0`, `call_1` … unless given, as a provider would choose them. */
export function toolCallResponse(
  calls: readonly (Pick<ToolCallMessage, 'name'> & Partial<ToolCallMessage>)[],
  overrides: ResponseOverrides = {},
): ModelResponse {
  const toolCalls = calls.map((call, index) => ({ id: `call_${index}`, arguments: {}, ...call }));
  return textResponse('', { toolCalls, finishReason: 'tool_calls', ...overrides });
}

/** By JSON, which is what crosses to a model; a tool's `execute` does not. */
function frozenCopy(request: ScriptedRequest): ScriptedRequest {
  return deepFreeze(JSON.parse(JSON.stringify(request)) as ScriptedRequest);
}

function deepFreeze<Value extends object>(value: Value): Value {
  for (const child of Object.values(value) as (JsonObject | string)[]) {
    if (typeof child === 'object' && child !== null) deepFreeze(child);
  }
  return Object.freeze(value);
}
