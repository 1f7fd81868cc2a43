import { createHash } from 'node:crypto';
import { emptyDigest, extendDigest, sha256Hex } from '../../agent/digest';
import { userMessage } from '../../agent/messages';

const digestOf = (...contents: string[]) =>
  contents.map((content) => userMessage(content)).reduce(extendDigest, emptyDigest);

test('the hash is SHA-256 of the UTF-8 bytes', () => {
  const text = 'Grüße, 世界 😀';

  expect(sha256Hex(text)).toBe(createHash('sha256').update(text, 'utf8').digest('hex'));
  expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});

test('the same messages have the same digest, of 32 hex digits', () => {
  expect(digestOf('a', 'b')).toBe(digestOf('a', 'b'));
  expect(digestOf('a', 'b')).toMatch(/^[0-9a-f]{32}$/);
});

test('a digest tells other messages, another order and another division apart', () => {
  const digests = [
    digestOf(),
    digestOf('a'),
    digestOf('a', 'b'),
    digestOf('b', 'a'),
    digestOf('ab'),
    digestOf('a', 'b', ''),
    digestOf('a', 'c'),
  ];

  expect(new Set(digests).size).toBe(digests.length);
});

test('a digest goes on from where it stands', () => {
  expect(extendDigest(digestOf('a', 'b'), userMessage('c'))).toBe(digestOf('a', 'b', 'c'));
});
