/** What nock's recorder writes: an array of calls. */
import type { ContainedExchange } from './raw-types';
import { bodyBytes, jsonOrText, lowerCaseNames } from './raw-bodies';
import { isRecord, records, text } from './raw-json';

export function isNock(file: unknown): boolean {
  const first = records(file)[0];
  return first !== undefined && 'scope' in first && 'path' in first && 'response' in first;
}

export function fromNock(file: unknown): readonly ContainedExchange[] {
  return records(file).map((call) => {
    const raw = call['rawHeaders'];
    const headers = lowerCaseNames(Array.isArray(raw) ? pairUp(raw) : (raw ?? call['headers']));
    const { body, status } = call;
    return {
      request: {
        method: text(call['method']).toUpperCase(),
        url: `${text(call['scope']).replace(/:443$/, '')}${text(call['path'])}`,
        headers: lowerCaseNames(call['reqheaders']),
        body: typeof body === 'string' ? jsonOrText(body) : body,
      },
      ...(typeof status === 'number' && { status }),
      headers,
      body: readBody(call['response'], call['responseIsBinary'] === true, headers),
    };
  });
}

/** Compressed answers are kept as chunks of hexadecimal digits. */
function readBody(
  response: unknown,
  isBinary: boolean,
  headers: Readonly<Record<string, string>>,
): Buffer {
  if (typeof response === 'string') {
    return bodyBytes(isBinary ? Buffer.from(response, 'hex') : response, headers);
  }
  const isHex =
    Array.isArray(response) &&
    response.length > 0 &&
    response.every((chunk) => typeof chunk === 'string' && /^[0-9a-f]*$/.test(chunk));
  if (isHex) return bodyBytes(Buffer.from((response as string[]).join(''), 'hex'), headers);
  return Buffer.from(JSON.stringify(response ?? ''));
}

function pairUp(raw: readonly unknown[]): unknown {
  if (raw.every(isRecord)) return raw;
  const names = raw.filter((_, index) => index % 2 === 0).map(String);
  return Object.fromEntries(names.map((name, index) => [name, raw[2 * index + 1]]));
}
