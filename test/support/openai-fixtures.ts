/** The recorded streams of the Responses API, and a model that is connected to a server of the test's own. */
import type { ServerResponse } from 'node:http';
import type { ReActAgent } from '../../agent/agent';
import type { OpenAIModelOptions } from '../../activities/models/openai-model';
import { OpenAIModel } from '../../activities/models/openai-model';
import type { LoopbackServer } from './loopback-server';
import { startLoopbackServer } from './loopback-server';
import { readExchange } from './recordings';

/** Every committed stream that was completed. */
export const recordedStreams: readonly (readonly [name: string, body: string])[] = [
  [
    'commentary and a call',
    'pydantic-ai/test_openai_responses_phase_streamed_on_part_start.yaml',
    0,
  ],
  ['a final answer', 'pydantic-ai/test_openai_responses_phase_streamed_on_part_start.yaml', 1],
  ['a call', 'pydantic-ai/test_openai_responses_stream.yaml', 0],
  ['a short answer', 'pydantic-ai/test_openai_responses_stream.yaml', 1],
  ['a refusal', 'mirascope/test_refusal-openai_gpt_4o_responses-stream.yaml', 0],
  [
    'an answer cut at its token limit',
    'mirascope/returns-max-tokens-finish-reason-for-stream.har',
    0,
  ],
  ['item ids that change', 'vercel-ai/github-copilot-id-rotation.1.chunks.txt', 0],
  ['open reasoning and a call', 'vercel-ai/lmstudio-tool-call.1.chunks.txt', 0],
  ['encrypted reasoning', 'vercel-ai/openai-reasoning-encrypted-content.1.chunks.txt', 0],
  ['a web search', 'vercel-ai/openai-web-search-tool.1.chunks.txt', 0],
  ['a program that calls', 'vercel-ai/programmatic-tool-calling.1.chunks.txt', 0],
].map(([name, path, index]) => [
  name as string,
  readExchange(path as string, index as number).responseBody,
]);

export function recordedStream(name: string): string {
  const found = recordedStreams.find(([other]) => other === name);
  if (!found) throw new Error(`No stream named \`${name}\` was recorded.`);
  return found[1];
}

export const plainAgent: ReActAgent = {
  name: 'tester',
  instructions: 'Be brief.',
  model: 'gpt-5-mini',
  tools: [],
};

/** A server that answers every request with `play`, and a model that is connected to it. */
export async function startOpenAI(
  play: (response: ServerResponse) => void | Promise<void>,
  options: Partial<OpenAIModelOptions> = {},
): Promise<LoopbackServer & { readonly model: OpenAIModel }> {
  const server = await startLoopbackServer((_request, response) => play(response));
  const model = new OpenAIModel({
    model: 'gpt-5-mini',
    apiKey: 'sk-test-0123456789',
    baseURL: `${server.url}/v1`,
    ...options,
  });
  return { ...server, model };
}

export function beginStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
}

/** Writes each chunk by itself: over HTTP it arrives as one. */
export async function writeChunks(
  response: ServerResponse,
  chunks: Iterable<Uint8Array>,
): Promise<void> {
  for (const chunk of chunks) {
    if (response.destroyed) return;
    if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve));
  }
  response.end();
}
