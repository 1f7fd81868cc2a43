/** The price list of `@pydantic/genai-prices`: data that comes with the package. It asks no network. */
import type * as PriceLibrary from '@pydantic/genai-prices';
import type { Usage } from '../agent/model';
import { hasTokens, parseUsd } from '../agent/usage';
import type { ContextWindows } from './context-windows';
import type { PricedCall, Prices } from './prices';

/** Our names of providers, where the list has others. */
const listedNames: Readonly<Record<string, string>> = {
  'openai-chat': 'openai',
  gemini: 'google',
  xai: 'x-ai',
};

/**
 * List prices, without discounts, batches and service tiers. A provider or model that is not listed has no price: so
 * do servers of one's own (`ollama`, `lmstudio`, `vllm`), whose power and hardware no list knows.
 */
export function genaiPrices(): Prices {
  let library: typeof PriceLibrary | undefined;
  return {
    costUsd(call) {
      const { provider, usage } = call;
      if (provider === undefined || !hasTokens(usage)) return null;
      // Half a megabyte of data, which a worker needs only once something was answered.
      library ??= require('@pydantic/genai-prices') as typeof PriceLibrary;
      return lookUp(library, listedNames[provider] ?? provider, call);
    },
  };
}

/** How many tokens models take, by the same list. */
export function genaiContextWindows(): ContextWindows {
  return {
    windowOf({ provider, model }) {
      const providerId = listedNames[provider] ?? provider;
      const { calcPrice } = require('@pydantic/genai-prices') as typeof PriceLibrary;
      try {
        const modelId = model.replace(/^models\//, '');
        const found = calcPrice({ input_tokens: 1, output_tokens: 1 }, modelId, { providerId });
        return found?.provider.id === providerId ? found.model.context_window : undefined;
      } catch {
        return undefined;
      }
    },
  };
}

function lookUp(
  { calcPrice }: typeof PriceLibrary,
  providerId: string,
  { model, answeredBy = model, usage, at }: PricedCall,
): number | null {
  try {
    for (const name of [answeredBy, model]) {
      const modelId = name.replace(/^models\//, '');
      const found = calcPrice(toListUsage(usage), modelId, { providerId, timestamp: at });
      // It finds providers by likeness too; and some models are listed without a price.
      if (found?.provider.id !== providerId) continue;
      const { input_mtok: input, output_mtok: output } = found.model_price;
      return input === undefined || output === undefined ? null : parseUsd(found.total_price);
    }
  } catch {
    // Counts that contradict each other have no price.
  }
  return null;
}

/** Its totals are inclusive like ours. A name that it does not know makes it print a warning. */
function toListUsage(usage: Usage): PriceLibrary.Usage {
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_tokens: usage.cachedInputTokens ?? 0,
    cache_write_tokens: usage.cacheWriteTokens ?? 0,
    cache_write_1h_tokens: usage.cacheWriteHourTokens ?? 0,
    input_audio_tokens: usage.inputAudioTokens ?? 0,
    cache_audio_read_tokens: usage.cachedInputAudioTokens ?? 0,
    output_audio_tokens: usage.outputAudioTokens ?? 0,
    output_reasoning_tokens: usage.reasoningTokens ?? 0,
    web_searches: usage.webSearches ?? 0,
  };
}
