/** What the models of all providers have in common besides `ModelBase`: their options, and the key that is missing. */
import { ModelError } from '../../agent/errors';
import type { Fetch } from './model-fetch';
import type { StreamTimeouts } from './stream-guard';

export interface ProviderModelOptions extends StreamTimeouts {
  /** As the provider names it. */
  readonly model: string;
  /** Without it every call fails with a `ModelError` of kind `configuration`. */
  readonly apiKey: string | undefined;
  /** @default the provider's own address */
  readonly baseURL?: string | undefined;
  /** Sends the one request of a call: behind a proxy, say. Redirects are not followed. @default globalThis.fetch */
  readonly fetch?: Fetch | undefined;
}

/** To be thrown at the first call: a model may be named where its key is not. */
export function missingKey(provider: string, model: string, keyVariable: string): ModelError {
  return new ModelError({
    provider,
    kind: 'configuration',
    message: `Model \`${model}\` needs ${keyVariable} in the worker's environment.`,
    retryable: false,
  });
}
