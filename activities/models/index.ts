/** The public entry `holdfast/models`: all adapters, and the model that a name names. */
export { AnthropicModel } from './anthropic-model';
export { defaultModel } from './default-model';
export { DemoModel } from './demo-model';
export { GeminiModel } from './gemini-model';
export { type ModelLookup, getModelForName } from './model-for-name';
export { type Environment, type ModelProvider, modelProviders } from './model-providers';
export { OpenAIChatModel } from './openai-chat-model';
export { OpenAIModel } from './openai-model';
export { withOutputCheck } from './output-check';
export { withPrices } from './priced-model';
