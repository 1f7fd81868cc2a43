/**
 * Replays of Google's SDKs: JavaScript writes `bodySegments` and `statusCode`, Python `body_segments` and
 * `status_code`. A segment of an answer is its JSON body, or one event of a stream.
 */
import type { ContainedExchange } from './raw-types';
import { lowerCaseNames } from './raw-bodies';
import { list, record, records, text, type Json } from './raw-json';

export function isGenaiReplay(file: Json): boolean {
  const first = records(file['interactions'])[0];
  const request = record(first?.['request']);
  return 'bodySegments' in request || 'body_segments' in request;
}

export function fromGenaiReplay(file: Json): readonly ContainedExchange[] {
  return records(file['interactions']).map((interaction) => {
    const request = record(interaction['request']);
    const response = record(interaction['response']);
    const status = response['statusCode'] ?? response['status_code'];
    const segments = segmentsOf(response);
    const url = urlOf(request);
    const isStream = url.includes('streamGenerateContent') && !(Number(status) >= 400);
    return {
      request: {
        method: text(request['method']).toUpperCase(),
        url,
        headers: lowerCaseNames(request['headers']),
        body: segmentsOf(request)[0],
      },
      ...(typeof status === 'number' && { status }),
      headers: lowerCaseNames(response['headers']),
      body: Buffer.from(segments.map((segment) => JSON.stringify(segment)).join('\n')),
      isEventList: isStream,
    };
  });
}

function segmentsOf(message: Json): readonly unknown[] {
  return list(message['bodySegments'] ?? message['body_segments']);
}

function urlOf(request: Json): string {
  const url = text(request['url']);
  if (/^https?:/.test(url)) return url;
  const address = text(request['serverAddress']);
  return `${address && `https://${address}`}${url.startsWith('/') ? '' : '/'}${url}`;
}
