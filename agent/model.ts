/** What the loop asks of a model, and what it gets. */
import type { ReActAgent } from './agent';
import type { JsonValue } from './json';
import type { AssistantMessage, ToolExecutionResultMessage, UserMessage } from './messages';

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

/** Tokens. Totals are inclusive: `inputTokens` holds the cached ones, `outputTokens` the reasoning ones. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens?: number;
  readonly cacheWriteTokens?: number;
  readonly reasoningTokens?: number;
}

export const noUsage: Usage = { inputTokens: 0, outputTokens: 0 };

export function addUsage(left: Usage, right: Usage): Usage {
  const cached = (left.cachedInputTokens ?? 0) + (right.cachedInputTokens ?? 0);
  const written = (left.cacheWriteTokens ?? 0) + (right.cacheWriteTokens ?? 0);
  const reasoning = (left.reasoningTokens ?? 0) + (right.reasoningTokens ?? 0);
  return {
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    ...(cached > 0 && { cachedInputTokens: cached }),
    ...(written > 0 && { cacheWriteTokens: written }),
    ...(reasoning > 0 && { reasoningTokens: reasoning }),
  };
}

/** A provider's own items (reasoning and the like), opaque, replayed only to the same provider and model family. */
export interface ProviderData {
  readonly provider: string;
  readonly family: string;
  readonly items: readonly JsonValue[];
}

export interface ModelResponse extends AssistantMessage {
  readonly finishReason: FinishReason;
  readonly usage: Usage;
  /** The model that answered, as the provider names it. */
  readonly model: string;
  readonly providerData?: ProviderData;
  /** SHA-256 (hex) of the JSON body that was given to the vendor SDK. Equal over the attempts of one step. */
  readonly promptDigest?: string;
}

/** What Memory holds. */
export type Message = UserMessage | ModelResponse | ToolExecutionResultMessage;

/**
 * One event of a streamed answer: `partial` events carry the next piece of text in `content`, the one `complete`
 * event ends the stream and carries the whole text and the whole response.
 */
export type StreamEvent =
  | {
      readonly type: 'partial';
      readonly content: string;
      readonly isFinal: false;
      /** On the first one: what was asked, so that attempts can be compared before there is an answer. */
      readonly promptDigest?: string;
    }
  | {
      readonly type: 'complete';
      readonly content: string;
      readonly isFinal: true;
      readonly accumulated: ModelResponse;
    };

export function partial(content: string, promptDigest?: string): StreamEvent {
  return { type: 'partial', content, isFinal: false, ...(promptDigest && { promptDigest }) };
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

/**
 * A model. Implementations write `streamResponse`; `getResponse` is its fold.
 *
 * Contract: one call makes one request to the provider and never retries; `streamResponse` ends with one
 * `complete` event or throws a `ModelError`; a model only *requests* tools, the runner executes them; `inputs`
 * is not changed and not kept.
 */
export abstract class ModelBase {
  abstract streamResponse(
    agent: ReActAgent,
    inputs: readonly Message[],
    options?: ModelCallOptions,
  ): AsyncIterable<StreamEvent>;

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
