import { randomBytes } from 'node:crypto';
import { gzipSync, inflateSync } from 'node:zlib';
import type { Payload } from '@temporalio/common';
import { defaultPayloadConverter } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import fc from 'fast-check';
import {
  compressedFromBytes,
  compressionCodec,
  decompressedLimitBytes,
} from '../../wire/compression-codec';
import { payloadConverter } from '../../workflows/payload-converter';
import { cutOff, zlibBytes, zlibPayload } from '../support/zlib-payloads';

const { Payload: proto } = temporal.api.common.v1;
const bytesOf = (text: string) => new TextEncoder().encode(text);
const encodingOf = ({ metadata }: Payload) => Buffer.from(metadata!.encoding!).toString();

/** JSON of so many bytes. */
function json(bytes: number): Payload {
  return {
    metadata: { encoding: bytesOf('json/plain') },
    data: bytesOf(`"${'x'.repeat(bytes - 2)}"`),
  };
}

async function encode(payload: Payload): Promise<Payload> {
  const [encoded] = await compressionCodec.encode([payload]);
  return encoded!;
}

async function decode(payload: Payload): Promise<Payload> {
  const [decoded] = await compressionCodec.decode([payload]);
  return decoded!;
}

test('what has 65,536 bytes stays as it is, and one byte more is compressed', async () => {
  const [readable, large] = [json(compressedFromBytes), json(compressedFromBytes + 1)];
  const compressed = await encode(large);

  expect(compressedFromBytes).toBe(65_536);
  expect(await encode(readable)).toBe(readable);
  expect(encodingOf(compressed)).toBe('binary/zlib');
  expect(compressed.data!.length).toBeLessThan(300);
  expect(await decode(readable)).toBe(readable);
  expect(await decode(compressed)).toEqual({ ...large, data: Buffer.from(large.data!) });
});

test('the wire form is the zlib of the marshalled payload, with all of its metadata', async () => {
  const large = json(100_000);
  const payload = { ...large, metadata: { ...large.metadata, messageType: bytesOf('a.b') } };
  const compressed = await encode(payload);

  const inside = proto.decode(inflateSync(compressed.data!));
  expect(Buffer.from(inside.metadata.messageType!).toString()).toBe('a.b');
  expect(Buffer.compare(inside.data, payload.data!)).toBe(0);
  expect(Object.keys(compressed.metadata!)).toEqual(['encoding']);
  expect(await decode(compressed)).toEqual(await decode(zlibPayload(payload)));
});

test.each<readonly [string, Payload]>([
  ['no data', { metadata: { encoding: bytesOf('binary/null') } }],
  ['no metadata', { data: bytesOf('x') }],
  ['nothing', {}],
])('a small payload with %s that another SDK has compressed is read', async (_what, payload) => {
  const decoded = await decode(zlibPayload(payload));

  expect({ ...decoded }).toEqual({
    metadata: Object.fromEntries(
      Object.entries(payload.metadata ?? {}).map(([key, value]) => [key, Buffer.from(value)]),
    ),
    data: payload.data ? Buffer.from(payload.data) : new Uint8Array(),
  });
});

test('what compressing does not make smaller stays as it is', async () => {
  const noise: Payload = {
    metadata: { encoding: bytesOf('binary/plain') },
    data: randomBytes(200_000),
  };

  expect(await encode(noise)).toBe(noise);
});

test('any value comes back as it was, and in its place', async () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.jsonValue({ maxDepth: 2 }),
    fc
      .integer({ min: 1, max: 3_000 })
      .map((count) => 'A long story, 長い話 😀. '.repeat(count * 10)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(value, { maxLength: 5 }), async (values) => {
      const payloads = values.map((it) => defaultPayloadConverter.toPayload(it)!);
      const decoded = await compressionCodec.decode(await compressionCodec.encode(payloads));
      const read = decoded.map((it) => defaultPayloadConverter.fromPayload(it));
      expect(JSON.stringify(read)).toBe(JSON.stringify(values));
    }),
    { numRuns: 30 },
  );
});

test.each<readonly [string, Payload, string]>([
  ['no zlib', { data: bytesOf('hello world') }, 'incorrect header check'],
  ['gzip', { data: gzipSync('hello') }, 'incorrect header check'],
  ['no data', {}, 'unexpected end of file'],
  ['empty data', { data: [] as never }, 'unexpected end of file'],
  ['half of it', cutOff(zlibPayload(json(100_000))), 'unexpected end of file'],
  ['a bit that was turned', turned(zlibPayload(json(100_000))), 'incorrect data check'],
  ['no payload inside', zlibBytes(bytesOf('hello')), 'invalid wire type 4 at offset 3'],
  [
    'a payload that ends too early',
    zlibBytes(Uint8Array.of(0x12, 0x7f, 1)),
    'index out of range: 2 + 127 > 3',
  ],
])(
  'with %s it is an error that says so, and not for the codec to throw',
  async (_what, damaged, why) => {
    const decoded = await decode({ ...damaged, metadata: { encoding: bytesOf('binary/zlib') } });

    const reason = `Unknown encoding: binary/zlib, which is damaged (${why})`;
    expect(payloadConverter.fromPayload(decoded)).toEqual({ undecodable: reason });
    expect(() => defaultPayloadConverter.fromPayload(decoded)).toThrow(reason);
  },
);

test('what is small on the wire and huge in memory is not unpacked', async () => {
  const largest = json(decompressedLimitBytes - 100);
  const bomb = zlibPayload(json(10 * decompressedLimitBytes));

  expect(bomb.data!.length).toBeLessThan(100_000);
  expect((await decode(zlibPayload(largest))).data).toHaveLength(decompressedLimitBytes - 100);
  expect(encodingOf(await decode(bomb))).toBe(
    'binary/zlib, which is damaged (more than 8388608 bytes)',
  );
});

test('nothing is compressed that could not be unpacked', async () => {
  const frame = proto.encode(json(decompressedLimitBytes)).finish().length - decompressedLimitBytes;
  const largest = json(decompressedLimitBytes - frame);
  const tooLarge = json(decompressedLimitBytes - frame + 1);

  const decoded = await decode(await encode(largest));
  expect(decoded.metadata).toEqual(largest.metadata);
  // `toEqual` would take half a minute.
  expect(Buffer.compare(decoded.data!, largest.data!)).toBe(0);
  expect(await encode(tooLarge)).toBe(tooLarge);
});

function turned({ metadata, data }: Payload): Payload {
  const bytes = Buffer.from(data!);
  bytes[bytes.length - 1]! ^= 1;
  return { ...(metadata && { metadata }), data: bytes };
}
