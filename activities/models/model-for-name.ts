/** From a model's name to the model that it names. */
import { distance } from 'fastest-levenshtein';
import { ModelError } from '../../agent/errors';
import type { ModelBase } from '../../agent/model';
import type { Environment, ModelProvider } from './model-providers';
import { modelProviders } from './model-providers';

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
