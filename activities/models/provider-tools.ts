/** What adapters say of a tool that a provider should run and does not have. */
import { ModelError } from '../../agent/errors';
import type { ProviderTool } from '../../agent/provider-tools';

const providersOf: Readonly<Record<ProviderTool, string>> = {
  web_search: 'openai, anthropic, gemini, openrouter',
  code_execution: 'openai, anthropic, gemini',
};

export function noProviderTool(provider: string, model: string, tool: ProviderTool): ModelError {
  return providerToolError(
    provider,
    `Model \`${model}\` cannot run \`${tool}\` at ${provider}. Providers that can: ${providersOf[tool]}.`,
  );
}

/** The same request would be refused again. */
export function providerToolError(provider: string, message: string): ModelError {
  return new ModelError({ provider, kind: 'configuration', message, retryable: false });
}
