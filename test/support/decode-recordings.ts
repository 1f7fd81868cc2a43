/** Recorded exchanges through our adapters: streams and refusals over HTTP and the vendor's SDK, whole answers purely. */
import type { ServerResponse } from 'node:http';
import { AnthropicModel, GeminiModel, OpenAIChatModel, OpenAIModel } from '../../activities/models';
import { fromAnthropicMessage } from '../../activities/models/anthropic-response';
import { fromGeminiResponse } from '../../activities/models/gemini-response';
import { chatEndpoints } from '../../activities/models/openai-chat-endpoints';
import { fromChatCompletion } from '../../activities/models/openai-chat-response';
import { fromOpenAIResponse } from '../../activities/models/openai-response';
import { toolNamesFor } from '../../activities/models/tool-names';
import type { ReActAgent } from '../../agent/agent';
import type { ModelError } from '../../agent/errors';
import { isModelError } from '../../agent/errors';
import { userMessage } from '../../agent/messages';
import type { ModelBase, ModelResponse } from '../../agent/model';
import { startLoopbackServer } from './loopback-server';
import type { RawExchange, RawWire } from './raw/raw-types';

export type Decoded =
  | { readonly response: ModelResponse }
  | { readonly failure: ModelError }
  | { readonly thrown: unknown };

export interface Decoder {
  decode(exchange: RawExchange): Promise<Decoded>;
  close(): Promise<void>;
}

const agent: ReActAgent = { name: 'reader', model: 'any', instructions: '', tools: [] };

export async function startDecoder(): Promise<Decoder> {
  let served: RawExchange['response'] | undefined;
  const server = await startLoopbackServer((_request, response) => serve(served!, response));
  return {
    async decode(exchange) {
      served = exchange.response;
      try {
        return { response: await read(exchange, server.url) };
      } catch (error) {
        return isModelError(error) ? { failure: error } : { thrown: error };
      }
    },
    close: () => server.close(),
  };
}

function serve(
  { status, headers, wireBody, isStream }: RawExchange['response'],
  to: ServerResponse,
): void {
  const type = isStream ? 'text/event-stream' : (headers['content-type'] ?? 'application/json');
  to.writeHead(status, { ...headers, 'content-type': type });
  to.end(wireBody);
}

async function read(exchange: RawExchange, url: string): Promise<ModelResponse> {
  const { response, wire } = exchange;
  const model = modelOf(exchange);
  if (!wire) throw new Error('Not a call of a model.');
  if (response.isStream || response.status >= 400) {
    return modelFor(exchange, wire, model, url).getResponse(agent, [userMessage('Hi')]);
  }
  const body = JSON.parse(response.body.toString()) as never;
  const context = { names: toolNamesFor([]), model };
  switch (wire) {
    case 'openai-responses':
      return fromOpenAIResponse(body, context);
    case 'openai-chat':
      return fromChatCompletion(body, { ...context, endpoint: endpointOf(exchange) });
    case 'anthropic':
      return fromAnthropicMessage(body, context);
    case 'gemini':
      return fromGeminiResponse(body, context);
  }
}

export function modelFor(
  exchange: RawExchange,
  wire: RawWire,
  model: string,
  url: string,
): ModelBase {
  const apiKey = 'any';
  switch (wire) {
    case 'openai-responses':
      return new OpenAIModel({ model, apiKey, baseURL: `${url}/v1` });
    case 'openai-chat':
      return new OpenAIChatModel({
        model,
        apiKey,
        baseURL: `${url}/v1`,
        endpoint: endpointOf(exchange),
      });
    case 'anthropic':
      return new AnthropicModel({ model, apiKey, baseURL: url });
    case 'gemini':
      return new GeminiModel({ model, apiKey, baseURL: url });
  }
}

export function endpointOf({ request, path }: RawExchange) {
  const endpoints = Object.values(chatEndpoints);
  const host = request && new URL(request.url).host;
  return (
    endpoints.find(({ baseURL }) => new URL(baseURL).host === host) ??
    endpoints.find(({ name }) => path.includes(`/${name}-`) || path.includes(`/${name}/`)) ??
    endpoints[0]!
  );
}

export function modelOf({ request }: RawExchange): string {
  const body = request?.body as { readonly model?: unknown } | undefined;
  if (typeof body?.model === 'string') return body.model;
  return /models\/([^:/]+):/.exec(request?.url ?? '')?.[1] ?? 'any';
}
