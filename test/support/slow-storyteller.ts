/**
 * A model in a process that is not the workers', which tells a story word by word and stops at the word at which it is told to:
 * until then an attempt is in the middle of its answer for sure. It speaks as `LedgerModel` of `fixtures/agents/teller` listens.
 */
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { textResponse } from '../../activities/models/scripted-model';
import { headers } from './kill-script';

export const storyWords = 40;
const wordMs = 15;

/** Every word is another, so that none can be told twice or left out unseen. */
export const story = Array.from({ length: storyWords }, (_, index) => `word${index}`).join(' ');

export interface Pause {
  readonly conversation: string;
  /** Of the worker whose attempt has said so many words, and no more. */
  readonly pid: number;
}

export interface Storyteller {
  readonly url: string;
  /** The first attempt of `conversation` will say so many words and wait. @returns when it does. */
  stopAt(conversation: string, words: number): Promise<Pause>;
  close(): Promise<void>;
}

export async function startStoryteller(): Promise<Storyteller> {
  const stops = new Map<string, { words: number; stopped: (pause: Pause) => void }>();
  const server = createServer((request, response) => {
    const conversation = header(request, headers.conversation);
    const isFirst = header(request, headers.attempt) === '1';
    const stop = isFirst ? stops.get(conversation) : undefined;
    const tell = async () => {
      for (const [index, word] of story.split(/(?<= )/).entries()) {
        if (index === stop?.words) break;
        response.write(`${JSON.stringify(word)}\n`);
        await delay(wordMs);
      }
      // Who is asked to stop says nothing more, not even that this is all.
      if (stop) stop.stopped({ conversation, pid: Number(header(request, headers.pid)) });
      else response.end(`${JSON.stringify(textResponse(story))}\n`);
    };
    request.resume();
    tell().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stopAt: (conversation, words) =>
      new Promise((stopped) => stops.set(conversation, { words, stopped })),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function header(request: IncomingMessage, name: string): string {
  return String(request.headers[name] ?? '');
}
