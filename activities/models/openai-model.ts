/** OpenAI's models, by the Responses API. One call is one streamed request. */
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
import { fromOpenAIError } from './openai-error';
import { fromOpenAIEvents, isTerminal, toOpenAIRequest, toToolNames } from './openai-format';
import { openAIProvider } from './openai-replay';
import type { ProviderModelOptions } from './provider-model';
import { missingKey } from './provider-model';
import { defaultFirstEventTimeoutMs, guardStream } from './stream-guard';
import { promptDigestOf } from './prompt-digest';

export interface OpenAIModelOptions extends ProviderModelOptions {
  readonly organization?: string | undefined;
  readonly project?: string | undefined;
}

const keyVariable = 'OPENAI_API_KEY';

export class OpenAIModel extends ModelBase {
  private client: OpenAI | undefined;

  constructor(private readonly options: OpenAIModelOptions) {
    super();
  }

  override get identity(): ModelIdentity {
    return { provider: openAIProvider, model: this.options.model };
  }

  async *streamResponse(
    agent: ReActAgent,
    inputs: readonly Message[],
    { signal, conversationId }: ModelCallOptions = {},
  ): AsyncGenerator<StreamEvent, void, undefined> {
    const { model } = this.options;
    const client = (this.client ??= createClient(this.options));
    const request = this.request(agent, inputs, conversationId);
    const promptDigest = promptDigestOf(request);
    const events = guardStream({
      ...this.options,
      provider: openAIProvider,
      open: (connection) => client.responses.create(request, { signal: connection }),
      isLast: isTerminal,
      signal,
    });
    try {
      yield* fromOpenAIEvents(events, { names: toToolNames(agent), model, promptDigest, signal });
    } catch (error) {
      const { apiKey } = this.options;
      throw ofCall(fromOpenAIError(error), { model, apiKey, keyVariable });
    }
  }

  override toRequest(
    agent: ReActAgent,
    inputs: readonly Message[],
    { conversationId }: ModelCallOptions = {},
  ): ModelRequest {
    const body = JSON.stringify(this.request(agent, inputs, conversationId));
    return { ...this.identity, body };
  }

  private request(agent: ReActAgent, inputs: readonly Message[], conversationId?: string) {
    return toOpenAIRequest(agent, inputs, this.options.model, conversationId);
  }
}

/** Every option is given: the SDK would take what is missing from the environment. */
function createClient(options: OpenAIModelOptions): OpenAI {
  const { model, apiKey, baseURL, organization, project } = options;
  if (!apiKey) throw missingKey(openAIProvider, model, keyVariable);
  return new OpenAI({
    apiKey,
    adminAPIKey: null,
    baseURL: baseURL || 'https://api.openai.com/v1',
    organization: organization ?? null,
    project: project ?? null,
    webhookSecret: null,
    maxRetries: 0,
    fetch: toModelFetch(openAIProvider, options.fetch),
    timeout: options.firstEventTimeoutMs ?? defaultFirstEventTimeoutMs,
    // Its log would print prompts.
    logLevel: 'off',
  });
}
