import { testAddress, testBundle } from '../support/temporal';
import { type KillPhase, runKills } from '../support/kill-run';
import { verdictOf } from '../support/kill-verdict';

const phases: readonly KillPhase[] = ['model', 'tool', 'tool', 'model', 'model', 'tool'];

/** The counts; how long it takes is measured by `npm run bench:kills`. */
test('workers are killed in the middle of calls: nothing is lost, doubled or asked otherwise', async () => {
  const bundle = testBundle().codePath;

  const run = await runKills({ address: testAddress(), bundle, phases, conversations: 3 });

  const { conversations, repeatedCalls, ...verdict } = verdictOf(run);
  expect(verdict).toEqual({
    confirmed: { model: 3, tool: 3, between: 0 },
    changedTranscripts: 0,
    changedRepeats: 0,
    foreignPrompts: 0,
    duplicateEffects: 0,
    missingEffects: 0,
  });
  expect(conversations).toBeGreaterThanOrEqual(3);
  // Other conversations may have lost a call to the same kill.
  expect(repeatedCalls).toBeGreaterThanOrEqual(phases.length);
}, 240_000);
