/** One provider of models for each endpoint that speaks Chat Completions. */
import type { Environment, ModelProvider } from './model-providers';
import type { ChatEndpoint } from './openai-chat-endpoints';
import { chatEndpoints } from './openai-chat-endpoints';
import type * as OpenAIChat from './openai-chat-model';

/** To be registered in `modelProviders`. */
export function chatProviders(
  endpoints: readonly ChatEndpoint[] = Object.values(chatEndpoints),
): readonly ModelProvider[] {
  return endpoints.map((endpoint) => ({
    name: endpoint.name,
    patterns: endpoint.patterns ?? [],
    examples: endpoint.examples,
    create: (model, environment) => {
      const { OpenAIChatModel } = require('./openai-chat-model') as typeof OpenAIChat;
      return new OpenAIChatModel({
        model,
        endpoint,
        apiKey: endpoint.keyVariable && environment[endpoint.keyVariable],
        baseURL: baseURLOf(endpoint, environment),
      });
    },
  }));
}

/** The address that the environment says. An address without a path is completed with the endpoint's own. */
export function baseURLOf(endpoint: ChatEndpoint, environment: Environment): string {
  const said = endpoint.baseURLVariables.map((name) => environment[name]?.trim()).find(Boolean);
  if (!said) return endpoint.baseURL;
  const own = new URL(endpoint.baseURL);
  const url = toURL(said, own);
  if (!url) return said;
  // What a server listens on is no address to connect to.
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1';
  if (url.pathname === '/') url.pathname = own.pathname;
  return url.href.replace(/\/$/, '');
}

/** `OLLAMA_HOST` may be a host alone, with or without its port. */
function toURL(said: string, own: URL): URL | undefined {
  const hasScheme = /^https?:\/\//i.test(said);
  const address = hasScheme ? said : `${own.protocol}//${said.replace(/^:/, `${own.hostname}:`)}`;
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (!hasScheme && !/:\d+(\/|$)/.test(said)) url.port = own.port;
  return url;
}
