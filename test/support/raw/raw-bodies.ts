/** Bodies and headers, as the containers keep them; and files that are nothing but a body. */
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import type { ContainedExchange } from './raw-types';
import { isRecord, records, text, tryParse } from './raw-json';
import { looksLikeSse, typeOf } from './raw-sse';

/** `body` decompressed. Recorders that decode keep the header, so gzip is told by its first bytes. */
export function bodyBytes(body: unknown, headers: Readonly<Record<string, string>>): Buffer {
  if (typeof body === 'string') return Buffer.from(body);
  if (!(body instanceof Uint8Array)) return Buffer.alloc(0);
  const bytes = Buffer.from(body);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return gunzipSync(bytes);
  const encoding = headers['content-encoding'] ?? '';
  const decoder = { br: brotliDecompressSync, deflate: inflateSync }[encoding.trim()];
  try {
    return decoder ? decoder(bytes) : bytes;
  } catch {
    // It had been decoded before it was kept.
    return bytes;
  }
}

export function jsonOrText(body: string): unknown {
  return tryParse(body)?.json ?? body;
}

/** Header names in lower case. Several values of one name are joined, as HTTP allows. */
export function lowerCaseNames(headers: unknown): Readonly<Record<string, string>> {
  if (Array.isArray(headers)) {
    return Object.fromEntries(
      records(headers).map(({ name, value }) => [text(name).toLowerCase(), text(value)]),
    );
  }
  if (!isRecord(headers)) return {};
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : String(value),
    ]),
  );
}

export function fromJsonBody(body: Buffer): readonly ContainedExchange[] {
  return [{ headers: { 'content-type': 'application/json' }, body }];
}

/** Server-sent events, or one JSON event a line. `undefined` where `body` is neither. */
export function fromTextBody(body: Buffer): readonly ContainedExchange[] | undefined {
  const content = body.toString('utf8');
  const headers = { 'content-type': 'text/event-stream; charset=utf-8' };
  if (looksLikeSse(content)) return [{ headers, body }];
  const lines = content.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length === 0 || !lines.every((line) => line.trim().startsWith('{'))) return undefined;
  return splitAnswers(lines).map((events) => ({
    headers,
    body: Buffer.from(events.join('\n')),
    isEventList: true,
  }));
}

/** A file may hold the answers of a whole conversation in a row. */
function splitAnswers(lines: readonly string[]): readonly (readonly string[])[] {
  const answers: string[][] = [];
  let before = '';
  for (const line of lines) {
    const type = typeOf(line);
    if (answers.length === 0 || (starts.has(type) && ends.has(before))) answers.push([]);
    answers.at(-1)?.push(line);
    before = type;
  }
  return answers;
}

const starts: ReadonlySet<string> = new Set(['message_start', 'response.created']);
// A start that follows anything else belongs to the same answer: proxies repeat and splice them.
const ends: ReadonlySet<string> = new Set([
  'message_stop',
  'response.completed',
  'response.incomplete',
  'response.failed',
]);
