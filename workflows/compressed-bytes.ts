/**
 * What wire/compression-codec.ts will make of a text at most. The sandbox has no zlib, so its method is followed
 * roughly here, and the cost of what it would write is added up: literals and lengths, distances, the bits behind them.
 * Zlib finds more repetitions than this does; test/workflows/compressed-bytes.test.ts holds one against the other.
 */
const windowBytes = 32 * 1024;
const shortestMatch = 4;
const longestMatch = 258;
/** Entries of the table that knows where the same four bytes last stood. */
const hashBits = 15;
/** One code for each power of two, in place of zlib's finer ones. */
const powers = 32;
/** Zlib tells its codes anew with every block. */
const blockSymbols = 16 * 1024;
const blockHeaderBytes = 120;
/** Above what was found by searching for texts of which zlib makes more than the estimate: 0.5 %. */
const margin = 1.05;
/** In the sandbox a global is looked up in its context each time, which takes longer than what is asked of it here. */
const { imul, clz32, log2 } = Math;

/** Some 30 milliseconds a megabyte. */
export function compressedBytesAtMost(bytes: Uint8Array): number {
  const literalsAndLengths = new Uint32Array(256 + powers);
  const distances = new Uint32Array(powers);
  const lastAt = new Int32Array(1 << hashBits).fill(-windowBytes - 1);
  let extraBits = 0;
  let symbols = 0;
  for (let at = 0; at < bytes.length; symbols++) {
    const hash = hashOf(bytes, at);
    const earlier = lastAt[hash]!;
    lastAt[hash] = at;
    const length = at - earlier <= windowBytes ? matchLength(bytes, earlier, at) : 0;
    if (length < shortestMatch) {
      literalsAndLengths[bytes[at]!]! += 1;
      at += 1;
      continue;
    }
    const lengthPower = powerOf(length);
    const distancePower = powerOf(at - earlier);
    literalsAndLengths[256 + lengthPower]! += 1;
    distances[distancePower]! += 1;
    extraBits += lengthPower + distancePower;
    at += length;
  }
  const bits = bitsFor(literalsAndLengths) + bitsFor(distances) + extraBits;
  const headers = Math.ceil(symbols / blockSymbols) * blockHeaderBytes;
  return Math.ceil((bits / 8 + headers) * margin);
}

function hashOf(bytes: Uint8Array, at: number): number {
  const four = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  return imul(four, 0x9e3779b1) >>> (32 - hashBits);
}

function matchLength(bytes: Uint8Array, earlier: number, at: number): number {
  const rest = bytes.length - at;
  const longest = rest < longestMatch ? rest : longestMatch;
  let length = 0;
  while (length < longest && bytes[earlier + length] === bytes[at + length]) length++;
  return length;
}

function powerOf(value: number): number {
  return 31 - clz32(value);
}

/** By their entropy: as many bits as a code needs that gives the frequent ones the short words. */
function bitsFor(counts: Uint32Array): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((bits, count) => (count > 0 ? bits + count * log2(total / count) : bits), 0);
}
