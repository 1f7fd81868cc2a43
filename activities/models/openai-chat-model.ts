/** Models behind Chat Completions: OpenAI's own endpoint and those that speak like it. One call is one streamed request. */
import OpenAI from 'openai';
import type { ReActAgent } from '../../agent/agent';
import type {
  Message,
  ModelCallOptions,
  ModelIdentity,
  ModelRequest,
  StreamEvent,
} from '../../agent/model';
import { ModelBase } from '../../agent/model';
import { toModelFetch } from './model-fetch';
import { ofCall } from './model-words';
import type { ChatEndpoint } from './openai-chat-endpoints';
import { chatEndpoints } from './openai-chat-endpoints';
import { fromChatError, withErrorsUnderError } from './openai-chat-error';
import type { ChatChunkLike } from './openai-chat-fold';
import {
  chatEnd,
  fromOpenAIChatEvents,
  toChatToolNames,
  toOpenAIChatRequest,
} from './openai-chat-format';
import { promptDigestOf } from './prompt-digest';
import type { ProviderModelOptions } from './provider-model';
import { missingKey } from './provider-model';
import { defaultFirstEventTimeoutMs, guardStream } from './stream-guard';

export interface OpenAIChatModelOptions extends Omit<ProviderModelOptions, 'apiKey'> {
  /** Where the endpoint needs one, every call without it fails with a `ModelError` of kind `configuration`. */
  readonly apiKey?: string | undefined;
  /** @default chatEndpoints['openai-chat'] */
  readonly endpoint?: ChatEndpoint;
}

export class OpenAIChatModel extends ModelBase {
  private client: OpenAI | undefined;
  private readonly endpoint: ChatEndpoint;

  constructor(private readonly options: OpenAIChatModelOptions) {
    super();
    this.endpoint = options.endpoint ?? chatEndpoints['openai-chat'];
  }

  override get identity(): ModelIdentity {
    return { provider: this.endpoint.name, model: this.options.model };
  }

  async *streamResponse(
    agent: ReActAgent,
    inputs: readonly Message[],
    { signal }: ModelCallOptions = {},
  ): AsyncGenerator<StreamEvent, void, undefined> {
    const { endpoint } = this;
    const { model, apiKey } = this.options;
    const client = (this.client ??= createClient(this.options, endpoint));
    const request = this.request(agent, inputs);
    const promptDigest = promptDigestOf(request);
    const chunks = guardStream<ChatChunkLike>({
      ...this.options,
      provider: endpoint.name,
      open: (connection) => client.chat.completions.create(request, { signal: connection }),
      isLast: chatEnd(endpoint),
      signal,
    });
    const names = toChatToolNames(agent);
    try {
      yield* fromOpenAIChatEvents(chunks, { names, endpoint, model, promptDigest, signal });
    } catch (error) {
      const { keyVariable } = endpoint;
      throw ofCall(fromChatError(error, endpoint.name), { model, apiKey, keyVariable });
    }
  }

  override toRequest(agent: ReActAgent, inputs: readonly Message[]): ModelRequest {
    const body = JSON.stringify(this.request(agent, inputs));
    return { ...this.identity, body };
  }

  private request(agent: ReActAgent, inputs: readonly Message[]) {
    return toOpenAIChatRequest(agent, inputs, this.endpoint, this.options.model);
  }
}

/** Every option is given: the SDK would take what is missing from the environment. */
function createClient(options: OpenAIChatModelOptions, endpoint: ChatEndpoint): OpenAI {
  const { model, apiKey, baseURL } = options;
  if (!apiKey && endpoint.keyVariable && !endpoint.isKeyOptional) {
    throw missingKey(endpoint.name, model, endpoint.keyVariable);
  }
  return new OpenAI({
    apiKey: apiKey || 'none',
    adminAPIKey: null,
    baseURL: baseURL || endpoint.baseURL,
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    fetch: withErrorsUnderError(toModelFetch(endpoint.name, options.fetch)),
    timeout: options.firstEventTimeoutMs ?? defaultFirstEventTimeoutMs,
    ...(!apiKey && { defaultHeaders: { authorization: null } }),
    // Its log would print prompts.
    logLevel: 'off',
  });
}
