/** Where a transcript is cut when it has grown too long: what gives way to a summary, and what stays. Pure. */
import type { AgentLimits } from '../agent/agent';
import type { Message } from '../agent/model';
import type { PromptParts } from './prompt-estimate';
import { estimatePrefixes } from './prompt-estimate';

export const defaultCompactAt = 0.75;
/** Of the window: what stays as it was. */
const tailShare = 0.25;
/** Of the prompt: what has to leave at least, for a compaction that nobody asked for. */
const worthwhileShare = 0.1;

/** From how many tokens on a prompt is compacted, where the model's window is known. */
export function limitTokens(
  limits: AgentLimits | undefined,
  contextWindow: number | undefined,
): number | undefined {
  if (contextWindow === undefined) return undefined;
  return Math.floor(contextWindow * (limits?.compactAt ?? defaultCompactAt));
}

/**
 * How many tokens stay as they were. `hardness` 0 is a quarter of the window (of the prompt, where that is less or no
 * window is known), 1 is half of that, 2 the last step alone.
 */
export function tailTokens(
  promptTokens: number,
  contextWindow: number | undefined,
  hardness: number,
): number {
  if (hardness >= 2) return 0;
  return (Math.min(promptTokens, contextWindow ?? promptTokens) * tailShare) / (1 + hardness);
}

export interface CutRequest extends PromptParts {
  /** How many of `messages` stand for others already. */
  readonly headLength: number;
  /** Users' messages from this index on stay as they were; they are the running turn's. */
  readonly keepFrom: number;
  readonly tailTokens: number;
  /** What the request for the summary may have. @default anything */
  readonly requestTokens?: number | undefined;
  /** Whether a cut that gains little is still wanted. */
  readonly isForced: boolean;
}

export interface CutPlan {
  /** As many messages give way. */
  readonly length: number;
  /** How many of these are no summary themselves. */
  readonly messages: number;
  /** The estimate for them as a prompt. */
  readonly promptTokens: number;
  /** Whether that is more than one request may have. */
  readonly isTooLong: boolean;
  /** Whether nothing more is to give way after these. */
  readonly isLast: boolean;
}

/**
 * The first messages that give way: all but the tail, or as many of them as one request can hold. Undefined where
 * there are none, or too few to be worth a request.
 */
export function planCut(request: CutRequest): CutPlan | undefined {
  const { headLength, requestTokens = Number.POSITIVE_INFINITY } = request;
  const cuts = cutsIn(request);
  const behind = tokensBehind(request);
  const wanted = cuts.find((cut) => behind[cut]! <= request.tailTokens) ?? cuts.at(-1);
  if (wanted === undefined || behind[headLength]! <= request.tailTokens) return undefined;
  const prefixes = estimatePrefixes(request);
  const leaving = behind[headLength]! - behind[wanted]!;
  if (!request.isForced && leaving < prefixes.at(-1)! * worthwhileShare) return undefined;
  const possible = cuts.filter((cut) => cut <= wanted);
  const length = possible.findLast((cut) => prefixes[cut]! <= requestTokens) ?? possible[0]!;
  return {
    length,
    messages: length - headLength,
    promptTokens: prefixes[length]!,
    isTooLong: prefixes[length]! > requestTokens,
    isLast: length === wanted,
  };
}

/** Where the messages may be cut with something to gain, in order. */
function cutsIn(request: CutRequest): readonly number[] {
  const { messages, headLength } = request;
  const firstToLeave = messages.findIndex(
    (message, index) => index >= headLength && !staysAnyway(request, message, index),
  );
  if (firstToLeave < 0) return [];
  return messages.flatMap((_message, index) =>
    index > firstToLeave && isCut(messages[index - 1], messages[index]) ? [index] : [],
  );
}

/** Wherever the cut is: it neither gains by leaving nor counts as a part of the tail. */
function staysAnyway({ keepFrom }: CutRequest, message: Message, index: number): boolean {
  if (message.role !== 'user' || message.isRepair || message.isConclusion) return false;
  return index >= keepFrom;
}

/** Whether two neighbours may be parted: no call from its results, no repair from its answers, no pause from its end. */
export function isCut(before: Message | undefined, after: Message | undefined): boolean {
  if (!before || !after || after.role === 'tool_response') return false;
  if (isRepair(before) || isRepair(after)) return false;
  return !(before.role === 'assistant' && before.finishReason === 'pause');
}

function isRepair(message: Message): boolean {
  return message.role === 'user' && message.isRepair === true;
}

/** The tokens of what may leave, from the nth message on, for every n. */
function tokensBehind(request: CutRequest): readonly number[] {
  const { messages, count } = request;
  const tokens = new Array<number>(messages.length + 1).fill(0);
  for (let index = messages.length - 1; index >= 0; index--) {
    const message = messages[index]!;
    const own = staysAnyway(request, message, index) ? 0 : count(message);
    tokens[index] = tokens[index + 1]! + own;
  }
  return tokens;
}
