/**
 * A provider on 127.0.0.1 that speaks the Responses API and writes token by token, as a process of its own. It is asked at
 * `/<characters of the answer>/<milliseconds between two tokens>/v1`, and remembers when it wrote which token
 * and when the answer's connection was closed.
 */
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { toEventStream } from '../../test/support/openai-stream';
import type { WireRequest, WireResponse } from '../../test/support/openai-wire';
import { now, pacedText } from '../paced-text';
import { responseTo } from './responses-wire';

/** What the parent is told: first where the server listens, then, whenever it asks, of the last answer. */
export type PacedMessage = { readonly url: string } | PacedAnswer;

/** Times are milliseconds since 1970. */
export interface PacedAnswer {
  readonly writtenAt: readonly number[];
  /** When the connection was closed or the answer was whole. */
  readonly closedAt?: number;
}

let last: { writtenAt: number[]; closedAt?: number } = { writtenAt: [] };

const server = createServer((incoming, response) => {
  answer(incoming, response).catch(() => response.destroy());
});

async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const request = JSON.parse(Buffer.concat(chunks).toString()) as WireRequest;
  const [, characters, intervalMs] = (incoming.url ?? '').split('/').map(Number);
  const answered = answerOf(characters ?? 0);
  if (!request.stream) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answered));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  await stream(response, toEventStream(answered), intervalMs ?? 0);
}

function answerOf(characters: number): WireResponse {
  const answered = responseTo({ model: 'paced' }, characters);
  const [item] = answered.output;
  const part = { type: 'output_text', text: pacedText(characters), annotations: [], logprobs: [] };
  return { ...answered, output: [{ ...item, content: [part] }] };
}

async function stream(response: ServerResponse, events: string, intervalMs: number): Promise<void> {
  const times: number[] = [];
  const mine: typeof last = { writtenAt: times };
  last = mine;
  response.once('close', () => (mine.closedAt = now()));
  const startedAt = now();
  for (const event of events.split(/(?<=\n\n)/)) {
    if (response.destroyed) return;
    if (event.includes('output_text.delta')) {
      const waitMs = startedAt + (times.length + 1) * intervalMs - now();
      if (waitMs > 0) await sleep(waitMs);
      times.push(now());
    }
    response.write(event);
  }
  response.end();
}

server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  tell({ url: `http://127.0.0.1:${port}` });
});
process.on('message', () => tell(last));
process.once('disconnect', () => process.exit());

function tell(message: PacedMessage): void {
  process.send?.(message);
}
