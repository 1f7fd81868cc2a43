/**
 * Between one worker and the Temporal server: every call passes through here, each a whole message, and may be held on
 * its way there or back. When the worker's connection ends, so do its calls at the server, as if nothing were between.
 */
import type { ClientHttp2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { connect, constants, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A call on its way to the server, or its answer on the way back. */
export interface Passing {
  /** `RespondWorkflowTaskCompleted` */
  readonly method: string;
  readonly direction: 'there' | 'back';
  /** The protobuf message of the call. */
  readonly request: Uint8Array;
  /** Of the answer, on the way back. Calls that failed are not shown. */
  readonly response?: Uint8Array;
  /** `cut`: the worker was gone before it had its answer. */
  readonly ended: Promise<'answered' | 'cut'>;
}

/** Nothing lets it pass at once; a promise holds it. */
export type Gate = (passing: Passing) => Promise<unknown> | undefined;

export interface KillProxy {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  close(): void;
}

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Absent where the headers are all there is. */
  readonly trailers: IncomingHttpHeaders | undefined;
}

export async function startKillProxy(target: string, gate: Gate): Promise<KillProxy> {
  const sessions = new Set<{ destroy(): void }>();
  const server = createServer();
  server.on('session', (session) => {
    const upstream = connect(`http://${target}`);
    sessions.add(session).add(upstream);
    upstream.on('error', () => session.destroy());
    session.on('error', () => undefined);
    session.on('close', () => {
      upstream.destroy();
      sessions.delete(session);
      sessions.delete(upstream);
    });
    session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      stream.on('error', () => undefined);
      pass(stream, headers, upstream).catch(() => stream.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      for (const session of [...sessions]) session.destroy();
    },
  };

  async function pass(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    upstream: ClientHttp2Session,
  ): Promise<void> {
    const body = await bodyOf(stream);
    const method = String(headers[':path']).split('/').at(-1)!;
    const request = messageIn(body);
    let isAnswered = false;
    const ended = new Promise<'answered' | 'cut'>((resolve) => {
      stream.once('close', () => resolve(isAnswered ? 'answered' : 'cut'));
    });
    await gate({ method, direction: 'there', request, ended });
    // Whoever was held until its worker was gone never arrives.
    if (stream.destroyed || upstream.destroyed) return;
    const answer = await ask(upstream, stream, headers, body);
    if ((answer.trailers ?? answer.headers)['grpc-status'] === '0') {
      await gate({ method, direction: 'back', request, response: messageIn(answer.body), ended });
    }
    if (stream.destroyed) return;
    isAnswered = true;
    reply(stream, answer);
  }
}

function ask(
  upstream: ClientHttp2Session,
  downstream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  body: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = upstream.request(headers);
    const giveUp = () => call.close(constants.NGHTTP2_CANCEL);
    downstream.once('close', giveUp);
    let answered: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders | undefined;
    call.once('response', (value) => (answered = value));
    call.once('trailers', (value) => (trailers = value));
    const received = bodyOf(call);
    call.once('error', reject);
    call.once('close', () => {
      downstream.off('close', giveUp);
      received.then((whole) => resolve({ headers: answered, body: whole, trailers }), reject);
    });
    call.end(body);
  });
}

function reply(stream: ServerHttp2Stream, { headers, body, trailers }: Answer): void {
  if (!trailers) {
    stream.respond(withoutConnection(headers), { endStream: true });
    return;
  }
  stream.respond(withoutConnection(headers), { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers(withoutConnection(trailers)));
  stream.end(body);
}

/** `http2` keeps more in what it received than it takes back. */
function withoutConnection(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

async function bodyOf(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** One flag, four bytes of length, the message. */
function messageIn(body: Buffer): Uint8Array {
  const message = body.subarray(5);
  return body[0] === 1 ? gunzipSync(message) : message;
}
