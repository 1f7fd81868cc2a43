/** How a model that knows its whole answer beforehand streams it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ModelCallOptions, ModelResponse, StreamEvent } from '../../agent/model';
import { complete, partial, partialThinking } from '../../agent/model';

export interface StreamWordsOptions extends ModelCallOptions {
  /** How long to wait between two words, in milliseconds. */
  readonly wordDelayMs: number;
  /** Streamed before the answer. @default '' */
  readonly thinking?: string | undefined;
}

/**
 * Streams `response` word by word. Aborting ends the stream with the words so far, `interrupted` and without
 * tool calls.
 */
export async function* streamWords(
  response: ModelResponse,
  { wordDelayMs, thinking = '', signal }: StreamWordsOptions,
): AsyncGenerator<StreamEvent> {
  let content = '';
  let digest = response.promptDigest;
  const words = [
    ...wordsOf(thinking).map((word) => ({ word, isThought: true })),
    ...wordsOf(response.content).map((word) => ({ word, isThought: false })),
  ];
  for (const [index, { word, isThought }] of words.entries()) {
    if (index > 0 && wordDelayMs > 0) {
      // It rejects when the signal aborts, and only then: the next line asks the signal itself.
      await delay(wordDelayMs, undefined, { signal }).catch(() => undefined);
    }
    if (signal?.aborted) break;
    yield isThought ? partialThinking(word, digest) : partial(word, digest);
    digest = undefined;
    if (!isThought) content += word;
  }
  yield complete(signal?.aborted ? interruptedAfter(content, response) : response);
}

/** With the white space before them. */
function wordsOf(text: string): readonly string[] {
  return text.match(/\s*\S+(?:\s+$)?/g) ?? [];
}

/** The number of words, which is what the models without a network count as tokens. */
export function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}

function interruptedAfter(content: string, response: ModelResponse): ModelResponse {
  const outputTokens = Math.min(response.usage.outputTokens, countWords(content));
  return {
    ...response,
    content,
    toolCalls: [],
    finishReason: 'interrupted',
    usage: { ...response.usage, outputTokens },
  };
}
