/**
 * A provider on 127.0.0.1 that speaks the Responses API and answers at once, as a process of its own. The first part of
 * the path says who asks; a path with `/slow` in it is answered word by word.
 */
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { toEventStream } from '../../test/support/openai-stream';
import type { WireRequest } from '../../test/support/openai-wire';
import { responseTo } from './responses-wire';

/** Between two words of a slow answer. */
const wordDelayMs = 10;

/** What the parent is told: first where the server listens, then, whenever it asks, how often each contender has called. */
export type ProviderMessage =
  { readonly url: string } | { readonly calls: Readonly<Record<string, number>> };

const calls: Record<string, number> = {};

const server = createServer((incoming, response) => {
  answer(incoming, response).catch(() => response.destroy());
});

async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const [, caller = '', ...path] = (incoming.url ?? '').split('/');
  if (!incoming.url?.endsWith('/responses')) {
    response.writeHead(404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message: `No ${incoming.url} here.` } }));
    return;
  }
  calls[caller] = (calls[caller] ?? 0) + 1;
  const request = JSON.parse(body.toString()) as WireRequest;
  const answered = responseTo(request, body.length);
  if (!request.stream) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answered));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  const events = toEventStream(answered);
  if (!path.includes('slow')) {
    response.end(events);
    return;
  }
  for (const event of events.split(/(?<=\n\n)/)) {
    if (event.includes('output_text.delta')) await sleep(wordDelayMs);
    response.write(event);
  }
  response.end();
}

// Pauses between turns must not make anyone open a new connection.
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  tell({ url: `http://127.0.0.1:${port}` });
});
process.on('message', () => tell({ calls }));
process.once('disconnect', () => process.exit());

function tell(message: ProviderMessage): void {
  process.send?.(message);
}
