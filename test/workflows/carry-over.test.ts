import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import { jsonBytes } from '../../agent/json';
import { userMessage } from '../../agent/messages';
import { readPassages } from '../../bench/long-text';
import { compressionCodec, decompressedLimitBytes } from '../../wire/compression-codec';
import {
  carryLimitBytes,
  carryTailTokens,
  carryWireLimitBytes,
  fits,
  hasGrown,
} from '../../workflows/carry-over';
import type { CarriedConversation } from '../../workflows/contract';
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

  /** Of so many bytes in all. */
  const carriedOf = (bytes: number, character = 'x') => {
    const emptyBytes = jsonBytes(carriedWith('x')) - 1;
    return carriedWith(character.repeat((bytes - emptyBytes) / Buffer.byteLength(character)));
  };
  const noise = (bytes: number) => carriedWith(randomBytes((bytes * 3) / 4).toString('base64'));
  const wireBytes = async (carried: CarriedConversation) => {
    const [payload] = await compressionCodec.encode([defaultPayloadConverter.toPayload(carried)!]);
    return payload!.data!.length;
  };

  test('fits up to the last byte of the limit, and not beyond', () => {
    const [largest, tooLarge] = [carriedOf(carryLimitBytes), carriedOf(carryLimitBytes + 1)];

    expect(jsonBytes(largest)).toBe(carryLimitBytes);
    expect([fits(largest), fits(tooLarge)]).toEqual([true, false]);
  });

  test('is measured in bytes of UTF-8, as the server does', () => {
    expect(fits(carriedWith('你'.repeat(carryLimitBytes / 3)))).toBe(false);
    expect(fits(carriedWith('x'.repeat(carryLimitBytes / 3)))).toBe(true);
  });

  test('fits as it is, however little it can be compressed, where it is no larger than a payload may be', async () => {
    const carried = noise(1_499_000);

    expect(fits(carried)).toBe(true);
    expect(jsonBytes(carried)).toBeLessThan(1_500_000);
  });

  test('that cannot be compressed much fits as long as what is left of it does', async () => {
    const [fitting, tooLarge] = [noise(2_350_000), noise(2_450_000)];

    expect([fits(fitting), fits(tooLarge)]).toEqual([true, false]);
    expect(await wireBytes(fitting)).toBeGreaterThan(0.9 * carryWireLimitBytes);
    expect(await wireBytes(fitting)).toBeLessThanOrEqual(carryWireLimitBytes);
  });

  test('fits where it is the text of a million tokens', async () => {
    const passages = readPassages();
    const carried = carriedWith(
      Array.from({ length: 225 }, (_, index) => passages(index, 20_000)).join(''),
    );

    expect(jsonBytes(carried)).toBeGreaterThan(4_500_000);
    expect(fits(carried)).toBe(true);
    expect(await wireBytes(carried)).toBeLessThan(carryWireLimitBytes);
  });

  test('leaves a twentieth of the 2 MiB that a payload may have', () => {
    expect(carryWireLimitBytes).toBeLessThan(0.95 * 2 * 1024 * 1024);
  });

  test('can be read by the codec, and with it what else the input holds', () => {
    expect(carryLimitBytes).toBeLessThan(0.75 * decompressedLimitBytes);
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

test('a quarter of what is carried stays where the rest gives way', () => {
  const [short, long] = ['x'.repeat(2_970), 'x'.repeat(29_970)].map((it) => userMessage(it));

  expect(carryTailTokens([])).toBe(0);
  expect(Math.round(carryTailTokens([short!, long!, long!]))).toBe(5_250);
});
