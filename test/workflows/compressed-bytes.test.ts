import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { readPassages } from '../../bench/long-text';
import { compressionCodec } from '../../wire/compression-codec';
import { compressedBytesAtMost } from '../../workflows/compressed-bytes';

const sampleCharacters = 300_000;

/** What the codec makes of `text` as JSON, and what was foretold. */
async function compare(text: string): Promise<{ actual: number; foretold: number }> {
  const data = new TextEncoder().encode(JSON.stringify(text));
  const payload = { metadata: { encoding: Buffer.from('json/plain') }, data };
  const [compressed] = await compressionCodec.encode([payload]);
  return { actual: compressed!.data!.length, foretold: compressedBytesAtMost(data) };
}

function filled(next: () => string, characters = sampleCharacters): string {
  const parts: string[] = [];
  for (let length = 0; length < characters; length += parts.at(-1)!.length) parts.push(next());
  return parts.join('');
}

/** `favour` above 1 takes the first ones more often. */
const oneOf = (alphabet: readonly string[], favour = 1) =>
  alphabet[Math.floor(Math.random() ** favour * alphabet.length)]!;
const from = (alphabet: readonly string[], favour = 1) => filled(() => oneOf(alphabet, favour));
const codePoints = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => String.fromCodePoint(first + index));
const letters = codePoints(97, 26);
const printable = codePoints(33, 90);

function sourceFiles(folder: string): string {
  const root = path.join(__dirname, '../..', folder);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(path.join(root, file), 'utf8'))
    .join('\n')
    .slice(0, sampleCharacters);
}

const passages = readPassages();
const words = Array.from({ length: 3_000 }, () => filled(() => oneOf(letters), 6));

const kinds: Readonly<Record<string, () => string>> = {
  'documentation in English': () => passages(1, sampleCharacters),
  TypeScript: () => sourceFiles('client'),
  'JSON in JSON': () =>
    filled(() =>
      JSON.stringify({
        id: randomUUID(),
        celsius: Math.random() * 30,
        city: oneOf(words),
        ok: true,
      }),
    ),
  'words in random order': () => filled(() => `${oneOf(words)} `),
  base64: () => randomBytes((sampleCharacters * 3) / 4).toString('base64'),
  'hexadecimal digits': () => randomBytes(sampleCharacters / 2).toString('hex'),
  'decimal digits': () => from(codePoints(48, 10)),
  'noughts and ones': () => from(['0', '1']),
  genes: () => from(['a', 'c', 'g', 't']),
  UUIDs: () => filled(() => `${randomUUID()}\n`),
  'Chinese, every character as likely': () => from(codePoints(0x4e00, 20_000)),
  'Chinese, a few characters often': () => from(codePoints(0x4e00, 800), 3),
  emoji: () => from(codePoints(0x1f300, 700)),
  'random Unicode': () => from(codePoints(0x20, 0x3000).filter((it) => it.isWellFormed())),
  'control characters, which JSON writes in six': () => from(codePoints(0, 32)),
  'one letter': () => 'x'.repeat(sampleCharacters),
  'the same page again and again': () => passages(2, 20_000).repeat(30),
  'pages that recur too far away to be found': () => {
    const page = randomBytes(30_000).toString('base64');
    return page.repeat(15);
  },
  'a transcript with pictures in it': () =>
    filled(() => passages(Math.random() * 1_000, 5_000) + randomBytes(4_000).toString('base64')),
  'three letters that stay and one that changes': () => filled(() => `abc${oneOf(printable)}`),
};

test.each(Object.entries(kinds))(
  'zlib makes no more of %s than was foretold',
  async (_kind, make) => {
    const { actual, foretold } = await compare(make());

    expect(actual).toBeLessThanOrEqual(foretold);
  },
);

test('it makes no more of any mixture', async () => {
  const alphabets = fc.integer({ min: 1, max: 300 }).map((count) => codePoints(33, count));
  const piece = fc.oneof(
    alphabets.map((alphabet) => filled(() => oneOf(alphabet), 30_000)),
    alphabets.map((alphabet) => {
      const page = filled(() => oneOf(alphabet), 1 + Math.random() * 3_000);
      return filled(() => page.slice(Math.random() * page.length), 30_000);
    }),
    fc.nat({ max: 1_000 }).map((index) => passages(index, 30_000)),
    fc.string({ unit: 'binary', minLength: 200, maxLength: 400 }).map((it) => it.repeat(60)),
    fc.constant(undefined).map(() => randomBytes(20_000).toString('base64')),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { minLength: 3, maxLength: 12 }), async (pieces) => {
      const { actual, foretold } = await compare(pieces.join(''));
      expect(actual).toBeLessThanOrEqual(foretold);
    }),
    { numRuns: 25 },
  );
}, 60_000);

test.each([
  ['documentation in English', 1.55],
  ['TypeScript', 1.55],
  ['a transcript with pictures in it', 1.2],
  ['base64', 1.07],
  ['Chinese, every character as likely', 1.07],
])('and not much less of %s: at most %s times as much is foretold', async (kind, most) => {
  const { actual, foretold } = await compare(kinds[kind]!());

  expect(foretold / actual).toBeLessThan(most);
});

test.each([[''], ['x'], ['abcabcabc']])('%j is short', (text) => {
  const foretold = compressedBytesAtMost(new TextEncoder().encode(text));

  expect(foretold).toBeLessThan(200);
});
