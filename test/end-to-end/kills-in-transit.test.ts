import { type TransitMoment } from '../support/kill-moments';
import { runTransitKills } from '../support/kill-transit';
import { transitVerdictOf } from '../support/kill-transit-verdict';
import { testAddress, testBundle } from '../support/temporal';

/** Of each kind some; all of them, often, are killed at by `npm run bench:kills`. */
const moments: readonly TransitMoment[] = [
  'continue-as-new not sent',
  'summary not sent',
  'page on its way, asker killed',
  'continue-as-new not acknowledged',
  'continue-as-new after the summary not sent',
  'query on its way, answerer killed',
];

test('workers are killed while runs are left, summaries written and transcripts asked for: nothing changes', async () => {
  const bundle = testBundle().codePath;

  const run = await runTransitKills({
    address: testAddress(),
    bundle,
    moments,
    conversations: 2,
    replaceAtOnce: true,
  });

  const { conversations, repeatedCalls, ...verdict } = transitVerdictOf(run);
  expect(verdict).toEqual({
    hits: { 'continue-as-new': 2, compaction: 2, 'cache-miss': 2 },
    changedMemories: 0,
    changedTranscripts: 0,
    changedRepeats: 0,
    foreignPrompts: 0,
    duplicateEffects: 0,
    missingEffects: 0,
  });
  expect(conversations).toBeGreaterThanOrEqual(2);
  expect(repeatedCalls).toBeGreaterThan(0);
  const { messages, transcript } = run.undisturbed[0]!;
  expect(messages).toHaveLength(20);
  expect(JSON.parse(transcript)).toMatchObject({
    compactions: [{}, {}],
    unproven: [],
    isBeginningLost: false,
  });
}, 240_000);
