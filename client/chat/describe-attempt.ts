import type { ConversationEvent } from '../conversation-events';

/** `worker 4711 lost · attempt 2 on 4790` */
export function describeAttempt(event: Extract<ConversationEvent, { type: 'attempt' }>): string {
  const { lostWorker, worker, attempt } = event;
  const on = worker === undefined ? '' : ` on ${processOf(worker)}`;
  const isOther = lostWorker !== undefined && lostWorker !== worker;
  return `${isOther ? `worker ${processOf(lostWorker)} lost · ` : ''}attempt ${attempt}${on}`;
}

/** The identity is `pid@host`. */
function processOf(identity: string): string {
  return identity.split('@')[0] ?? identity;
}
