/** The recorded streams of the Messages API, and a model that is connected to a server of the test's own. */
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages';
import type { ReActAgent } from '../../agent/agent';
import type { JsonObject } from '../../agent/json';
import type { ModelResponse, StreamEvent } from '../../agent/model';
import type { AnthropicModelOptions } from '../../activities/models/anthropic-model';
import { AnthropicModel } from '../../activities/models/anthropic-model';
import type { LoopbackServer } from './loopback-server';
import { startLoopbackServer } from './loopback-server';
import { readExchange, recordingsFolder, streamEvents } from './recordings';

const mirascope = 'mirascope/anthropic';
const pydantic = 'pydantic-ai/anthropic/tests/models/cassettes/test_anthropic';
const vercel = 'vercel-ai/anthropic/packages/anthropic/src/__fixtures__';
const vendor = 'anthropic-sdk-typescript/anthropic/tests';
const streams = `${mirascope}/typescript/tests/e2e/output/cassettes/stream/anthropic`;
const parallel = `${mirascope}/python/tests/e2e/output/cassettes/test_call_with_tools/anthropic_claude_sonnet_4_0/async_stream.yaml`;

/** Every committed stream that was completed. */
export const recordedStreams: readonly (readonly [name: string, events: readonly JsonObject[]])[] =
  [
    ['a short answer', `${streams}/builds-assistant-message-after-streaming.har`, 0],
    ['thinking', `${streams}/completes-with-text-output-when-thinking-is-enabled.har`, 0],
    ['an answer cut at its token limit', `${streams}/returns-max-tokens-finish-reason.har`, 0],
    ['two calls', parallel, 0],
    ['an answer after two calls', parallel, 1],
    ['hidden thinking', `${pydantic}/test_anthropic_model_thinking_part_redacted_stream.yaml`, 0],
    [
      'a tool of the server',
      `${pydantic}/test_anthropic_text_editor_code_execution_tool_stream.yaml`,
      0,
    ],
    ['a refusal', `${vendor}/fixtures/fable-fallback/stream-a-refusal.sse`, 0],
    [
      'a call cut at its token limit',
      `${vendor}/lib/fixtures/incomplete_partial_json_response.txt`,
      0,
    ],
    ['a second beginning', `${vercel}/spliced-message-start.chunks.txt`, 0],
    ['tokens counted at the end', `${vercel}/anthropic-message-delta-input-tokens.chunks.txt`, 0],
  ].map(([name, path, index]) => [name as string, readEvents(path as string, index as number)]);

function readEvents(path: string, index: number): readonly JsonObject[] {
  if (/\.(har|yaml)$/.test(path)) return streamEvents(readExchange(path, index).responseBody);
  const file = readFileSync(join(recordingsFolder, path), 'utf8');
  if (!path.endsWith('.chunks.txt')) return streamEvents(file);
  return file
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as JsonObject);
}

export function recordedEvents(name: string): readonly JsonObject[] {
  const found = recordedStreams.find(([other]) => other === name);
  if (!found) throw new Error(`No stream named \`${name}\` was recorded.`);
  return found[1];
}

/** The body of a stream, as Anthropic writes it. */
export function toStream(events: readonly JsonObject[]): string {
  return events
    .map((event) => `event: ${event['type'] as string}\ndata: ${JSON.stringify(event)}\n\n`)
    .join('');
}

export async function* toEvents(
  events: readonly object[],
): AsyncGenerator<RawMessageStreamEvent, void, undefined> {
  for (const event of events) yield await Promise.resolve(event as RawMessageStreamEvent);
}

/** What the events end with, and the pieces on the way. */
export async function collect(
  events: AsyncIterable<StreamEvent>,
): Promise<{ pieces: string; response: ModelResponse }> {
  let pieces = '';
  for await (const event of events) {
    if (event.isFinal) return { pieces, response: event.accumulated };
    pieces += event.content;
  }
  throw new Error('The stream ended without a `complete` event.');
}

export const plainAgent: ReActAgent = {
  name: 'tester',
  instructions: 'Be brief.',
  model: 'claude-haiku-4-5',
  tools: [],
};

/** A server that answers every request with `play`, and a model that is connected to it. */
export async function startAnthropic(
  play: (response: ServerResponse) => void | Promise<void>,
  options: Partial<AnthropicModelOptions> = {},
): Promise<LoopbackServer & { readonly model: AnthropicModel }> {
  const server = await startLoopbackServer((_request, response) => play(response));
  const model = new AnthropicModel({
    model: 'claude-haiku-4-5',
    apiKey: 'sk-ant-test-0123456789',
    baseURL: server.url,
    ...options,
  });
  return { ...server, model };
}

export function beginStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': 'req_stream' });
  response.flushHeaders();
}
