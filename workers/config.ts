/** The shape of `holdfast.config.ts`. */
import type { ExecutableAgent } from '../agent/agent';

/** What a deployment runs. */
export interface HoldfastConfig {
  /** The first one is whom `npm start` talks to. */
  readonly agents: readonly ExecutableAgent[];
  /** Other names for models: `{ fast: 'openai:gpt-5-mini' }`. */
  readonly modelAliases?: Readonly<Record<string, string>>;
}

/** Gives the default export of `holdfast.config.ts` its types. */
export function defineConfig(config: HoldfastConfig): HoldfastConfig {
  return config;
}
