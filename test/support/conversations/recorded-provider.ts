/** One server that plays every provider: each conversation has an address, and is answered as it was recorded. */
import type { ServerResponse } from 'node:http';
import { startLoopbackServer } from '../loopback-server';
import { toAnswerStream } from './answer-stream';
import type { ConversationScript } from './conversation-script';

export interface RecordedProvider {
  /** For the conversation at `index`. */
  addressOf(index: number): string;
  /** The bodies that were answered, in order, without repeated attempts; what came beyond the recording is counted. */
  requestsOf(index: number): { readonly bodies: readonly Buffer[]; readonly beyond: number };
  close(): Promise<void>;
}

export async function startRecordedProvider(
  scripts: readonly ConversationScript[],
): Promise<RecordedProvider> {
  const answers = scripts.map(({ turns }) =>
    turns.flatMap(({ steps }) =>
      steps.map(({ exchange }) => toAnswerStream(exchange.response, exchange.wire)),
    ),
  );
  const bodies = scripts.map((): Buffer[] => []);
  const beyond = scripts.map(() => 0);

  const server = await startLoopbackServer(({ path, body }, response) => {
    const index = Number(/^\/c(\d+)\//.exec(path)?.[1]);
    const given = bodies[index];
    if (!given) return refuse(response, `No conversation is at ${path}.`);
    // Another attempt is answered like the first.
    const known = given.findIndex((earlier) => earlier.equals(body));
    const answer = answers[index]?.[known >= 0 ? known : given.length];
    if (!answer) {
      beyond[index]! += 1;
      return refuse(response, 'The recorded conversation is over.');
    }
    if (known < 0) given.push(body);
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.end(answer);
  });
  return {
    addressOf: (index) => `${server.url}/c${index}`,
    requestsOf: (index) => ({ bodies: bodies[index] ?? [], beyond: beyond[index] ?? 0 }),
    close: () => server.close(),
  };
}

function refuse(response: ServerResponse, message: string): void {
  const error = { message, type: 'invalid_request_error', code: 400, status: 'INVALID_ARGUMENT' };
  response.writeHead(400, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ type: 'error', error }));
}
