/** Prices of a deployment's own, over what the provider says and what the price list knows. */
import type { Usage } from '../agent/model';
import { hasTokens, parseUsd } from '../agent/usage';
import { genaiPrices } from './genai-prices';
import type { PricedCall, Prices } from './prices';

/** In US dollars for a million tokens. */
export interface ModelPrice {
  readonly inputPerMillion: number;
  readonly outputPerMillion: number;
  /** @default inputPerMillion */
  readonly cachedInputPerMillion?: number;
  /** @default inputPerMillion */
  readonly cacheWritePerMillion?: number;
}

/** By a model's name: as the agent has it, as the provider has it, or `provider:model`. */
export type PriceTable = Readonly<Record<string, ModelPrice>>;

/** A table, or a function that gives US dollars. What it does not know (`null`) is looked up elsewhere. */
export type OwnPrices = PriceTable | ((call: PricedCall) => number | null | undefined);

export interface PriceSources {
  /** They go before everything else. @default {} */
  readonly own?: OwnPrices | undefined;
  /** For what neither `own` nor the provider itself says. @default genaiPrices() */
  readonly list?: Prices;
}

/** @returns prices that throw what a function in `own` throws, and nothing else. */
export function createPrices({ own = {}, list = genaiPrices() }: PriceSources = {}): Prices {
  const ask = typeof own === 'function' ? own : (call: PricedCall) => fromTable(own, call);
  return {
    costUsd: (call) => parseUsd(ask(call)) ?? parseUsd(call.chargedUsd) ?? list.costUsd(call),
  };
}

function fromTable(table: PriceTable, call: PricedCall): number | null {
  const { name, provider, model, answeredBy = model, usage } = call;
  const names = [name, `${provider}:${model}`, model, `${provider}:${answeredBy}`, answeredBy];
  const price = names.filter((it) => Object.hasOwn(table, it)).map((it) => table[it])[0];
  // A call whose tokens nobody counted was not free.
  return price && hasTokens(usage) ? priceOf(usage, price) : null;
}

function priceOf(usage: Usage, price: ModelPrice): number {
  const { inputPerMillion, outputPerMillion } = price;
  const { cachedInputPerMillion = inputPerMillion, cacheWritePerMillion = inputPerMillion } = price;
  const { inputTokens, outputTokens, cachedInputTokens = 0, cacheWriteTokens = 0 } = usage;
  const perMillion =
    Math.max(0, inputTokens - cachedInputTokens - cacheWriteTokens) * inputPerMillion +
    cachedInputTokens * cachedInputPerMillion +
    cacheWriteTokens * cacheWritePerMillion +
    outputTokens * outputPerMillion;
  return perMillion / 1_000_000;
}
