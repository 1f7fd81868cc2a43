/**
 * What the workers of `fixtures/agents/teller` ask, in a process that is not theirs: a model that holds the script, and a
 * bank that does each idempotency key once. Every request is kept as it came.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  callMs as defaultCallMs,
  headers,
  receiptOf,
  scriptedResponse,
  summaryResponse,
} from './kill-script';

export type CallPhase = 'model' | 'tool' | 'summary';

/** One attempt of a model call, of a tool, or of a model call that asks for a summary. */
export interface LedgerCall {
  readonly phase: CallPhase;
  readonly conversation: string;
  readonly step: number;
  readonly attempt: number;
  /** Of the worker. */
  readonly pid: number;
  readonly body: Buffer;
  readonly arrivedAtMs: number;
  /** `cut`: the connection ended before the answer did. */
  readonly ended: Promise<'answered' | 'cut'>;
}

export interface KillLedger {
  readonly url: string;
  readonly calls: readonly LedgerCall[];
  /** What the bank did: idempotency key → conversation, and the notes that were paid in. */
  readonly effects: ReadonlyMap<string, Effect>;
  /** The next call from now on that fits. */
  next(fits: (call: LedgerCall) => boolean, timeoutMs: number): Promise<LedgerCall>;
  close(): Promise<void>;
}

export interface Effect {
  readonly conversation: string;
  readonly note: number;
}

/** `callMs`: how long it takes to answer. @default `callMs` of kill-script.ts */
export async function startKillLedger(callMs = defaultCallMs): Promise<KillLedger> {
  const calls: LedgerCall[] = [];
  const effects = new Map<string, Effect>();
  const listeners = new Set<(call: LedgerCall) => void>();
  const server = createServer((request, response) => {
    const arrivedAtMs = Date.now();
    readBody(request)
      .then((body) => {
        const call = toCall(request, response, body, arrivedAtMs);
        calls.push(call);
        for (const tell of [...listeners]) tell(call);
        return call.phase === 'tool' ? act(call, request, response) : think(call, response);
      })
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    effects,
    next: (fits, timeoutMs) =>
      new Promise((resolve, reject) => {
        const listener = (call: LedgerCall) => {
          if (!fits(call)) return;
          done();
          resolve(call);
        };
        const timer = setTimeout(() => {
          done();
          reject(new Error(`No such call came within ${timeoutMs} ms.`));
        }, timeoutMs);
        const done = () => {
          clearTimeout(timer);
          listeners.delete(listener);
        };
        listeners.add(listener);
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function act(call: LedgerCall, request: IncomingMessage, response: ServerResponse) {
    const { note } = JSON.parse(call.body.toString()) as { note: number };
    const key = header(request, headers.idempotencyKey);
    // Done at once: who is killed while waiting for the receipt has paid in already.
    if (!effects.has(key)) effects.set(key, { conversation: call.conversation, note });
    await delay(callMs);
    response.end(receiptOf(note));
  }

  /** Word by word, then the whole response; each on a line of its own. */
  async function think({ phase, step }: LedgerCall, response: ServerResponse): Promise<void> {
    const answer = phase === 'summary' ? summaryResponse(step) : scriptedResponse(step);
    const words = answer.content.split(/(?<= )/);
    for (const word of words) {
      response.write(`${JSON.stringify(word)}\n`);
      await delay(callMs / words.length);
    }
    response.end(`${JSON.stringify(answer)}\n`);
  }
}

function toCall(
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  arrivedAtMs: number,
): LedgerCall {
  return {
    phase: request.url!.slice(1) as CallPhase,
    conversation: header(request, headers.conversation),
    step: Number(header(request, headers.step)),
    attempt: Number(header(request, headers.attempt)),
    pid: Number(header(request, headers.pid)),
    body,
    arrivedAtMs,
    ended: new Promise((resolve) => {
      response.once('close', () => resolve(response.writableFinished ? 'answered' : 'cut'));
    }),
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function header(request: IncomingMessage, name: string): string {
  return String(request.headers[name] ?? '');
}
