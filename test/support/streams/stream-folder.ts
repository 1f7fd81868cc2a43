/** Folds any bytes as the answer of a model, by the adapter and the vendor's SDK, without a network. */
import {
  AnthropicModel,
  GeminiModel,
  OpenAIChatModel,
  OpenAIModel,
} from '../../../activities/models';
import type { Fetch } from '../../../activities/models/model-fetch';
import type { ReActAgent } from '../../../agent/agent';
import { isModelError } from '../../../agent/errors';
import type { JsonObject } from '../../../agent/json';
import { userMessage } from '../../../agent/messages';
import type { ModelBase, ModelResponse } from '../../../agent/model';
import { endpointOf, modelOf } from '../decode-recordings';
import type { RawExchange, RawWire } from '../raw/raw-types';

export type Folded =
  | { readonly response: ModelResponse; readonly shown: string }
  /** An error that is tried again, and the fields that tell it. */
  | { readonly refusal: object; readonly isRetried: boolean; readonly shown: string }
  | { readonly thrown: string };

/** How the pieces end: as if that were all, or with a connection that breaks. */
export type Ending = 'ends' | 'breaks';

export type Fold = (pieces: Iterable<Uint8Array>, ending?: Ending) => Promise<Folded>;

const inputs = [userMessage('Hi')];

/** For the answers to the request of `exchange`. One fold at a time. */
export function folderOf(exchange: RawExchange, wire: RawWire): Fold {
  let body: ReadableStream<Uint8Array>;
  const headers = { 'content-type': 'text/event-stream' };
  const model = modelFor(exchange, wire, async () => new Response(body, { headers }));
  const agent = agentOf(exchange);
  return async (pieces, ending = 'ends') => {
    body = streamOf(pieces, ending);
    return fold(model, agent);
  };
}

async function fold(model: ModelBase, agent: ReActAgent): Promise<Folded> {
  let shown = '';
  try {
    for await (const event of model.streamResponse(agent, inputs)) {
      if (event.isFinal) return { response: event.accumulated, shown };
      shown += event.content;
    }
    return { thrown: 'The stream ended without an event that completes it.' };
  } catch (error) {
    if (!isModelError(error)) return { thrown: String(error) };
    return { refusal: { ...error.fields }, isRetried: error.fields.retryable, shown };
  }
}

/** Whoever lets Google call tools of an MCP server knows that a call is not the end of an answer. */
function agentOf({ request }: RawExchange): ReActAgent {
  const agent: ReActAgent = { name: 'reader', model: 'any', instructions: '', tools: [] };
  const { tools = [] } = (request?.body ?? {}) as { readonly tools?: readonly JsonObject[] };
  const servers = tools.filter(({ mcpServers }) => mcpServers);
  if (servers.length === 0) return agent;
  return { ...agent, settings: { providerOptions: { gemini: { tools: servers } } } };
}

function streamOf(pieces: Iterable<Uint8Array>, ending: Ending): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.iterator]();
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const { done, value } = iterator.next();
      if (!done) controller.enqueue(value);
      else if (ending === 'ends') controller.close();
      else controller.error(new TypeError('terminated'));
    },
  });
}

function modelFor(exchange: RawExchange, wire: RawWire, fetch: Fetch): ModelBase {
  const options = { model: modelOf(exchange), apiKey: 'any', baseURL: 'http://127.0.0.1', fetch };
  switch (wire) {
    case 'openai-responses':
      return new OpenAIModel(options);
    case 'openai-chat':
      return new OpenAIChatModel({ ...options, endpoint: endpointOf(exchange) });
    case 'anthropic':
      return new AnthropicModel(options);
    case 'gemini':
      return new GeminiModel(options);
  }
}
