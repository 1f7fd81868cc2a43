/** The events up to the moment when `signal` is aborted. */
export async function* until<Event>(
  signal: AbortSignal,
  events: AsyncIterable<Event>,
): AsyncGenerator<Event> {
  const iterator = events[Symbol.asyncIterator]();
  // One for each event: a promise that outlives them would keep them all.
  let stop: () => void = () => undefined;
  const abort = () => stop();
  signal.addEventListener('abort', abort);
  try {
    while (!signal.aborted) {
      const next = await new Promise<IteratorResult<Event> | undefined>((resolve, reject) => {
        stop = () => resolve(undefined);
        iterator.next().then(resolve, reject);
      });
      if (!next || next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', abort);
    // It may be waiting for an event that never comes: nobody waits for that.
    void iterator.return?.().catch(() => undefined);
  }
}
