/**
 * The events of a conversation, over broken connections: each time it goes on behind the last one. `EventSource` would do
 * the same, but cannot send a key. A page that nobody sees has no connection: of these a browser has six for all its tabs.
 */
import { ProblemError, open } from './api.js';

const firstRetryMs = 500;
const lastRetryMs = 5_000;

/**
 * @param {string} id
 * @param {{ signal: AbortSignal, onEvent: (event: object) => void, onConnection: (problem?: string) => void, onHidden: () => void }} options
 */
export async function follow(id, { signal, onEvent, onConnection, onHidden }) {
  let offset = '0';
  let retryMs = firstRetryMs;
  while (!signal.aborted) {
    await seen(signal);
    const seeing = new AbortController();
    const leave = () => document.hidden && seeing.abort();
    document.addEventListener('visibilitychange', leave);
    try {
      const path = `/conversations/${encodeURIComponent(id)}/events?until=conversation`;
      const response = await open(path, {
        headers: { 'last-event-id': offset },
        signal: AbortSignal.any([signal, seeing.signal]),
      });
      onConnection();
      for await (const { id: eventId, data, event } of readEvents(response.body)) {
        if (event === 'problem') throw toError(JSON.parse(data));
        retryMs = firstRetryMs;
        if (eventId !== undefined) offset = eventId;
        onEvent(JSON.parse(data));
        if (event === 'ended') return;
      }
      onConnection('The connection has ended. Connecting again …');
    } catch (error) {
      if (signal.aborted) return;
      if (seeing.signal.aborted) {
        onHidden();
        continue;
      }
      if (error instanceof ProblemError && error.status < 500) throw error;
      onConnection(
        error instanceof ProblemError
          ? error.message
          : 'The server is not to be reached. Connecting again …',
      );
    } finally {
      document.removeEventListener('visibilitychange', leave);
    }
    await sleep(retryMs, signal);
    retryMs = Math.min(retryMs * 2, lastRetryMs);
  }
}

/** Resolves when somebody looks, or never will. */
function seen(signal) {
  return new Promise((resolve) => {
    const done = new AbortController();
    const check = () => {
      if (document.hidden && !signal.aborted) return;
      done.abort();
      resolve();
    };
    document.addEventListener('visibilitychange', check, { signal: done.signal });
    signal.addEventListener('abort', check, { signal: done.signal });
    check();
  });
}

function toError({ status, title, detail }) {
  return new ProblemError(status, title, detail);
}

/** Server-sent events, as the standard reads them (but for bare carriage returns, which nobody sends). */
async function* readEvents(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += value;
      const blocks = text.split('\n\n');
      text = blocks.pop();
      for (const block of blocks) {
        const event = toEvent(block);
        if (event) yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

function toEvent(block) {
  const fields = {};
  for (const line of block.split('\n')) {
    const [, name, value] = /^(\w+): ?(.*)$/s.exec(line) ?? [];
    if (name === 'data' && fields.data !== undefined) fields.data += `\n${value}`;
    else if (name !== undefined) fields[name] = value;
  }
  return fields.data === undefined ? undefined : fields;
}

function sleep(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
