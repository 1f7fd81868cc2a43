import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { Conversation } from '../../workflows/conversation';
import { parseWorkflowInput } from '../../workflows/guards';
import { payloadConverter } from '../../workflows/payload-converter';
import { dataConverter } from '../../wire/data-converter';
import { said } from '../support/workflow-conversation';

const bytes = (text: string) => new TextEncoder().encode(text);
const payload = (encoding: string, data: string): Payload => ({
  metadata: { encoding: bytes(encoding) },
  data: bytes(data),
});

const undecodables: readonly (readonly [string, unknown])[] = [
  ['broken JSON', payload('json/plain', '{"messageId": ')],
  ['no JSON at all', payload('json/plain', '')],
  ['JSON that is no UTF-8', { ...payload('json/plain', ''), data: Uint8Array.of(0xff, 0xfe) }],
  ['an unknown encoding', payload('application/zip', 'PK')],
  ['an encoding that was encrypted', payload('binary/encrypted', '…')],
  ['no metadata', { data: bytes('"x"') }],
  ['null metadata', { metadata: null, data: bytes('"x"') }],
  ['no encoding', { metadata: {}, data: bytes('"x"') }],
  ['JSON without data', { metadata: { encoding: bytes('json/plain') }, data: null }],
  ['a protobuf that nobody knows', payload('json/protobuf', '{}')],
  ['no payload', undefined],
  ['a null payload', null],
];

test.each(undecodables)('%s is read as a reason, and thrown by nobody', (_name, raw) => {
  const read = payloadConverter.fromPayload(raw as Payload);

  expect(() => defaultPayloadConverter.fromPayload(raw as Payload)).toThrow(/./);
  expect(read).toStrictEqual({ undecodable: expect.stringMatching(/./) });
});

test.each(undecodables)('%s as a signal is put aside, with the reason', (_name, raw) => {
  const conversation = new Conversation('conversation');
  const read = payloadConverter.fromPayload<{ undecodable: string }>(raw as Payload);
  conversation.acceptOrPutAside(read);
  conversation.acceptOrPutAside(said('m1'));

  expect(conversation.inbox.setAside).toEqual({
    count: 1,
    reasons: [expect.stringMatching(/^MalformedMessage: The payload cannot be decoded: ./)],
  });
  expect(conversation.inbox.waitingIds).toEqual(['m1']);
});

test('as the input of a conversation it refuses the start with the reason', () => {
  const read = payloadConverter.fromPayload(payload('json/plain', '{'));

  expect(parseWorkflowInput(read)).toEqual({
    ok: false,
    reason: expect.stringMatching(/^The payload cannot be decoded: ./),
  });
});

test.each([
  ['undefined', undefined],
  ['null', null],
  ['text with a lone surrogate', 'a\ud83db'],
  ['bytes', Uint8Array.of(0, 255)],
  ['a message', said('m1')],
  ['a field that an object inherits', JSON.parse('{"__proto__":1,"constructor":2}')],
])('%s is written and read as by the default converter', (_name, value: unknown) => {
  const written = payloadConverter.toPayload(value);

  expect(written).toEqual(defaultPayloadConverter.toPayload(value));
  expect(payloadConverter.fromPayload(written!)).toEqual(value);
});

test('what cannot be written is thrown where it is written', () => {
  expect(() => payloadConverter.toPayload(10n)).toThrow('Unable to convert 10 to payload');
});

test('workers and clients find this converter by its path', () => {
  const found = require(dataConverter.payloadConverterPath!) as { payloadConverter: unknown };

  expect(found.payloadConverter).toBe(payloadConverter);
});
