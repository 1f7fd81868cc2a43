import { userMessage } from '../../../agent/messages';
import { isModelError } from '../../../agent/errors';
import type { ModelLookup, ModelProvider } from '../../../activities/models';
import { defaultModel } from '../../../activities/models/default-model';
import { getModelForName, modelProviders } from '../../../activities/models';
import { DemoModel } from '../../../activities/models/demo-model';
import { OpenAIModel } from '../../../activities/models/openai-model';
import { plainAgent } from '../../support/openai-fixtures';

/** Providers that write down what they are asked for. */
function recorders(): { asked: string[]; providers: readonly ModelProvider[] } {
  const asked: string[] = [];
  const providers = modelProviders.map((provider) => ({
    ...provider,
    create: (model: string) => {
      asked.push(`${provider.name} ${model}`);
      return new DemoModel({});
    },
  }));
  return { asked, providers };
}

function resolved(name: string, lookup: ModelLookup = {}): string {
  const { asked, providers } = recorders();
  getModelForName(name, { ...lookup, providers });
  return asked.join();
}

function refusal(name: string, lookup: ModelLookup = {}): string {
  try {
    getModelForName(name, lookup);
  } catch (error) {
    if (isModelError(error) && error.fields.kind === 'configuration') return error.message;
    throw error;
  }
  throw new Error(`\`${name}\` names a model.`);
}

test.each([
  ['gpt-5-mini', 'openai gpt-5-mini'],
  ['gpt-6-astra', 'openai gpt-6-astra'],
  ['o4-mini', 'openai o4-mini'],
  ['chatgpt-4o-latest', 'openai chatgpt-4o-latest'],
  ['codex-mini-latest', 'openai codex-mini-latest'],
  ['computer-use-preview', 'openai computer-use-preview'],
  ['ft:gpt-4o:acme::abc', 'openai ft:gpt-4o:acme::abc'],
  ['openai:gpt-5-mini', 'openai gpt-5-mini'],
  ['openai/gpt-5-mini', 'openai gpt-5-mini'],
  ['openai:ft:gpt-4o:acme::abc', 'openai ft:gpt-4o:acme::abc'],
  ['openai/zai-org/glm-4.7-flash', 'openai zai-org/glm-4.7-flash'],
  ['demo', 'demo demo'],
  ['demo:slow', 'demo slow'],
])('%s is %s', (name, expected) => {
  expect(resolved(name)).toBe(expected);
});

test('an alias goes before everything else, and is looked up once', () => {
  const aliases = { fast: 'gpt-5-mini', 'gpt-5': 'openai:gpt-5.4', loop: 'loop' };
  expect(resolved('fast', { aliases })).toBe('openai gpt-5-mini');
  expect(resolved('gpt-5', { aliases })).toBe('openai gpt-5.4');
  expect(refusal('loop', { aliases })).toContain('`loop`');
  expect(refusal('toString', { aliases })).toContain('`toString`');
});

test.each(['claude-sonnet-5', 'gemini-3.8-flash', 'anthropic:claude-opus-5', 'my-gpt-5', ''])(
  '%j has no provider: the error lists those there are',
  (name) => {
    const providers = modelProviders.filter(({ name: it }) => it === 'openai' || it === 'demo');
    expect(refusal(name, { providers })).toBe(
      `No provider is registered for the model \`${name}\`. Registered providers: openai, demo. ` +
        'Any model of theirs is `provider:model`.',
    );
  },
);

test.each([
  ['gtp-5-mini', 'gpt-5-mini'],
  ['04-mini', 'o4-mini'],
  ['dmeo', 'demo'],
  ['fsat', 'fast'],
])('%s is near %s', (name, near) => {
  expect(refusal(name, { aliases: { fast: 'demo' } })).toContain(`Did you mean`);
  expect(refusal(name, { aliases: { fast: 'demo' } })).toContain(`\`${near}\``);
});

test('a prefix alone names no model', () => {
  expect(refusal('openai:')).toContain('No provider is registered for the model `openai:`');
});

test('the real ones are made, and ask for a key only when they are called', async () => {
  const model = getModelForName('gpt-5-mini');
  expect(model).toBeInstanceOf(OpenAIModel);
  expect(
    getModelForName('demo', { environment: { HOLDFAST_DEMO_WORD_DELAY_MS: '0' } }),
  ).toBeInstanceOf(DemoModel);
  await expect(model.getResponse(plainAgent, [userMessage('Hi')])).rejects.toThrow(
    'Model `gpt-5-mini` needs OPENAI_API_KEY',
  );
});

describe('without a model named', () => {
  test.each([
    [{}, 'demo'],
    [{ OPENAI_API_KEY: '' }, 'demo'],
    [{ GEMINI_API_KEY: 'k' }, 'gemini-2.5-flash'],
    [{ GEMINI_API_KEY: 'k', ANTHROPIC_API_KEY: 'k' }, 'claude-haiku-4-5'],
    [{ ANTHROPIC_API_KEY: 'k', OPENAI_API_KEY: 'k' }, 'gpt-5-mini'],
  ])('%j stands for %s', (environment, model) => {
    expect(defaultModel(environment)).toBe(model);
  });
});
