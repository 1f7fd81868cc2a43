/** Google's Gemini models, by generateContent. One call is one streamed request. */
import { GoogleGenAI } from '@google/genai';
import type { ReActAgent } from '../../agent/agent';
import type {
  Message,
  ModelCallOptions,
  ModelIdentity,
  ModelRequest,
  ModelResponse,
  StreamEvent,
} from '../../agent/model';
import { ModelBase } from '../../agent/model';
import type { AnswerHead } from './gemini-error';
import { fromGeminiError } from './gemini-error';
import {
  fromGeminiEvents,
  isTerminal,
  toGeminiRequest,
  toSdkParameters,
  toToolNames,
} from './gemini-format';
import { geminiProvider } from './gemini-replay';
import { incompleteError } from './model-error';
import { toModelFetch } from './model-fetch';
import { ofCall } from './model-words';
import { promptDigestOf } from './prompt-digest';
import type { ProviderModelOptions } from './provider-model';
import { missingKey } from './provider-model';
import { guardStream } from './stream-guard';

export interface GeminiModelOptions extends ProviderModelOptions {
  /** @default 'v1beta' */
  readonly apiVersion?: string | undefined;
}

const keyVariable = 'GEMINI_API_KEY';

export class GeminiModel extends ModelBase {
  private client: GoogleGenAI | undefined;

  constructor(private readonly options: GeminiModelOptions) {
    super();
  }

  override get identity(): ModelIdentity {
    return { provider: geminiProvider, model: this.options.model };
  }

  async *streamResponse(
    agent: ReActAgent,
    inputs: readonly Message[],
    { signal }: ModelCallOptions = {},
  ): AsyncGenerator<StreamEvent, void, undefined> {
    const { model } = this.options;
    const client = (this.client ??= createClient(this.options));
    const request = this.request(agent, inputs);
    const promptDigest = promptDigestOf(request);
    // The SDK orders the body as it likes: what was digested is sent instead.
    const body = JSON.stringify(request);
    // Google's own run of an MCP tool takes its time, after a chunk that looks like the last one.
    const mayGoOn = request.tools?.some(({ mcpServers }) => mcpServers) ?? false;
    const send = toModelFetch(geminiProvider, this.options.fetch);
    let head: AnswerHead | undefined;
    const events = guardStream({
      ...this.options,
      provider: geminiProvider,
      open: (connection) => {
        const { config, ...parameters } = toSdkParameters(request, model);
        return client.models.generateContentStream({
          ...parameters,
          config: {
            ...config,
            // It would send requests of its own.
            automaticContinuation: false,
            abortSignal: connection,
            httpOptions: {
              fetch: async (url, init) => (head = await send(url, { ...init, body })),
            },
          },
        });
      },
      isLast: (chunk) => !mayGoOn && isTerminal(chunk),
      signal,
    });
    try {
      const context = { names: toToolNames(agent), model, promptDigest, signal };
      for await (const event of fromGeminiEvents(events, context)) {
        if (mayGoOn && event.isFinal) requireResults(event.accumulated, agent);
        yield event;
      }
    } catch (error) {
      const { apiKey } = this.options;
      throw ofCall(fromGeminiError(error, head), { model, apiKey, keyVariable });
    }
  }

  override toRequest(agent: ReActAgent, inputs: readonly Message[]): ModelRequest {
    const body = JSON.stringify(this.request(agent, inputs));
    return { ...this.identity, body };
  }

  private request(agent: ReActAgent, inputs: readonly Message[]) {
    return toGeminiRequest(agent, inputs, this.options.model);
  }
}

/** @throws ModelError where a call that Google itself runs has no result: what looked like the end was none. */
function requireResults({ toolCalls, finishReason }: ModelResponse, { tools }: ReActAgent): void {
  const isOurs = (name: string): boolean => tools.some((tool) => tool.name === name);
  if (finishReason !== 'tool_calls' || toolCalls.every(({ name }) => isOurs(name))) return;
  throw incompleteError(geminiProvider, 'The stream ended before the result of its own call.');
}

/** Every option is given: the SDK would take what is missing from the environment, or look for other credentials. */
function createClient({ model, apiKey, baseURL, apiVersion }: GeminiModelOptions): GoogleGenAI {
  if (!apiKey) throw missingKey(geminiProvider, model, keyVariable);
  return new GoogleGenAI({
    apiKey,
    vertexai: false,
    apiVersion: apiVersion || 'v1beta',
    httpOptions: {
      baseUrl: baseURL || 'https://generativelanguage.googleapis.com',
      apiVersion: apiVersion || 'v1beta',
    },
  });
}
