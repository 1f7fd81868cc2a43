/** The shorter of the kept recordings of streams, in other pieces and cut off: `npm run recordings:streams` in small. */
import path from 'node:path';
import { readRecordings } from '../support/raw/raw-exchanges';
import type { RawExchange } from '../support/raw/raw-types';
import { endOf } from '../support/streams/stream-end';
import { isRecordedStream, stressStream } from '../support/streams/stress-stream';

const folder =
  process.env.HOLDFAST_RECORDINGS ?? path.join(__dirname, '..', 'fixtures', 'recordings');

/** Each cut reads the stream anew, so that time grows with the square: the command takes the long ones too. */
const longestBytes = 3_000;

let streams: readonly RawExchange[];
let warnings: jest.SpyInstance;

beforeAll(async () => {
  warnings = jest.spyOn(console, 'warn');
  streams = (await readRecordings(folder)).exchanges.filter(
    (exchange) => isRecordedStream(exchange) && exchange.response.wireBody.length <= longestBytes,
  );
});

test('the pieces in which a stream comes change nothing, and no stream that is cut is taken for an answer', async () => {
  const violations: string[] = [];
  let cuts = 0;
  for (const stream of streams) {
    const stress = await stressStream(stream);
    violations.push(...stress.violations);
    cuts += stress.cuts;
  }

  expect(violations).toEqual([]);
  expect(streams.length).toBeGreaterThan(30);
  expect(new Set(streams.map(({ wire }) => wire)).size).toBe(4);
  expect(cuts).toBeGreaterThan(200 * 30);
}, 600_000);

describe('where a stream has said all that an answer needs', () => {
  const bytesOf = (text: string, wire: NonNullable<RawExchange['wire']>) =>
    endOf(Buffer.from(text), wire)?.bytes;

  test.each([
    ['openai-responses', 'data: {"type":"a"}\n\ndata: {"type":"response.incomplete"}', '\n\n'],
    ['openai-chat', 'data: {"choices":[{"finish_reason":"stop"}]}', '\n\ndata: [DONE]\n\n'],
    [
      'anthropic',
      'data: {"type":"message_stop"}\r\n\r\ndata: {"delta":{"stop_reason":"end_turn"}}\r\n\r\n' +
        'data: {"type":"message_stop"}',
      '\r\n\r\n',
    ],
    ['gemini', 'data: {"text":"é"}\n\ndata: {"candidates":[{"finishReason":"STOP"}]}', '\n\n'],
    ['gemini', 'data: {"promptFeedback":{"blockReason":"OTHER"}}', ''],
  ] as const)('%s: behind the last byte of %s', (wire, needed, rest) => {
    expect(bytesOf(needed + rest, wire)).toBe(Buffer.byteLength(needed));
  });

  test.each([
    ['openai-responses', 'data: {"type":"response.created"}\n\n'],
    ['openai-chat', 'data: {"choices":[{"finish_reason":null}]}\n\ndata: [DONE]\n\n'],
    ['anthropic', 'data: {"delta":{"stop_reason":"end_turn"}}\n\n'],
    ['gemini', 'data: {"candidates":[{}]}\n\n'],
  ] as const)('%s: nowhere in %s', (wire, body) => {
    expect(endOf(Buffer.from(body), wire)).toBeUndefined();
  });
});

test('no SDK writes on the console, not even of an old model', () => {
  expect(warnings).not.toHaveBeenCalled();
});
