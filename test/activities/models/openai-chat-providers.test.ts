import { getModelForName } from '../../../activities/models';
import { OpenAIChatModel } from '../../../activities/models/openai-chat-model';
import { baseURLOf, chatProviders } from '../../../activities/models/openai-chat-providers';
import { endpoints } from '../../support/openai-chat-fixtures';

const providers = chatProviders();

test('every endpoint is a provider under its own name', () => {
  for (const [name, endpoint] of Object.entries(endpoints)) expect(endpoint.name).toBe(name);
  expect(providers.map(({ name }) => name)).toEqual(Object.keys(endpoints));
});

test('every example names a model of its own provider', () => {
  for (const { name, examples } of providers) {
    for (const example of examples) {
      expect(getModelForName(example, { providers })).toBeInstanceOf(OpenAIChatModel);
      const prefix = /^([\w-]+)[:/]/.exec(example)?.[1];
      const found = providers.find(({ patterns }) => patterns.some((it) => it.test(example)));
      expect(prefix ?? found?.name).toBe(name);
    }
  }
});

test.each([
  ['gpt-5-mini', undefined],
  ['llama3.2', undefined],
  ['deepseek-r1', undefined],
  ['deepseek-chat', 'deepseek'],
  ['mistral-large-latest', 'mistral'],
  ['grok-4', 'xai'],
])('%s without a prefix belongs to %s', (model, name) => {
  const found = providers.find(({ patterns }) => patterns.some((it) => it.test(model)));
  expect(found?.name).toBe(name);
});

test.each<[keyof typeof endpoints, Record<string, string>, string]>([
  ['ollama', {}, 'http://127.0.0.1:11434/v1'],
  ['ollama', { OLLAMA_HOST: '' }, 'http://127.0.0.1:11434/v1'],
  ['ollama', { OLLAMA_HOST: 'gpu' }, 'http://gpu:11434/v1'],
  ['ollama', { OLLAMA_HOST: 'gpu:9000' }, 'http://gpu:9000/v1'],
  ['ollama', { OLLAMA_HOST: ':9000' }, 'http://127.0.0.1:9000/v1'],
  ['ollama', { OLLAMA_HOST: '0.0.0.0' }, 'http://127.0.0.1:11434/v1'],
  ['ollama', { OLLAMA_HOST: 'https://gpu.example/' }, 'https://gpu.example/v1'],
  ['ollama', { OLLAMA_HOST: 'gpu', OLLAMA_BASE_URL: 'http://a/b/v1/' }, 'http://a/b/v1'],
  ['vllm', { VLLM_BASE_URL: 'http://gpu:8000' }, 'http://gpu:8000/v1'],
  ['groq', { GROQ_BASE_URL: 'https://api.groq.com' }, 'https://api.groq.com/openai/v1'],
  ['openai-chat', { OPENAI_BASE_URL: 'http://proxy/api' }, 'http://proxy/api'],
  ['openai-chat', { GROQ_BASE_URL: 'http://proxy/api' }, 'https://api.openai.com/v1'],
])('the address of %s in %j', (name, environment, expected) => {
  expect(baseURLOf(endpoints[name], environment)).toBe(expected);
});
