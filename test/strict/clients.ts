/** The vendors' own SDKs, pointed at a strict server. Each makes one attempt. */
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import type { StrictServer, StrictServerOptions } from '../support/strict/strict-server';
import { startStrictServer } from '../support/strict/strict-server';

export interface Clients {
  readonly server: StrictServer;
  readonly openai: OpenAI;
  /** Behind a path that is not OpenAI's. */
  readonly gateway: OpenAI;
  readonly anthropic: Anthropic;
  readonly gemini: GoogleGenAI;
}

export async function startClients(
  cleanUp: (close: () => unknown) => void,
  options: StrictServerOptions = {},
  apiKey = 'key',
): Promise<Clients> {
  const server = await startStrictServer(options);
  cleanUp(() => server.stop());
  const common = { apiKey, maxRetries: 0, logLevel: 'off' as const };
  return {
    server,
    openai: new OpenAI({ ...common, baseURL: `${server.url}/v1` }),
    gateway: new OpenAI({ ...common, baseURL: `${server.url}/gateway/v1` }),
    anthropic: new Anthropic({ ...common, baseURL: server.url }),
    gemini: new GoogleGenAI({
      apiKey,
      // In Jest's sandbox the SDK's own dispatcher is not to be had; with a `fetch` it is not needed.
      httpOptions: { baseUrl: server.url, apiVersion: 'v1beta', fetch },
    }),
  };
}

/** Everything that a stream yields. */
export async function collect<Event>(
  stream: AsyncIterable<Event> | PromiseLike<AsyncIterable<Event>>,
): Promise<readonly Event[]> {
  const events: Event[] = [];
  for await (const event of await stream) events.push(event);
  return events;
}

/** What a promise is rejected with. */
export async function rejection(promise: PromiseLike<unknown>): Promise<Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    return error as Record<string, unknown>;
  }
  throw new Error('This was to be rejected.');
}
