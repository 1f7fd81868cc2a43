/** The recorded streams of Gemini, and a model that is connected to a server of the test's own. */
import type { ServerResponse } from 'node:http';
import type { ReActAgent } from '../../agent/agent';
import { isModelError } from '../../agent/errors';
import type { ModelResponse, StreamEvent } from '../../agent/model';
import { fromGeminiEvents } from '../../activities/models/gemini-format';
import type { GeminiModelOptions } from '../../activities/models/gemini-model';
import { GeminiModel } from '../../activities/models/gemini-model';
import type { AnswerContext, GeminiResponse } from '../../activities/models/gemini-response';
import { toolNamesFor } from '../../activities/models/tool-names';
import type { LoopbackServer } from './loopback-server';
import { startLoopbackServer } from './loopback-server';
import { readExchange, streamEvents } from './recordings';

const pydanticTests = 'pydantic-ai/google/tests/models';
const vercelFixtures = 'vercel-ai/google/packages/google/src/__fixtures__';
const mirascopeTests = 'mirascope/google/typescript/tests/e2e/output/cassettes';

/** Three exchanges of the official SDK for JavaScript: two calls, one after the other, then the answer. */
export const twoSecrets = `${mirascopeTests}/tools/google/streams-tool-calls-and-resumes-with-results.har`;
export const notFound =
  'pydantic-ai/google/tests/cassettes/test_model_name_suggestions/test_model_name_suggestion[google].yaml';
export const invalidKey =
  'mirascope/google/python/tests/e2e/input/cassettes/test_authentication_error/google_gemini_2_5_flash.yaml';
export const rateLimit = `${vercelFixtures}/google-429-retry-info.json`;

/** Committed streams that were completed. */
export const recordedStreams: readonly (readonly [name: string, body: string])[] = [
  [
    'a signed call',
    `${pydanticTests}/cassettes/test_google/test_google_streaming_tool_call_thought_signature.yaml`,
    0,
  ],
  [
    'an answer after a call',
    `${pydanticTests}/cassettes/test_google/test_google_streaming_tool_call_thought_signature.yaml`,
    1,
  ],
  [
    'a call with an id',
    `${pydanticTests}/google/cassettes/test_structured_output/test_native_output_with_function_tools_stream.yaml`,
    0,
  ],
  [
    'a signature in an empty text',
    `${pydanticTests}/google/cassettes/test_structured_output/test_native_output_with_function_tools_stream.yaml`,
    1,
  ],
  [
    'an unsigned call',
    `${pydanticTests}/cassettes/test_google/test_google_model_iter_stream.yaml`,
    0,
  ],
  [
    'an unsigned answer',
    `${pydanticTests}/cassettes/test_google/test_google_model_iter_stream.yaml`,
    2,
  ],
  ['a signed text', twoSecrets, 2],
  [
    'a summary of thoughts',
    `${mirascopeTests}/stream/google/streams-thought-content-when-includethoughts-is-true.har`,
    0,
  ],
  [
    'an answer cut at its token limit',
    `${mirascopeTests}/max-tokens/google/returns-max-tokens-finish-reason-for-stream.har`,
    0,
  ],
  ['reasoning of Gemini 3', `${vercelFixtures}/google-reasoning-gemini3.chunks.txt`, 0],
  ['a call of Gemini 3', `${vercelFixtures}/google-tool-call-gemini3.chunks.txt`, 0],
  ['arguments in fragments', `${vercelFixtures}/google-stream-tool-call-arguments.chunks.txt`, 0],
  [
    'lists in fragments',
    `${vercelFixtures}/google-stream-tool-call-array-arguments-missing-terminal-function-call.chunks.txt`,
    0,
  ],
  ['a call without arguments', `${vercelFixtures}/google-stream-no-args-tool-call.chunks.txt`, 0],
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
  model: 'gemini-3-flash-preview',
  tools: [],
};

export const context: AnswerContext = { names: toolNamesFor([]), model: plainAgent.model };

/** What chunks fold to, and the pieces on the way. */
export async function fold(
  chunks: readonly object[],
  more: Partial<AnswerContext> = {},
): Promise<Collected> {
  return collect(fromGeminiEvents(toChunks(chunks), { ...context, ...more }));
}

/** The same for a stream's body. */
export function foldBody(body: string, more: Partial<AnswerContext> = {}): Promise<Collected> {
  return fold(streamEvents(body), more);
}

export interface Collected {
  readonly pieces: readonly string[];
  readonly response: ModelResponse;
}

export async function collect(events: AsyncIterable<StreamEvent>): Promise<Collected> {
  const pieces: string[] = [];
  for await (const event of events) {
    if (event.isFinal) return { pieces, response: event.accumulated };
    pieces.push(event.content);
  }
  throw new Error('The stream ended without a `complete` event.');
}

async function* toChunks(chunks: readonly object[]): AsyncGenerator<GeminiResponse> {
  for (const chunk of chunks) yield await Promise.resolve(chunk as GeminiResponse);
}

/** A chunk of one candidate. */
export function chunk(parts: readonly object[], finishReason?: string): object {
  return {
    candidates: [{ content: { role: 'model', parts }, ...(finishReason && { finishReason }) }],
  };
}

/** What went wrong, as fields. */
export async function failureOf(attempt: Promise<unknown>): Promise<unknown> {
  try {
    await attempt;
  } catch (error) {
    return isModelError(error) ? error.fields : error;
  }
  throw new Error('Nothing went wrong.');
}

/** A server that answers every request with `play`, and a model that is connected to it. */
export async function startGemini(
  play: (response: ServerResponse) => void | Promise<void>,
  options: Partial<GeminiModelOptions> = {},
): Promise<LoopbackServer & { readonly model: GeminiModel }> {
  const server = await startLoopbackServer((_request, response) => play(response));
  const model = new GeminiModel({
    model: plainAgent.model,
    apiKey: 'AIza-test-0123456789',
    baseURL: server.url,
    ...options,
  });
  return { ...server, model };
}

export function beginStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
}

/** `body` as far as its first `count` events. */
export function beginning(body: string, count: number): string {
  const events = streamEvents(body).slice(0, count);
  return events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
}
