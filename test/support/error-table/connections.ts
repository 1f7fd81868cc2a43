/** No connection, a connection that breaks, and silence. */
import type { Condition } from './condition';
import { everywhere, retried } from './condition';

const text = 'It is sunny in Paris today.';
const quick = { firstEventTimeoutMs: 150, idleTimeoutMs: 150 };
/** Long enough that the other watchdog is not meant. */
const long = 10_000;

export const connectionConditions: readonly Condition[] = [
  {
    name: 'nobody listens at the address',
    place: 'nobody listens',
    play: everywhere({}),
    outcome: everywhere(retried('network', 'There is no connection (ECONNREFUSED).')),
  },
  {
    name: 'the host has no address',
    place: 'no such host',
    play: everywhere({}),
    outcome: everywhere(retried('network', 'There is no connection (E')),
  },
  {
    name: 'what listens speaks no TLS',
    place: 'no TLS',
    play: everywhere({}),
    outcome: everywhere(retried('network', 'There is no connection (E')),
  },
  {
    name: 'the connection breaks before the answer',
    play: everywhere((response) => void response.destroy()),
    outcome: everywhere(retried('network', 'There is no connection (')),
  },
  {
    name: 'the connection breaks after the head',
    play: everywhere({ text, cutAfterBytes: 0 }),
    outcome: everywhere(retried('network', 'The connection broke (')),
  },
  {
    name: 'the connection breaks in the middle of the answer',
    play: everywhere({ text, cutAfterBytes: 900 }, { anthropic: { text, cutAfterBytes: 700 } }),
    outcome: everywhere(retried('network', 'The connection broke (')),
  },
  {
    name: 'not even a head comes',
    timeouts: { firstEventTimeoutMs: 150, idleTimeoutMs: long },
    play: everywhere({ text, delayHeadersMs: 60_000 }),
    outcome: everywhere(retried('timeout', 'sent no first event for 150 ms.')),
  },
  {
    name: 'a head comes, and no event',
    timeouts: { firstEventTimeoutMs: 150, idleTimeoutMs: long },
    play: everywhere({ text, stallAfterEvents: 0 }),
    outcome: everywhere(retried('timeout', 'sent no first event for 150 ms.')),
  },
  {
    name: 'the answer falls silent',
    timeouts: { firstEventTimeoutMs: long, idleTimeoutMs: 150 },
    play: everywhere({ text, stallAfterEvents: 3 }),
    outcome: everywhere(retried('timeout', 'fell silent for 150 ms.')),
  },
  {
    name: 'the answer is slow, and never silent for long',
    timeouts: { ...quick, firstEventTimeoutMs: long, idleTimeoutMs: 2_000 },
    play: everywhere({ text, eventDelayMs: 10 }),
    outcome: everywhere({ finishReason: 'stop', content: text }),
  },
];
