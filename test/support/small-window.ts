/**
 * A provider with a small context window: it counts, one token for three bytes of a request, and refuses with its own
 * words what exceeds the window. Asked for a summary it writes one, numbered; else it goes on by the script.
 */
import type { StrictAnswer } from './strict/strict-answer';
import type { ScriptedAnswer, StrictRequest, StrictServer } from './strict/strict-server';
import { startStrictServer } from './strict/strict-server';

export interface SmallWindowOptions {
  readonly windowTokens: number;
  /** What the nth call, counted from 0, is answered with. Summaries and refusals do not count. */
  readonly answer: (call: number) => StrictAnswer;
  /** What goes wrong with the nth summary, counted from 1. @default nothing */
  readonly fault?: (summary: number) => Partial<ScriptedAnswer>;
}

export interface SmallWindow extends StrictServer {
  readonly windowTokens: number;
  /** Requests for a summary. */
  readonly summaryRequests: () => readonly StrictRequest[];
}

/** Stands in every request for a summary. */
const askedForSummary = 'From the program that runs you';
const words = 'As it was, with [from tool weather] Sunny. ';

export function tokensIn({ bytes }: Pick<StrictRequest, 'bytes'>): number {
  return Math.ceil(Buffer.byteLength(bytes) / 3);
}

export function isSummaryRequest({ bytes }: Pick<StrictRequest, 'bytes'>): boolean {
  return bytes.includes(askedForSummary);
}

/** What the nth summary says, counted from 1. */
export function summaryText(summary: number): string {
  return `Summary number ${summary}. ${words.repeat(20)}End of ${summary}.`;
}

export async function startSmallWindow(options: SmallWindowOptions): Promise<SmallWindow> {
  const { windowTokens, answer, fault } = options;
  const server = await startStrictServer();
  let calls = 0;
  // By prompt: a second attempt is answered as the first one was.
  const summaries = new Map<string, number>();
  server.script((request) => {
    const input = tokensIn(request);
    if (input > windowTokens) return { error: 'context_length' };
    if (!isSummaryRequest(request)) return withUsage(answer(calls++), input);
    const isNew = !summaries.has(request.bytes);
    const summary = summaries.get(request.bytes) ?? summaries.size + 1;
    summaries.set(request.bytes, summary);
    return { ...withUsage({ text: summaryText(summary) }, input), ...(isNew && fault?.(summary)) };
  });
  return {
    ...server,
    windowTokens,
    summaryRequests: () => server.requests.filter(isSummaryRequest),
  };
}

function withUsage(answer: StrictAnswer, input: number): StrictAnswer {
  const said = JSON.stringify([answer.text, answer.toolCalls]);
  return { ...answer, usage: { input, output: Math.ceil(said.length / 3) + 10 } };
}
