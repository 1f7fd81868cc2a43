/** Puts an answer on the wire, as disturbed as its fault says. */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StrictProvider } from './strict-answer';
import type { StrictFault } from './strict-faults';
import { errorEvents } from './strict-faults';

export interface Delivery {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body in the pieces in which it is written. */
  readonly chunks: readonly string[];
}

/** The events of an answer with an error in their midst, if the fault has one. */
export function disturbedEvents(
  events: readonly string[],
  { errorInStream, errorAfterEvents, isEmpty }: StrictFault,
  provider: StrictProvider,
): readonly string[] {
  if (isEmpty) return [];
  if (errorInStream === undefined) return events;
  const before = errorAfterEvents ?? Math.floor(events.length / 2);
  return [...events.slice(0, before), ...errorEvents(provider, errorInStream)];
}

/** Settles when everything is written, or when nothing more will be: a stall ends with the connection. */
export async function deliver(
  response: ServerResponse,
  { status, headers, chunks }: Delivery,
  fault: StrictFault,
): Promise<void> {
  const { stallAfterEvents = Infinity, eventDelayMs = 0, delayHeadersMs = 0 } = fault;
  const limit = fault.cutAfterBytes ?? fault.endAfterBytes ?? Infinity;
  if (delayHeadersMs > 0) await sleep(delayHeadersMs, undefined, { ref: false });
  if (response.destroyed) return;
  response.writeHead(status, headers);
  response.flushHeaders();
  let sent = 0;
  for (const [index, chunk] of chunks.entries()) {
    if (index >= stallAfterEvents) return closed(response);
    const bytes = Buffer.from(chunk).subarray(0, limit - sent);
    if (!(await write(response, bytes))) return;
    sent += bytes.length;
    if (sent >= limit) break;
    if (eventDelayMs > 0) await sleep(eventDelayMs, undefined, { ref: false });
  }
  if (chunks.length >= stallAfterEvents && sent < limit) return closed(response);
  if (fault.cutAfterBytes === undefined) response.end();
  else response.destroy();
}

function closed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) resolve();
    else response.once('close', resolve);
  });
}

/** Waits until the bytes have left for the socket, so that a cut loses none of those before it. */
function write(response: ServerResponse, bytes: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    if (response.destroyed) resolve(false);
    else if (bytes.length === 0) resolve(true);
    else response.write(bytes, (error) => resolve(!error));
  });
}
