import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '../../workers/load-config';
import { cleanUpAfterEach } from '../support/cleanup';

const afterwards = cleanUpAfterEach();

/** A config file whose `prices` are this source text. */
async function configWith(prices: string) {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-config-'));
  afterwards(() => rm(folder, { recursive: true }));
  const agent = `{ name: 'a', model: 'demo', instructions: '', tools: [] }`;
  const source = `export default { agents: [${agent}], prices: ${prices} };`;
  await writeFile(path.join(folder, 'holdfast.config.mjs'), source);
  return loadConfig(folder);
}

test('prices are a table', async () => {
  const price = { inputPerMillion: 1, outputPerMillion: 2, cachedInputPerMillion: 0 };
  const { prices } = await configWith(JSON.stringify({ 'ollama:qwen3': price }));
  expect(prices).toEqual({ 'ollama:qwen3': price });
});

test('or a function', async () => {
  const { prices } = await configWith('() => 0.5');
  expect(typeof prices).toBe('function');
});

test.each([
  ['7', 'prices: Invalid input: expected record, received number'],
  [`{ 'gpt-5': 7 }`, 'prices.gpt-5: Invalid input: expected object, received number'],
  [
    `{ 'gpt-5': { inputPerMillion: 1 } }`,
    'prices.gpt-5.outputPerMillion: Invalid input: expected number, received undefined',
  ],
  [
    `{ 'gpt-5': { inputPerMillion: -1, outputPerMillion: 1 } }`,
    'prices.gpt-5.inputPerMillion: Too small: expected number to be >=0',
  ],
  [
    `{ 'gpt-5': { inputPerMillion: 1, outputPerMillion: 1, input: 1 } }`,
    'prices.gpt-5: Unrecognized key: "input"',
  ],
])('%s is refused by its key', async (prices, reason) => {
  await expect(configWith(prices)).rejects.toThrow(`holdfast.config.mjs is not usable. ${reason}.`);
});
