/** From a model's name to the model that it names. */
import { distance } from 'fastest-levenshtein';
import { ModelError } from '../../agent/errors';
import type { ModelBase } from '../../agent/model';
import { AnthropicModel } from './anthropic-model';
import { DemoModel } from './demo-model';
import { GeminiModel } from './gemini-model';
import { chatProviders } from './openai-chat-providers';
import { OpenAIChatModel } from './openai-chat-model';
import { OpenAIModel } from './openai-model';

export { defaultModel } from './default-model';
export { withPrices } from './priced-model';
export { withOutputCheck } from './output-check';
export { AnthropicModel, DemoModel, GeminiModel, OpenAIChatModel, OpenAIModel };

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
    create: (model, environment) =>
      new OpenAIModel({
        model,
        apiKey: environment['OPENAI_API_KEY'],
        baseURL: environment['OPENAI_BASE_URL'],
        organization: environment['OPENAI_ORG_ID'],
        project: environment['OPENAI_PROJECT_ID'],
      }),
  },
  {
    name: 'anthropic',
    patterns: [/^claude-/],
    examples: ['claude-haiku-4-5', 'claude-sonnet-5', 'claude-opus-5'],
    create: (model, environment) =>
      new AnthropicModel({
        model,
        apiKey: environment['ANTHROPIC_API_KEY'],
        baseURL: environment['ANTHROPIC_BASE_URL'],
      }),
  },
  {
    name: 'gemini',
    patterns: [/^(models\/)?(gemini-|gemma-)/],
    examples: ['gemini-2.5-flash', 'gemini-2.5-pro', 'gemini-3-flash-preview'],
    create: (model, environment) =>
      new GeminiModel({
        model,
        apiKey: environment['GEMINI_API_KEY'] || environment['GOOGLE_API_KEY'],
        baseURL: environment['GOOGLE_GEMINI_BASE_URL'],
        apiVersion: environment['GOOGLE_GENAI_API_VERSION'],
      }),
  },
  ...chatProviders(),
  {
    name: 'demo',
    patterns: [/^demo$/],
    examples: ['demo'],
    create: (_model, environment) => {
      const wordDelayMs = Number.parseFloat(environment['HOLDFAST_DEMO_WORD_DELAY_MS'] ?? '');
      return new DemoModel(wordDelayMs >= 0 ? { wordDelayMs } : {});
    },
  },
];

export interface ModelLookup {
  /** Names of this deployment's own, for names of providers. They go before everything else. @default {} */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Where keys and addresses stand. @default {} */
  readonly environment?: Environment;
  /** @default modelProviders */
  readonly providers?: readonly ModelProvider[];
}

/**
 * The model that `name` names: an alias, `provider:model` (or `provider/model`), or a name whose provider is known
 * by its beginning.
 *
 * @throws ModelError of kind `configuration` when it names none.
 */
export function getModelForName(
  name: string,
  { aliases = {}, environment = {}, providers = modelProviders }: ModelLookup = {},
): ModelBase {
  const fullName = Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name;
  const [, prefix, rest] = /^([^:/]+)[:/](.+)$/s.exec(fullName) ?? [];
  const prefixed = providers.find((provider) => provider.name === prefix);
  if (prefixed && rest) return prefixed.create(rest, environment);
  const provider = providers.find(({ patterns }) => patterns.some((it) => it.test(fullName)));
  if (provider) return provider.create(fullName, environment);
  throw unknownModel(fullName, Object.keys(aliases), providers);
}

function unknownModel(
  name: string,
  aliases: readonly string[],
  providers: readonly ModelProvider[],
): ModelError {
  const known = [...aliases, ...providers.flatMap(({ examples }) => examples)];
  const near = known.filter((other) => distance(name, other) <= Math.max(2, name.length / 4));
  const hint =
    near.length > 0 ? ` Did you mean ${near.map((it) => `\`${it}\``).join(' or ')}?` : '';
  const names = providers.map((provider) => provider.name).join(', ');
  return new ModelError({
    provider: 'none',
    kind: 'configuration',
    message:
      `No provider is registered for the model \`${name}\`.${hint} ` +
      `Registered providers: ${names}. Any model of theirs is \`provider:model\`.`,
    retryable: false,
  });
}
