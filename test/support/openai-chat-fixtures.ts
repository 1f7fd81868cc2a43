/** Recorded streams of Chat Completions, and a model that is connected to a server of the test's own. */
import type { ServerResponse } from 'node:http';
import type { ChatEndpoint } from '../../activities/models/openai-chat-endpoints';
import { chatEndpoints } from '../../activities/models/openai-chat-endpoints';
import type { OpenAIChatModelOptions } from '../../activities/models/openai-chat-model';
import { OpenAIChatModel } from '../../activities/models/openai-chat-model';
import type { LoopbackServer } from './loopback-server';
import { startLoopbackServer } from './loopback-server';
import { readExchange } from './recordings';

const pydantic = 'pydantic-ai/openai-chat/tests/models/cassettes/test_openai';
const openRouter = 'pydantic-ai/openai-compatible/tests/models/cassettes/test_openrouter';
const mirascope = 'mirascope/openai-chat/python/tests/e2e/output/cassettes';
const vercel = 'vercel-ai/openai-chat/packages';

/** Streams that were completed. */
export const recordedChats = {
  'a call': [`${pydantic}/test_run_stream_sync_streams_real_model.yaml`, 0],
  'an answer': [`${pydantic}/test_run_stream_sync_streams_real_model.yaml`, 1],
  'parallel calls': [
    'mirascope/openai-chat/typescript/tests/e2e/output/cassettes/tools/openai_completions/streams-tool-calls-and-resumes-with-results.har',
    0,
  ],
  'a refusal': [`${mirascope}/test_refusal/openai_gpt_4o_completions/stream.yaml`, 0],
  'an answer cut at its token limit': [
    `${mirascope}/test_max_tokens/openai_gpt_5_mini_completions/stream.yaml`,
    0,
  ],
  'OpenRouter, with reasoning': [`${openRouter}/test_openrouter_streaming_reasoning.yaml`, 0],
  'xAI, with reasoning and a call': [
    `${vercel}/openai-compatible/src/chat/__fixtures__/xai-tool-call.chunks.txt`,
    0,
  ],
  'a model router': [`${vercel}/openai/src/chat/__fixtures__/azure-model-router.1.chunks.txt`, 0],
} as const satisfies Readonly<Record<string, readonly [path: string, index: number]>>;

export const recordedFailures = {
  stream: `${openRouter}/test_openrouter_stream_error.yaml`,
  key: 'mirascope/openai-chat/python/tests/e2e/input/cassettes/test_authentication_error/openai_gpt_4o_completions.yaml',
  model:
    'pydantic-ai/openai-chat/tests/cassettes/test_model_name_suggestions/test_model_name_suggestion[openai-chat].yaml',
} as const;

export function recordedChat(name: keyof typeof recordedChats): string {
  const [path, index] = recordedChats[name];
  return readExchange(path, index).responseBody;
}

/** A server that answers every request with `play`, and a model that is connected to it. */
export async function startChat(
  play: (response: ServerResponse) => void | Promise<void>,
  options: Partial<OpenAIChatModelOptions> = {},
): Promise<LoopbackServer & { readonly model: OpenAIChatModel }> {
  const server = await startLoopbackServer((_request, response) => play(response));
  const model = new OpenAIChatModel({
    model: 'gpt-4o',
    apiKey: 'sk-test-0123456789',
    baseURL: `${server.url}/v1`,
    ...options,
  });
  return { ...server, model };
}

export const endpoints: Readonly<Record<keyof typeof chatEndpoints, ChatEndpoint>> = chatEndpoints;
