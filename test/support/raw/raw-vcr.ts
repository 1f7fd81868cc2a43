/** VCR.py cassettes (YAML, or the same shape as JSON). Bodies are text, gzip, or JSON that the recorder parsed. */
import type { ContainedExchange } from './raw-types';
import { bodyBytes, jsonOrText, lowerCaseNames } from './raw-bodies';
import { record, records, text, type Json } from './raw-json';

export function isVcr(file: Json): boolean {
  const first = records(file['interactions'])[0];
  return first !== undefined && 'uri' in record(first['request']);
}

export function fromVcr(file: Json): readonly ContainedExchange[] {
  return records(file['interactions']).map((interaction) => {
    const request = record(interaction['request']);
    const response = record(interaction['response']);
    const headers = lowerCaseNames(response['headers']);
    const sentHeaders = lowerCaseNames(request['headers']);
    const status = record(response['status'])['code'];
    return {
      request: {
        method: text(request['method']).toUpperCase(),
        url: text(request['uri']),
        headers: sentHeaders,
        body: jsonOrText(readBody(request, sentHeaders).toString('utf8')),
      },
      ...(typeof status === 'number' && { status }),
      headers,
      body: readBody(response, headers),
    };
  });
}

function readBody(message: Json, headers: Readonly<Record<string, string>>): Buffer {
  if ('parsed_body' in message) {
    const parsed = message['parsed_body'];
    return Buffer.from(typeof parsed === 'string' ? parsed : JSON.stringify(parsed));
  }
  const { body } = message;
  const wrapped = record(body);
  if ('base64_string' in wrapped) {
    return bodyBytes(Buffer.from(text(wrapped['base64_string']), 'base64'), headers);
  }
  return bodyBytes('string' in wrapped ? wrapped['string'] : body, headers);
}
