/** Stands between a worker and the replay server: keeps what passes, and changes, refuses or cuts it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { startLoopbackServer } from './loopback-server';
import type { WireItem, WireRequest } from './openai-wire';

/** What happens to one request. `index` counts them from 0. */
export type Interference =
  | { readonly type: 'pass' }
  /** Only the items of the input for which `keep` is true go on. */
  | { readonly type: 'strip'; readonly keep: (item: WireItem) => boolean }
  | {
      readonly type: 'refuse';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly message: string;
      readonly code?: string;
    }
  /** The answer up to `before` goes back; then the stream ends properly, or the connection breaks. */
  | { readonly type: 'cut'; readonly before: string; readonly how: 'ended' | 'broken' };

export interface PassedRequest {
  readonly body: Buffer;
  readonly headers: IncomingMessage['headers'];
  readonly arrivedAtMs: number;
}

export interface InterferingProxy {
  /** For `OPENAI_BASE_URL`. */
  readonly url: string;
  readonly requests: readonly PassedRequest[];
  readonly close: () => Promise<void>;
}

export async function startInterferingProxy(
  target: string,
  interfere: (index: number) => Interference,
): Promise<InterferingProxy> {
  const requests: PassedRequest[] = [];
  const server = await startLoopbackServer(async ({ path, headers, body }, response) => {
    const interference = interfere(requests.length);
    requests.push({ body, headers, arrivedAtMs: Date.now() });
    const forward = (sent: Buffer) =>
      fetch(new URL(path, target), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: new Uint8Array(sent),
      });
    switch (interference.type) {
      case 'pass':
        return answerWith(response, await forward(body));
      case 'strip':
        return answerWith(response, await forward(stripped(body, interference.keep)));
      case 'cut':
        return cutShort(response, await (await forward(body)).text(), interference);
      case 'refuse': {
        const { status, message, code, headers: extra } = interference;
        response.writeHead(status, { 'content-type': 'application/json', ...extra });
        response.end(JSON.stringify({ error: { message, type: code, param: null, code } }));
      }
    }
  });
  return { url: `${server.url}/v1`, requests, close: server.close };
}

function stripped(body: Buffer, keep: (item: WireItem) => boolean): Buffer {
  const request = JSON.parse(body.toString('utf8')) as WireRequest;
  return Buffer.from(JSON.stringify({ ...request, input: (request.input ?? []).filter(keep) }));
}

async function answerWith(response: ServerResponse, answer: Response): Promise<void> {
  const contentType = answer.headers.get('content-type') ?? '';
  response.writeHead(answer.status, { 'content-type': contentType });
  response.end(await answer.text());
}

function cutShort(
  response: ServerResponse,
  whole: string,
  { before, how }: Extract<Interference, { type: 'cut' }>,
): void {
  const at = whole.indexOf(before);
  if (at < 0) throw new Error(`The answer does not hold \`${before}\`.`);
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  if (how === 'ended') response.end(whole.slice(0, at));
  else response.write(whole.slice(0, at), () => response.destroy());
}
