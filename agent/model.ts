/** What the loop asks of a model, and what it gets. */
import type { ReActAgent } from './agent';
import type { JsonValue } from './json';
import type { AssistantMessage, ToolExecutionResultMessage, UserMessage } from './messages';
import type { FailedAttempts, Usage } from './usage';

export { type Usage, addUsage, noUsage } from './usage';

/**
 * Why a model stopped. `tool_calls`: it waits for results. `length`: cut at a token limit, its tool calls are
 * not to be run. `pause`: the provider asks to be called again as is. `interrupted`: we stopped it.
 */
export type FinishReason =
  | 'stop'
  | 'tool_calls'
  | 'length'
  | 'content_filter'
  | 'refusal'
  | 'pause'
  | 'interrupted'
  | 'error'
  | 'other';

/** A provider's own items (reasoning and the like), opaque, replayed only to the same provider and model family. */
export interface ProviderData {
  readonly provider: string;
  readonly family: string;
  readonly items: readonly JsonValue[];
}

export interface ModelResponse extends AssistantMessage {
  readonly finishReason: FinishReason;
  readonly usage: Usage;
  /** Of this call, in US dollars; `null` when it is not known. Absent: nobody has asked for prices. */
  readonly costUsd?: number | null;
  /** What attempts before this one had used up when they failed. Not in `usage` and `costUsd`. */
  readonly failedAttempts?: FailedAttempts;
  /** The model that answered, as the provider names it. */
  readonly model: string;
  readonly providerData?: ProviderData;
  /**
   * What is wrong with a final answer by its agent's `output`, in words for the model; `null` when nothing is. Absent
   * where nothing was checked: the agent has no `output`, or this is no whole answer.
   */
  readonly outputProblem?: string | null;
  /** SHA-256 (hex) of the JSON body that was given to the vendor SDK. Equal over the attempts of one step. */
  readonly promptDigest?: string;
}

/** What Memory holds. */
export type Message = UserMessage | ModelResponse | ToolExecutionResultMessage;

/**
 * One event of a streamed answer: `partial` events carry the next piece of text in `content` (none, when there is only
 * `thinking` or `usage` to tell), the one `complete` event ends the stream and carries the whole text and the whole
 * response.
 */
export type StreamEvent =
  | {
      readonly type: 'partial';
      readonly content: string;
      readonly isFinal: false;
      /** The next piece of the model's reasoning, as far as its provider shows it. A preview: the response has none of it. */
      readonly thinking?: string;
      /** On the first one: what was asked, so that attempts can be compared before there is an answer. */
      readonly promptDigest?: string;
      /** What this call has used so far, when the provider has just counted it. A total: it replaces the one before. */
      readonly usage?: Usage;
    }
  | {
      readonly type: 'complete';
      readonly content: string;
      readonly isFinal: true;
      readonly accumulated: ModelResponse;
    };

export function partial(content: string, promptDigest?: string, usage?: Usage): StreamEvent {
  return {
    type: 'partial',
    content,
    isFinal: false,
    ...(promptDigest && { promptDigest }),
    ...(usage && { usage }),
  };
}

export function partialThinking(thinking: string, promptDigest?: string): StreamEvent {
  return {
    type: 'partial',
    content: '',
    isFinal: false,
    thinking,
    ...(promptDigest && { promptDigest }),
  };
}

export function complete(accumulated: ModelResponse): StreamEvent {
  return { type: 'complete', content: accumulated.content, isFinal: true, accumulated };
}

export interface ModelCallOptions {
  /** Aborting closes the connection to the provider; what was folded so far ends the stream, `interrupted`. */
  readonly signal?: AbortSignal | undefined;
  /** Tells providers which calls share a prompt cache. It is part of the prompt's bytes. */
  readonly conversationId?: string | undefined;
}

/** Who answers a model's calls, and under which name. Both in the provider's own words. */
export interface ModelIdentity {
  readonly provider: string;
  readonly model: string;
}

/** What one call sends. No key is part of it. */
export interface ModelRequest extends ModelIdentity {
  /** Those that change what the body means. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The JSON text, byte for byte. `promptDigest` is its SHA-256. */
  readonly body: string;
}

/**
 * A model. Implementations write `streamResponse`; `getResponse` is its fold.
 *
 * Contract: one call makes one request to the provider and never retries; `streamResponse` ends with one
 * `complete` event or throws a `ModelError`; a model only *requests* tools, the runner executes them; `inputs`
 * is not changed and not kept.
 */
export abstract class ModelBase {
  /** Whose prices hold for its calls. @default nobody's: what they cost is not known */
  get identity(): ModelIdentity | undefined {
    return undefined;
  }

  abstract streamResponse(
    agent: ReActAgent,
    inputs: readonly Message[],
    options?: ModelCallOptions,
  ): AsyncIterable<StreamEvent>;

  /**
   * The request that `streamResponse` makes of the same arguments; undefined for a model that cannot tell. It sends
   * nothing and needs no key.
   */
  toRequest(
    _agent: ReActAgent,
    _inputs: readonly Message[],
    _options: ModelCallOptions = {},
  ): ModelRequest | undefined {
    return undefined;
  }

  async getResponse(
    agent: ReActAgent,
    inputs: readonly Message[],
    options: ModelCallOptions = {},
  ): Promise<ModelResponse> {
    for await (const event of this.streamResponse(agent, inputs, options)) {
      if (event.isFinal) return event.accumulated;
    }
    throw new Error('The model ended its stream without a `complete` event.');
  }
}
