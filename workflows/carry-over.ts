/** When a run is to be left for a new one, and whether what it would take along fits. */
import { jsonBytes } from '../agent/json';
import type { Message } from '../agent/model';
import type { CarriedConversation } from './contract';

/** A payload of more than 2 MiB fails; the rest of the input needs some room too. */
export const carryLimitBytes = 1_500_000;

/** What stays as it was where messages give way to a summary because of that limit, in `carriedTokens`. */
export const carryTailTokens = carryLimitBytes / 4 / 3;

/** Bytes, counted as an estimate of a prompt counts them: what takes few tokens may take many bytes. */
export function carriedTokens(message: Message): number {
  return jsonBytes(message) / 3;
}

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
  return jsonBytes(carried) <= carryLimitBytes;
}
