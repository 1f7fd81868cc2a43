/** Every kept recording through our adapters, against the independent reading of its bytes. */
import path from 'node:path';
import { differences } from '../support/compare-recordings';
import { type Decoder, startDecoder } from '../support/decode-recordings';
import { readRecordings } from '../support/raw/raw-exchanges';
import { readAnswer } from '../support/raw/raw-readings';
import type { RawExchange } from '../support/raw/raw-types';

const folder =
  process.env.HOLDFAST_RECORDINGS ?? path.join(__dirname, '..', 'fixtures', 'recordings');

let calls: readonly RawExchange[];
let decoder: Decoder;

beforeAll(async () => {
  const { exchanges } = await readRecordings(folder);
  calls = exchanges.filter(({ kind, sdkDecodes }) => kind === 'generation' && sdkDecodes !== false);
  decoder = await startDecoder();
});

afterAll(async () => decoder.close());

/** Four calls, merged by its authors into one message that ends without asking for their results. */
const known = ['anthropic-programmatic-tool-calling.1.json#0'];

test('text, calls, finish reason, usage and errors are what the bytes say', async () => {
  const found: Record<string, readonly string[]> = {};
  for (const call of calls) {
    const differing = differences(await decoder.decode(call), readAnswer(call));
    if (differing.length > 0 && !known.some((end) => call.id.endsWith(end)))
      found[call.id] = differing;
  }

  expect(found).toEqual({});
  expect(new Set(calls.map(({ wire }) => wire)).size).toBe(4);
  expect(calls.length).toBeGreaterThan(50);
}, 120_000);
