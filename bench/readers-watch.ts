/** Watches one answer with any number of readers, and says what each of them saw, and when. */
import type { AgentClient } from '../client/agent-client';
import { now, tokensIn } from './paced-text';

export interface Watched {
  /** From the send to the first piece, in milliseconds; of each reader. Infinite without one. */
  readonly firstMs: readonly number[];
  /** For each token and reader, from when the provider wrote it to when the reader had it, in milliseconds. */
  readonly onTheWayMs: readonly number[];
  /** Readers whose text was not that of the durable message, or that saw a piece twice or in the wrong place. */
  readonly wrongReaders: number;
  readonly content: string;
}

interface Seen {
  firstAt: number;
  text: string;
  isWrong: boolean;
  content: string;
  readonly arrivals: { readonly length: number; readonly at: number }[];
}

/** The first of `readers` sends; the others are there already. */
export async function watchAnswer(
  client: AgentClient,
  id: string,
  readers: number,
  writtenAt: () => Promise<readonly number[]>,
): Promise<Watched> {
  const others = Array.from({ length: readers - 1 }, () => see(client.stream(id)));
  const sentAt = now();
  const first = see(client.stream(id, { message: 'Go on.' }));
  const seen = await Promise.all([first, ...others]);
  const times = await writtenAt();
  return {
    firstMs: seen.map(({ firstAt }) => firstAt - sentAt),
    onTheWayMs: seen.flatMap((reader) => delaysOf(reader, times)),
    wrongReaders: seen.filter(({ isWrong, text, content }) => isWrong || !content.startsWith(text))
      .length,
    content: seen[0]?.content ?? '',
  };
}

async function see(events: ReturnType<AgentClient['stream']>): Promise<Seen> {
  const seen: Seen = { firstAt: Infinity, text: '', isWrong: false, content: '', arrivals: [] };
  for await (const event of events) {
    if (event.type === 'partial') {
      const at = now();
      seen.firstAt = Math.min(seen.firstAt, at);
      seen.isWrong ||= event.textOffset !== seen.text.length;
      seen.text += event.content;
      seen.arrivals.push({ length: seen.text.length, at });
    }
    if (event.type === 'complete') {
      seen.content = event.content;
      break;
    }
  }
  return seen;
}

function delaysOf({ arrivals }: Seen, writtenAt: readonly number[]): number[] {
  const delays: number[] = [];
  for (const { length, at } of arrivals) {
    for (const written of writtenAt.slice(delays.length, tokensIn(length))) {
      delays.push(at - written);
    }
  }
  return delays;
}
