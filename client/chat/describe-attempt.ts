import type { ConversationEvent } from '../conversation-events';
import { toPrintable } from './printable';

/** `worker 4711 lost · attempt 2 on 4790` */
export function describeAttempt(event: Extract<ConversationEvent, { type: 'attempt' }>): string {
  const { lostWorker, worker, attempt } = event;
  const on = worker === undefined ? '' : ` on ${processOf(worker)}`;
  const isOther = lostWorker !== undefined && lostWorker !== worker;
  return `${isOther ? `worker ${processOf(lostWorker)} lost · ` : ''}attempt ${attempt}${on}`;
}

/** The identity is `pid@host`, or whatever a worker calls itself. */
function processOf(identity: string): string {
  return toPrintable(identity.split('@')[0] ?? identity);
}
