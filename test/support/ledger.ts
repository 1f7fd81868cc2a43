/** What the agents of `fixtures/agents/bank` ask: tools and a provider. It outlives their workers and keeps everything. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { startLoopbackServer, type ReceivedRequest } from './loopback-server';
import { toEventStream } from './openai-stream';
import type { WireRequest, WireResponse } from './openai-wire';

export interface LedgerEntry {
  readonly tool: string;
  readonly account: string;
  readonly callId: string;
  readonly idempotencyKey: string;
  readonly attempt: number;
  /** Of the worker that asked. */
  readonly pid: number;
}

export interface Ledger {
  readonly url: string;
  /** The calls of tools for `account`, in the order in which they came. */
  entries(account: string): readonly LedgerEntry[];
  /** The bodies that the provider was sent about `topic`, byte for byte. */
  prompts(topic: string): readonly Buffer[];
  /** From now on whoever names `word` waits until `release` is called. */
  hold(word: string): { readonly release: () => void };
  /** Waits until `count` requests that name `word` have come. */
  asked(word: string, count?: number): Promise<void>;
  close(): Promise<void>;
}

export async function startLedger(): Promise<Ledger> {
  const held = new Map<string, { readonly opened: Promise<void>; readonly release: () => void }>();
  const listeners = new Set<() => void>();
  const server = await startLoopbackServer(async (request, response) => {
    listeners.forEach((tell) => tell());
    const body = request.body.toString();
    const holds = [...held].filter(([word]) => body.includes(word)).map(([, hold]) => hold);
    const wait = () => Promise.all(holds.map(({ opened }) => opened));
    if (request.path === '/v1/responses') await answerAsProvider(body, response, wait);
    else {
      await wait();
      const { account } = JSON.parse(body) as LedgerEntry;
      response.end(`${request.path.slice(1)} of ${account}: 42`);
    }
  });
  const naming = (word: string): readonly ReceivedRequest[] =>
    server.requests.filter(({ body }) => body.includes(word));
  return {
    url: server.url,
    entries: (account) =>
      naming(`"account":"${account}"`)
        .filter(({ path }) => path !== '/v1/responses')
        .map(({ path, body }) => ({
          tool: path.slice(1),
          ...(JSON.parse(body.toString()) as Omit<LedgerEntry, 'tool'>),
        })),
    prompts: (topic) =>
      naming(topic)
        .filter(({ path }) => path === '/v1/responses')
        .map(({ body }) => body),
    hold(word) {
      let release = () => {};
      const opened = new Promise<void>((resolve) => (release = resolve));
      held.set(word, { opened, release });
      return {
        release: () => {
          held.delete(word);
          release();
        },
      };
    },
    async asked(word, count = 1) {
      while (naming(word).length < count) {
        await new Promise<void>((resolve) => {
          const tell = () => {
            listeners.delete(tell);
            resolve();
          };
          listeners.add(tell);
        });
      }
    },
    async close() {
      for (const { release } of held.values()) release();
      await server.close();
    },
  };
}

/** Calls `lookup` for `look up <account>`, else writes a letter. It waits in the middle of what it says. */
async function answerAsProvider(
  body: string,
  response: ServerResponse,
  wait: () => Promise<unknown>,
): Promise<void> {
  const { input = [] } = JSON.parse(body) as WireRequest;
  const account = /look up (\w+)/.exec(JSON.stringify(input.at(-1)?.content ?? ''))?.[1];
  const stream = toEventStream(
    account === undefined
      ? toResponse({
          type: 'message',
          id: `msg_${input.length}`,
          role: 'assistant',
          status: 'completed',
          content: [
            { type: 'output_text', text: `Letter ${input.length}. Yours.`, annotations: [] },
          ],
        })
      : toResponse({
          type: 'function_call',
          id: `fc_${input.length}`,
          call_id: `call_${input.length}`,
          name: 'lookup',
          arguments: JSON.stringify({ account }),
          status: 'completed',
        }),
  );
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const middle = stream.indexOf('\n\n', stream.indexOf('.delta')) + 2;
  response.write(stream.slice(0, middle));
  const isGone = once(response, 'close');
  await Promise.race([wait(), isGone]);
  response.end(stream.slice(middle));
}

function toResponse(item: object): WireResponse {
  const response = {
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    status: 'completed',
    model: 'gpt-5-mini-2025-08-07',
    output: [item],
    tools: [],
    usage: {
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 5,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 15,
    },
  };
  return response as WireResponse;
}
