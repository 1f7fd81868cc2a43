/** Google's Gemini models, by generateContent. One call is one streamed request. */
import { GoogleGenAI } from '@google/genai';
import type { ReActAgent } from '../../agent/agent';
import { ModelError } from '../../agent/errors';
import type { Message, ModelCallOptions, StreamEvent } from '../../agent/model';
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
import { withoutSecret } from './model-error';
import { promptDigestOf } from './prompt-digest';
import type { StreamTimeouts } from './stream-guard';
import { guardStream } from './stream-guard';

export interface GeminiModelOptions extends StreamTimeouts {
  /** As Google names it. */
  readonly model: string;
  /** Without it every call fails with a `ModelError` of kind `configuration`. */
  readonly apiKey: string | undefined;
  /** @default 'https://generativelanguage.googleapis.com' */
  readonly baseURL?: string | undefined;
  /** @default 'v1beta' */
  readonly apiVersion?: string | undefined;
}

export class GeminiModel extends ModelBase {
  private client: GoogleGenAI | undefined;

  constructor(private readonly options: GeminiModelOptions) {
    super();
  }

  async *streamResponse(
    agent: ReActAgent,
    inputs: readonly Message[],
    { signal }: ModelCallOptions = {},
  ): AsyncGenerator<StreamEvent, void, undefined> {
    const { model } = this.options;
    const client = (this.client ??= createClient(this.options));
    const request = toGeminiRequest(agent, inputs, model);
    const promptDigest = promptDigestOf(request);
    // The SDK orders the body as it likes: what was digested is sent instead.
    const body = JSON.stringify(request);
    // Google's own run of an MCP tool takes its time, after a chunk that looks like the last one.
    const mayGoOn = request.tools?.some(({ mcpServers }) => mcpServers) ?? false;
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
              fetch: async (url, init) => (head = await fetch(url, { ...init, body })),
            },
          },
        });
      },
      isLast: (chunk) => !mayGoOn && isTerminal(chunk),
      signal,
    });
    try {
      yield* fromGeminiEvents(events, { names: toToolNames(agent), model, promptDigest, signal });
    } catch (error) {
      throw withoutSecret(fromGeminiError(error, head), this.options.apiKey);
    }
  }
}

/** Every option is given: the SDK would take what is missing from the environment, or look for other credentials. */
function createClient({ model, apiKey, baseURL, apiVersion }: GeminiModelOptions): GoogleGenAI {
  if (!apiKey) {
    throw new ModelError({
      provider: geminiProvider,
      kind: 'configuration',
      message: `Model \`${model}\` needs GEMINI_API_KEY in the worker's environment.`,
      retryable: false,
    });
  }
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
