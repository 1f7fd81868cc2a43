/**
 * Plays a recorded conversation with the Responses API. It is as strict as OpenAI and stricter: a request that
 * does not carry on the conversation as recorded is answered 400 and written down.
 */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLoopbackServer } from './loopback-server';
import type { ExpectedOutput, GivenAnswer } from './openai-request-check';
import { findFault, findOmission } from './openai-request-check';
import { toEventStream } from './openai-stream';
import type { WireRequest, WireResponse } from './openai-wire';
import { streamedResponse, wireEvents } from './openai-wire';
import type { RecordedExchange } from './recordings';

export interface ReplayOptions {
  /** What the tools return, as they were recorded. @default none is expected: every output is a fault */
  readonly expectedOutput?: ExpectedOutput;
  /** Between two events of an answer, in milliseconds. @default 0 */
  readonly eventDelayMs?: number;
}

/** One request as it arrived and how it was answered. */
export interface ReplayedRequest {
  readonly path: string;
  /** The bytes of the body. */
  readonly body: Buffer;
  /** Which recorded exchange answered, or `undefined` after a 400. */
  readonly exchange: number | undefined;
  /** A recorded answer that was no stream is made into one. */
  readonly answer: 'recorded' | 'synthesised' | 'refused';
  /** Why it was refused. */
  readonly fault?: string;
}

export interface ReplayServer {
  /** For `OPENAI_BASE_URL`: it ends in `/v1`. */
  readonly url: string;
  readonly requests: readonly ReplayedRequest[];
  readonly close: () => Promise<void>;
}

/**
 * Answers the requests of one conversation with `exchanges`, in order. A request that repeats the bytes of an earlier
 * one (another attempt) gets that one's answer again.
 */
export async function startReplayServer(
  exchanges: readonly RecordedExchange[],
  { expectedOutput = () => '(none)', eventDelayMs = 0 }: ReplayOptions = {},
): Promise<ReplayServer> {
  const answers = exchanges.map(toAnswer);
  const requests: ReplayedRequest[] = [];
  const accepted: Buffer[] = [];

  const choose = (path: string, body: Buffer): number | string => {
    if (path !== '/v1/responses') return `Unknown request URL: POST ${path}.`;
    const repeated = accepted.findIndex((earlier) => earlier.equals(body));
    if (repeated >= 0) return repeated;
    if (accepted.length >= answers.length) return 'The recorded conversation is over.';
    const fault = findConversationFault(body, answers.slice(0, accepted.length), expectedOutput);
    return fault ?? accepted.push(body) - 1;
  };

  const server = await startLoopbackServer(async ({ path, body }, response) => {
    const chosen = choose(path, body);
    const answer = typeof chosen === 'number' ? answers[chosen] : undefined;
    if (typeof chosen === 'string' || !answer) {
      const fault = String(chosen);
      requests.push({ path, body, exchange: undefined, answer: 'refused', fault });
      refuse(response, fault);
      return;
    }
    const kind = answer.isSynthesised ? 'synthesised' : 'recorded';
    requests.push({ path, body, exchange: chosen, answer: kind });
    await play(response, answer, eventDelayMs);
  });
  return { url: `${server.url}/v1`, requests, close: () => server.close() };
}

interface Answer extends GivenAnswer {
  readonly stream: string;
  readonly isSynthesised: boolean;
}

function toAnswer({ isStream, responseBody }: RecordedExchange): Answer {
  const stream = isStream ? responseBody : toEventStream(JSON.parse(responseBody) as WireResponse);
  const output = streamedResponse(stream).output;
  const finished = wireEvents(stream).flatMap(({ type, item }) =>
    type === 'response.output_item.done' && item ? [item] : [],
  );
  // OpenAI encrypts the same reasoning anew in each event; any finished one may be sent back.
  const encryptedContents = [...finished, ...output].map((item) => item.encrypted_content);
  return {
    stream,
    isSynthesised: !isStream,
    // Reasoning that nobody can read back need not be sent.
    output: output.filter((item) => item.type !== 'reasoning' || item.encrypted_content),
    encryptedContents: new Set(encryptedContents),
  };
}

function findConversationFault(
  body: Buffer,
  given: readonly Answer[],
  expectedOutput: ExpectedOutput,
): string | undefined {
  const request = JSON.parse(body.toString('utf8')) as WireRequest;
  return (
    findFault(request) ??
    given
      .map((answer) => findOmission(request.input ?? [], answer, expectedOutput))
      .find((omission) => omission !== undefined)
  );
}

function refuse(response: ServerResponse, message: string): void {
  const error = { message, type: 'invalid_request_error', param: 'input', code: null };
  response.writeHead(400, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error }, null, 2));
}

async function play(response: ServerResponse, answer: Answer, delayMs: number): Promise<void> {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'x-replay': answer.isSynthesised ? 'stream made from a recorded JSON body' : 'recorded stream',
  });
  for (const block of answer.stream.split(/(?<=\n\n)/)) {
    if (response.destroyed) return;
    response.write(block);
    if (delayMs > 0) await sleep(delayMs);
  }
  response.end();
}
