/** HTTP archives, as Polly.JS and browsers write them. */
import type { ContainedExchange } from './raw-types';
import { bodyBytes, jsonOrText } from './raw-bodies';
import { record, records, text, type Json } from './raw-json';

export function isHar(file: Json): boolean {
  return Array.isArray(record(file['log'])['entries']);
}

export function fromHar(file: Json): readonly ContainedExchange[] {
  return records(record(file['log'])['entries']).map((entry) => {
    const request = record(entry['request']);
    const response = record(entry['response']);
    const content = record(response['content']);
    const headers = pairs(response['headers']);
    const kept = text(content['text']);
    const isBase64 = content['encoding'] === 'base64';
    const status = response['status'];
    return {
      request: {
        method: text(request['method']).toUpperCase(),
        url: text(request['url']),
        headers: pairs(request['headers']),
        body: jsonOrText(text(record(request['postData'])['text'])),
      },
      ...(typeof status === 'number' && { status }),
      headers,
      body: bodyBytes(isBase64 ? Buffer.from(kept, 'base64') : kept, headers),
    };
  });
}

function pairs(headers: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    records(headers).map(({ name, value }) => [text(name).toLowerCase(), text(value)]),
  );
}
