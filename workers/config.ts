/** The shape of `holdfast.config.ts`. */
import type { OwnPrices } from '../activities/own-prices';
import type { ExecutableAgent } from '../agent/agent';

/** What a deployment runs. */
export interface HoldfastConfig {
  /** The first one is whom `npm start` talks to. */
  readonly agents: readonly ExecutableAgent[];
  /** Other names for models: `{ fast: 'openai:gpt-5-mini' }`. */
  readonly modelAliases?: Readonly<Record<string, string>>;
  /**
   * What models cost, where you know better than the built-in list:
   * `{ 'ollama:qwen3:8b': { inputPerMillion: 0.05, outputPerMillion: 0.1 } }`, or a function.
   */
  readonly prices?: OwnPrices;
}

/** Gives the default export of `holdfast.config.ts` its types. */
export function defineConfig(config: HoldfastConfig): HoldfastConfig {
  return config;
}
