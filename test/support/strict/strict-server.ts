/**
 * A fake of four model APIs on 127.0.0.1 that refuses what the real ones refuse: OpenAI Responses and Chat Completions,
 * Anthropic Messages, and Gemini generateContent. What it lets through it answers with a script.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonValue } from '../../../agent/json';
import type { StrictAnswer, StrictProvider } from './strict-answer';
import type { Delivery } from './strict-delivery';
import { deliver, disturbedEvents } from './strict-delivery';
import type { Refusal } from './strict-errors';
import type { StrictFault } from './strict-faults';
import { faultResponse } from './strict-faults';
import { Issued } from './strict-issued';
import { isObject, objectOf, textOf } from './strict-json';
import { parseBody } from './strict-request';
import type { Route } from './strict-routes';
import { notFound, parseFault, routeOf, tooLargeFault } from './strict-routes';

/** One answer: what the model says, what goes wrong, or both. */
export type ScriptedAnswer = StrictAnswer & StrictFault;

export interface StrictRequest {
  /** `undefined`: none of the four. */
  readonly provider: StrictProvider | undefined;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Parsed; `undefined` if it is no JSON. */
  readonly body: JsonValue | undefined;
  /** The body exactly as it was sent. */
  readonly bytes: string;
  /** When it had arrived, in milliseconds since 1970. */
  readonly at: number;
  /** When the client closed the connection before the answer was complete. */
  readonly closedAt?: number;
  /** The status that was answered. */
  readonly status?: number;
  /** The name of the rule that refused it. */
  readonly refusedBy?: string;
}

export type Script = readonly ScriptedAnswer[] | ((request: StrictRequest) => ScriptedAnswer);

export interface StrictServerOptions {
  /** Whether signatures, reasoning and stored items have to be ones that this server handed out. @default true */
  readonly acceptsOnlyIssued?: boolean;
  /** Which API keys are good. @default all that do not begin with `invalid` */
  readonly isKeyValid?: (key: string) => boolean;
}

export interface StrictServer {
  /** `http://127.0.0.1:<port>`; the OpenAI SDK wants `/v1` behind it. */
  readonly url: string;
  /** Every request, in the order of arrival. */
  readonly requests: readonly StrictRequest[];
  /** Adds to the answers that are still to come, or lets a function answer from now on. */
  readonly script: (answers: Script) => void;
  readonly stop: () => Promise<void>;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

export async function startStrictServer(options: StrictServerOptions = {}): Promise<StrictServer> {
  const requests: Writable<StrictRequest>[] = [];
  const issued = new Issued();
  const queue: ScriptedAnswer[] = [];
  let isStopping = false;
  let answerer: ((request: StrictRequest) => ScriptedAnswer) | undefined;
  const next = (request: StrictRequest): ScriptedAnswer | undefined =>
    queue.shift() ?? answerer?.(request);

  const check = (route: Route, { headers, path }: StrictRequest, body: JsonValue) =>
    route.check(body, headers, {
      path,
      isCompatible: route.isCompatible,
      ...(options.acceptsOnlyIssued !== false && { issued }),
      ...(options.isKeyValid && { isKeyValid: options.isKeyValid }),
    });

  const decide = (request: Writable<StrictRequest>, size: number): [Delivery, StrictFault] => {
    const route = routeOf(request.method, request.path);
    if (!route) return [refused(request, notFound(request.method, request.path)), {}];
    const { provider } = route;
    request.provider = provider;
    const refusal =
      tooLargeFault(provider, size) ??
      (request.body === undefined
        ? parseFault(provider, request.bytes)
        : check(route, request, request.body));
    if (refusal) return [refused(request, refusal, route), {}];
    const answer = next(request) ?? overFault;
    const fault = faultResponse(answer, provider);
    if (fault) return [{ ...fault, chunks: [fault.body] }, answer];
    return [message(route, request, answer, issued), answer];
  };

  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const bytes = Buffer.concat(chunks);
      const request = received(incoming, bytes);
      requests.push(request);
      const decided = (): [Delivery, StrictFault] => decide(request, bytes.length);
      answerOne(response, request, decided, () => isStopping);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    script: (answers) => {
      if (typeof answers === 'function') answerer = answers;
      else queue.push(...answers);
    },
    stop: () =>
      new Promise((resolve) => {
        isStopping = true;
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Not a status that anyone tries again: a test that asks too often shall fail at once. */
const overFault: ScriptedAnswer = {
  status: 400,
  body: { error: { message: 'The script of the strict server is over.', type: 'script_over' } },
};

function received(incoming: IncomingMessage, bytes: Buffer): Writable<StrictRequest> {
  const { method = '', url: path = '', headers } = incoming;
  return {
    provider: undefined,
    method,
    path,
    headers,
    body: parseBody(bytes),
    bytes: bytes.toString('utf8'),
    at: Date.now(),
  };
}

function answerOne(
  response: ServerResponse,
  request: Writable<StrictRequest>,
  decide: () => [Delivery, StrictFault],
  isStopping: () => boolean,
): void {
  try {
    const [delivery, fault] = decide();
    request.status = delivery.status;
    response.on('close', () => {
      const isOurs = fault.cutAfterBytes !== undefined || isStopping();
      if (!response.writableFinished && !isOurs) request.closedAt = Date.now();
    });
    deliver(response, delivery, fault).catch(() => response.destroy());
  } catch (error) {
    // A script that asks for what the API cannot say.
    const body = { error: { message: String(error), type: 'script_error' } };
    request.status = 400;
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  }
}

function refused(
  request: Writable<StrictRequest>,
  { status, body, rule }: Refusal,
  route?: Route,
): Delivery {
  if (rule !== undefined) request.refusedBy = rule;
  const requestId = textOf(objectOf(body)['request_id']);
  return {
    status,
    headers: {
      ...route?.headers,
      'content-type': route?.refusalType ?? 'application/json',
      ...(requestId && { 'request-id': requestId, 'x-should-retry': 'false' }),
    },
    chunks: [JSON.stringify(body, null, 2)],
  };
}

function message(
  route: Route,
  { body, headers }: StrictRequest,
  answer: ScriptedAnswer,
  issued: Issued,
): Delivery {
  const request = isObject(body) ? body : {};
  const model = route.model || textOf(request['model']);
  const apiVersion = textOf(headers['anthropic-version'] as string);
  const { isCompatible } = route;
  const wire = route.answer(answer, { body: request, model, issued, isCompatible, apiVersion });
  const isStream = route.isStream ?? request['stream'] === true;
  const whole = answer.isEmpty ? '{}' : JSON.stringify(wire.body);
  return {
    status: 200,
    headers: {
      ...route.headers,
      'content-type': isStream ? route.streamType : 'application/json',
      ...(isStream && { 'cache-control': 'no-cache' }),
      ...answer.headers,
    },
    chunks: isStream ? disturbedEvents(wire.events, answer, route.provider) : [whole],
  };
}
