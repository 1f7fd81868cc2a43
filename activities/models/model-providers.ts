/**
 * Who answers for which models. An adapter brings its vendor's SDK along, and loading one takes a tenth of a second: each
 * is loaded when the first model of it is asked for.
 */
import type { ModelBase } from '../../agent/model';
import type * as Anthropic from './anthropic-model';
import type * as Demo from './demo-model';
import type * as Gemini from './gemini-model';
import { chatProviders } from './openai-chat-providers';
import type * as OpenAI from './openai-model';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Who answers for the models of one kind. A new provider is one entry in `modelProviders`. */
export interface ModelProvider {
  /** Also the prefix in `provider:model`. */
  readonly name: string;
  /** The model names that are known to be this provider's without a prefix. Anchored at the start. */
  readonly patterns: readonly RegExp[];
  /** A few names, for the error that lists what is near. */
  readonly examples: readonly string[];
  /** `model` comes without the prefix. Nothing is connected and no key is looked at before the first call. */
  readonly create: (model: string, environment: Environment) => ModelBase;
}

export const modelProviders: readonly ModelProvider[] = [
  {
    name: 'openai',
    patterns: [/^(gpt-|o\d|chatgpt-|codex-|computer-use|ft:gpt-)/],
    examples: ['gpt-5-mini', 'gpt-5', 'gpt-4o', 'o4-mini'],
    create: (model, environment) => {
      const { OpenAIModel } = require('./openai-model') as typeof OpenAI;
      return new OpenAIModel({
        model,
        apiKey: environment['OPENAI_API_KEY'],
        baseURL: environment['OPENAI_BASE_URL'],
        organization: environment['OPENAI_ORG_ID'],
        project: environment['OPENAI_PROJECT_ID'],
      });
    },
  },
  {
    name: 'anthropic',
    patterns: [/^claude-/],
    examples: ['claude-haiku-4-5', 'claude-sonnet-5', 'claude-opus-5'],
    create: (model, environment) => {
      const { AnthropicModel } = require('./anthropic-model') as typeof Anthropic;
      return new AnthropicModel({
        model,
        apiKey: environment['ANTHROPIC_API_KEY'],
        baseURL: environment['ANTHROPIC_BASE_URL'],
      });
    },
  },
  {
    name: 'gemini',
    patterns: [/^(models\/)?(gemini-|gemma-)/],
    examples: ['gemini-2.5-flash', 'gemini-2.5-pro', 'gemini-3-flash-preview'],
    create: (model, environment) => {
      const { GeminiModel } = require('./gemini-model') as typeof Gemini;
      return new GeminiModel({
        model,
        apiKey: environment['GEMINI_API_KEY'] || environment['GOOGLE_API_KEY'],
        baseURL: environment['GOOGLE_GEMINI_BASE_URL'],
        apiVersion: environment['GOOGLE_GENAI_API_VERSION'],
      });
    },
  },
  ...chatProviders(),
  {
    name: 'demo',
    patterns: [/^demo$/],
    examples: ['demo'],
    create: (_model, environment) => {
      const { DemoModel } = require('./demo-model') as typeof Demo;
      const wordDelayMs = Number.parseFloat(environment['HOLDFAST_DEMO_WORD_DELAY_MS'] ?? '');
      return new DemoModel(wordDelayMs >= 0 ? { wordDelayMs } : {});
    },
  },
];
