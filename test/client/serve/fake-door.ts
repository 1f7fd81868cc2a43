/** An HTTP door whose client is made of what a test says, and keeps what it was asked. */
import type { ConversationEvent } from '../../../client/conversation-events';
import { createApp } from '../../../client/serve/create-app';
import type { Door } from '../../../client/serve/door';

export interface Asked {
  readonly method: string;
  readonly parameters: readonly unknown[];
}

export interface FakeDoorOptions {
  /** By method: what it returns, or a function of its parameters. */
  readonly client?: Readonly<Record<string, unknown>>;
  readonly apiKey?: string;
  readonly heartbeatMs?: number;
}

export function fakeDoor({ client = {}, heartbeatMs }: FakeDoorOptions = {}) {
  const asked: Asked[] = [];
  const log: string[] = [];
  const methods = new Proxy({} as Door['client'], {
    get:
      (_target, method: string) =>
      (...parameters: unknown[]) => {
        asked.push({ method, parameters });
        const answer = method in client ? client[method] : {};
        const value: unknown =
          typeof answer === 'function'
            ? (answer as (...given: unknown[]) => unknown)(...parameters)
            : answer;
        return method === 'stream' ? value : Promise.resolve(value);
      },
  });
  const closing = new AbortController();
  const door: Door = {
    client: methods,
    agents: ['demo'],
    closing: closing.signal,
    log: (line) => void log.push(line),
    timeline: async (id) => ((await client.timeline) as never) ?? ({ id, turns: [] } as never),
    prompt: async (id, position) => {
      asked.push({ method: 'prompt', parameters: [id, position] });
      return (client.prompt ?? {}) as never;
    },
    ...(heartbeatMs !== undefined && { heartbeatMs }),
  };
  return { door, asked, log, closing };
}

export function fakeApp(options: FakeDoorOptions = {}) {
  const fake = fakeDoor(options);
  const page = new Map([['/', { contentType: 'text/html', content: '<p>page</p>' }]]);
  const { apiKey } = options;
  const app = createApp({ door: fake.door, apiKey, page, version: '1.2.3' });
  const send = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ) =>
    app.request(path, {
      method,
      headers: {
        host: 'localhost:7280',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  return { ...fake, app, send };
}

export function partial(content: string, textOffset: number): ConversationEvent {
  return {
    ...{ type: 'partial', content, isFinal: false, turn: 1, step: 1, attempt: 1, textOffset },
    offset: `1.0.0~1.1.1.${textOffset + content.length}.0`,
  };
}

export function complete(content: string): ConversationEvent {
  const usage = { inputTokens: 1, outputTokens: 2 };
  const response = { role: 'agent', content, turn: 1, finishReason: 'stop', usage, costUsd: 0 };
  return {
    type: 'complete',
    content,
    isFinal: true,
    response,
    offset: '2.0.1',
  } as ConversationEvent;
}
