/** Anthropic's models, by the Messages API. One call is one streamed request. */
import Anthropic from '@anthropic-ai/sdk';
import type { RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages';
import type { ReActAgent } from '../../agent/agent';
import type {
  Message,
  ModelCallOptions,
  ModelIdentity,
  ModelRequest,
  StreamEvent,
} from '../../agent/model';
import { ModelBase } from '../../agent/model';
import { fromAnthropicError } from './anthropic-error';
import {
  fromAnthropicEvents,
  isLast,
  toAnthropicHeaders,
  toAnthropicRequest,
  toToolNames,
} from './anthropic-format';
import { anthropicProvider } from './anthropic-replay';
import { toModelFetch } from './model-fetch';
import { ofCall } from './model-words';
import { promptDigestOf } from './prompt-digest';
import type { ProviderModelOptions } from './provider-model';
import { missingKey } from './provider-model';
import { defaultFirstEventTimeoutMs, guardStream } from './stream-guard';

export type AnthropicModelOptions = ProviderModelOptions;

const keyVariable = 'ANTHROPIC_API_KEY';

export class AnthropicModel extends ModelBase {
  private client: Anthropic | undefined;

  constructor(private readonly options: AnthropicModelOptions) {
    super();
  }

  override get identity(): ModelIdentity {
    return { provider: anthropicProvider, model: this.options.model };
  }

  async *streamResponse(
    agent: ReActAgent,
    inputs: readonly Message[],
    { signal }: ModelCallOptions = {},
  ): AsyncGenerator<StreamEvent, void, undefined> {
    const { model } = this.options;
    const client = (this.client ??= createClient(this.options));
    const { request, headers } = this.request(agent, inputs);
    const promptDigest = promptDigestOf(request);
    const events = guardStream({
      ...this.options,
      provider: anthropicProvider,
      // What `messages.create` does, without its warnings on the console for every call of an older model.
      open: (connection) =>
        client.post<AsyncIterable<RawMessageStreamEvent>>('/v1/messages', {
          body: request,
          headers,
          signal: connection,
          stream: true,
        }),
      isLast,
      signal,
    });
    try {
      yield* fromAnthropicEvents(events, {
        names: toToolNames(agent),
        model,
        promptDigest,
        signal,
      });
    } catch (error) {
      const { apiKey } = this.options;
      throw ofCall(fromAnthropicError(error), { model, apiKey, keyVariable });
    }
  }

  override toRequest(agent: ReActAgent, inputs: readonly Message[]): ModelRequest {
    const { request, headers } = this.request(agent, inputs);
    return { ...this.identity, headers, body: JSON.stringify(request) };
  }

  private request(agent: ReActAgent, inputs: readonly Message[]) {
    const request = toAnthropicRequest(agent, inputs, this.options.model);
    return { request, headers: toAnthropicHeaders(agent, request) };
  }
}

/** Every option is given: the SDK would take what is missing from the environment and from profiles. */
function createClient(options: AnthropicModelOptions): Anthropic {
  const { model, apiKey, baseURL } = options;
  if (!apiKey) throw missingKey(anthropicProvider, model, keyVariable);
  return new Anthropic({
    apiKey,
    authToken: null,
    credentials: null,
    config: null,
    profile: null,
    webhookKey: null,
    baseURL: baseURL || 'https://api.anthropic.com',
    maxRetries: 0,
    fetch: toModelFetch(anthropicProvider, options.fetch),
    timeout: options.firstEventTimeoutMs ?? defaultFirstEventTimeoutMs,
    openTelemetry: false,
    // Its log would print prompts.
    logLevel: 'off',
  });
}
