/** What a scripted model says: one neutral form, put on the wire of whichever API was asked. */
import type { JsonObject } from '../../../agent/json';
import type { Issued } from './strict-issued';

export type StrictProvider = 'openai-responses' | 'openai-chat' | 'anthropic' | 'gemini';

export interface StrictToolCall {
  readonly name: string;
  /** A string goes out as it is, even if it is no JSON; Gemini knows objects only. @default {} */
  readonly arguments?: JsonObject | string;
  /** @default one in the API's own form */
  readonly id?: string;
}

/** A search that the provider ran itself, and the page that the text cites. */
export interface StrictSearch {
  readonly query: string;
  readonly url: string;
  readonly title: string;
}

/** Totals: `input` includes what was cached, `output` includes the reasoning. */
export interface StrictUsage {
  /** @default 100 */
  readonly input?: number;
  /** @default 20 */
  readonly output?: number;
  /** Read from the cache. @default 0 */
  readonly cached?: number;
  /** Written to the cache. @default 0 */
  readonly cacheWrite?: number;
  /** @default 10 with reasoning, else 0 */
  readonly reasoning?: number;
}

/** `pause`: Anthropic and Gemini. `malformed_tool_call`, `prompt_blocked`: Gemini. */
export type StrictFinish =
  | 'stop'
  | 'length'
  | 'refusal'
  | 'content_filter'
  | 'pause'
  | 'malformed_tool_call'
  | 'prompt_blocked';

export interface StrictAnswer {
  readonly text?: string;
  /** In how many deltas the text is streamed. @default one a word */
  readonly textDeltas?: number;
  /** Sent if the request asks for thinking. An empty string: reasoning that is not shown, only signed. */
  readonly reasoning?: string;
  /** Anthropic: the reasoning is encrypted (`redacted_thinking`). @default false */
  readonly isRedacted?: boolean;
  readonly toolCalls?: readonly StrictToolCall[];
  readonly search?: StrictSearch;
  /** @default 'stop': tool calls need no finish of their own. With `length` the last call's arguments are cut. */
  readonly finish?: StrictFinish;
  readonly usage?: StrictUsage;
}

/** The request that an answer is made for. */
export interface AnswerContext {
  readonly body: JsonObject;
  readonly model: string;
  readonly issued: Issued;
  readonly isCompatible: boolean;
  /** Anthropic's. */
  readonly apiVersion: string;
}

/** An answer in the words of one API. */
export interface WireAnswer {
  /** Blocks of server-sent events, each with the blank line at its end. */
  readonly events: readonly string[];
  /** The same for a request that asks for no stream. */
  readonly body: JsonObject;
}

export class NoSuchFinish extends Error {
  constructor(provider: StrictProvider, finish: StrictFinish) {
    super(`The API ${provider} cannot finish with "${finish}".`);
  }
}

/** In `count` pieces of about the same length, or after each word. */
export function cutText(text: string, count?: number): readonly string[] {
  if (text === '') return [];
  if (count === undefined) return text.split(/(?<=\s)(?=\S)/);
  const size = Math.max(1, Math.ceil(text.length / count));
  return text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
}

export function argumentsText({ arguments: given = {} }: StrictToolCall): string {
  return typeof given === 'string' ? given : JSON.stringify(given);
}

/** Where the output limit strikes: in the middle of the last call's arguments. */
export function streamedArguments(answer: StrictAnswer, index: number): string {
  const calls = answer.toolCalls ?? [];
  const text = argumentsText(calls[index]!);
  const isCut = answer.finish === 'length' && index === calls.length - 1;
  return isCut ? text.slice(0, Math.floor(text.length / 2)) : text;
}

export function fullUsage({ usage = {}, reasoning }: StrictAnswer): Required<StrictUsage> {
  const thought = usage.reasoning ?? (reasoning === undefined ? 0 : 10);
  return {
    input: usage.input ?? 100,
    output: usage.output ?? 20 + thought,
    cached: usage.cached ?? 0,
    cacheWrite: usage.cacheWrite ?? 0,
    reasoning: thought,
  };
}

export const refusalText = "I'm sorry, but I can't assist with that request.";
