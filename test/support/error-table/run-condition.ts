/** Meets a condition with the real activity, the real adapter and the vendor's SDK: one attempt. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { ApplicationFailure } from '@temporalio/common';
import type { GetResponseInput } from '../../../activities/contract';
import { createGetResponse } from '../../../activities/get-response';
import {
  AnthropicModel,
  GeminiModel,
  OpenAIChatModel,
  OpenAIModel,
} from '../../../activities/models';
import { TranscriptCache } from '../../../activities/transcript-cache';
import { Transcripts } from '../../../activities/transcripts';
import { userMessage } from '../../../agent/messages';
import type { ModelBase, ModelResponse } from '../../../agent/model';
import { TestActivity } from '../activity';
import { FakeConversation, pin } from '../fake-conversation';
import { startLoopbackServer } from '../loopback-server';
import type { StrictProvider } from '../strict/strict-answer';
import { startStrictServer } from '../strict/strict-server';
import type { Condition, Place, Play } from './condition';
import { secretKey, setups } from './condition';

export interface Attempt {
  readonly result: { readonly failure: ApplicationFailure } | { readonly answer: ModelResponse };
  /** What the server saw. */
  readonly requests: number;
}

export async function attempt(condition: Condition, provider: StrictProvider): Promise<Attempt> {
  const play = condition.play[provider];
  const server = condition.place
    ? await elsewhere(condition.place)
    : await startPlaying(play ?? (() => undefined));
  try {
    const apiKey = condition.place === 'no key' ? undefined : secretKey;
    const model = modelFor(provider, { ...condition.timeouts, apiKey, url: server.url });
    const result = await call(model, setups[provider].model);
    return { result, requests: server.count() };
  } finally {
    await server.close();
  }
}

interface Playing {
  readonly url: string;
  readonly count: () => number;
  readonly close: () => Promise<unknown>;
}

async function startPlaying(play: Play): Promise<Playing> {
  if (typeof play === 'function') {
    const server = await startLoopbackServer((_request, response) => play(response));
    return { url: server.url, count: () => server.requests.length, close: () => server.close() };
  }
  const server = await startStrictServer();
  server.script([play]);
  return { url: server.url, count: () => server.requests.length, close: () => server.stop() };
}

async function elsewhere(place: Place): Promise<Playing> {
  switch (place) {
    case 'no such host': {
      const close = (): Promise<void> => Promise.resolve();
      return { url: 'http://holdfast.invalid', count: () => 0, close };
    }
    case 'nobody listens': {
      const server = await startLoopbackServer(() => undefined);
      await server.close();
      return { url: server.url, count: () => 0, close: () => Promise.resolve() };
    }
    case 'no key': {
      const server = await startLoopbackServer(() => undefined);
      return { url: server.url, count: () => server.requests.length, close: () => server.close() };
    }
    case 'no TLS': {
      // It says something that is no handshake to whoever comes.
      const server = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => {
          socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
          socket.destroySoon();
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const close = (): Promise<unknown> => new Promise((resolve) => server.close(resolve));
      return { url: `https://127.0.0.1:${port}`, count: () => 0, close };
    }
  }
}

interface Setup {
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly firstEventTimeoutMs?: number;
  readonly idleTimeoutMs?: number;
}

function modelFor(provider: StrictProvider, { url, ...options }: Setup): ModelBase {
  const { model } = setups[provider];
  switch (provider) {
    case 'openai-responses':
      return new OpenAIModel({ ...options, model, baseURL: `${url}/v1` });
    case 'openai-chat':
      return new OpenAIChatModel({ ...options, model, baseURL: `${url}/v1` });
    case 'anthropic':
      return new AnthropicModel({ ...options, model, baseURL: url });
    case 'gemini':
      return new GeminiModel({ ...options, model, baseURL: url });
  }
}

async function call(model: ModelBase, name: string): Promise<Attempt['result']> {
  const pinned = pin({ name: 'clerk', model: name, instructions: 'Be brief.', tools: [weather] });
  const transcripts = new Transcripts(new TranscriptCache());
  const conversation = new FakeConversation({ sink: transcripts, pinned });
  transcripts.pin(pinned);
  const input: GetResponseInput = {
    pointer: conversation.publish(userMessage('What is the weather in Paris?')),
    turn: 1,
    step: 1,
  };
  const getResponse = createGetResponse({ transcripts, modelForName: () => model });
  const activity = new TestActivity({ conversation });
  try {
    return { answer: await activity.run(getResponse, input) };
  } catch (error) {
    if (error instanceof ApplicationFailure) return { failure: error };
    throw error;
  }
}

const weather = {
  name: 'weather',
  description: 'Tells the weather.',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
} as const;
