/**
 * Watches over one streamed answer of a provider: gives up when it falls silent, closes the connection when the
 * caller aborts, and lets the connection end by itself after the last event, so that it can be used again.
 */
import { ModelError } from '../../agent/errors';

export interface StreamTimeouts {
  /** From the request to the first event, in milliseconds. Models may think long. @default 300_000 */
  readonly firstEventTimeoutMs?: number;
  /** Between two events, in milliseconds. @default 120_000 */
  readonly idleTimeoutMs?: number;
}

export interface GuardedStream<Event> extends StreamTimeouts {
  /** The provider's name, for errors. */
  readonly provider: string;
  /** Sends the request. Aborting the signal must close the connection and end or fail what was opened. */
  readonly open: (signal: AbortSignal) => PromiseLike<AsyncIterable<Event>>;
  /** Whether nothing of interest follows `event`: later failures and silence are then none. */
  readonly isLast: (event: Event) => boolean;
  /** The caller's. Aborting it ends the stream without an error: ask `signal.aborted` afterwards. */
  readonly signal?: AbortSignal | undefined;
}

export const defaultFirstEventTimeoutMs = 300_000;
export const defaultIdleTimeoutMs = 120_000;

/** How long the server may take to close the connection after the last event. */
const closeGraceMs = 500;

/** @throws ModelError of kind `timeout` on silence; whatever the opened stream throws. */
export async function* guardStream<Event>(
  stream: GuardedStream<Event>,
): AsyncGenerator<Event, void, undefined> {
  const { provider, signal, idleTimeoutMs = defaultIdleTimeoutMs } = stream;
  if (signal?.aborted) return;
  const connection = new AbortController();
  const disconnect = () => connection.abort();
  signal?.addEventListener('abort', disconnect, { once: true });
  const watchdog = new Watchdog(provider, disconnect);
  let isComplete = false;
  try {
    watchdog.start(stream.firstEventTimeoutMs ?? defaultFirstEventTimeoutMs, 'sent no first event');
    for await (const event of await stream.open(connection.signal)) {
      // JSON, and no event.
      if (event === null) continue;
      watchdog.stop();
      isComplete ||= stream.isLast(event);
      yield event;
      watchdog.start(isComplete ? closeGraceMs : idleTimeoutMs, 'fell silent');
    }
  } catch (error) {
    if (!isComplete && !signal?.aborted) throw watchdog.error ?? error;
  } finally {
    watchdog.stop();
    signal?.removeEventListener('abort', disconnect);
    connection.abort();
  }
  // Vendor SDKs end an aborted stream without an error.
  if (!isComplete && !signal?.aborted && watchdog.error) throw watchdog.error;
}

class Watchdog {
  error: ModelError | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly provider: string,
    private readonly onSilence: () => void,
  ) {}

  start(timeoutMs: number, fault: string): void {
    this.stop();
    this.timer = setTimeout(() => {
      this.error = new ModelError({
        provider: this.provider,
        kind: 'timeout',
        message: `${this.provider} ${fault} for ${timeoutMs} ms.`,
        retryable: true,
      });
      this.onSilence();
    }, timeoutMs);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
