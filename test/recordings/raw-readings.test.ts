/**
 * The independent reading of recorded traffic, over the committed recordings or, where `HOLDFAST_RECORDINGS` names a
 * folder, over that one.
 */
import { recordingsFolder } from '../support/recordings';
import { readExchanges, readRecordings, type RawRecordings } from '../support/raw/raw-exchanges';
import { readAnswer } from '../support/raw/raw-readings';
import { parseSse } from '../support/raw/raw-sse';
import type { RawExchange, RawReading } from '../support/raw/raw-types';

const folder = process.env['HOLDFAST_RECORDINGS'] ?? recordingsFolder;

let recordings: RawRecordings;
let generations: readonly RawExchange[];

beforeAll(async () => {
  recordings = await readRecordings(folder);
  generations = recordings.exchanges.filter(({ kind }) => kind === 'generation');
});

function faultsOf(
  check: (reading: RawReading, exchange: RawExchange) => string | false,
): readonly string[] {
  return generations.flatMap((exchange) => {
    const fault = check(readAnswer(exchange), exchange);
    return fault === false ? [] : [`${exchange.id}: ${fault}`];
  });
}

test('every file is read, but for documents', () => {
  expect(recordings.unread.filter(({ reason }) => reason !== 'a document')).toEqual([]);
  expect(generations.length).toBeGreaterThan(0);
});

test('every exchange that is no model call says what it is', () => {
  const others = recordings.exchanges.filter(({ kind }) => kind === 'other');

  expect(others.map(({ otherReason }) => otherReason)).not.toContain(undefined);
  expect(others.filter(({ otherReason }) => otherReason?.startsWith('unknown'))).toEqual([]);
});

test('every model call reads to an outcome; a refused one to its error', () => {
  const faults = faultsOf((reading, { response }) => {
    if (response.status >= 400) return reading.outcome !== 'error' && reading.outcome;
    return !['response', 'error', 'incomplete'].includes(reading.outcome) && 'no outcome';
  });

  expect(faults).toEqual([]);
});

test('what the vendor SDK decodes is never read as incomplete', () => {
  const faults = faultsOf(
    (reading, { sdkDecodes }) =>
      sdkDecodes === true && reading.outcome === 'incomplete' && reading.why,
  );

  expect(faults).toEqual([]);
});

test('the parts of every answer agree with each other', () => {
  const faults = faultsOf((reading) => {
    if (reading.outcome !== 'response') return false;
    const { text, textParts, toolCalls, finishReason, usage, reasoning, refusal } = reading;
    if (text !== textParts.join('') || textParts.includes('')) return 'text';
    if (finishReason === 'tool_calls' && toolCalls.length === 0) return 'no tool calls';
    if (toolCalls.some(({ name }) => name === '')) return 'a tool call without a name';
    if (refusal !== undefined && finishReason === 'stop') return 'a refusal that is none';
    if (reasoning.opaque.length > 0 && !reasoning.present) return 'opaque reasoning';
    if (usage && usage.cachedInputTokens + usage.cacheWriteTokens > usage.inputTokens) {
      return 'cached beside the input';
    }
    return usage !== undefined && usage.reasoningTokens > usage.outputTokens && 'reasoning';
  });

  expect(faults).toEqual([]);
});

test('a stream without its last event is incomplete', () => {
  const faults = faultsOf((reading, exchange) => {
    const { wire, response } = exchange;
    // The last events of a chat tell the usage alone.
    const isToBeCut = response.isStream && wire !== 'openai-chat';
    if (reading.outcome !== 'response' || !isToBeCut) return false;
    // Some gateways add the mark of a chat to what has ended before.
    const body = response.wireBody.toString('utf8').replace(/data: \[DONE\]\s*$/, '');
    const events = body.trimEnd().split(/(?<=\n\r?\n)/);
    const cut = Buffer.from(events.slice(0, -1).join(''));
    const outcome = readAnswer({ ...exchange, response: { ...response, wireBody: cut } }).outcome;
    return outcome !== 'incomplete' && outcome;
  });

  expect(faults).toEqual([]);
});

test('events kept without framing are framed one by one', () => {
  const framed = generations.filter(({ response }) => !response.body.equals(response.wireBody));

  expect(framed.length).toBeGreaterThan(0);
  for (const { wire, response } of framed) {
    const kept = response.body
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '');
    const events = parseSse(response.wireBody.toString('utf8'));
    const isNamed = wire === 'anthropic' || wire === 'openai-responses';
    expect(events.map(({ data }) => data)).toEqual(
      wire === 'openai-chat' ? [...kept, '[DONE]'] : kept,
    );
    expect(events.every(({ event }) => (event !== undefined) === isNamed)).toBe(true);
  }
});

test('the committed recordings cover every provider', async () => {
  const counts = new Map<string, number>();
  for (const exchange of await readExchanges(recordingsFolder)) {
    if (exchange.kind === 'other') continue;
    const outcome = `${exchange.provider} ${readAnswer(exchange).outcome}`;
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }

  // At least: more may be added.
  const expected: Readonly<Record<string, number>> = {
    'openai-responses response': 29,
    'openai-responses error': 6,
    'openai-responses incomplete': 1,
    'openai-chat response': 6,
    'openai-compatible response': 2,
    'openai-compatible error': 1,
    'anthropic response': 41,
    'anthropic error': 2,
    'google response': 9,
    'google error': 3,
    'google incomplete': 1,
    'google-vertex response': 2,
  };
  const missing = Object.entries(expected).filter(([of, times]) => (counts.get(of) ?? 0) < times);
  expect(missing).toEqual([]);
});
