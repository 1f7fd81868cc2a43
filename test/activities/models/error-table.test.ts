/** What can happen to a model call, at four providers: verdict, delay, requests, and the text that the user reads. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApplicationFailure } from '@temporalio/common';
import type { ModelErrorKind } from '../../../agent/errors';
import { attemptAll } from '../../support/error-table/attempt-all';
import type { Failure, Outcome } from '../../support/error-table/condition';
import { providers, secretKey, setups } from '../../support/error-table/condition';
import { chapters } from '../../support/error-table/index';
import type { Attempted } from '../../support/error-table/markdown';
import { toMarkdown } from '../../support/error-table/markdown';
import type { Attempt } from '../../support/error-table/run-condition';
import type { StrictProvider } from '../../support/strict/strict-answer';

let attempted: Attempted;

beforeAll(async () => {
  attempted = await attemptAll(chapters);
});

const everyCondition = chapters.flatMap(({ conditions }) => conditions);

/** What the text ends with. */
const cures: Readonly<Record<ModelErrorKind, (provider: StrictProvider) => string>> = {
  authentication: (provider) =>
    `Set ${setups[provider].keyVariable} in the worker's environment to a key that is good.`,
  permission: () => 'Let this key use the model, or name another model.',
  not_found: () => 'Check the name of the model and the address of the provider.',
  bad_request: () => 'The same request would fail again: change it, or name another model.',
  context_length: () => 'Start a new conversation, or name a model that reads more.',
  quota: () => 'Check plan and billing of this account.',
  configuration: () => 'Check the address of the provider.',
  network: () => 'Check the network and the address of the provider, and send the message again.',
  rate_limit: () => 'Send the message again in a while.',
  overloaded: () => 'Send the message again in a while.',
  server: () => 'Send the message again in a while.',
  timeout: () => 'Send the message again in a while.',
  incomplete: () => 'Send the message again in a while.',
};

describe.each(chapters)('$title', ({ conditions }) => {
  describe.each(conditions.map((condition) => [condition.name, condition] as const))(
    '%s',
    (_name, condition) => {
      const known = providers.filter((provider) => condition.play[provider] !== undefined);

      test.each(known)('%s', (provider) => {
        const { result, requests } = attempted(condition, provider);
        const outcome = condition.outcome[provider]!;

        expect(requests).toBe(condition.requests ?? (condition.place ? 0 : 1));
        expect(inWords(result, outcome)).toEqual(expectation(outcome));
        const failure = 'failure' in result ? result.failure : undefined;
        expect(failure && 'kind' in outcome ? faultsOf(failure, outcome, provider) : []).toEqual(
          [],
        );
      });
    },
  );
});

/** What came, in the words of the table. */
function inWords(result: Attempt['result'], outcome: Outcome): object {
  if ('answer' in result) {
    const { content, finishReason, toolCalls } = result.answer;
    return { content, finishReason, calls: toolCalls.map(({ name }) => name) };
  }
  const { type, nonRetryable, nextRetryDelay } = result.failure;
  const asked = 'kind' in outcome && typeof outcome.afterMs === 'object' ? outcome.afterMs : [];
  const [least = 0, most = -1] = asked;
  const isInRange = Number(nextRetryDelay) >= least && Number(nextRetryDelay) <= most;
  return { type, isRetried: !nonRetryable, afterMs: isInRange ? asked : nextRetryDelay };
}

function expectation(outcome: Outcome): object {
  if (!('kind' in outcome)) return { calls: [], ...outcome };
  const { kind, isRetried, afterMs } = outcome;
  const isOurs = kind === 'TooDeep' || kind === 'AnswerTooLarge';
  return { type: isOurs ? kind : `ModelError.${kind}`, isRetried, afterMs };
}

/** What is wrong with the text that the user reads. */
function faultsOf(
  { message, details }: ApplicationFailure,
  { kind, isRetried, says }: Failure,
  provider: StrictProvider,
): readonly string[] {
  const { model, name } = setups[provider];
  const stored = message + JSON.stringify(details);
  const isOurs = kind === 'TooDeep' || kind === 'AnswerTooLarge' || says.startsWith('Model ');
  const beginning = new RegExp(`^The call of \`${model}\` failed: ${name}( |:)`);
  // Whoever says that a bad request may be tried again knows better what is to be done.
  const cure = isOurs || (kind === 'bad_request' && isRetried) ? '' : ` ${cures[kind](provider)}`;
  const checks: Readonly<Record<string, boolean>> = {
    [`says: ${says}`]: message.includes(says),
    'names the model': message.includes(`\`${model}\``),
    'says who failed': isOurs || beginning.test(message),
    [`ends with the cure:${cure}`]: message.endsWith(cure),
    'is one line, without what a terminal obeys': !/\p{Cc}/u.test(message),
    'is no page': !/<\/?[a-z]+/i.test(message),
    'is short': message.length < 1_300,
    'holds no key': !/sk-[a-z]|AIza/.test(stored) && !stored.includes(secretKey),
  };
  const faults = Object.entries(checks).filter(([, isGood]) => !isGood);
  return faults.map(([what]) => `not so: ${what}. It is: ${message}`);
}

test('no condition is there twice, each says what comes of it, and most are met at all four', () => {
  const names = everyCondition.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { play, outcome } of everyCondition) {
    expect(Object.keys(outcome).sort()).toEqual(Object.keys(play).sort());
  }
  const everywhere = everyCondition.filter(({ play }) => Object.keys(play).length === 4);
  expect(everywhere.length).toBeGreaterThanOrEqual(60);
  const kinds = everyCondition.flatMap(({ outcome }) =>
    Object.values(outcome).flatMap((it) => ('kind' in it ? [it.kind] : [])),
  );
  expect(Object.keys(cures).filter((kind) => !kinds.includes(kind as ModelErrorKind))).toEqual([]);
});

test('the documentation says the same (`npm run docs:failures`)', () => {
  const page = join(__dirname, '..', '..', '..', 'docs', 'failures.md');

  expect(readFileSync(page, 'utf8')).toBe(toMarkdown(chapters, attempted));
});
