import type { ConversationEvent } from '../conversation-events';
import type { Door } from './door';
import { toEventStream } from './event-stream';
import { toProblem } from './problem';

export const eventStream = 'text/event-stream';
const defaultHeartbeatMs = 15_000;

/** An answer that goes on: server-sent events. */
export function toEventResponse(
  { heartbeatMs = defaultHeartbeatMs, closing }: Door,
  open: (signal: AbortSignal) => AsyncIterable<ConversationEvent>,
): Response {
  return new Response(toEventStream({ open, heartbeatMs, closing, onError: toProblem }), {
    headers: {
      'content-type': `${eventStream}; charset=utf-8`,
      'cache-control': 'no-store',
      // A proxy that gathers what it passes on would make a lump of it.
      'x-accel-buffering': 'no',
    },
  });
}
