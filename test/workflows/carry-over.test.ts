import { jsonBytes } from '../../agent/json';
import { carryLimitBytes, fits, hasGrown } from '../../workflows/carry-over';
import { answers, carryOver, openConversation, said } from '../support/workflow-conversation';

test.each([
  { continueAsNewSuggested: false, historyEvents: 50_000, grown: false },
  { continueAsNewSuggested: true, historyEvents: 10, grown: true },
  { continueAsNewSuggested: false, historyEvents: 99, limitEvents: 100, grown: false },
  { continueAsNewSuggested: false, historyEvents: 100, limitEvents: 100, grown: true },
  { continueAsNewSuggested: false, historyEvents: 4, limitEvents: 0, grown: true },
  { continueAsNewSuggested: true, historyEvents: 10, limitEvents: 100, grown: true },
  { continueAsNewSuggested: false, historyEvents: 10, limitEvents: undefined, grown: false },
])(
  'a run of $historyEvents events, limit $limitEvents, suggested: $continueAsNewSuggested, has grown: $grown',
  ({ grown, ...size }) => {
    expect(hasGrown(size)).toBe(grown);
  },
);

describe('what continue-as-new would take along', () => {
  const carriedWith = (content: string) => {
    const conversation = openConversation();
    conversation.accept(said('m1', content));
    return carryOver(conversation);
  };

  test('fits up to the last byte of the limit, and not beyond', () => {
    const emptyBytes = jsonBytes(carriedWith('x')) - 1;
    const largest = carriedWith('x'.repeat(carryLimitBytes - emptyBytes));
    const tooLarge = carriedWith('x'.repeat(carryLimitBytes - emptyBytes + 1));

    expect(jsonBytes(largest)).toBe(carryLimitBytes);
    expect([fits(largest), fits(tooLarge)]).toEqual([true, false]);
  });

  test('is measured in bytes of UTF-8, as the server does', () => {
    expect(fits(carriedWith('你'.repeat(carryLimitBytes / 3)))).toBe(false);
    expect(fits(carriedWith('x'.repeat(carryLimitBytes / 3)))).toBe(true);
  });

  test('leaves a quarter of the 2 MiB that a payload may have', () => {
    expect(carryLimitBytes).toBeLessThan(0.75 * 2 * 1024 * 1024);
  });

  test('fits after 2,000 short turns', () => {
    const conversation = openConversation();
    for (let turn = 1; turn <= 2_000; turn += 1) {
      conversation.accept(said(`00000000-0000-4000-8000-${`${turn}`.padStart(12, '0')}`, 'Again.'));
      answers(conversation, 'Yes.');
    }
    const carried = carryOver(conversation);

    expect(carried.turns).toHaveLength(2_000);
    expect(fits(carried)).toBe(true);
  });
});
