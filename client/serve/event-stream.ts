/** Events as `text/event-stream`, pulled by the reader: who does not read costs no memory, who leaves frees all. */
import type { ConversationEvent } from '../conversation-events';
import type { Problem } from './problem';

export interface EventStreamOptions {
  /** Aborted when the reader has left, or the server closes. */
  readonly open: (signal: AbortSignal) => AsyncIterable<ConversationEvent>;
  /** After so much silence a comment is sent, so that nobody between takes the connection for dead. */
  readonly heartbeatMs: number;
  readonly closing: AbortSignal;
  /** The status stands by then: what goes wrong is told as an event of its own, `problem`. */
  readonly onError: (error: unknown) => Problem;
}

/** After so much a browser comes back by itself, with `Last-Event-ID`. */
const retryMs = 1_000;

export function toEventStream(options: EventStreamOptions): ReadableStream<Uint8Array> {
  const { open, heartbeatMs, closing, onError } = options;
  const leaving = new AbortController();
  const leave = () => leaving.abort();
  const encoder = new TextEncoder();
  const iterator = open(leaving.signal)[Symbol.asyncIterator]();
  let next: Promise<IteratorResult<ConversationEvent>> | undefined;
  const free = () => {
    closing.removeEventListener('abort', leave);
    leave();
    // It may be waiting for the next event, which nobody wants any more.
    next?.catch(() => undefined);
    void iterator.return?.().catch(() => undefined);
  };
  if (closing.aborted) leave();
  closing.addEventListener('abort', leave, { once: true });
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(`retry: ${retryMs}\n\n`)),
    async pull(controller) {
      const send = (text: string) => controller.enqueue(encoder.encode(text));
      try {
        next ??= iterator.next();
        const result = await within(next, heartbeatMs);
        if (result === undefined) return send(':\n\n');
        next = undefined;
        if (!result.done) return send(toServerConversationEvent(result.value));
      } catch (error) {
        if (leaving.signal.aborted && !closing.aborted) return;
        if (!closing.aborted) send(`event: problem\ndata: ${JSON.stringify(onError(error))}\n\n`);
      }
      free();
      controller.close();
    },
    cancel: free,
  });
}

function toServerConversationEvent(event: ConversationEvent): string {
  return `id: ${event.offset}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** Undefined when it takes longer. */
async function within<Value>(promise: Promise<Value>, ms: number): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}
