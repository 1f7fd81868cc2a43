/** OpenAI's models, by the Responses API. One call is one streamed request. */
import OpenAI from 'openai';
import type { ReActAgent } from '../../agent/agent';
import { ModelError } from '../../agent/errors';
import type { Message, ModelCallOptions, StreamEvent } from '../../agent/model';
import { ModelBase } from '../../agent/model';
import { withoutSecret } from './model-error';
import { fromOpenAIError } from './openai-error';
import { fromOpenAIEvents, isTerminal, toOpenAIRequest, toToolNames } from './openai-format';
import { openAIProvider } from './openai-replay';
import type { StreamTimeouts } from './stream-guard';
import { defaultFirstEventTimeoutMs, guardStream } from './stream-guard';
import { promptDigestOf } from './prompt-digest';

export interface OpenAIModelOptions extends StreamTimeouts {
  /** As OpenAI names it. */
  readonly model: string;
  /** Without it every call fails with a `ModelError` of kind `configuration`. */
  readonly apiKey: string | undefined;
  /** @default 'https://api.openai.com/v1' */
  readonly baseURL?: string | undefined;
  readonly organization?: string | undefined;
  readonly project?: string | undefined;
}

export class OpenAIModel extends ModelBase {
  private client: OpenAI | undefined;

  constructor(private readonly options: OpenAIModelOptions) {
    super();
  }

  async *streamResponse(
    agent: ReActAgent,
    inputs: readonly Message[],
    { signal, conversationId }: ModelCallOptions = {},
  ): AsyncGenerator<StreamEvent, void, undefined> {
    const { model } = this.options;
    const client = (this.client ??= createClient(this.options));
    const request = toOpenAIRequest(agent, inputs, model, conversationId);
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
      throw withoutSecret(fromOpenAIError(error), this.options.apiKey);
    }
  }
}

/** Every option is given: the SDK would take what is missing from the environment. */
function createClient(options: OpenAIModelOptions): OpenAI {
  const { model, apiKey, baseURL, organization, project } = options;
  if (!apiKey) {
    throw new ModelError({
      provider: openAIProvider,
      kind: 'configuration',
      message: `Model \`${model}\` needs OPENAI_API_KEY in the worker's environment.`,
      retryable: false,
    });
  }
  return new OpenAI({
    apiKey,
    adminAPIKey: null,
    baseURL: baseURL || 'https://api.openai.com/v1',
    organization: organization ?? null,
    project: project ?? null,
    webhookSecret: null,
    maxRetries: 0,
    timeout: options.firstEventTimeoutMs ?? defaultFirstEventTimeoutMs,
    // Its log would print prompts.
    logLevel: 'off',
  });
}
