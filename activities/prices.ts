/** What a model call costs, as an interface. */
import type { Usage } from '../agent/model';

/** One call that was counted. */
export interface PricedCall {
  /** As the agent names its model: an alias, `provider:model`, or a name alone. */
  readonly name: string;
  /** Absent for a model of your own that does not say its `identity`. */
  readonly provider?: string;
  /** As the provider was asked for it. */
  readonly model: string;
  /** As the provider names the one that answered: often a dated version of `model`. */
  readonly answeredBy?: string;
  readonly usage: Usage;
  readonly at: Date;
  /** What the provider itself charged, in US dollars, where it says so. */
  readonly chargedUsd?: number;
}

export interface Prices {
  /** In US dollars; `null` when it is not known. Nobody guesses 0. */
  readonly costUsd: (call: PricedCall) => number | null;
}
