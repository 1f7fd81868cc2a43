/** What every kept recording is counted as and what it costs. */
import path from 'node:path';
import { genaiPrices } from '../../activities/genai-prices';
import type { Usage } from '../../agent/model';
import { startDecoder } from '../support/decode-recordings';
import { readRecordings } from '../support/raw/raw-exchanges';

const folder =
  process.env.HOLDFAST_RECORDINGS ?? path.join(__dirname, '..', 'fixtures', 'recordings');
const prices = genaiPrices();
const providers = {
  anthropic: 'anthropic',
  gemini: 'gemini',
  'openai-chat': 'openai',
  'openai-responses': 'openai',
} as const;

test('totals are inclusive, whole and never negative, and the price list takes every one of them', async () => {
  const { exchanges } = await readRecordings(folder);
  const decoder = await startDecoder();
  const faults: string[] = [];
  let counted = 0;
  let priced = 0;
  for (const exchange of exchanges.filter(({ kind }) => kind === 'generation')) {
    const decoded = await decoder.decode(exchange);
    if (!('response' in decoded) || !exchange.wire) continue;
    const { usage, model } = decoded.response;
    faults.push(...faultsOf(usage).map((fault) => `${exchange.id}: ${fault}`));
    if (usage.inputTokens + usage.outputTokens > 0) counted += 1;
    const provider = providers[exchange.wire];
    const cost = prices.costUsd({ name: model, provider, model, usage, at: new Date() });
    if (cost !== null && cost > 0) priced += 1;
    if (cost === 0) faults.push(`${exchange.id}: ${model} costs nothing`);
  }
  await decoder.close();

  expect(faults).toEqual([]);
  expect(counted).toBeGreaterThan(50);
  expect(priced / counted).toBeGreaterThan(0.75);
}, 120_000);

function faultsOf(usage: Usage): readonly string[] {
  const { inputTokens, outputTokens, cachedInputTokens = 0, cacheWriteTokens = 0 } = usage;
  const counts = Object.entries(usage) as readonly (readonly [string, number])[];
  return [
    ...counts.filter(([, it]) => !Number.isInteger(it) || it < 0).map(([name]) => `${name}`),
    ...(cachedInputTokens + cacheWriteTokens > inputTokens ? ['more cached than read'] : []),
    ...((usage.cacheWriteHourTokens ?? 0) > cacheWriteTokens ? ['more kept than written'] : []),
    ...((usage.reasoningTokens ?? 0) > outputTokens ? ['more thought than said'] : []),
  ];
}
