/** When a run is to be left for a new one, and whether what it would take along fits. */
import { jsonBytes } from '../agent/json';
import type { Message } from '../agent/model';
import { compressedBytesAtMost } from './compressed-bytes';
import type { CarriedConversation } from './contract';

/**
 * Bytes that the carry may have on the wire: a payload of more than 2 MiB fails, and the rest of the input, and what
 * somebody's own codec adds, need some room too.
 */
export const carryWireLimitBytes = 1_900_000;
/** As JSON: a run begins with reading it, and has two seconds for that. */
export const carryLimitBytes = 6_000_000;
/** What has no more JSON than this fits, however badly it may be compressed. */
const unseenBytes = 1_500_000;
/** Of the messages, where they give way to a summary because of these limits: what stays as it was. */
const tailShare = 0.25;

/** What stays as it was where messages give way to a summary because of the carry, in `carriedTokens`. */
export function carryTailTokens(messages: readonly Message[]): number {
  return messages.reduce((total, message) => total + carriedTokens(message), 0) * tailShare;
}

/** Bytes, counted as an estimate of a prompt counts them: what takes few tokens may take many bytes. */
export function carriedTokens(message: Message): number {
  return jsonBytes(message) / 3;
}

const encoder = new TextEncoder();

/** Facts about a run that decide whether it should continue as new. */
export interface RunSize {
  readonly continueAsNewSuggested: boolean;
  readonly historyEvents: number;
  /** The conversation's own limit, if it has one. */
  readonly limitEvents?: number | undefined;
}

export function hasGrown({ continueAsNewSuggested, historyEvents, limitEvents }: RunSize): boolean {
  return continueAsNewSuggested || (limitEvents !== undefined && historyEvents >= limitEvents);
}

/** A conversation too big to be carried is compacted; what is too big even so goes on in the run it has. */
export function fits(carried: CarriedConversation): boolean {
  const bytes = encoder.encode(JSON.stringify(carried));
  if (bytes.length <= unseenBytes) return true;
  return bytes.length <= carryLimitBytes && compressedBytesAtMost(bytes) <= carryWireLimitBytes;
}
